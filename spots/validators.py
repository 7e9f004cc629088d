"""What a spot's single fields accept."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Any

import regex
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    _FloatField = models.FloatField[float, float]
else:
    _FloatField = models.FloatField

DECIMALS = 6
"""Six decimals of a degree are 0.11 m: finer than any survey a municipality publishes."""

_READING = regex.compile(r"[\p{Hiragana}\p{Katakana}ーｰ・\p{Script=Common}\p{Latin}]*")
_PHONE = regex.compile(r"[0-9０-９+()＋（）\-‐－ー\s,、/内線]*")


class DegreesField(forms.FloatField):
    """The form's side of a coordinate: digits of any width, as an input method leaves them."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(unicodedata.normalize("NFKC", value) if isinstance(value, str) else value)


class CoordinateField(_FloatField):
    """Degrees, rounded to `DECIMALS`; NaN, infinities and booleans are refused."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, bool):
            raise ValidationError(_("数字で入力してください。"), code="invalid")
        number = super().to_python(unicodedata.normalize("NFKC", value) if isinstance(value, str) else value)
        if number is None:
            return None
        if not math.isfinite(number):
            raise ValidationError(_("数字で入力してください。"), code="invalid")
        return round(float(number), DECIMALS) + 0.0

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": DegreesField, **kwargs})

    def get_prep_value(self, value: Any) -> Any:
        number = super().get_prep_value(value)
        return round(number, DECIMALS) + 0.0 if isinstance(number, float) and math.isfinite(number) else number


def validate_reading(value: str) -> None:
    """Raise for a reading with kanji in it."""
    if not _READING.fullmatch(value):
        raise ValidationError(_("よみがなは、ひらがなかカタカナで入力してください。"), code="invalid")


def validate_phone(value: str) -> None:
    """Raise for letters in a telephone number."""
    if not _PHONE.fullmatch(value):
        raise ValidationError(_("電話番号は数字とハイフンで入力してください。"), code="invalid")
