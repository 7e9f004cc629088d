"""The site's URLs and an empty page behind the same middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from machipoke import urls
from machipoke.urls import *  # noqa: F403 - its error handlers


def empty(request: HttpRequest) -> HttpResponse:
    """Nothing at all."""
    return HttpResponse("ok")


urlpatterns = [path("empty/", empty), *urls.urlpatterns]
