"""Who meets what on the pages: planted secrets change no answer that is not for the people they belong to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Comment, SavedList, Spot
from tests.crawl import DOORS, crawl
from tests.markup import Page, without_tokens

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]

MARK = "z9q7"
PLACE = {"latitude": 43.123457, "longitude": 141.654321}
SECRETS = (MARK, "43.1234", "141.6543")
STATES = ("draft", "pending", "hidden", "deleted")
NOWHERE = "00000000-0000-4000-8000-000000000000"
CURIOUS = (
    "/spots/?q=秘密",
    "/spots/?tag=秘密",
    "/spots/?near=43.12,141.65",
    "/spots/?bbox=141,43,142,44",
    "/tags/秘密/",
)


@pytest.fixture
def town(make_spot: MakeSpot, hana: User, ren: User) -> SavedList:
    """What everyone may see: a spot, a thread, a public list with a spot that has gone."""
    spot = make_spot("公園", created_by=hana, tags=["桜"], hidden_gem_score=70, source="福井市", credit="福井市")
    Comment(spot=spot, author=ren, body="いい所です").post()
    listed = SavedList.objects.create(owner=ren, title="旅", visibility="public")
    listed.add(spot)
    gone = make_spot("なくなった場所", created_by=hana)
    listed.add(gone)
    gone.delete_softly()
    return listed


@pytest.fixture
def plant(make_spot: MakeSpot, hana: User, ren: User, town: SavedList) -> Callable[[], list[str]]:
    """Puts a secret everywhere one can be, and answers the addresses that must not exist."""

    def planted() -> list[str]:
        urls = [secret_spot(make_spot, hana, state).get_absolute_url() for state in STATES]
        for visibility in ("private", "link"):
            kept = SavedList.objects.create(owner=hana, title=f"秘密{MARK}", description=MARK, visibility=visibility)
            kept.add(Spot.objects.get(state="hidden"), note=MARK)
            urls += [kept.get_absolute_url()] if visibility == "private" else []
        for spot in Spot.objects.filter(state__in=["published", "hidden"]):
            Comment.objects.create(spot=spot, author=ren, body=f"秘密{MARK}", state="hidden", hidden_reason=MARK)
            Comment.objects.create(spot=spot, author=ren, body=f"秘密{MARK}", state="deleted")
        return urls

    return planted


def secret_spot(make_spot: MakeSpot, author: User, state: str, **fields: Any) -> Spot:
    spot = make_spot(
        f"秘密{MARK}",
        tags=[f"秘密{MARK}"] if state == "hidden" else ["秘密"],
        category="onsen",
        description=MARK,
        address=f"札幌市{MARK}",
        municipality_code="011002",
        website=f"https://{MARK}.example/",
        source=f"市{MARK}",
        credit=MARK,
        created_by=author,
        hidden_gem_score=99,
        **PLACE,
        **fields,
    )
    deleted_at = timezone.now() if state == "deleted" else None
    Spot.objects.filter(pk=spot.pk).update(state=state, deleted_at=deleted_at, hidden_reason="確認のため")
    return Spot.objects.get(pk=spot.pk)


def bodies(answers: dict[str, Any]) -> dict[str, bytes]:
    """Without what differs each time; a feed of nothing is as old as the request."""
    found = {url: without_tokens(answer) for url, answer in answers.items()}
    return {url: body if b"<entry>" in body else re.sub(rb"<updated>.*?</", b"", body) for url, body in found.items()}


def test_no_page_feed_map_or_count_changes_by_a_secret(
    client: Client, town: SavedList, plant: Callable[[], list[str]], settings: Any
) -> None:
    settings.RATELIMIT_ENABLE = False  # one visitor who reads everything twice
    before = bodies(crawl(client, (*DOORS, *CURIOUS)))
    assert len(before) > 80
    urls = plant()
    after = bodies(crawl(client, (*DOORS, *CURIOUS)))
    assert list(after) == list(before)
    assert [url for url, body in after.items() if body != before[url]] == []
    assert [url for url, body in after.items() if any(secret.encode() in body for secret in SECRETS)] == []
    assert [client.get(url).status_code for url in urls] == [404] * 5


def test_what_one_may_not_see_is_as_if_it_did_not_exist(
    client: Client, sign_in: SignIn, ren: User, plant: Callable[[], list[str]]
) -> None:
    urls = plant()
    for visitor in (client, sign_in(ren)):
        for url in urls:
            for path in (url, f"/en{url}", *([f"{url}edit/"] if url.startswith("/spots/") else [])):
                own_id = url.strip("/").split("/")[1]
                answer, missing = visitor.get(path), visitor.get(path.replace(own_id, NOWHERE))
                # Signed out, every address of the form leads to the sign-in.
                expected = 302 if visitor is client and path.endswith("edit/") else 404
                assert answer.status_code == missing.status_code == expected
                assert without_tokens(answer).replace(own_id.encode(), NOWHERE.encode()) == without_tokens(missing)
                assert told(answer) == told(missing)


def told(answer: Any) -> dict[str, str]:
    left_out = ("X-Request-ID", "Content-Length", "Location", "RateLimit-Remaining", "RateLimit-Reset")
    return {name: value for name, value in answer.headers.items() if name not in left_out}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("draft", "下書きです"),
        ("pending", "確認を待っています"),
        ("hidden", "確認のため"),
        ("deleted", "削除されたスポット"),
    ],
)
def test_authors_and_moderators_see_why_and_nobody_may_keep_it(
    make_spot: MakeSpot, sign_in: SignIn, hana: User, mori: User, state: str, words: str
) -> None:
    url = secret_spot(make_spot, hana, state).get_absolute_url()
    people = {"draft": [hana], "deleted": [mori]}.get(state, [hana, mori])
    for person in people:
        answer = sign_in(person).get(url)
        page = Page(answer)
        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
        assert any(words in text for text in page.texts("div", role="status"))
        assert page.one("meta", name="robots").get("content") == "noindex"
        assert page.all("script", type="application/ld+json") == page.all("meta", property="og:title") == []
    for person in {hana, mori} - set(people):
        assert sign_in(person).get(url).status_code == 404


def test_a_spot_deleted_a_month_ago_is_gone_for_moderators_too(
    make_spot: MakeSpot, sign_in: SignIn, hana: User, mori: User
) -> None:
    spot = secret_spot(make_spot, hana, "deleted")
    Spot.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    assert sign_in(mori).get(spot.get_absolute_url()).status_code == 404


def test_a_profile_shows_the_unpublished_to_oneself_alone(
    client: Client, make_spot: MakeSpot, sign_in: SignIn, hana: User, mori: User
) -> None:
    for state in STATES:
        secret_spot(make_spot, hana, state)
    own = Page(sign_in(hana).get("/users/hana/"))
    for colour, words in (("draft", "下書き"), ("paused", "確認待ち"), ("closed", "非表示")):
        assert own.texts("span", **{"class": f"badge {colour}"}) == [words]
    for visitor in (client, sign_in(mori)):
        page = Page(visitor.get("/users/hana/"))
        assert MARK not in page.text
        assert "0 件" in page.texts("h2")[0]


def test_lists_by_link_open_for_whoever_has_it_and_are_not_for_search_engines(
    client: Client, sign_in: SignIn, hana: User, mori: User
) -> None:
    shared = SavedList.objects.create(owner=hana, title="内緒の旅", visibility="link")
    private = SavedList.objects.create(owner=hana, title="日記", visibility="private")
    page = Page(client.get(shared.get_absolute_url()))
    assert page.texts("h1") == ["内緒の旅"]
    assert page.one("meta", name="robots").get("content") == "noindex"
    answer = sign_in(hana).get(private.get_absolute_url())
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert sign_in(mori).get(private.get_absolute_url()).status_code == 404
    own = Page(sign_in(hana).get("/lists/"))
    assert sorted(own.texts("h3")) == ["内緒の旅", "日記"]


def test_a_place_that_has_gone_leaves_its_name_to_the_lists_owner_alone(
    client: Client, sign_in: SignIn, town: SavedList
) -> None:
    page, own = Page(client.get(town.get_absolute_url())), Page(sign_in(town.owner).get(town.get_absolute_url()))
    [row], [own_row] = page.texts("li", **{"class": "row gone"}), own.texts("li", **{"class": "row gone"})
    assert "なくなった場所" in own_row
    assert "なくなった場所" not in row
    assert "いま公開されていません" in row
    assert not [href for href in page.links() if href == Spot.objects.get(state="deleted").get_absolute_url()]


def test_hidden_comments_are_for_their_author_and_deleted_ones_leave_a_trace(
    client: Client, make_spot: MakeSpot, sign_in: SignIn, hana: User, ren: User, mori: User
) -> None:
    spot = make_spot()
    first, second = Comment(spot=spot, author=ren, body="消す言葉"), Comment(spot=spot, author=ren, body="隠す言葉")
    for comment in (first, second, Comment(spot=spot, author=hana, body="返事", parent=first)):
        comment.post()
    first.delete_softly()
    second.hide(mori, "言い方")
    seen = {
        name: Page(sign_in(who).get(spot.get_absolute_url())).text for name, who in {"ren": ren, "hana": hana}.items()
    }
    seen["nobody"] = Page(client.get(spot.get_absolute_url())).text
    assert "隠す言葉" in seen["ren"]
    assert "言い方" in seen["ren"]
    for name, text in seen.items():
        assert "消す言葉" not in text, name
        assert "このコメントは削除されました。" in text
        assert "返事" in text
    assert all("隠す言葉" not in seen[name] for name in ("hana", "nobody"))


def test_who_closed_their_account_is_named_nowhere(client: Client, make_spot: MakeSpot, town: SavedList) -> None:
    gone = User.objects.create_user("tabi", "tabi@example.jp", display_name=f"旅人{MARK}", bio=MARK)
    spot = make_spot("その人の場所", created_by=gone)
    Comment(spot=spot, author=gone, body="いい所です").post()
    SavedList.objects.create(owner=gone, title=MARK, visibility="public").add(spot)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    answers = crawl(client)
    assert spot.get_absolute_url() in answers
    assert [url for url, answer in answers.items() if MARK.encode() in answer.content] == []
    assert [url for url in answers if "/users/tabi/" in url] == []
    assert client.get("/users/tabi/").status_code == 404
