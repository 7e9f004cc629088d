"""Model fields of typed text: normalised before validation, limited in characters people see and in bytes."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import BaseValidator
from django.db import models
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from machipoke.text import clean, graphemes, is_blank

if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
    _TextField = models.TextField[str, str]
else:
    _CharField, _TextField = models.CharField, models.TextField

BYTES_PER_CHARACTER = 4
"""A limit of n characters also caps the UTF-8 form at 4 n bytes, so that joined emoji cannot carry a novel."""


@deconstructible
class VisibleLength(BaseValidator):
    """At most `limit_value` grapheme clusters and four times as many bytes."""

    code = "max_length"
    message = _("%(limit_value)d文字以内で入力してください（いまは%(show_value)d文字）。")

    def compare(self, a: Any, b: Any) -> bool:
        return bool(a > b)

    def clean(self, x: str) -> int:
        if len(x) <= int(self.limit_value):
            return len(x)  # no more characters than code points, no more bytes than four times as many
        characters = graphemes(x)
        over_bytes = len(x.encode("utf-8", "surrogatepass")) > BYTES_PER_CHARACTER * int(self.limit_value)
        return max(characters, int(self.limit_value) + 1) if over_bytes else characters


class _Typed:
    """Shared by the two fields: cleans on `to_python` (forms, API, full_clean) and again before a plain `save()`."""

    multiline = False
    limit: int

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)  # type: ignore[misc]
        return clean(value, self.multiline) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)  # type: ignore[misc]
        if isinstance(value, str):
            value = clean(value, self.multiline)
            setattr(model_instance, self.attname, value)  # type: ignore[attr-defined]
        return value


class LineField(_Typed, _CharField):
    """One line of at most `limit` visible characters; the column holds more code points."""

    def __init__(self, *args: Any, limit: int, **kwargs: Any) -> None:
        self.limit = limit
        kwargs["max_length"] = limit * BYTES_PER_CHARACTER
        super().__init__(*args, **kwargs)
        self.validators = [VisibleLength(limit), *kwargs.get("validators", ())]

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, args, kwargs | {"limit": self.limit}

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"max_length": None, **kwargs})


class ProseField(_Typed, _TextField):
    """Several lines of at most `limit` visible characters."""

    multiline = True

    def __init__(self, *args: Any, limit: int, **kwargs: Any) -> None:
        self.limit = limit
        super().__init__(*args, **kwargs)
        self.validators = [VisibleLength(limit), *kwargs.get("validators", ())]

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"limit": self.limit}


def refuse_blank(value: str) -> None:
    """Raise for text of which nothing can be seen."""
    if is_blank(value):
        raise ValidationError(_("入力してください。"), code="blank")


def refusal(field: str, message: Any, code: str) -> ValidationError:
    """A refusal of one field. Given a dictionary of words, Django would drop the code on the way."""
    return ValidationError({field: ValidationError(message, code=code)})
