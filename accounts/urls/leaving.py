"""`export/` and `delete/`: a copy of everything about oneself, and the end of an account."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
