"""What machines ask for: once, without a language in the path."""

from django.contrib.sitemaps.views import sitemap
from django.urls import path
from django.views.decorators.http import require_safe

from spots import feeds, machine_files
from spots.sitemaps import SITEMAPS, index
from spots.views import picker

urlpatterns = [
    path("sitemap.xml", require_safe(index), name="sitemap"),
    path(
        "sitemap-<section>.xml",
        require_safe(sitemap),
        {"sitemaps": SITEMAPS, "template_name": "spots/sitemap.xml"},
        name="sitemap_section",
    ),
    path("robots.txt", require_safe(machine_files.robots), name="robots"),
    path("spots/map.svg", require_safe(picker.picture), name="picker_map"),
    path("manifest.webmanifest", require_safe(machine_files.manifest), name="manifest"),
    path(".well-known/security.txt", require_safe(machine_files.security), name="security_txt"),
    path("feeds/spots/", require_safe(feeds.NewSpots()), name="feed_spots"),
    path("feeds/categories/<slug:slug>/", require_safe(feeds.CategorySpots()), name="feed_category"),
    path("feeds/areas/<str:code>/", require_safe(feeds.AreaSpots()), name="feed_area"),
]
