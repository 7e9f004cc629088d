"""Typed text on its way into a row: cleaned by forms, by full_clean and by a plain save; limited as people count."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import modelform_factory

from machipoke.fields import LineField, ProseField, VisibleLength, refuse_blank
from spots.models import SavedList, Spot, Tag

FAMILY = "👨‍👩‍👧‍👦"
"""One character, seven code points, 25 bytes."""


@pytest.mark.parametrize("text", ["あ" * 80, "🌸" * 80, "か\u3099" * 80, "🇯🇵" * 40, FAMILY * 12])
def test_a_line_of_80_takes_what_80_characters_and_320_bytes_hold(text: str) -> None:
    field = LineField(limit=80)
    assert field.clean(text, None)


@pytest.mark.parametrize("text", ["あ" * 81, "🇯🇵" * 41, FAMILY * 13, "a" * 81])
def test_a_line_of_80_refuses_more_and_says_how_many(text: str) -> None:
    with pytest.raises(ValidationError, match="80文字以内で入力してください") as refused:
        LineField(limit=80).clean(text, None)
    assert [error.code for error in refused.value.error_list] == ["max_length"]


def test_bytes_over_the_cap_count_as_one_character_too_many() -> None:
    assert VisibleLength(80).clean(FAMILY * 13) == 81


def test_the_column_of_a_line_holds_every_allowed_line() -> None:
    assert LineField(limit=80).max_length == 320


def test_fields_tell_migrations_their_limit_alone() -> None:
    for field in (LineField(limit=80, blank=True), ProseField(limit=500, validators=[refuse_blank])):
        _name, path, args, kwargs = field.deconstruct()
        assert kwargs["limit"] == field.limit
        assert "max_length" not in kwargs
        again = type(field)(*args, **kwargs)
        assert again.deconstruct()[1:] == (path, args, kwargs)
        assert again.validators == field.validators


@pytest.mark.parametrize("value", [12, 1.5, True, ["a"]])
def test_what_is_not_text_is_text_afterwards(value: object) -> None:
    assert LineField(limit=80).to_python(value) == str(value)


def test_forms_clean_before_they_count() -> None:
    form_class = modelform_factory(SavedList, fields=["title", "description"])
    form = form_class({"title": "\u200b" * 300 + "桜\u202e", "description": "一\r\n二 "})
    assert form.is_valid(), form.errors
    assert (form.instance.title, form.instance.description) == ("桜", "一\n二")
    assert "maxlength" not in str(form_class()["title"])


@pytest.mark.parametrize("title", ["\u200b", "\ufe0f\ufe0f", "\u3164", " \u3000 ", "\u2800"])
def test_forms_refuse_a_title_of_which_nothing_is_seen(title: str) -> None:
    form = modelform_factory(SavedList, fields=["title"])({"title": title})
    assert not form.is_valid()
    assert "title" in form.errors


@pytest.mark.django_db
def test_a_plain_save_and_a_bulk_create_clean_too() -> None:
    tag = Tag(name=" 夜\u200b景 ")
    tag.save()
    assert tag.name == Tag.objects.get().name == "夜景"
    Tag.objects.bulk_create([Tag(name="花\u202e火", key="花火")])
    assert Tag.objects.get(key="花火").name == "花火"


def test_every_text_people_type_into_a_spot_is_of_these_fields() -> None:
    plain = {
        field.name
        for field in Spot._meta.get_fields()
        if isinstance(field, models.CharField | models.TextField) and not isinstance(field, LineField | ProseField)
    }
    assert plain == {"municipality_code", "website", "status", "state", "state_before"}
