"""The leaves' app: system checks, static files, translations and the command `up`."""

from django.apps import AppConfig


class MachipokeConfig(AppConfig):
    name = "machipoke"
    verbose_name = "マチポケ"

    def ready(self) -> None:
        from machipoke import checks  # noqa: F401 - registers the system checks
