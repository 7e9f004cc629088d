"""The whole site as an outsider reads it, signed out and signed in: nothing that is not for them is in any answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from spots.models import Comment, SavedList, Spot
from tests.crawl import DOORS, crawl
from tests.doors import canary
from tests.doors.canary import LATITUDE, LONGITUDE, SONG, Cage
from tests.doors.routes import filled, routes, subject_of
from tests.doors.town import NOWHERE
from tests.markup import without_tokens

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]
Plant = Callable[..., Cage]

OUTSIDERS = ("nobody", "ren")
ENTRANCES = (*DOORS, "/users/ren/", "/accounts/profile/", "/reports/", "/reports/new/", "/lists/new/")
LEAST_HEARD = 180
"""Answers that sing when all doors are open, of 650: 212 on 2026-11-24. A crawl that hears less has gone deaf."""


@pytest.fixture(autouse=True)
def in_no_hurry(settings: Any) -> None:
    """An outsider with many addresses, and patience: what is refused for its number tells nothing."""
    settings.RATELIMIT_ENABLE = False


@pytest.fixture
def sora(db: None) -> User:
    """Says things under other people's spots."""
    return User.objects.create_user("sora", "sora@example.jp", "hibari-no-koe-7", display_name="空")


@pytest.fixture
def plant(make_spot: MakeSpot, hana: User, ren: User, mori: User, sora: User) -> Plant:
    """A town that everyone sees, in which birds are set when this is called."""
    seen = make_spot("公園", created_by=hana, tags=["桜"], hidden_gem_score=70)
    Comment(spot=seen, author=ren, body="いい所です").post()
    SavedList.objects.create(owner=ren, title="旅", visibility="public").add(seen)
    return lambda **how: canary.plant(make_spot, hana, sora, mori, **how)


@pytest.fixture
def outsider(request: pytest.FixtureRequest, sign_in: SignIn, ren: User) -> Client:
    return Client() if request.param == "nobody" else sign_in(ren)


OF_ROWS = ("spot", "comment", "list", "photo", "attachment")
NO_IMAGE = f"/images/spots/{NOWHERE}/{NOWHERE}.jpg?w=160&format=webp"

everyone = pytest.mark.parametrize("outsider", OUTSIDERS, indirect=True)

_NEW = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(rb'<updated>.*?</|datetime="[^"]*"|"(?:request_id|created_at|updated_at)": ?"[^"]*"')


def told(answer: Any) -> tuple[int, bytes]:
    """The answer without what differs each time: tokens, times, and the id of a row that was just made."""
    body = b"" if answer.streaming else without_tokens(answer)
    where = answer.headers.get("Location", "").encode()
    return answer.status_code, _NEW.sub(b"", _TIME.sub(b"", body + where))


@everyone
def test_no_list_map_count_feed_or_search_changes_by_what_is_planted(outsider: Client, plant: Plant) -> None:
    urls = [*ENTRANCES, *canary.questions()]
    before = {url: told(answer) for url, answer in crawl(outsider, urls).items()}
    asked = {url: told(outsider.get(url)) for url in canary.words()}
    cage = plant()
    cage.songs += [str(pk) for kind in OF_ROWS for pk in cage.ids[kind]]
    answers = crawl(outsider, urls)
    assert [url for url, answer in answers.items() if cage.heard_in(answer)] == []
    assert list(answers) == list(before)
    assert [url for url, answer in answers.items() if told(answer) != before[url]] == []
    assert [url for url in asked if told(outsider.get(url)) != asked[url]] == []


UNKNOWN = "00000000-0000-4000-8000-000000000000"


def named(cage: Cage) -> list[str]:
    """Every route with every id of what is planted, and of the town around it."""
    spots, comments, lists = (cage.ids[kind] for kind in ("spot", "comment", "list"))
    others = {"draft": "draft", "device": "token", "token": "token", "export": "export"}
    kinds: dict[str, list[Any]] = {"spot": spots, "comment": comments, "list": lists, "item": lists}
    kinds |= {kind: cage.ids[kind] for kind in ("photo", "attachment")}
    rest = {
        "slug": "onsen",
        "code": "011002",
        "section": "spots",
        "receipt": cage.others["receipt"],
        "object_id": cage.others["case"],
        "app_label": "spots",
        "url": "nothing-here",
        "name": "桜",
        "username": "hana",
        "key": "spots/x.jpg",
    }
    urls = [f"/images/{key}?w={width}&format=webp" for key in cage.keys for width in (160, 2048)]
    for route in routes():
        subject = subject_of(route)
        ids = kinds.get(subject) or [cage.others[others[subject]] if subject in others else None]
        for id_ in ids:
            named_as = id_ or UNKNOWN  # a route about no row of ours may still have an id, as of what is being sent
            own = {"pk": named_as, "id": named_as} | ({"object_id": id_} if id_ else {})
            inner = [{"spot_id": spot, "item_id": item} for spot, item in zip(spots, cage.ids["item"], strict=False)]
            urls += [filled(route, rest | own | one) for one in (inner if subject == "item" else [{}])]
    pages = [url for url in urls if not re.match(r"/(api|admin|feeds)/|.*\.", url)]
    return list(dict.fromkeys([*urls, *(f"/en{url}" for url in pages), *_with_ids_in_questions(cage)]))


