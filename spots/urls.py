"""The site's pages."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, include, path
from django.views.decorators.http import require_http_methods, require_safe

from spots.views import (
    browse,
    comments,
    deletion,
    editing,
    home,
    list_editing,
    list_items,
    lists,
    people,
    reports,
    results,
    saves,
    spot,
)

_View = Callable[..., HttpResponse]


def _page(route: str, view: _View, name: str) -> URLPattern:
    """A page that is only read: every other method is 405."""
    return path(route, require_safe(view), name=name)


def _form(route: str, view: _View, name: str) -> URLPattern:
    """A page with a form that is sent back to it."""
    return path(route, require_http_methods(["GET", "HEAD", "POST"])(view), name=name)


urlpatterns = [
    _page("", home.home, "home"),
    _page("about/", home.about, "about"),
    _page("credits/", home.credits_, "credits"),
    _page("guidelines/", home.guidelines, "guidelines"),
    _page("terms/", home.terms, "terms"),
    _page("privacy/", home.privacy, "privacy"),
    _page("spots/", results.results, "spots"),
    _form("spots/new/", editing.new, "spot_new"),
    _page("spots/<uuid:pk>/", spot.show, "spot"),
    _form("spots/<uuid:pk>/edit/", editing.edit, "spot_edit"),
    _form("spots/<uuid:pk>/delete/", deletion.delete, "spot_delete"),
    _form("spots/<uuid:pk>/restoration/", deletion.restoration, "spot_restoration"),
    _form("drafts/<uuid:pk>/delete/", deletion.draft, "draft_delete"),
    _form("spots/<uuid:pk>/comments/", comments.write, "comments"),
    _page("spots/<uuid:pk>/comments/all/", comments.everything, "comments_all"),
    _page("comments/<uuid:pk>/", comments.show, "comment"),
    _form("comments/<uuid:pk>/edit/", comments.edit, "comment_edit"),
    _form("comments/<uuid:pk>/delete/", comments.delete, "comment_delete"),
    _page("reports/", reports.look_up, "report_look_up"),
    _form("reports/new/", reports.new, "report_new"),
    _page("reports/<str:receipt>/", reports.show, "report"),
    _page("categories/<slug:slug>/", browse.category, "category"),
    _page("tags/<path:name>/", browse.tag, "tag"),
    _page("areas/", browse.area_index, "areas"),
    _page("areas/<str:code>/", browse.area, "area"),
    _form("spots/<uuid:pk>/saves/", saves.saves, "saves"),
    _page("lists/", lists.lists, "lists"),
    _form("lists/new/", list_editing.new, "list_new"),
    _page("lists/<uuid:pk>/", lists.saved_list, "list"),
    _form("lists/<uuid:pk>/edit/", list_editing.edit, "list_edit"),
    _form("lists/<uuid:pk>/delete/", list_editing.delete, "list_delete"),
    _form("lists/<uuid:pk>/items/", list_items.items, "list_items"),
    _form("lists/<uuid:pk>/items/<int:item_id>/", list_items.item, "list_item"),
    _page("users/<str:username>/", people.profile, "profile"),
    path("", include("spots.photo_urls")),
    path("", include("spots.attachment_urls")),
]
