"""`export/` and `delete/`: a copy of everything about oneself, and the end of an account."""

from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.leaving import delete, delete_undo, export, export_file

_form = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns = [
    path("export/", _form(export), name="account_export"),
    path("export/<uuid:id>/", require_safe(export_file), name="account_export_file"),
    path("delete/", _form(delete), name="account_delete"),
    path("delete/undo/", require_POST(delete_undo), name="account_delete_undo"),
]
