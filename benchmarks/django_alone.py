"""Django without what stands in front of it, for `benchmarks.delivery`."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
