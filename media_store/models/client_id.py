"""What senders call their photos."""

from __future__ import annotations

import uuid

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from media_store.models.stored_object import StoredObject


class ClientIdQuerySet(models.QuerySet["ClientId"]):
    """The names that one person gave."""

    def photo(self, owner_id: int, client_id: uuid.UUID) -> StoredObject | None:
        """The photo that goes by that name, unless it is taken away."""
        named = self.filter(owner_id=owner_id, client_id=client_id).exclude(photo__state="condemned")
        found = named.select_related("photo").first()
        return None if found is None else found.photo

    def named(self, owner_id: int, id: uuid.UUID) -> Q:
        """Photos with that id of ours or that name: who never had an answer knows no other."""
        return Q(pk=id) | Q(pk__in=self.filter(owner_id=owner_id, client_id=id).values("photo"))

    def give(self, owner_id: int, client_ids: set[uuid.UUID], photo: StoredObject) -> None:
        """Name the photo. A name whose photo is taken away is free again; IntegrityError for any other's."""
        with transaction.atomic():
            known = self.filter(owner_id=owner_id, client_id__in=client_ids)
            known.filter(photo__state="condemned").delete()
            new = client_ids - set(known.filter(photo=photo).values_list("client_id", flat=True))
            self.bulk_create([ClientId(owner_id=owner_id, client_id=name, photo=photo) for name in new])

    def end(self, owner_id: int, client_id: uuid.UUID) -> bool:
        """Take a name back; whether that was the last of its photo. Called with the photo locked."""
        name = self.filter(owner_id=owner_id, client_id=client_id).first()
        if name is None:  # somebody else took it back just now
            return False
        name.delete()
        return not self.filter(photo=name.photo_id).exists()


class ClientId(models.Model):
    """A photo as its sender calls it, to send it again after a lost answer; one that was chosen twice has two."""

    owner_id = models.BigIntegerField()
    client_id = models.UUIDField()
    photo = models.ForeignKey(StoredObject, models.CASCADE, related_name="client_ids")

    objects = ClientIdQuerySet.as_manager()

    class Meta:
        verbose_name = _("送った人が付けた id")
        verbose_name_plural = _("送った人が付けた id")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["owner_id", "client_id"], name="client_id_once")]

    def __str__(self) -> str:
        return str(self.client_id)
