"""allauth's pages under its own names."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.account.urls"))]
