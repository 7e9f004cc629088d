"""The quick way: a public variant that lies in this server's folder, without the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from media_store import hot, variant_files
from media_store.delivery import answers
from media_store.delivery.answers import FOR_EVER, FOR_NOW, Answer
from media_store.delivery.asked import Asked
from media_store.withdrawn import listener


def from_folder(environ: Mapping[str, Any], asked: Asked) -> Answer | None:
    """The answer to a GET or HEAD; None where the variant is not there, or this process did not hear yet.

    A condition is looked at after the file: what was taken away is not "unchanged". With the database away pictures go
    on, though not for a year: one of them may have been taken away meanwhile.
    """
    if not listener.has_heard():
        return None
    found = variant_files.find(asked.key, asked.variant.name)
    if found is None:
        return None
    hot.count(asked.key, asked.variant)
    caching = FOR_NOW if listener.is_behind() else FOR_EVER
    if answers.is_known(environ, asked.etag):
        return answers.unchanged(asked, caching)
    return answers.picture(environ, asked, found.size_bytes, found.read, caching)
