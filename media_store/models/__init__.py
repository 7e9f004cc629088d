"""What is known of bytes: each durable object, which addresses were taken away, which pictures are refused."""

from media_store.models.client_id import ClientId
from media_store.models.fields import ObjectField, object_fields
from media_store.models.refused import RefusedPicture
from media_store.models.sent import Sent
from media_store.models.stored_object import StoredObject, StoredObjectQuerySet
from media_store.models.withdrawal import Withdrawal

__all__ = [
    "ClientId",
    "ObjectField",
    "RefusedPicture",
    "Sent",
    "StoredObject",
    "StoredObjectQuerySet",
    "Withdrawal",
    "object_fields",
]
