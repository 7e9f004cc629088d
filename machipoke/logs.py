"""What the operator's log is spared."""

from __future__ import annotations

import logging

_MAY_BE_GONE = ("/images/", "/attachments/")
"""Below these 404 is an everyday answer: to an old link, and to whoever asks whether what was taken away is gone."""


class Calm(logging.Filter):
    """A refusal is one line: Django adds the traceback of its exception, which is how a view says no.

    Pages refused for asking too often are none: whoever asks 400 times a minute would fill the log. So are pictures
    and files that are not there: the evidence of one takedown asks for dozens that must not be.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        status = getattr(record, "status_code", 0)
        if record.name.startswith("django.request") and 400 <= status < 500:
            record.exc_info = record.exc_text = None
            path = getattr(getattr(record, "request", None), "path_info", "")
            return status != 429 and not (status == 404 and path.startswith(_MAY_BE_GONE))
        return bool(status != 429)
