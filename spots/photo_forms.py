"""The photos of a form: sent before, coming along with it as files, put in order by its buttons.

A photo is stored as soon as it arrives; the form carries its id. So a mistake elsewhere in the form, an ended session
or a busy site never costs a photo that is here already.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from machipoke.availability import Busy
from machipoke.ratelimits import LIMITS, TooMany, spend
from machipoke.text import clean
from media_store import galleries
from media_store.addresses import address
from media_store.models import StoredObject
from media_store.models.stored_object import UNATTACHED_KEPT
from media_store.pictures import PictureRefused
from media_store.refusal import UploadRefused
from media_store.uploads import Taken, refuse_at_a_glance, take_photo, waiting
from spots.models import Spot
from spots.models.photo import MOST_PHOTOS, NewPhoto, SpotPhoto

THUMBNAIL = 320
"""Pixels of a photo in the list: 88 CSS pixels, on a screen that has three for each."""

UNDER_WAY_WAITS = (1, 2, 4)
"""Seconds between looks at the same file that another request is storing: a finger that pressed twice."""

STEPS = {"up": -1, "down": 1}


class Refusal(NamedTuple):
    """A file that was not taken, by the name it has at home."""

    name: str
    reason: str


NAME_CHARACTERS = 80
"""Of a file's name at home, which is shown beside the reason why it was refused, and kept nowhere."""

REASON_CHARACTERS = 400

CARRIED = ("refused_name", "refused_reason")
"""The fields that carry refusals from one button of the form to the next, whose answer may show another part of it."""


class Entry:
    """A photo in the form; `photo` is its row where it is attached to the spot."""

    def __init__(self, image: StoredObject, photo: SpotPhoto | None, caption: str, alt: str) -> None:
        self.id, self.image, self.photo = image.pk, image, photo
        self.caption, self.alt = caption, alt
        self.errors: dict[str, str] = {}

    @classmethod
    def of(cls, photo: SpotPhoto) -> Entry:
        """An attached photo as it is stored."""
        return cls(photo.stored_object, photo, photo.caption, photo.alt)

    @property
    def thumbnail(self) -> str:
        """Its address on this host, where the session shows also what is not public."""
        return address(self.image, THUMBNAIL, "webp", "1x1")

    def check(self) -> None:
        """Normalise the words, and keep what is wrong with them."""
        for name in ("caption", "alt"):
            try:
                field: Any = SpotPhoto._meta.get_field(name)
                setattr(self, name, field.clean(getattr(self, name), None))
            except ValidationError as error:
                self.errors[name] = error.messages[0]


class _Blank:
    """What scripts make the row of a photo from; its id is put in afterwards."""

    id = "__id__"
    thumbnail = caption = alt = ""


