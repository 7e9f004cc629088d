"""The site's pages."""

from django.urls import path

from spots.views import browse, editing, home, people, results, spot

urlpatterns = [
    path("", home.home, name="home"),
    path("about/", home.about, name="about"),
    path("credits/", home.credits_, name="credits"),
    path("guidelines/", home.guidelines, name="guidelines"),
    path("terms/", home.terms, name="terms"),
    path("privacy/", home.privacy, name="privacy"),
    path("spots/", results.results, name="spots"),
    path("spots/new/", editing.new, name="spot_new"),
    path("spots/<uuid:pk>/", spot.show, name="spot"),
    path("spots/<uuid:pk>/edit/", editing.edit, name="spot_edit"),
    path("categories/<slug:slug>/", browse.category, name="category"),
    path("tags/<path:name>/", browse.tag, name="tag"),
    path("areas/", browse.area_index, name="areas"),
    path("areas/<str:code>/", browse.area, name="area"),
    path("lists/", people.lists, name="lists"),
    path("lists/<uuid:pk>/", people.saved_list, name="list"),
    path("users/<str:username>/", people.profile, name="profile"),
]
