"""The app of spots and everything people say about them."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SpotsConfig(AppConfig):
    name = "spots"
    verbose_name = "スポット"

    def ready(self) -> None:
        from accounts.notices import add_door
        from spots.planner import set_statistics
        from spots.reachable import reachable

        add_door(reachable)
        post_migrate.connect(set_statistics, sender=self)
