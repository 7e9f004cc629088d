"""The pages of photos."""

from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from spots.views import photos

_form = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns: list[URLPattern] = [
    path("spots/<uuid:pk>/photos/", _form(photos.photos), name="spot_photos"),
    path("photos/<uuid:pk>/delete/", _form(photos.delete), name="photo_delete"),
    path("photos/<uuid:pk>/restoration/", _form(photos.restoration), name="photo_restoration"),
]
