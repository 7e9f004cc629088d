"""Letters that no request asks for: in the person's language, with links that begin with SITE_URL."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from accounts.adapter import Letterhead
from accounts.models import User
from machipoke.pages import SITE_NAME

_log = logging.getLogger(__name__)


def send_letter(person: User, template_prefix: str, context: dict[str, Any]) -> bool:
    """Send `<template_prefix>_subject.txt` and `_message.txt`; whether it could be sent.

    Best effort: what it tells of has happened, and stands on the site too.
    """
    prefix = "" if person.language == User.Language.JAPANESE else f"/{person.language}"
    known = {
        "person": person,
        "prefix": prefix,
        "site_url": settings.SITE_URL,
        "current_site": Letterhead(SITE_NAME, ""),
    }
    with translation.override(person.language):
        subject = " ".join(render_to_string(f"{template_prefix}_subject.txt", known | context).split())
        body = render_to_string(f"{template_prefix}_message.txt", known | context)
    headers = {"Auto-Submitted": "auto-generated"}
    letter = EmailMessage(f"[{SITE_NAME}] {subject}", body, None, [person.email], headers=headers)
    try:
        letter.send()
    except (SMTPException, OSError) as error:
        # By its class: the words of a mail server repeat the address.
        _log.error("The letter %s could not be sent: %s", template_prefix, type(error).__name__)
        return False
    return True
