"""`/metrics` in the Prometheus text format, for those who hold METRICS_TOKEN; for everyone else it does not exist."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from machipoke.caching import is_reachable

_OUR_APPS = ("accounts", "spots", "media_store")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus exposition format 0.0.4."""


def metrics(request: HttpRequest) -> HttpResponse:
    """Gauges of what is stored and of the stores' health; `Authorization: Bearer <METRICS_TOKEN>`."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(given, settings.METRICS_TOKEN):
        raise Http404("no such page")
    body = "\n".join(_lines()) + "\n"
    return HttpResponse(body, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _lines() -> Iterator[str]:
    yield "# HELP machipoke_rows Rows of each table."
    yield "# TYPE machipoke_rows gauge"
    for label in _OUR_APPS:
        for model in apps.get_app_config(label).get_models():
            yield f'machipoke_rows{{table="{model._meta.db_table}"}} {model._base_manager.count()}'
    yield "# HELP machipoke_key_value_up Whether the key/value store answers."
    yield "# TYPE machipoke_key_value_up gauge"
    yield f"machipoke_key_value_up {int(is_reachable())}"
    yield "# HELP machipoke_disk_free_bytes Free space where DATA_DIR is."
    yield "# TYPE machipoke_disk_free_bytes gauge"
    yield f"machipoke_disk_free_bytes {shutil.disk_usage(settings.DATA_DIR).free}"
