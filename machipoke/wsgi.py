"""The WSGI application that granian's workers load: kept pictures first, then Django, and no body waits for ever."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from machipoke.slow_bodies import SteadyBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "machipoke.settings")
_django = get_wsgi_application()

from media_store.delivery.front import PicturesFirst  # noqa: E402 - it needs the apps

application = PicturesFirst(SteadyBodies(_django, settings.WEB_THREADS))
