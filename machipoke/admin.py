"""The admin panel's site: for staff; for everyone else it does not exist. Its own words are Japanese alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin, ShowFacets
from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.db.models import Model, URLField
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils.functional import cached_property
from django.views.decorators.csrf import csrf_exempt

from machipoke.periods import periods

if TYPE_CHECKING:
    _ModelAdmin = ModelAdmin[Model]
    _Paginator = Paginator[Any]
else:
    _ModelAdmin, _Paginator = ModelAdmin, Paginator

COUNT_CAP = 5_000
"""Rows a list counts at most: an exact count of all is a scan on each page view, and nobody turns 100 pages."""


class StaffSite(AdminSite):
    """404 for whoever is not staff, at every address and for every method; staff sign in at /accounts/login/."""

    site_title = "マチポケ 管理"
    site_header = "マチポケ 管理"
    index_title = "管理"
    empty_value_display = "—"
    enable_nav_sidebar = False  # nine lists do not need a quarter of the screen

    def has_permission(self, request: HttpRequest) -> bool:
        """`request.viewer`, not `request.user`: the refusal of a stranger reads no session and looks like any 404."""
        return bool(getattr(request.viewer, "may_enter_admin", False))  # type: ignore[attr-defined]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """On the first page a day's work comes first: lists with a `place`, then the others by name."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda row: getattr(self._registry[row["model"]], "place", 1))
        return apps

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def staff_only(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            self._stop_strangers(request)
            answer: HttpResponseBase = guarded(request, *args, **kwargs)
            return answer

        return staff_only

    def _stop_strangers(self, request: HttpRequest) -> None:
        """Raises Http404 for whoever is not staff, with the session as unread as at an address that does not exist:
        `Cache-Control`, or a made-up cookie taken back, would tell the two apart.
        """
        if not self.has_permission(request):
            request.session = type(request.session)(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
            raise Http404

    def bare(self, request: HttpRequest) -> HttpResponse:
        """`/admin`: were it no route, Django would send everyone on to `/admin/`, and so say that there is one."""
        self._stop_strangers(request)
        return redirect(f"{self.name}:index")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The middleware's CSRF refusal would tell a stranger what is here; `admin_view` checks the token itself."""
        # Django's way from a row's number to its address asks nobody who may see the row: another's draft, for one.
        patterns = [one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site"]
        for pattern in _flat(patterns):
            pattern.callback = csrf_exempt(pattern.callback)
        return patterns

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._stop_strangers(request)
        return redirect(f"{self.name}:index")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method != "POST":
            return redirect("account_logout")  # a followed link is asked first
        logout(request)
        return redirect("/")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")


def _flat(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _flat(pattern.url_patterns)
        else:
            yield pattern


class CappedPaginator(_Paginator):
    """Counts at most `COUNT_CAP` rows."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:COUNT_CAP].count())


class KeptAdmin(_ModelAdmin):
    """Rows are made on the site and never deleted here; lists stay quick at 100,000 rows."""

    paginator = CappedPaginator
    change_list_template = "admin/capped_list.html"
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    formfield_overrides = {URLField: {"assume_scheme": "https"}}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"count_cap": COUNT_CAP, "title": self.opts.verbose_name_plural, **(extra_context or {})}
        answer = super().changelist_view(request, context)
        if isinstance(answer, TemplateResponse) and answer.context_data and "cl" in answer.context_data:
            answer.context_data["periods"] = periods(answer.context_data["cl"])
        return answer

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Only what the list offers: Django takes every column, so that a hash or an address that is not shown could be
        guessed letter by letter (`?password__startswith=`).
        """
        filters: Any = self.list_filter
        names = {one if isinstance(one, str) else one.parameter_name for one in filters}
        return lookup.partition("__")[0] in {*names, self.date_hierarchy} and super().lookup_allowed(
            lookup, value, request
        )

    def view_on_site(self, obj: Any) -> str:
        """The address itself, without the detour that looks the row up again."""
        address: str = obj.get_absolute_url()
        return address


site = StaffSite(name="admin")
