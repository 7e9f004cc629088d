"""Where letters are, on a site that cannot send any yet."""

from __future__ import annotations

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def mail_folder() -> str:
    """`{% mail_folder as folder %}`: the folder on the server; empty where a mail server is set."""
    return "" if settings.EMAIL_URL else str(settings.EMAIL_FILE_PATH)
