"""Attachments: a PDF that does nothing by itself and tells nothing but what it shows, or the way of a GPX file."""

from __future__ import annotations

from hashlib import sha256
from typing import IO

from django.utils.translation import gettext_lazy as _

from media_store.attachments import gpx, pdf
from media_store.attachments.checked import AttachmentRefused, Checked
from media_store.receiving import size_of
from media_store.slots import transform_slot

__all__ = ["MOST_BYTES", "AttachmentRefused", "Checked", "check"]

MOST_BYTES = 10_000_000
"""CONTRACT's 10 MB."""

WAIT_SECONDS = 5
"""For one of the server's turns; far below the patience of whoever waits for the answer."""


def check(file: IO[bytes]) -> Checked:
    """What is stored of the file that was sent; name and type that the client gave are not asked for.

    Raises AttachmentRefused, or Busy while others' files are being looked at.
    """
    if size_of(file) > MOST_BYTES:
        raise AttachmentRefused("too_large", _("ファイルは10 MBまでです。"), 413)
    content = file.read(MOST_BYTES)
    if not content:
        raise AttachmentRefused("empty", _("ファイルが空です。"))
    if pdf.is_pdf(content):
        kept = pdf.clean(content)
        return Checked(kept, "pdf", "application/pdf", sha256(kept).hexdigest(), sha256(content).hexdigest())
    if gpx.is_xml(content):
        with transform_slot(WAIT_SECONDS):
            way = gpx.read(content)
            kept, track = gpx.written(way), gpx.drawn(way)
        sent, made = sha256(content).hexdigest(), sha256(kept).hexdigest()
        return Checked(kept, "gpx", "application/gpx+xml", made, sent, track)
    raise AttachmentRefused("type", _("PDF か GPX のファイルを選んでください。"), 415)
