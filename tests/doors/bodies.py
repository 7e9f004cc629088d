"""What a person sends who means it: the least that each write takes. What is not here is sent with nothing."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests import pictures

TOKEN = {"username": "hana", "password": "tsubaki-no-michi", "name": "時計", "scope": "read"}
PLACE = {"name": "足羽山", "latitude": 36.0512, "longitude": 136.2091, "category": "park"}
REASON = {"reason": "spam"}
NEW_PASSWORD = {"password1": "mizu-no-oto-51", "password2": "mizu-no-oto-51"}
OWN_PASSWORDS = {
    "hana": "tsubaki-no-michi",
    "ren": "kawara-no-kaze",
    "mori": "yama-no-koe-99",
    "boss": "kaze-no-tani-7",
    "kazu": "kumo-no-iro-31",
}

FORMS: dict[str, dict[str, Any]] = {
    "/spots/new/": PLACE,
    "/spots/<pk>/edit/": PLACE | {"version": "{version}"},
    "/spots/<pk>/delete/": REASON,
    "/spots/<pk>/comments/": {"body": "いい所"},
    "/spots/<pk>/saves/": {"note": "朝"},
    "/comments/<pk>/edit/": {"body": "直した", "version": "{version}"},
    "/comments/<pk>/delete/": REASON,
    "/reports/new/": {"target": "spot:{published}", "reason": "spam"},
    "/lists/new/": {"title": "旅"},
    "/lists/<pk>/edit/": {"title": "旅", "version": "{version}"},
    "/lists/<pk>/items/": {"spot": "{other}"},
    "/lists/<pk>/items/<item_id>/": {"action": "remove"},
    "/accounts/profile/": {"display_name": "はな", "bio": "", "language": "ja", "version": "{profile}"},
    "/accounts/signup/": {"username": "kawa", "email": "kawa@example.jp"} | NEW_PASSWORD,
    "/accounts/login/": {"login": "hana", "password": OWN_PASSWORDS["hana"]},
    "/accounts/reauthenticate/": {"password": "{password}"},
    "/accounts/email/": {"action_add": "", "email": "atarashii@example.jp"},
    "/accounts/password/change/": {"oldpassword": "{password}"} | NEW_PASSWORD,
    "/accounts/tokens/new/": {"name": "時計", "scope": "read", "days": "30"},
    "/accounts/notices/reading/": {"notice": "{notice}"},
    "/accounts/delete/": {"posts": "keep", "password": "{password}"},
    "/accounts/password/reset/": {"email": "hana@example.jp"},
    "/photos/<pk>/delete/": REASON,
    "/attachments/<pk>/delete/": REASON,
}

FILES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/v1/photos/"): {"file": "photo"},
    ("POST", "/api/v1/spots/<id>/photos/"): {"caption": "椿", "file": "photo"},
    ("POST", "/api/v1/spots/<id>/attachments/"): {"title": "散歩道", "file": "walk"},
    ("PUT", "/api/v1/me/avatar/"): {"file": "photo"},
    ("POST", "/spots/<pk>/photos/"): {"files": "photo", "action": "save"},
    ("POST", "/spots/<pk>/attachments/"): {"title": "散歩道", "file": "walk"},
    ("POST", "/accounts/avatar/"): {"file": "photo"},
}
"""What is sent with a file: its name stands for one of `upload`."""

WALK = (
    '<?xml version="1.0"?><gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
    '<trkpt lat="36.06" lon="136.22"/><trkpt lat="36.07" lon="136.23"/></trkseg></trk></gpx>'
)


def upload(name: str) -> SimpleUploadedFile:
    """A small photo, or a walk."""
    if name == "walk":
        return SimpleUploadedFile("walk.gpx", WALK.encode(), "application/gpx+xml")
    return SimpleUploadedFile("photo.jpg", pictures.make((64, 48)), "image/jpeg")


JSON: dict[tuple[str, str], Any] = {
    ("POST", "/api/v1/spots/"): PLACE,
    ("PATCH", "/api/v1/spots/<id>/"): {"name": "別の名前"},
    ("DELETE", "/api/v1/spots/<id>/"): {"reason": "重複"},
    ("POST", "/api/v1/spots/<id>/comments/"): {"body": "いい所"},
    ("PATCH", "/api/v1/comments/<id>/"): {"body": "直した"},
    ("DELETE", "/api/v1/comments/<id>/"): {"reason": "宣伝"},
    ("POST", "/api/v1/lists/"): {"title": "旅"},
    ("PUT", "/api/v1/lists/<id>/"): {"title": "旅"},
    ("PATCH", "/api/v1/lists/<id>/"): {"title": "旅"},
    ("POST", "/api/v1/lists/<id>/items/"): {"spot": "{other}"},
    ("PUT", "/api/v1/lists/<id>/items/"): {"order": ["{published}"]},
    ("PUT", "/api/v1/lists/<id>/items/<spot_id>/"): {"note": "朝"},
    ("PATCH", "/api/v1/lists/<id>/items/<spot_id>/"): {"note": "朝"},
    ("POST", "/api/v1/reports/"): {"target": "spot:{published}", "reason": "spam"},
    ("POST", "/api/v1/photos/presigned/"): {"size_bytes": 9},
    ("POST", "/api/v1/photos/presigned/<id>/complete/"): {},
    ("PATCH", "/api/v1/photos/<id>/"): {"caption": "椿"},
    ("DELETE", "/api/v1/photos/<id>/"): {"reason": "宣伝"},
    ("DELETE", "/api/v1/attachments/<id>/"): {"reason": "宣伝"},
    ("PATCH", "/api/v1/me/"): {"display_name": "はな"},
    ("POST", "/api/v1/tokens/"): TOKEN,
}

QUERIES = {
    "/api/v1/spots/nearby/": "?lat=36.06&lng=136.22",
    "/api/v1/spots/clusters/": "?bbox=136,36,137,37&zoom=12",
    "/api/v1/spots/look-alikes/": "?lat=36.06&lng=136.22&name=publishedの場所",
    "/spots/map.svg": "?view=36.06,136.22,12",
    "/admin/autocomplete/": "?app_label=spots&model_name=spot&field_name=tags&term=",
}
"""What an address needs behind it to answer at all."""


def filled(body: Any, values: dict[str, Any]) -> Any:
    """The body with the values of this row and person."""
    if isinstance(body, dict):
        return {name: filled(value, values) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, values) for value in body]
    return body.format(**values) if isinstance(body, str) else body
