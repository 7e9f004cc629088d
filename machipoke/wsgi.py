"""The WSGI application that granian's workers load: kept pictures first, then Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "machipoke.settings")
_django = get_wsgi_application()

from media_store.delivery.front import PicturesFirst  # noqa: E402 - it needs the apps

application = PicturesFirst(_django)
