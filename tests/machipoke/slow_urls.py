"""The site's URLs and one slow page, for the tests that stop `up` while it answers."""

import os
import time

from django.http import HttpRequest, HttpResponse
from django.urls import path

from machipoke import urls
from machipoke.urls import *  # noqa: F403 - its error handlers

SLOW_SECONDS = float(os.environ.get("UP_SLOW_SECONDS", "1.5"))


def slow(request: HttpRequest) -> HttpResponse:
    """Answers after a while, also when the server is told to stop meanwhile."""
    time.sleep(SLOW_SECONDS)
    return HttpResponse("slow but whole")


urlpatterns = [path("slow", slow), *urls.urlpatterns]
