"""Somebody who posts spots with photos and takes them away again, by the public doors, until told to stop."""

from __future__ import annotations

import io
import json
import random
import threading
import time
import uuid
from collections import Counter

from benchmarks.visitor import Answer, Visitor

PASSWORD = "tsubaki-no-michi"
MOST_SPOTS = 2
"""Of a writer; with more, one is deleted next."""


class Writer:
    """`spots` are its spots with their photos as far as it knows; `done` counts what the site said yes to."""

    def __init__(self, visitor: Visitor, seed: int) -> None:
        self._visitor, self._chance = visitor, random.Random(seed)
        self.spots: dict[str, set[str]] = {}
        self.done: Counter[str] = Counter()
        self._posted: dict[str, set[str]] = {}
        self._deleted: set[str] = set()

    def take_over(self, spots: dict[str, set[str]]) -> None:
        """Go on with these: after a kill nobody knows what became of what was not answered."""
        self.spots = {id: set(photos) for id, photos in spots.items()}
        self._posted = {}

    def lost(self, shown: dict[str, set[str]]) -> set[str]:
        """What was said to be posted since `take_over`, was not asked to go, and is not there."""
        lacking = {photo for id, photos in self._posted.items() for photo in photos - shown.get(id, set())}
        return lacking | (self._posted.keys() - shown.keys())

    def shown_yet(self, shown: dict[str, set[str]]) -> set[str]:
        """What was said to be deleted, ever, and is there."""
        return self._deleted & (shown.keys() | {photo for photos in shown.values() for photo in photos})

    def run(self, stop: threading.Event) -> None:
        """Do one thing after another."""
        while not stop.is_set():
            self._do_one()

    def _do_one(self) -> None:
        photos = [(id, photo) for id, found in self.spots.items() for photo in sorted(found)]
        roll = self._chance.random()
        if len(self.spots) > MOST_SPOTS:
            self._delete_spot()
        elif roll < 0.25 and photos:
            self._delete_photo(*self._chance.choice(photos))
        elif roll < 0.45 and self.spots:
            self._add(self._chance.choice(sorted(self.spots)))
        elif roll < 0.65:
            self._post_form()
        else:
            self._post()

    def _post(self) -> None:
        """Through the API: photos first, then their spot; sometimes a photo is taken back, or the spot never posted."""
        sent: list[str] = []
        gallery: dict[str, str] = {}
        for _number in range(self._chance.randint(1, 3)):
            answer = self._visitor.send("/api/v1/photos/", gallery, [self._picture()])
            if not self._is(answer, 201, "photos_sent"):
                return
            sent.append(answer.json["id"])
            gallery = {"gallery": answer.json["gallery"]}
        roll = self._chance.random()
        if roll < 0.15:
            self._is(self._visitor.request("DELETE", f"/api/v1/photos/{sent.pop()}/"), 204, "photos_taken_back")
        if not sent or roll > 0.9:
            return
        answer = self._visitor.request("POST", "/api/v1/spots/", json.dumps(self._place() | {"photo_ids": sent}))
        if self._is(answer, 201, "spots_posted"):
            self._keep(answer.json["id"], set(sent))

    def _post_form(self) -> None:
        """The page for people, without JavaScript: words and files in one go."""
        typed = {name: str(value) for name, value in self._place().items()} | {"state": "published", "address": ""}
        files = [self._picture() for _number in range(self._chance.randint(1, 2))]
        answer = self._visitor.send("/spots/new/", typed | {"form_token": str(uuid.uuid4())}, files, "files")
        if self._is(answer, 302, "spots_posted_by_form"):
            self._keep(answer.location.rstrip("/").rpartition("/")[2], set())

    def _add(self, id: str) -> None:
        answer = self._visitor.send(f"/api/v1/spots/{id}/photos/", {}, [self._picture()])
        if self._is(answer, 201, "photos_added"):
            self._keep(id, {answer.json["id"]})

    def _delete_photo(self, id: str, photo: str) -> None:
        self.spots[id].discard(photo)
        self._posted.get(id, set()).discard(photo)  # whatever the answer: it may be gone
        if self._is(self._visitor.request("DELETE", f"/api/v1/photos/{photo}/"), 204, "photos_deleted"):
            self._deleted.add(photo)

    def _delete_spot(self) -> None:
        id = self._chance.choice(sorted(self.spots))
        del self.spots[id]
        self._posted.pop(id, None)
        if self._is(self._visitor.request("DELETE", f"/api/v1/spots/{id}/"), 204, "spots_deleted"):
            self._deleted.add(id)

    def _keep(self, id: str, photos: set[str]) -> None:
        self.spots.setdefault(id, set()).update(photos)
        self._posted.setdefault(id, set()).update(photos)

    def _is(self, answer: Answer, status: int, name: str) -> bool:
        if answer.status == status:
            self.done[name] += 1
            return True
        self.done[f"answers_{answer.status or 'broken_off'}"] += 1
        time.sleep(0.05)  # a site that is away is not asked all the time
        return False

    def _place(self) -> dict[str, str | float]:
        """Far from the others: a form asks about places that are alike."""
        latitude, longitude = self._chance.uniform(34, 37), self._chance.uniform(136, 139)
        return {"name": "公園", "category": "park", "latitude": round(latitude, 5), "longitude": round(longitude, 5)}

    def _picture(self) -> bytes:
        from PIL import Image

        content = io.BytesIO()
        Image.frombytes("RGB", (64, 48), self._chance.randbytes(64 * 48 * 3)).save(content, "PNG")
        return content.getvalue()
