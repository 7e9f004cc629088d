"""What moderators change of others' photos is in the log and told; what they hide says where to object."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Notice, User
from media_store.uploads import take_photo
from spots.models import Comment, ModerationAction, Spot, SpotPhoto
from tests import pictures
from tests.markup import Page
from tests.spots.asking import ask
from tests.spots.pictured import attachment_of, photo_of

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
WORDS = "納得できないときや、わからないことがあるときは"


@pytest.fixture
def park(make_spot: Callable[..., Spot], hana: User) -> Spot:
    return make_spot("中央公園", created_by=hana)


@pytest.fixture
def photos(park: Spot, hana: User) -> list[SpotPhoto]:
    """Two of hana's, the first of which is the cover."""
    return [photo_of(park, hana, seed=seed, caption=f"{seed}枚目") for seed in (1, 2)]


def send(client: Client, park: Spot, photos: list[SpotPhoto], cover: SpotPhoto, **changes: str) -> None:
    """The page of the spot's photos, as it stands but for `changes`."""
    words = {f"{name}-{photo.pk}": getattr(photo, name) for photo in photos for name in ("caption", "alt")}
    form = {"photo": [str(photo.pk) for photo in photos], "cover": str(cover.pk)} | words | changes
    assert client.post(f"/spots/{park.pk}/photos/", form).status_code == 302


def logged() -> list[tuple[Any, ...]]:
    lines = ModerationAction.objects.order_by("pk")
    return list(lines.values_list("actor__username", "verb", "target_kind", "target_id", "reason"))


def test_each_photo_whose_words_a_moderator_changes_is_a_line_and_a_notice(
    park: Spot, photos: list[SpotPhoto], hana: User, mori: User, sign_in: SignIn
) -> None:
    first, second = photos
    moderator = sign_in(mori)
    send(moderator, park, photos, first)
    assert logged() == []
    changes = {f"caption-{first.pk}": "", f"alt-{first.pk}": "椿の道", f"caption-{second.pk}": "電話番号は消しました"}
    send(moderator, park, photos, first, **changes)
    names = ["説明", "写真を見られない人への説明"]
    assert logged() == [
        ("mori", "edit", "spotphoto", str(first.pk), "、".join(names)),
        ("mori", "edit", "spotphoto", str(second.pk), names[0]),
    ]
    told = Notice.objects.filter(user=hana).values_list("kind", "subject", "path").order_by().distinct()
    assert list(told) == [("edited", "写真：中央公園", f"/spots/{park.pk}/")]
    page = Page(moderator.get("/admin/spots/moderationaction/"))
    assert "直した" in page.text


def test_another_cover_is_a_line_of_the_one_that_is_it_now(
    park: Spot, photos: list[SpotPhoto], mori: User, sign_in: SignIn
) -> None:
    send(sign_in(mori), park, photos, photos[1])
    assert SpotPhoto.objects.get(is_primary=True) == photos[1]
    assert logged() == [("mori", "edit", "spotphoto", str(photos[1].pk), "表紙")]


def test_what_the_author_changes_is_nobodys_business(
    park: Spot, photos: list[SpotPhoto], hana: User, sign_in: SignIn
) -> None:
    send(sign_in(hana), park, photos, photos[1], **{f"caption-{photos[0].pk}": "朝"})
    assert SpotPhoto.objects.get(pk=photos[0].pk).caption == "朝"
    assert logged() == []


def test_one_photo_edited_by_the_api_is_logged_alike(
    photos: list[SpotPhoto], hana: User, mori: User, sign_in: SignIn
) -> None:
    second = photos[1]

    def edit(person: User, **changes: Any) -> None:
        assert ask(sign_in(person), "PATCH", f"photos/{second.pk}/", changes).status_code == 200

    edit(mori, caption="2枚目", position=0)
    edit(hana, caption="朝")
    assert logged() == []
    edit(mori, caption="昼", is_primary=True)
    assert logged() == [("mori", "edit", "spotphoto", str(second.pk), "説明、表紙")]


