"""Every door below /api/."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.api import AvatarView, MeView, SessionsView, SessionView, TokensView, TokenView, UserView
from spots.api.categories import CategoriesView, TagsView
from spots.api.clusters import ClustersView
from spots.api.comments import CommentsView, CommentView
from spots.api.documentation import SchemaView, UnknownView, docs
from spots.api.list_items import ItemsView, ItemView
from spots.api.lists import ListsView, ListView
from spots.api.reports import ReportsView, ReportView
from spots.api.spot import RestorationView, SpotView
from spots.api.spots import LookAlikesView, NearbyView, SpotsView

_first_version: list[URLPattern | URLResolver] = [
    path("spots/", SpotsView.as_view(), name="api_spots"),
    path("spots/nearby/", NearbyView.as_view(), name="api_nearby"),
    path("spots/clusters/", ClustersView.as_view(), name="api_clusters"),
    path("spots/look-alikes/", LookAlikesView.as_view(), name="api_look_alikes"),
    path("spots/<uuid:id>/", SpotView.as_view(), name="api_spot"),
    path("spots/<uuid:id>/comments/", CommentsView.as_view(), name="api_comments"),
    path("spots/<uuid:id>/restoration/", RestorationView.as_view(), name="api_restoration"),
    path("comments/<uuid:id>/", CommentView.as_view(), name="api_comment"),
    path("categories/", CategoriesView.as_view(), name="api_categories"),
    path("tags/", TagsView.as_view(), name="api_tags"),
    path("lists/", ListsView.as_view(), name="api_lists"),
    path("lists/<uuid:id>/", ListView.as_view(), name="api_list"),
    path("lists/<uuid:id>/items/", ItemsView.as_view(), name="api_list_items"),
    path("lists/<uuid:id>/items/<uuid:spot_id>/", ItemView.as_view(), name="api_list_item"),
    path("reports/", ReportsView.as_view(), name="api_reports"),
    path("reports/<str:receipt>/", ReportView.as_view(), name="api_report"),
    path("me/", MeView.as_view(), name="api_me"),
    path("me/avatar/", AvatarView.as_view(), name="api_avatar"),
    path("me/sessions/", SessionsView.as_view(), name="api_sessions"),
    path("me/sessions/<uuid:id>/", SessionView.as_view(), name="api_session"),
    path("tokens/", TokensView.as_view(), name="api_tokens"),
    path("tokens/<uuid:id>/", TokenView.as_view(), name="api_token"),
    path("", include("spots.api.photo_urls")),
    path("", include("spots.api.attachment_urls")),
    path("users/<str:username>/", UserView.as_view(), name="api_user"),
]

urlpatterns = [
    path("v1/", include(_first_version)),
    path("schema/", SchemaView.as_view(), name="api_schema"),
    path("docs/", docs, name="api_docs"),
    re_path("", UnknownView.as_view()),
]
