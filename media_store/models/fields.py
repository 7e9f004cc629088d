"""How a model holds an object: by a field that clean-up, backup and delivery find by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models.signals import post_delete

if TYPE_CHECKING:
    _OneToOne = models.OneToOneField[Any, Any]
else:
    _OneToOne = models.OneToOneField


class ObjectField(_OneToOne):
    """The object of a row. The model's QuerySet has `visible_to(viewer)`, which also says who may fetch the bytes;
    it may have `outlived()`, the rows whose bytes the sweep takes.

    An object that no row holds any more is condemned with the row's deletion.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"to": "media_store.StoredObject", "related_name": "+"} | kwargs)

    def contribute_to_class(self, cls: Any, name: str, *args: Any, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, *args, **kwargs)
        if not cls._meta.abstract:
            post_delete.connect(self._condemn, sender=cls, dispatch_uid=f"condemn {cls._meta.label} {name}")

    def _condemn(self, instance: models.Model, **_kwargs: Any) -> None:
        from media_store.models.stored_object import StoredObject

        if (pk := getattr(instance, self.attname)) is not None:
            StoredObject.objects.filter(pk=pk).condemn()


def object_fields() -> list[ObjectField]:
    """Every field of every model that holds an object."""
    fields = (field for model in apps.get_models() for field in model._meta.local_fields)
    return [field for field in fields if isinstance(field, ObjectField)]
