"""What machines ask for: once, without a language in the path."""

from django.contrib.sitemaps.views import index, sitemap
from django.urls import path

from spots import feeds, machine_files
from spots.sitemaps import SITEMAPS

urlpatterns = [
    path("sitemap.xml", index, {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap_section"}, name="sitemap"),
    path("sitemap-<section>.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap_section"),
    path("robots.txt", machine_files.robots, name="robots"),
    path("manifest.webmanifest", machine_files.manifest, name="manifest"),
    path(".well-known/security.txt", machine_files.security, name="security_txt"),
    path("feeds/spots/", feeds.NewSpots(), name="feed_spots"),
    path("feeds/categories/<slug:slug>/", feeds.CategorySpots(), name="feed_category"),
    path("feeds/areas/<str:code>/", feeds.AreaSpots(), name="feed_area"),
]
