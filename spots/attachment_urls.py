"""The pages of attachments, and their downloads."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
