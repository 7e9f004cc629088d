"""The doors of photos."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