class PhotoFields:
    """What a form says of photos, for `viewer`: those of `spot`, or those of a spot that is being written."""

    most = MOST_PHOTOS
    blank = _Blank()

    def __init__(self, viewer: User, data: QueryDict | None = None, spot: Spot | None = None) -> None:
        data = data or QueryDict()
        self.viewer, self.spot = viewer, spot
        self.gallery = spot.pk if spot else _own(data.get("gallery", ""), viewer) or galleries.new(viewer.pk)
        self._told = _carried(data) if spot is None else []
        self.refused: list[Refusal] = [*self._told]
        self.are_refusals_carried = False
        self.place: tuple[float, float] | None = None
        sent = _ids(data)
        self.entries = self._entries(sent, data)
        self.lost = self._lost(sent)
        self._cover = _uuid(data.get("cover", ""))
        self.is_renewed = False

    @property
    def cover(self) -> uuid.UUID | None:
        """The photo that stands for the spot: the chosen one, else the cover so far, else the first."""
        shown = [entry for entry in self.entries if entry.photo is None or entry.photo.state == "published"]
        chosen = [entry.id for entry in shown if entry.id == self._cover]
        covers = [entry.id for entry in shown if entry.photo is not None and entry.photo.is_primary]
        return next(iter([*chosen, *covers, *(entry.id for entry in shown)]), None)

    @property
    def place_button(self) -> str:
        """What the button sends that takes over the place which a photo told."""
        return "place:" + ",".join(f"{degrees:.6f}" for degrees in self.place or ())

    @property
    def room(self) -> int:
        """How many more there may be."""
        return max(0, MOST_PHOTOS - len(self.entries))

    def take(self, request: HttpRequest) -> None:
        """Store the files that came with the form. From here on its fields name them like the others.

        Never inside a transaction. A file that is refused is told, and costs neither the others nor the text.
        """
        files = request.FILES.getlist("files")
        for file in files:
            name = clean(file.name or "")[:NAME_CHARACTERS] or _("名前のない写真")
            try:
                self._add(self._taken(request, file))
            except (PictureRefused, UploadRefused) as refusal:
                self._refuse(name, str(refusal.message))
            except TooMany as refusal:
                self._refuse(name, _too_many(refusal))
            except Busy:
                self._refuse(name, _("いま写真を受け取れません。30秒ほど待って、もう一度選んでください。"))
        if files:
            data = request.POST.copy()
            data["gallery"] = str(self.gallery)
            data.setlist("photo", [str(entry.id) for entry in self.entries])
            request.POST = data  # type: ignore[assignment]

    def carry_refusals(self) -> None:
        """Tell them once more at the next button; the answer to this one need not have shown them."""
        self.are_refusals_carried = self.spot is None

    def _refuse(self, name: str, reason: str) -> None:
        refusal = Refusal(name, reason)
        if refusal not in self._told:
            self.refused.append(refusal)

    def _taken(self, request: HttpRequest, file: UploadedFile[Any]) -> Taken:
        if not self.room:
            words = _("写真は1つのスポットに%(most)d枚までです。") % {"most": MOST_PHOTOS}
            raise UploadRefused("most", words, 400)
        refuse_at_a_glance(file)
        spend(request, "photo", self.viewer.pk)
        for seconds in UNDER_WAY_WAITS:
            try:
                return take_photo(file, self.viewer.pk, self.gallery)
            except UploadRefused as refusal:
                if refusal.code != "under_way":
                    raise
            time.sleep(seconds)
            file.seek(0)
        return take_photo(file, self.viewer.pk, self.gallery)

    def _add(self, taken: Taken) -> None:
        self.place = self.place or taken.hints.place
        if taken.row.pk not in [entry.id for entry in self.entries]:
            self.entries.append(Entry(taken.row, None, "", ""))

    def press(self, button: str) -> None:
        """What a button asks: `up:<id>` and `down:<id>` move a photo, `remove:<id>` takes it out of the form.

        `seen` puts away what was said of files that were refused before.
        """
        verb, _colon, of = button.partition(":")
        if verb == "seen":
            self.refused = [refusal for refusal in self.refused if refusal not in self._told]
        at = next((at for at, entry in enumerate(self.entries) if str(entry.id) == of), None)
        if at is None:
            return
        if verb == "remove":
            self.entries.pop(at)
        elif verb in STEPS and 0 <= at + STEPS[verb] < len(self.entries):
            self.entries.insert(at + STEPS[verb], self.entries.pop(at))

    def is_valid(self) -> bool:
        """Whether every file was taken and the words of every photo can be stored."""
        for entry in self.entries:
            entry.check()
        return not self.refused and not any(entry.errors for entry in self.entries)

    def require_all(self) -> None:
        """Raise ValidationError where a photo that the form names is gone: posting would leave it out silently."""
        if self.lost:
            words = _("時間がたったため、写真の一部がもうありません。確かめて、もう一度送ってください。")
            raise ValidationError(words, code="gone")

    def as_new(self) -> list[NewPhoto]:
        """The photos as the models take them, in order."""
        return [NewPhoto(entry.id, entry.caption, entry.alt, entry.id == self.cover) for entry in self.entries]

    def renew(self) -> None:
        """Begin another spot: its photos are chosen anew, these are the other one's."""
        self.is_renewed = bool(self.entries or self.lost)
        self.gallery, self.entries, self.lost = galleries.new(self.viewer.pk), [], 0

    def _entries(self, sent: list[uuid.UUID], data: QueryDict) -> list[Entry]:
        attached = self._attached()
        here = waiting(self.viewer.pk).filter(gallery=self.gallery)
        fresh = here.in_bulk([pk for pk in sent if pk not in attached]) if sent else {}
        entries = []
        for pk in dict.fromkeys([*sent, *attached]):
            photo = attached.get(pk)
            if photo is None and pk not in fresh:
                continue
            image = photo.stored_object if photo else fresh[pk]
            words = [data.get(f"{name}-{pk}", getattr(photo, name, "")) for name in ("caption", "alt")]
            entries.append(Entry(image, photo, *words))
        return entries

    def _lost(self, sent: list[uuid.UUID]) -> int:
        """How many of these are not here any more, though nobody deleted them."""
        gone = set(sent) - {entry.id for entry in self.entries}
        deleted = SpotPhoto.objects.filter(spot=self.spot, pk__in=gone).count() if self.spot and gone else 0
        return len(gone) - deleted

    def _attached(self) -> dict[uuid.UUID, SpotPhoto]:
        if self.spot is None:
            return {}
        photos = SpotPhoto.objects.visible_to(self.viewer).filter(spot=self.spot).exclude(state="deleted")
        return {photo.pk: photo for photo in photos.select_related("image").order_by("position", "created_at", "id")}


def _too_many(refusal: TooMany) -> str:
    minutes = math.ceil(refusal.usage.reset_seconds / 60)
    words = ngettext(
        "写真は1時間に%(photos)d枚までです。あと%(minutes)d分ほど待って、もう一度選んでください。",
        "写真は1時間に%(photos)d枚までです。あと%(minutes)d分ほど待って、もう一度選んでください。",
        minutes,
    )
    return words % {"photos": LIMITS["photo"].amount, "minutes": minutes}


def kept_until(forms: Sequence[QueryDict], viewer: User) -> list[datetime | None]:
    """Of each form when the first of its photos that are here will go; None where there is none."""
    named = [_ids(form) for form in forms]
    every = {pk for ids in named for pk in ids}
    sent = dict(waiting(viewer.pk).filter(pk__in=every).values_list("pk", "created_at")) if every else {}
    first = (min((sent[pk] for pk in ids if pk in sent), default=None) for ids in named)
    return [moment and moment + UNATTACHED_KEPT for moment in first]


def _carried(data: QueryDict) -> list[Refusal]:
    told = zip(*(data.getlist(field)[: 2 * MOST_PHOTOS] for field in CARRIED), strict=False)
    cut = ((clean(name)[:NAME_CHARACTERS], clean(reason)[:REASON_CHARACTERS]) for name, reason in told)
    return [Refusal(name, reason) for name, reason in cut if name and reason]


def _ids(data: QueryDict) -> list[uuid.UUID]:
    """The photos that the form names, once each; no more than a form of ours could."""
    ids = (_uuid(text) for text in data.getlist("photo")[: 2 * MOST_PHOTOS])
    return list(dict.fromkeys(pk for pk in ids if pk is not None))


def _own(text: str, viewer: User) -> uuid.UUID | None:
    gallery = _uuid(text)
    return gallery if gallery is not None and galleries.is_own(gallery, viewer.pk) else None


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
