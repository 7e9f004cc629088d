"""The site's URLs and one slow page, for the tests that stop `up` while it answers."""

import os
import time

from django.http import HttpRequest, HttpResponse
from django.urls import path

from machipoke import urls
from machipoke.urls import *  # noqa: F403 - its error handlers
from tests.machipoke.slow_jobs.tasks import slow_job

SLOW_SECONDS = float(os.environ.get("UP_SLOW_SECONDS", "1.5"))


def slow(request: HttpRequest) -> HttpResponse:
    """Answers after a while, also when the server is told to stop meanwhile."""
    time.sleep(SLOW_SECONDS)
    return HttpResponse("slow but whole")


def nudge(request: HttpRequest) -> HttpResponse:
    """Puts the slow job in the queue."""
    slow_job()
    return HttpResponse()


urlpatterns = [path("slow", slow), path("slow-job", nudge), *urls.urlpatterns]
