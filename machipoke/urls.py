"""Every door of the site. Pages exist twice, as they are in Japanese and under /en/ in English; the rest once."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from machipoke import pages
from machipoke.admin import site as admin_site
from machipoke.metrics import metrics
from media_store.delivery.views import image

urlpatterns = [
    path("healthz", require_safe(pages.healthz), name="healthz"),
    path("readyz", require_safe(pages.readyz), name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("images/<path:key>", require_safe(image), name="image"),
    path("admin", csrf_exempt(admin_site.bare), name="admin_bare"),
    path("admin/", admin_site.urls),
    path("api/", include("spots.api.urls")),
    path("", include("spots.machine_urls")),
    *i18n_patterns(
        path("accounts/", include("accounts.urls")),
        path("", include("spots.urls")),
        prefix_default_language=False,
    ),
]

handler400 = "machipoke.pages.bad_request"
handler403 = "machipoke.pages.forbidden"
handler404 = "machipoke.pages.not_found"
handler429 = "machipoke.pages.too_many"  # allauth looks for it here
handler500 = "machipoke.pages.server_error"
