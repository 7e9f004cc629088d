"""The app of bytes: objects, images, backups, integrity."""

from django.apps import AppConfig


class MediaStoreConfig(AppConfig):
    name = "media_store"
    verbose_name = "ファイル"
