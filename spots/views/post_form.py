"""The page with the form of a spot: its map without JavaScript, and what was typed, whatever happens."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict

from machipoke.pages import page
from spots.area_matching import municipality_code
from spots.areas import area_of
from spots.filters import finite
from spots.forms import PLACE, SpotForm
from spots.models import Category, Spot
from spots.photo_forms import PhotoFields
from spots.picker import PIXELS, STREET_ZOOM, View, first_view

DETAILS = ("tags", "opening_hours", "phone", "website", "status")
"""Fields that most people leave as they are; they stand folded below the others."""

OFFERED = "photo_place"
"""The field that carries the place a photo told from one button of the form to the next; kept nowhere else."""

_STEPS = {"closer": 1, "farther": -1}


class PostForm:
    """`/spots/new/` or the edit page of `spot`, as one request sees it."""

    def __init__(self, request: HttpRequest, spot: Spot | None = None, photos: PhotoFields | None = None) -> None:
        self.request, self.spot, self._photos = request, spot, photos

    @property
    def photos(self) -> PhotoFields:
        """The photos of a new spot; those of one that is there have a page of their own."""
        if self._photos is None:
            raise LookupError("the form of a spot that is there carries no photos")
        return self._photos

    @property
    def is_not_yet_sent(self) -> bool:
        """Whether the form came by a click on its map or one of the buttons inside it, not to be stored."""
        return not {"map.x", "map_do", "photo_do"}.isdisjoint(self.request.POST)

    def first(self, typed: QueryDict) -> HttpResponse:
        """The form as it opens, over what a draft or a lost session left of it."""
        form = SpotForm(initial=dict(typed.items()), **self._instance())
        return self.page(form, token=typed.get("form_token", ""))

    def pressed(self) -> HttpResponse:
        """The form with everything typed, and what the click asked."""
        if self._photos is not None:
            self._photos.carry_refusals()
        if "photo_do" not in self.request.POST:
            return self.moved()
        button = self.request.POST["photo_do"]
        typed: dict[str, Any] = dict(self.request.POST.items())
        if self._photos is not None:
            self._photos.press(button)
        point = _photo_place(button)
        if point:
            typed |= dict(zip(PLACE, (f"{degrees:.6f}" for degrees in point), strict=True))
        view = View(*point, STREET_ZOOM) if point else None
        self._offer_place(is_used=point is not None)
        return self.page(SpotForm(initial=typed, **self._instance()), view=view, is_moved=True)

    def moved(self) -> HttpResponse:
        """The form with everything typed, and the map or its pin moved as the click asked."""
        typed: dict[str, Any] = dict(self.request.POST.items())
        view = View.read(typed.get("map_view", "")) or self._view(typed)
        point, note = _point(typed), ""
        if "map.x" in typed:
            lat, lng = view.clicked(_pixel(typed["map.x"]), _pixel(typed.get("map.y", "")))
            typed |= {"latitude": f"{lat:.6f}", "longitude": f"{lng:.6f}"}
            view = view.around(lat, lng, closer=1 if view.zoom < STREET_ZOOM else 0)
        elif typed["map_do"] == "address":
            area = area_of(municipality_code(typed.get("address", "")))
            view, note = (first_view(None, area), "shown") if area else (view, "unknown")
        else:
            view = view.around(*(point or view[:2]), closer=_STEPS.get(typed["map_do"], 0))
        form = SpotForm(initial=typed | {"map_view": str(view)}, **self._instance())
        self._offer_place()
        return self.page(form, view=view, is_moved=True, town_note=note)

    def refused(self, form: SpotForm) -> HttpResponse:
        """The form with its mistakes named."""
        self._offer_place()
        return self.page(form, status=400)

    def page(self, form: SpotForm, status: int = 200, view: View | None = None, **context: Any) -> HttpResponse:
        """The page; the pin is where the form says, if that is a place."""
        typed = {name: form[name].value() for name in ("latitude", "longitude", "address")}
        typed["map_view"] = form.data.get("map_view", "") if form.is_bound else form.initial.get("map_view", "")
        point = _point(typed)
        view = view or View.read(typed["map_view"]) or self._view(typed)
        if point and not view.shows(*point):
            view = view.around(*point)
        shown: dict[str, Any] = {
            "form": form,
            "spot": self.spot,
            "photos": self._photos,
            "categories": Category.objects.current(),
            "details": [form[name] for name in DETAILS],
            "is_detailed": any(form[name].errors or form[name].value() for name in DETAILS if name != "status"),
            "view": view,
            "pin": f"{point[0]:.6f},{point[1]:.6f}" if point else "",
            "pixels": PIXELS,
            "tile_url": settings.MAP_TILE_URL,
            "tile_attribution": settings.MAP_ATTRIBUTION,
            "is_number_wrong": _is_number_wrong(form),
        }
        return page(self.request, "spots/form.html", shown | context, status=status)

    def _offer_place(self, is_used: bool = False) -> None:
        """Keep the offer of an earlier photo until its button is pressed."""
        if self._photos is not None and not is_used:
            self._photos.place = self._photos.place or _photo_place(self.request.POST.get(OFFERED, ""))

    def _instance(self) -> dict[str, Any]:
        return {"instance": self.spot} if self.spot else {}

    def _view(self, typed: dict[str, Any]) -> View:
        area = area_of(municipality_code(str(typed.get("address") or "")))
        return first_view(_point(typed), area, self.request.viewer)  # type: ignore[attr-defined]


def _point(typed: dict[str, Any]) -> tuple[float, float] | None:
    """The place typed so far, if it is one."""
    try:
        return finite(str(typed.get("latitude")), -85, 85), finite(str(typed.get("longitude")), -180, 180)
    except ValidationError:
        return None


def _photo_place(button: str) -> tuple[float, float] | None:
    """The place that a photo told and `place:<latitude>,<longitude>` takes over."""
    verb, _colon, place = button.partition(":")
    latitude, _comma, longitude = place.partition(",")
    return _point({"latitude": latitude, "longitude": longitude}) if verb == "place" else None


def _is_number_wrong(form: SpotForm) -> bool:
    """Whether a typed coordinate is a mistake, rather than the place not being chosen yet."""
    faults = form.errors.as_data() if form.is_bound else {}
    return any(
        error.code not in ("required", "guessed")
        for name in ("latitude", "longitude")
        for error in faults.get(name, [])
    )


def _pixel(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else PIXELS // 2
