"""The app of spots and everything people say about them."""

from django.apps import AppConfig


class SpotsConfig(AppConfig):
    name = "spots"
    verbose_name = "スポット"
