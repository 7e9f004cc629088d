"""Every column that people type into goes through the one normaliser; what does not is named here, with its reason."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from machipoke.fields import LineField, ProseField

NOT_TYPED = {
    "accounts.User": {
        "username": "a-z 0-9 _ - alone, by its own rule",
        "username_key": "derived",
        "email_key": "derived",
        "password": "a hash",
    },
    "spots.Category": {"icon": "an operator's kanji", "colour": "digits, by its own rule"},
    "spots.Tag": {"key": "derived"},
    "spots.Attachment": {"track": "made from the file"},
    "spots.TakedownEvidence": {"url": "an address of ours"},
    "media_store.StoredObject": dict.fromkeys(
        ("key", "content_type", "sha256", "original_sha256", "placeholder", "colour"), "made from the file"
    ),
    "media_store.Withdrawal": {"prefix": "a key of ours"},
    "media_store.RefusedPicture": {"sha256": "made"},
    "media_store.Sent": {"kind": "a code"},
    "spots.Spot": {"municipality_code": "digits, by its own rule"},
    "accounts.ApiToken": {"token_key": "made", "digest": "made"},
    "accounts.Notice": {"path": "an address of ours"},
    "spots.Report": {"receipt": "made"},
    "spots.Case": {"target_id": "an id"},
    "spots.Draft": {"typed": "shown in the form again as it was, and cleaned when it is posted"},
    "spots.ModerationAction": {
        **dict.fromkeys(("verb", "target_kind", "target_id"), "written by the code"),
        **dict.fromkeys(("before", "after"), "states"),
    },
    "machipoke.IdempotentAnswer": {
        **dict.fromkeys(("scope", "digest"), "made"),
        "key": "an opaque header, compared and never shown",
        "body": "an answer of ours",
    },
}


def test_every_text_that_is_typed_is_normalised_and_counted_in_characters() -> None:
    found: dict[str, set[str]] = {}
    for label in ("machipoke", "accounts", "spots", "media_store"):
        for model in apps.get_app_config(label).get_models():
            plain = {field.name for field in model._meta.concrete_fields if _is_plain_text(field)}
            if plain:
                found[model._meta.label] = plain
    assert found == {label: set(fields) for label, fields in NOT_TYPED.items()}


def _is_plain_text(field: models.Field[object, object]) -> bool:
    if isinstance(field, LineField | ProseField | models.URLField | models.EmailField | models.SlugField):
        return False
    return isinstance(field, models.CharField | models.TextField) and not field.choices
