"""The form in which a person writes about a spot."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from machipoke.text import clean
from spots.area_matching import municipality_code
from spots.areas import area_of
from spots.models import Category, Spot
from spots.models.category import validate_tag_names
from spots.models.spot import validate_tag_count
from spots.picker import TOWN_ZOOM

if TYPE_CHECKING:
    _CategoryField = forms.ModelChoiceField[Category]
    _SpotForm = forms.ModelForm[Spot]
else:
    _CategoryField, _SpotForm = forms.ModelChoiceField, forms.ModelForm


UNKNOWN_VERSION = _(
    "どの版を直したものかわからないため、まだ保存していません。スポットのいまの内容を確かめてください。"
    "もう一度送ると、いまの内容に上書きします。"
)


NO_PLACE = _("地図で場所を選ぶか、住所を市町村から入れてください。")
HALF_PLACE = _("緯度と経度は、両方入れてください。")
GUESSED_PLACE = _(
    "住所から、%(area)sの役所のあたりにピンを置きました。地図で場所を合わせてから、もう一度送ってください。"
)


PLACE = ("latitude", "longitude")
_PAIR = re.compile(r"\s*([0-9.+-]+)\s*[,、\s]\s*([0-9.+-]+)\s*")


class CategoryChoice(_CategoryField):
    """A category by its slug, as everywhere outside the database; one that was merged stands for the other."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Category.objects.current(), to_field_name="slug", **kwargs)

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except ValidationError:
            if (other := _merged_into(value)) is None:
                raise
            return other

    def prepare_value(self, value: Any) -> Any:
        """Chosen in the form is what a draft or a refused form calls by its old slug."""
        other = _merged_into(value)
        return other.slug if other else super().prepare_value(value)


def _merged_into(slug: Any) -> Category | None:
    merged = Category.objects.select_related("merged_into").exclude(merged_into=None)
    old = merged.filter(slug=slug).first() if isinstance(slug, str) and slug else None
    return old.merged_into if old else None


class TagsField(forms.CharField):
    """Words between spaces, commas or 、; a leading # is dropped, and so is a word of which nothing is stored."""

    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").replace("、", " ").replace(",", " ").replace("#", " ")
        return [name for name in map(clean, text.split()) if name]

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    def validate(self, value: Any) -> None:
        super().validate(value)
        try:
            validate_tag_count(value)
            validate_tag_names(value)
        except ValidationError as error:
            raise ValidationError(error.messages) from error


class SpotForm(_SpotForm):
    """What site visitors may write; the rules are the model's. `version` is the one the person started from."""

    category = CategoryChoice(label=_("カテゴリ"), empty_label=None, widget=forms.RadioSelect)
    tags = TagsField(label=_("タグ"), required=False, help_text=_("空白で区切って10個まで。例：桜 散歩"))
    website = forms.URLField(
        label=_("ウェブサイト"),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    class Meta:
        model = Spot
        fields = [
            "name",
            "reading",
            "category",
            "description",
            "latitude",
            "longitude",
            "address",
            "tags",
            "opening_hours",
            "phone",
            "website",
            "status",
        ]
        labels = {"opening_hours": _("営業時間・休み")}
        help_texts = {
            "reading": _("ひらがなでもカタカナでもかまいません。"),
            "latitude": _("例：36.062100（地図アプリで場所を長く押すと出ます。「36.06, 136.21」とまとめて貼れます）"),
            "longitude": _("例：136.219600"),
        }
        widgets = {
            "latitude": forms.TextInput(attrs={"inputmode": "decimal"}),
            "longitude": forms.TextInput(attrs={"inputmode": "decimal"}),
            "description": forms.Textarea(attrs={"rows": 6}),
            "opening_hours": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        spot: Spot | None = kwargs.get("instance")
        initial: dict[str, Any] = {"status": Spot.Status.OPEN}
        if spot:
            tags = [tag.name for tag in spot.tags.all()]
            initial = {"tags": tags, "version": spot.version, "category": spot.category.slug}
        super().__init__(_with_pair_split(data), **kwargs | {"initial": initial | kwargs.get("initial", {})})
        for name in ("status", *PLACE):
            self.fields[name].required = False  # what is missing has a default, or an address that stands for it
        for name, field in self.fields.items():
            if name in self.errors if self.is_bound else False:
                field.widget.attrs["aria-invalid"] = "true"
            described = [f"id_{name}-help"] if field.help_text else []
            field.widget.attrs["aria-describedby"] = " ".join([*described, f"id_{name}-error"])

    def clean_status(self) -> str:
        """One that is not sent stays as it is; a new spot is open."""
        return self.cleaned_data["status"] or self.instance.status

    def clean(self) -> dict[str, Any]:
        """Refuse a change that does not say on which version it was written: it would be stored over anyone's."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._complete_place(cleaned)
        if not self.instance._state.adding and cleaned.get("version") is None:
            self.errors.pop("version", None)
            self.add_error(None, ValidationError(UNKNOWN_VERSION, code="stale"))
            # The form is shown again on top of the row as it is now, and its message says so.
            self.data = dict(self.data.items()) | {"version": str(self.instance.version)}
        return cleaned

    def _complete_place(self, cleaned: dict[str, Any]) -> None:
        """Without a pin: put it at the town hall of the address, and ask to have it set right before storing."""
        missing = [name for name in PLACE if name not in self.errors and cleaned.get(name) is None]
        if len(missing) == 1:
            self.add_error(missing[0], ValidationError(HALF_PLACE, code="half"))
        if len(missing) < 2:
            return
        area = area_of(municipality_code(cleaned.get("address") or ""))
        if area is None:
            self.add_error("latitude", ValidationError(NO_PLACE, code="required"))
            return
        lat, lng = f"{area.latitude:.6f}", f"{area.longitude:.6f}"
        place = {"latitude": lat, "longitude": lng, "map_view": f"{lat},{lng},{TOWN_ZOOM}"}
        self.data = dict(self.data.items()) | place
        self.add_error("latitude", ValidationError(GUESSED_PLACE, code="guessed", params={"area": area.full_name}))

    def changes(self) -> dict[str, Any]:
        """The model's fields as they were typed, for `Spot.edit`; one that was not sent stays as it is."""
        sent = {name for name, field in self.fields.items() if name in self.data or name in PLACE}
        return {name: value for name, value in self.cleaned_data.items() if name in sent - {"tags", "version"}}

    @property
    def tag_names(self) -> list[str] | None:
        """The tags as they were typed, or None where the form had no such field."""
        return self.cleaned_data["tags"] if "tags" in self.data else None


def _with_pair_split(data: Any) -> Any:
    """「36.06, 136.21」 as map applications copy it, pasted into the first field, fills both."""
    pair = _PAIR.fullmatch(unicodedata.normalize("NFKC", data.get("latitude", ""))) if data else None
    return data if pair is None else dict(data.items()) | {"latitude": pair[1], "longitude": pair[2]}
