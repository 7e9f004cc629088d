"""The app of spots and everything people say about them."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SpotsConfig(AppConfig):
    name = "spots"
    verbose_name = "スポット"

    def ready(self) -> None:
        from accounts.belongings import erase_by
        from accounts.notices import add_door
        from spots import belongings
        from spots.leaving import erase_posts
        from spots.planner import set_statistics
        from spots.reachable import reachable

        add_door(reachable)
        belongings.register_all()
        erase_by(erase_posts)
        post_migrate.connect(set_statistics, sender=self)
