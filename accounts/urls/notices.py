"""`notices/`: what one was told."""

from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from accounts.views.notices import notices, reading

urlpatterns = [
    path("", require_safe(notices), name="account_notices"),
    path("reading/", require_POST(reading), name="account_notices_reading"),
]