@pytest.fixture(params=["page", "api"])
def add(request: pytest.FixtureRequest, park: Spot, sign_in: SignIn) -> Callable[..., str]:
    """Add a picture to the park, as its cover or not; the id it has then."""

    def by_page(person: User, seed: int, is_cover: bool) -> str:
        taken = take_photo(io.BytesIO(pictures.make((400, 300), seed=seed)), person.pk, park.pk)
        there = SpotPhoto.objects.filter(spot=park)
        cover = str(taken.row.pk if is_cover else there.get(is_primary=True).pk)
        form = {"photo": [*(str(photo.pk) for photo in there), str(taken.row.pk)], "cover": cover}
        assert sign_in(person).post(f"/spots/{park.pk}/photos/", form).status_code == 302
        return str(taken.row.pk)

    def by_api(person: User, seed: int, is_cover: bool) -> str:
        file = SimpleUploadedFile("a.jpg", pictures.make((400, 300), seed=seed))
        body = {"file": file, "is_primary": "true" if is_cover else "false"}
        answer = sign_in(person).post(f"/api/v1/spots/{park.pk}/photos/", body)
        assert answer.status_code == 201
        return str(answer.json()["id"])

    return by_page if request.param == "page" else by_api


def test_what_a_moderator_adds_is_a_line_of_the_spot_and_told_and_one_of_the_new_cover(
    park: Spot, hana: User, mori: User, add: Callable[..., str]
) -> None:
    added = ("mori", "edit", "spot", str(park.pk), "写真の追加")
    add(mori, 3, is_cover=True)  # the only one, and so the cover anyhow
    assert logged() == [added]
    add(mori, 4, is_cover=False)
    assert logged() == [added, added]
    cover = add(mori, 5, is_cover=True)
    assert str(SpotPhoto.objects.get(spot=park, is_primary=True).pk) == cover
    assert logged() == [added, added, added, ("mori", "edit", "spotphoto", cover, "表紙")]
    told = Notice.objects.filter(user=hana).order_by("pk").values_list("kind", "subject", "reason", "path")
    path = f"/spots/{park.pk}/"
    assert list(told)[2:] == [
        ("edited", "中央公園", "写真の追加", path),
        ("edited", "写真：中央公園", "表紙", path),
    ]


def test_what_the_author_adds_is_not(park: Spot, photos: list[SpotPhoto], hana: User, add: Callable[..., str]) -> None:
    assert str(SpotPhoto.objects.get(spot=park, is_primary=True).pk) != add(hana, 3, is_cover=True)
    assert (logged(), Notice.objects.count()) == ([], 0)


def test_a_hidden_photo_tells_its_author_where_to_object(
    park: Spot, photos: list[SpotPhoto], hana: User, mori: User, sign_in: SignIn
) -> None:
    path, author = f"/spots/{park.pk}/photos/", sign_in(hana)
    assert WORDS not in Page(author.get(path)).text
    photos[0].hide(mori, "個人の家")
    page = Page(author.get(path))
    assert page.text.count(WORDS) == 1
    page.one("a", href="/about/#contact")
    assert WORDS not in Page(sign_in(mori).get(path)).text


def test_a_hidden_file_and_a_hidden_comment_tell_it_too(park: Spot, hana: User, mori: User, sign_in: SignIn) -> None:
    comment = Comment(spot=park, author=hana, body="近道があります")
    comment.post()
    paths = (f"/spots/{park.pk}/attachments/", "/users/hana/")
    author = sign_in(hana)
    assert [WORDS in Page(author.get(path)).text for path in paths] == [False, False]
    attachment_of(park, hana).hide(mori, "宣伝")
    comment.hide(mori, "個人の家")
    assert [Page(author.get(path)).text.count(WORDS) for path in paths] == [1, 1]
    assert [WORDS in Page(sign_in(mori).get(path)).text for path in paths] == [False, False]