def _with_ids_in_questions(cage: Cage) -> list[str]:
    spots, comments, lists = (cage.ids[kind] for kind in ("spot", "comment", "list"))
    return [
        *(f"/reports/new/?target=spot:{pk}" for pk in spots),
        *(f"/reports/new/?target=comment:{pk}" for pk in comments),
        *(f"/reports/new/?target=list:{pk}" for pk in lists),
        *(f"/reports/new/?target=photo:{pk}" for pk in cage.ids["photo"]),
        f"/spots/new/?draft={cage.others['draft']}",
        f"/accounts/notices/?before={cage.others['notice']}",
        *(f"/spots/{Spot.objects.get(name='公園').pk}/comments/?parent={pk}" for pk in comments),
        *(f"/api/v1/spots/?created_by=hana&cursor={pk}" for pk in spots),
    ]


@everyone
def test_no_address_tells_of_what_it_names(outsider: Client, plant: Plant) -> None:
    cage = plant()
    urls = named(cage)
    assert len(urls) > 300
    for url in urls:
        answer = outsider.get(url)
        assert answer.status_code < 500, url
        if url.startswith("/images/"):
            assert (answer.status_code, answer.content) == (404, outsider.get(NO_IMAGE).content), url
        # Whoever has the link of a list by link may read its words, but not the names of what is held back.
        heard = set(cage.heard_in(answer)) - ({SONG} if any(pk in url for pk in cage.link_lists) else set())
        assert not heard, (url, heard)


@everyone
def test_a_list_by_link_keeps_back_the_names_of_what_is_not_public(outsider: Client, plant: Plant) -> None:
    cage = plant()
    saved = SavedList.objects.get(pk=cage.link_lists[0])
    SavedList.objects.filter(pk=saved.pk).update(title="旅", description="")
    saved.items.update(note="")
    for url in (saved.get_absolute_url(), f"/api/v1/lists/{saved.pk}/items/", f"/api/v1/lists/{saved.pk}/"):
        answer = outsider.get(url)
        assert (answer.status_code, cage.heard_in(answer)) == (200, [])


PLACE = {"name": SONG, "latitude": LATITUDE, "longitude": LONGITUDE, "category": "onsen"}
SAID = [
    ("/spots/new/", {**PLACE, "address": canary.ROOFTOP}),
    ("/spots/new/", {**PLACE, "state": "draft"}),
    ("/spots/new/", {**PLACE, "latitude": ""}),
    ("/spots/new/", {**PLACE, "map_do": "closer"}),
    ("/spots/new/", {**PLACE, "category": "none"}),
    ("/lists/new/", {"title": SONG}),
    ("/reports/new/", {"target": f"user:{SONG}-gone", "reason": "spam"}),
    ("/accounts/profile/", {"display_name": SONG, "language": "ja", "version": "1"}),
    ("/accounts/password/reset/", {"email": f"hana@{SONG}.example"}),
    ("/accounts/login/", {"login": f"hana@{SONG}.example", "password": "x"}),
]
SENT = [
    ("POST", "spots/", PLACE),
    ("POST", "spots/", {**PLACE, "state": "draft", "tags": [SONG]}),
    ("POST", "spots/", {**PLACE, "latitude": 91}),
    ("POST", "spots/", {**PLACE, "source": SONG, "external_id": SONG}),
    ("POST", "reports/", {"target": f"user:{SONG}-gone", "reason": "spam"}),
    ("POST", "lists/", {"title": SONG}),
]


def answers_to_writes(visitor: Client) -> list[tuple[int, bytes]]:
    """What one is told who writes about the same place with the same words; nothing of it stays."""
    found = []
    for method, path, body in [*(("FORM", url, form) for url, form in SAID), *SENT]:
        with transaction.atomic():
            if method == "FORM":
                answer = visitor.post(path, body)
            else:
                answer = visitor.generic(method, f"/api/v1/{path}", json.dumps(body), "application/json")
            found.append(told(answer))
            transaction.set_rollback(True)
    return found


@everyone
def test_a_form_beside_what_is_hidden_answers_as_in_an_empty_street(outsider: Client, plant: Plant) -> None:
    before = answers_to_writes(outsider)
    plant()
    assert answers_to_writes(outsider) == before


