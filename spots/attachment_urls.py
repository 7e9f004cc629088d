"""The pages of attachments, and their downloads."""

from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_safe

from spots.views import attachments

_form = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns: list[URLPattern] = [
    path("spots/<uuid:pk>/attachments/", _form(attachments.attachments), name="attachments"),
    path("attachments/<uuid:pk>/delete/", _form(attachments.delete), name="attachment_delete"),
    path("attachments/<uuid:pk>/restoration/", _form(attachments.restoration), name="attachment_restoration"),
    path("attachments/<uuid:pk>/<str:name>", require_safe(attachments.file), name="attachment"),
]
