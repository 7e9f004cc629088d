"""The picture of a person."""

from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from accounts.views.avatar import avatar, removal

_form = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns: list[URLPattern] = [
    path("avatar/", _form(avatar), name="account_avatar"),
    path("avatar/removal/", _form(removal), name="account_avatar_removal"),
]