HILL = {"name": "山", "latitude": "36.9", "longitude": "136.9", "category": "park", "another": "{spot}"}
IN_A_BODY = [
    ("POST", "/reports/new/", {"target": "spot:{spot}", "reason": "spam"}),
    ("POST", "/reports/new/", {"target": "comment:{comment}", "reason": "spam"}),
    ("POST", "/reports/new/", {"target": "list:{list}", "reason": "spam"}),
    ("POST", "/reports/new/", {"target": "photo:{photo}", "reason": "spam"}),
    ("POST", "/spots/{seen}/comments/", {"body": "はい", "parent": "{comment}"}),
    ("POST", "/spots/{seen}/saves/", {"list": "{list}"}),
    ("POST", "/spots/{seen}/saves/", {"list": "{list}", "choose": "1"}),
    ("POST", "/lists/{own}/items/", {"spot": "{spot}"}),
    ("POST", "/spots/new/", HILL),
    ("API", "/api/v1/reports/", {"target": "spot:{spot}", "reason": "spam"}),
    ("API", "/api/v1/reports/", {"target": "comment:{comment}", "reason": "spam"}),
    ("API", "/api/v1/reports/", {"target": "list:{list}", "reason": "spam"}),
    ("API", "/api/v1/reports/", {"target": "photo:{photo}", "reason": "spam"}),
    ("API", "/api/v1/spots/{seen}/comments/", {"body": "はい", "parent": "{comment}"}),
    ("API", "/api/v1/lists/{own}/items/", {"spot": "{spot}"}),
    ("PUT", "/api/v1/lists/{own}/items/", {"order": ["{spot}"]}),
]


@everyone
@pytest.mark.parametrize(("method", "path", "body"), IN_A_BODY)
def test_an_id_in_a_body_is_as_any_other(
    outsider: Client, plant: Plant, ren: User, method: str, path: str, body: dict[str, Any]
) -> None:
    cage = plant()
    common = {"seen": Spot.objects.get(name="公園").pk, "own": SavedList.objects.get(owner=ren).pk}
    rows: dict[str, list[Any]] = {
        "spot": cage.ids["spot"],
        # Without the first three words, whose traces everyone sees: a deleted comment's place in a thread is no secret.
        "comment": list(Comment.objects.filter(pk__in=cage.ids["comment"]).exclude(state="deleted").values_list("pk")),
        "list": [pk for pk in cage.ids["list"] if str(pk) not in cage.link_lists],
        "photo": cage.ids["photo"],
    }
    kind = next(kind for kind in rows if f"{{{kind}}}" in json.dumps(body))
    for one in rows[kind]:
        pk = one[0] if isinstance(one, tuple) else one
        first, second = (_sent(outsider, method, path, body, common | {kind: id_}) for id_ in (pk, NOWHERE))
        assert told(first) == told(second)


def _sent(visitor: Client, method: str, path: str, body: dict[str, Any], ids: dict[str, Any]) -> Any:
    text = json.dumps(body)
    for name, value in ids.items():
        text, path = text.replace(f"{{{name}}}", str(value)), path.replace(f"{{{name}}}", str(value))
    with transaction.atomic():
        if method == "POST":
            answer = visitor.post(path, json.loads(text))
        else:
            answer = visitor.generic(method.replace("API", "POST"), path, text, "application/json")
        transaction.set_rollback(True)
    return answer


@everyone
def test_an_old_version_opens_nothing(sign_in: SignIn, outsider: Client, plant: Plant, hana: User) -> None:
    cage = plant()
    owner = sign_in(hana)
    for kind, names in (
        ("spots", cage.ids["spot"][:3]),
        ("comments", cage.ids["comment"]),
        ("lists", cage.ids["list"]),
    ):
        for pk in names:
            url = f"/api/v1/{kind}/{pk}/"
            tag = owner.get(url).headers.get("ETag", '"1"')
            if outsider.get(url).status_code == 200:  # a list by link, a deleted comment's trace
                continue
            for known in (tag, "*", '"other"'):
                read = outsider.get(url, headers={"if-none-match": known})
                none = outsider.get(url.replace(str(pk), str(NOWHERE)), headers={"if-none-match": known})
                assert (read.status_code, told(read)) == (404, told(none))
                written = [
                    outsider.generic("PATCH", address, "{}", "application/json", headers={"if-match": known})
                    for address in (url, url.replace(str(pk), str(NOWHERE)))
                ]
                assert told(written[0]) == told(written[1])


@everyone
def test_with_all_doors_open_the_crawl_hears_it_everywhere(outsider: Client, plant: Plant) -> None:
    cage = plant(is_public=True)
    answers = crawl(outsider, [*ENTRANCES, *canary.questions()])
    for url in named(cage):
        answers.setdefault(url, outsider.get(url))
    heard = {url: cage.heard_in(answer) for url, answer in answers.items()}
    assert sum(map(bool, heard.values())) > LEAST_HEARD
    for song in canary.SONGS:
        assert sum(song in songs for songs in heard.values()) > 4, song
    assert str(cage.ids["spot"][0]) in answers["/sitemap-spots.xml"].content.decode()
    for part in ("/feeds/", "/api/v1/spots/clusters/", "/tags/", "/users/", "/lists/", "/en/"):
        assert any(songs for url, songs in heard.items() if url.startswith(part)), part
