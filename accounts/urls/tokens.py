"""`tokens/`: one's tokens of the API."""

from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.tokens import token_delete, token_new, tokens

urlpatterns = [
    path("", require_safe(tokens), name="account_tokens"),
    path("new/", require_http_methods(["GET", "HEAD", "POST"])(token_new), name="account_token_new"),
    path("<uuid:id>/delete/", require_POST(token_delete), name="account_token_delete"),
]
