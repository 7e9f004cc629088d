"""`notices/`: what one was told."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
