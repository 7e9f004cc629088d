"""The doors of attachments."""

from django.urls import URLPattern, path

from spots.api.attachments import AttachmentRestorationView, AttachmentsView, AttachmentView

urlpatterns: list[URLPattern] = [
    path("spots/<uuid:id>/attachments/", AttachmentsView.as_view(), name="api_attachments"),
    path("attachments/<uuid:id>/", AttachmentView.as_view(), name="api_attachment"),
    path("attachments/<uuid:id>/restoration/", AttachmentRestorationView.as_view(), name="api_attachment_restoration"),
]
