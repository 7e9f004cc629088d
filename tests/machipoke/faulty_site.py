"""The site's settings with a slow page and a slow job, or with the fault that UP_FAULT names, for the tests of `up`."""

import os

from django.core.checks import CheckMessage, Error, register

from machipoke.settings import *  # noqa: F403
from machipoke.settings import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "tests.machipoke.slow_jobs"]
ROOT_URLCONF = "tests.machipoke.slow_urls"

match os.environ.get("UP_FAULT"):
    case "middleware":
        MIDDLEWARE = [*MIDDLEWARE, "machipoke.no_such_module.Missing"]
    case "check":

        @register
        def two_errors(**kwargs: object) -> list[CheckMessage]:
            return [Error("one\nmessage", hint="a hint", id="faulty.E001"), Error("another", id="faulty.E002")]
