"""The doors of photos."""

from django.urls import URLPattern, path

from spots.api.photos import PhotoRestorationView, PhotoView, SentPhotosView, SpotPhotosView
from spots.api.presigned import CompletionView, PresignedView

urlpatterns: list[URLPattern] = [
    path("photos/", SentPhotosView.as_view(), name="api_sent_photos"),
    path("photos/presigned/", PresignedView.as_view(), name="api_presigned"),
    path("photos/presigned/<uuid:id>/complete/", CompletionView.as_view(), name="api_presigned_complete"),
    path("photos/<uuid:id>/", PhotoView.as_view(), name="api_photo"),
    path("photos/<uuid:id>/restoration/", PhotoRestorationView.as_view(), name="api_photo_restoration"),
    path("spots/<uuid:id>/photos/", SpotPhotosView.as_view(), name="api_spot_photos"),
]
