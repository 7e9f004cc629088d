"""Every door below /api/."""

from django.urls import include, path, re_path

from accounts.api import UserView
from spots.api.categories import CategoriesView, TagsView
from spots.api.clusters import ClustersView
from spots.api.comments import CommentsView
from spots.api.documentation import SchemaView, UnknownView, docs
from spots.api.lists import ItemsView, ListsView, ListView
from spots.api.spots import NearbyView, SpotsView, SpotView

_first_version = [
    path("spots/", SpotsView.as_view(), name="api_spots"),
    path("spots/nearby/", NearbyView.as_view(), name="api_nearby"),
    path("spots/clusters/", ClustersView.as_view(), name="api_clusters"),
    path("spots/<uuid:id>/", SpotView.as_view(), name="api_spot"),
    path("spots/<uuid:id>/comments/", CommentsView.as_view(), name="api_comments"),
    path("categories/", CategoriesView.as_view(), name="api_categories"),
    path("tags/", TagsView.as_view(), name="api_tags"),
    path("lists/", ListsView.as_view(), name="api_lists"),
    path("lists/<uuid:id>/", ListView.as_view(), name="api_list"),
    path("lists/<uuid:id>/items/", ItemsView.as_view(), name="api_list_items"),
    path("users/<str:username>/", UserView.as_view(), name="api_user"),
]

urlpatterns = [
    path("v1/", include(_first_version)),
    path("schema/", SchemaView.as_view(), name="api_schema"),
    path("docs/", docs, name="api_docs"),
    re_path("", UnknownView.as_view()),
]
