"""What a client may send: strict JSON types, and no member that nobody knows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class Text(serializers.CharField):
    """A string, not a number that could be read as one; its length is the model's to judge."""

    default_error_messages = {"invalid": _("文字列にしてください。")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=True, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Identifier(serializers.UUIDField):
    """The id of a row: a string, not the number that a UUID also is."""

    default_error_messages = {"invalid": _("UUID にしてください。")}  # DRF has no Japanese for it

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "contentMediaType": "application/octet-stream"})
class File(serializers.Field[Any, Any, Any, Any]):
    """The bytes that stand under `file`; what they are is seen when they are decoded."""

    default_error_messages = {"invalid": _("ファイルを送ってください。")}

    def to_internal_value(self, data: Any) -> Any:
        if not hasattr(data, "read"):
            self.fail("invalid")
        return data


class Place(serializers.IntegerField):
    """A place in an order, counted from 0: a JSON number without decimals."""

    MOST = 2**31 - 1
    """What both databases hold."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": self.MOST} | kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(data)


class Flag(serializers.BooleanField):
    """A JSON boolean, and nothing that could be read as one."""

    default_error_messages = {"invalid": _("true か false にしてください。")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class FormFlag(Flag):
    """A boolean in a form, where everything is text."""

    def to_internal_value(self, data: Any) -> bool:
        return super().to_internal_value({"true": True, "false": False}.get(str(data).lower()))


class Several(serializers.ListField):
    """A list of at most `max_length`."""

    default_error_messages = {"max_length": _("{max_length}個までにしてください。")}


class Changes(serializers.Serializer[Any]):
    """The writable members of a resource. Members that are read only are left alone, unknown ones refused."""

    read_only_members: ClassVar[Collection[str]] = ()
    """What an answer holds beside the fields: a client may send back what it was given."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields and name not in self.read_only_members]
            if unknown:
                refusal = serializers.ErrorDetail(str(_("この項目はありません。")), code="unknown")
                raise serializers.ValidationError({name: [refusal] for name in unknown})
        return super().to_internal_value(data)


class ChangesSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """How the schema describes them: what is read only may come back and is ignored, anything else is refused."""

    target_class = Changes
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        fields = self.target.fields
        properties: dict[str, Any] = schema.get("properties", {})
        for name, field in fields.items():
            if isinstance(field, Text) and field.required:
                properties[name] = {**properties[name], "minLength": 1}
        ignored = {name: {"readOnly": True} for name in sorted(self.target.read_only_members) if name not in fields}
        return {**schema, "properties": properties | ignored, "additionalProperties": False}
