"""From a picture's row to an answer, for everyone or for one person, whatever is broken."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from PIL import UnidentifiedImageError

from machipoke.availability import Busy
from machipoke.ratelimits import TooMany, Usage, address_of, consume, headers
from media_store import variant_files
from media_store.delivery import answers, making
from media_store.delivery.answers import FOR_EVER, FOR_NOW, FOR_ONE, Answer, refusal
from media_store.delivery.asked import Asked
from media_store.delivery.making import PictureGone
from media_store.models import StoredObject

RETRY_SECONDS = 5

_log = logging.getLogger(__name__)


def answer(request: HttpRequest, asked: Asked, row: StoredObject, viewer: Any = None) -> Answer:
    """The picture `row`, which `viewer` may see, or everyone where that is None."""
    caching = FOR_EVER if viewer is None else FOR_ONE
    if answers.is_known(request.META, asked.etag):
        return answers.unchanged(asked, caching)
    try:
        content, _made = making.make(row, asked.variant, viewer, partial(_allow, request))
    except PictureGone:
        return refusal(404)
    except TooMany as error:
        return too_many(error.usage)
    except Busy:
        return _stand_in(request, asked, viewer)
    except (OSError, ValueError, UnidentifiedImageError):
        _log.exception("The master %s cannot be read", row.key)
        return _stand_in(request, asked, viewer)
    return answers.picture(request.META, asked, len(content), lambda: content, caching) or refusal(404)


def _allow(request: HttpRequest) -> None:
    """Only making is counted: what is kept is free."""
    usage = consume("image", address_of(request))
    if not usage.is_allowed:
        raise TooMany(usage)


def too_many(usage: Usage) -> Answer:
    """429, with when to come again."""
    refused = refusal(429)
    return refused._replace(headers={**refused.headers, **headers(usage)})


def _stand_in(request: HttpRequest, asked: Asked, viewer: Any) -> Answer:
    """Another size for half a minute, rather than none; 503 where there is none either."""
    private = viewer is not None
    other = making.nearest(asked.key, asked.variant, private)
    found = other and variant_files.find(asked.key, other.name, private)
    if other and found:
        instead = asked._replace(variant=other)
        shown = answers.picture(request.META, instead, found.size_bytes, found.read, FOR_ONE if private else FOR_NOW)
        if shown is not None:
            return shown
    return refusal(503, Retry_After=str(RETRY_SECONDS))


def to_django(answer: Answer) -> HttpResponse:
    """As Django sends it."""
    response = HttpResponse(answer.body, status=answer.status, headers=answer.headers)
    if "Content-Type" not in answer.headers:
        del response["Content-Type"]
    return response
