"""What the operator's log is spared."""

from __future__ import annotations

import logging


class Calm(logging.Filter):
    """A refusal is one line: Django adds the traceback of its exception, which is how a view says no.

    Pages refused for asking too often are none: whoever asks 400 times a minute would fill the log.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        status = getattr(record, "status_code", 0)
        if record.name.startswith("django.request") and 400 <= status < 500:
            record.exc_info = record.exc_text = None
        return status != 429
