"""Pages that belong to no app: errors in the design, health, and what every template knows."""

from django.http import HttpResponse


def site(request):
    return {}


def csrf_failure(request, reason=""):
    return HttpResponse(status=403)


def healthz(request):
    return HttpResponse("ok", content_type="text/plain")


def readyz(request):
    return HttpResponse("ok", content_type="text/plain")


def bad_request(request, exception=None):
    return HttpResponse(status=400)


def forbidden(request, exception=None):
    return HttpResponse(status=403)


def not_found(request, exception=None):
    return HttpResponse(status=404)


def server_error(request):
    return HttpResponse(status=500)


def unavailable(request):
    return HttpResponse(status=503)
