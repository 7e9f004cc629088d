"""`sessions/`: where one is signed in."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
