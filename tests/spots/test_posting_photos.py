"""Photos in the form of a new spot, as a plain form sends them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from machipoke.ratelimits import LIMITS
from media_store import galleries
from media_store.models import StoredObject
from spots.models import Draft, Spot
from spots.models.photo import SpotPhoto
from tests import pictures
from tests.markup import Page
from tests.spots.test_pages_editing import typed_again
from tests.spots.threads import all_at_once, errors_of
from tests.spots.typed import form

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

SignIn = Callable[[User], Client]


def picture(name: str = "朝.jpg", **of: Any) -> Any:
    """A photo as a browser sends it; each name another picture."""
    size = of.pop("size", (80 + sum(name.encode()) % 400, 60))
    return SimpleUploadedFile(name, pictures.make(size=size, **of), "image/jpeg")


def typed(**fields: Any) -> dict[str, Any]:
    """A complete form; fields override."""
    return form() | fields


def bad(name: str = "動画.jpg") -> Any:
    return SimpleUploadedFile(name, b"this is no picture", "image/jpeg")


def listed(page: Page) -> list[str]:
    """The ids of the photos in the form, in order; without the blank row that scripts copy."""
    return [value for box in page.all("input", name="photo") if (value := box.get("value", "")) != "__id__"]


def sent(page: Page, **fields: Any) -> dict[str, Any]:
    """What the page's form would send."""
    return typed_again(page) | {"photo": listed(page)} | fields


def shown(spot: Spot) -> list[SpotPhoto]:
    return list(SpotPhoto.objects.filter(spot=spot).order_by("position"))


def test_a_spot_is_posted_with_its_photos_in_one_go(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    answer = author.post("/spots/new/", typed(files=[picture("朝.jpg"), picture("昼.png", format="PNG")]))
    spot = Spot.objects.get()
    assert answer["Location"] == spot.get_absolute_url()
    photos = shown(spot)
    assert [(photo.image.kind, photo.image.gallery, photo.uploaded_by) for photo in photos] == [
        ("photo", spot.pk, hana)
    ] * 2
    assert [photo.is_primary for photo in photos] == [True, False]


def test_a_bad_file_says_why_by_name_and_costs_neither_the_others_nor_the_text(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    answer = author.post("/spots/new/", typed(files=[picture("朝.jpg"), bad("動画.jpg"), picture("夜.jpg")]))
    page = Page(answer)
    assert (answer.status_code, Spot.objects.count(), len(listed(page))) == (400, 0, 2)
    [alert] = page.texts("div", role="alert")
    assert "動画.jpg：この形式は使えません。" in alert
    assert "朝.jpg" not in alert
    assert page.one("input", id="id_name").get("value") == "足羽川の桜並木"

    author.post("/spots/new/", sent(page))
    assert [str(photo.pk) for photo in shown(Spot.objects.get())] == listed(page)


def test_a_file_that_a_button_of_the_map_brought_is_told_until_the_form_is_to_be_published(
    sign_in: SignIn, hana: User
) -> None:
    author = sign_in(hana)
    page = Page(author.post("/spots/new/", typed(map_do="address", files=[picture("朝.jpg"), bad("動画.jpg")])))
    for button in ({"map_do": "closer"}, {"photo_do": "add"}):
        page = Page(author.post("/spots/new/", sent(page, **button)))
        assert "動画.jpg：この形式は使えません。" in page.texts("div", role="alert")[0]
    answer = author.post("/spots/new/", sent(page, state="published"))
    assert (answer.status_code, Spot.objects.count()) == (400, 0)
    assert "動画.jpg：この形式は使えません。" in Page(answer).texts("div", role="alert")[0]
    author.post("/spots/new/", sent(Page(answer), state="published"))
    assert Spot.objects.get().photos.count() == 1


def test_what_was_refused_and_read_is_told_no_more(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    page = Page(author.post("/spots/new/", typed(map_do="address", files=bad("動画.jpg"))))
    assert page.texts("button", value="seen") == ["確かめました"]
    page = Page(author.post("/spots/new/", sent(page, photo_do="seen", files=bad("別.jpg"))))
    assert [box.get("value") for box in page.all("input", name="refused_name")] == ["別.jpg"]
    page = Page(author.post("/spots/new/", sent(page, photo_do="seen")))
    assert page.texts("div", role="alert") == []
    author.post("/spots/new/", sent(page, state="published"))
    assert Spot.objects.get().photos.count() == 0


def test_what_was_refused_is_told_among_the_mistakes_and_stands_in_no_draft(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    page = Page(author.post("/spots/new/", typed(map_do="address", files=bad("動画.jpg"))))
    answer = author.post("/spots/new/", sent(page, name="", state="draft"))
    assert (answer.status_code, Draft.objects.count()) == (400, 0)
    assert "写真：使えなかった写真があります。" in Page(answer).text
    author.post("/spots/new/", sent(Page(answer), name="", state="draft"))
    assert "refused" not in Draft.objects.get().typed


def test_a_mistake_in_the_text_costs_no_photo(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    page = Page(author.post("/spots/new/", typed(name="", files=picture())))
    assert len(listed(page)) == 1
    author.post("/spots/new/", sent(page, name="足羽山"))
    assert SpotPhoto.objects.get().spot.name == "足羽山"


def test_its_buttons_order_and_take_out_and_keep_everything_typed(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    files = [picture(name) for name in ("a.jpg", "b.jpg", "c.jpg")]
    page = Page(author.post("/spots/new/", typed(description="一行", photo_do="add", files=files)))
    first, second, third = listed(page)
    assert Spot.objects.count() == 0

    page = Page(author.post("/spots/new/", sent(page, photo_do=f"down:{first}", **{f"caption-{first}": "朝の川"})))
    assert listed(page) == [second, first, third]
    assert page.one("input", id=f"caption-{first}").get("value") == "朝の川"
    page = Page(author.post("/spots/new/", sent(page, photo_do=f"up:{third}")))
    assert listed(page) == [second, third, first]
    page = Page(author.post("/spots/new/", sent(page, photo_do=f"remove:{second}")))
    assert listed(page) == [third, first]

    author.post("/spots/new/", sent(page, cover=first, **{f"alt-{third}": "橋"}))
    spot = Spot.objects.get()
    assert spot.description == "一行"
    assert [(str(photo.pk), photo.caption, photo.alt, photo.is_primary) for photo in shown(spot)] == [
        (third, "", "橋", False),
        (first, "朝の川", "", True),
    ]


def test_more_than_ten_are_refused_by_name(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    files = [picture(f"{number}.jpg") for number in range(11)]
    page = Page(author.post("/spots/new/", typed(files=files)))
    assert len(listed(page)) == 10
    assert "10.jpg：写真は1つのスポットに10枚までです。" in page.text
    author.post("/spots/new/", sent(page))
    assert Spot.objects.get().photos.count() == 10


def test_words_that_are_too_long_are_told_beside_their_photo(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    page = Page(author.post("/spots/new/", typed(photo_do="add", files=picture())))
    [photo] = listed(page)
    answer = author.post("/spots/new/", sent(page, **{f"caption-{photo}": "あ" * 301}))
    page = Page(answer)
    box = page.one("input", id=f"caption-{photo}")
    assert (answer.status_code, box.get("aria-invalid"), box.get("aria-describedby")) == (
        400,
        "true",
        f"caption-{photo}-error",
    )
    assert page.one("p", id=f"caption-{photo}-error").text
    assert not Spot.objects.exists()


def test_the_place_of_a_photo_is_offered_and_applied_by_a_button_alone(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    file = picture(gps=(36.0587, 136.2201))
    page = Page(author.post("/spots/new/", typed(latitude="", longitude="", photo_do="add", files=file)))
    assert page.one("input", id="id_latitude").get("value", "") == ""
    button = next(b for b in page.all("button", name="photo_do") if b.get("value", "").startswith("place:3"))
    assert Page(author.post("/spots/new/", sent(page, photo_do="add"))).text.count("36.05") == 0
    page = Page(author.post("/spots/new/", sent(page, photo_do=button.get("value", ""))))
    assert page.one("input", id="id_latitude").get("value") == "36.058700"
    assert len(listed(page)) == 1


def test_the_offer_of_a_place_stays_over_other_buttons_and_is_kept_nowhere(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    file = picture(gps=(36.0587, 136.2201))
    page = Page(author.post("/spots/new/", typed(latitude="", longitude="", photo_do="add", files=file)))
    for button in ({"photo_do": f"up:{listed(page)[0]}"}, {"map_do": "closer"}, {"state": "published"}):
        page = Page(author.post("/spots/new/", sent(page, **button)))
        assert offers(page) == ["place:36.058700,136.220100"]
        assert not page.one("input", id="id_latitude").get("value", "").startswith("36.0587")
    author.post("/spots/new/", sent(page, state="draft", name=""))
    assert "36.0587" not in Draft.objects.get().typed
    page = Page(author.post("/spots/new/", sent(page, photo_do=offers(page)[0])))
    assert offers(page) == []
    assert offers(Page(author.post("/spots/new/", sent(page, photo_do="add")))) == []


def test_an_offered_place_does_not_wait_for_a_sign_in(client: Client) -> None:
    client.post("/spots/new/", typed(photo_place="place:35.123400,136.220100"))
    assert "kept_form" in client.session
    assert "35.1234" not in str(dict(client.session))


def offers(page: Page) -> list[str]:
    """The places that the form offers to take over."""
    buttons = [button.get("value", "") for button in page.all("button", name="photo_do")]
    return [value for value in buttons if value.startswith("place:") and value != "place:"]


@pytest.mark.parametrize("place", ["place:", "place:nan,1", "place:91,200", "place:x", "up:", "up:nothing", "?"])
def test_a_button_that_says_nonsense_changes_nothing(sign_in: SignIn, hana: User, place: str) -> None:
    answer = sign_in(hana).post("/spots/new/", typed(photo_do=place))
    assert (answer.status_code, Spot.objects.count()) == (200, 0)
    assert Page(answer).one("input", id="id_latitude").get("value") == "36.0587"


def test_a_photo_of_somebody_else_is_not_attached(sign_in: SignIn, hana: User, ren: User) -> None:
    theirs = Page(sign_in(ren).post("/spots/new/", typed(photo_do="add", files=picture())))
    answer = sign_in(hana).post("/spots/new/", sent(theirs, writer="hana", state="published"))
    assert (answer.status_code, Spot.objects.count(), SpotPhoto.objects.count()) == (400, 0, 0)
    assert listed(Page(answer)) == []
    assert listed(theirs)[0] not in answer.content.decode()


@pytest.mark.parametrize("gallery", ["", "x", "6f0e1a52-5d8e-4f0c-9a43-0d8f6d6c1e77", "theirs"])
def test_a_gallery_that_is_not_one_s_own_is_not_taken_from_a_form(
    sign_in: SignIn, hana: User, ren: User, gallery: str
) -> None:
    gallery = str(galleries.new(ren.pk)) if gallery == "theirs" else gallery
    author = sign_in(hana)
    page = Page(author.post("/spots/new/", typed(gallery=gallery, photo_do="add", files=picture())))
    assert page.one("input", name="gallery").get("value") not in ("", gallery)
    author.post("/spots/new/", sent(page, state="published"))
    spot = Spot.objects.get()
    assert (str(spot.pk) == gallery, spot.photos.count()) == (False, 1)


def test_a_photo_that_is_gone_meanwhile_is_told_before_anything_is_posted(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    page = Page(author.post("/spots/new/", typed(photo_do="add", files=[picture("a.jpg"), picture("b.jpg")])))
    StoredObject.objects.filter(pk=listed(page)[0]).condemn(at_once=True)
    answer = author.post("/spots/new/", sent(page, state="published"))
    assert (answer.status_code, Spot.objects.count()) == (400, 0)
    assert "写真の一部がもうありません" in Page(answer).text
    assert listed(Page(answer)) == listed(page)[1:]
    author.post("/spots/new/", sent(Page(answer), state="published"))
    assert Spot.objects.get().photos.count() == 1


def test_a_form_that_is_sent_twice_is_one_spot_with_its_photos_once(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    again = typed(gallery=str(galleries.new(hana.pk)))
    locations = [author.post("/spots/new/", again | {"files": picture()})["Location"] for _ in range(2)]
    assert len(set(locations)) == 1
    assert SpotPhoto.objects.get().spot == Spot.objects.get()


def test_sent_twice_at_the_same_moment_it_is_one_too(sign_in: SignIn, hana: User) -> None:
    again = typed(gallery=str(galleries.new(hana.pk)))
    clients = [sign_in(hana) for _ in range(4)]
    answers: list[Any] = all_at_once(
        [partial(one.post, "/spots/new/", again | {"files": picture()}) for one in clients]
    )
    assert errors_of(answers) == []
    assert {answer["Location"] for answer in answers} == {Spot.objects.get().get_absolute_url()}
    assert (SpotPhoto.objects.count(), StoredObject.objects.filter(kind="photo").count()) == (1, 1)


def test_going_back_and_writing_on_begins_another_gallery(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    page = Page(author.post("/spots/new/", typed(photo_do="add", files=picture())))
    before = sent(page, state="published")
    author.post("/spots/new/", before)
    answer = author.post("/spots/new/", before | {"name": "となりの桜"})
    again = Page(answer)
    assert (answer.status_code, listed(again), "写真は、もう一度選んでください。" in again.text) == (409, [], True)
    assert again.one("input", name="gallery").get("value") != before["gallery"]
    author.post("/spots/new/", sent(again, another=str(Spot.objects.get().pk), files=picture()))
    assert [spot.photos.count() for spot in Spot.objects.all()] == [1, 1]


def test_an_incomplete_draft_finds_its_photos_again(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    answer = author.post(
        "/spots/new/", typed(state="draft", name="", files=[picture("a.jpg"), picture("b.jpg")]), follow=True
    )
    said = Page(answer)
    assert "写真は1日のあいだ残っています。" in said.texts("p")
    first = StoredObject.objects.filter(kind="photo").earliest("created_at")
    goes = timezone.localtime(first.created_at + timedelta(days=1))
    assert f"{goes:%H:%M} まで残っています" in said.text
    page = Page(author.get(f"/spots/new/?draft={Draft.objects.get().pk}"))
    assert len(listed(page)) == 2
    author.post("/spots/new/", sent(page, name="足羽山", state="published"))
    assert Spot.objects.get().photos.count() == 2


def test_a_draft_whose_photos_are_gone_promises_none(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    author.post("/spots/new/", typed(state="draft", name="", files=picture()))
    StoredObject.objects.filter(kind="photo").condemn(at_once=True)
    assert "まで残っています" not in Page(author.get("/users/hana/")).text


def test_a_complete_draft_has_its_photos_and_nobody_else_sees_them(sign_in: SignIn, hana: User, ren: User) -> None:
    sign_in(hana).post("/spots/new/", typed(state="draft", files=picture()))
    photo = SpotPhoto.objects.get()
    assert list(SpotPhoto.objects.visible_to(hana)) == [photo]
    assert not SpotPhoto.objects.visible_to(ren).exists()


def test_an_ended_session_keeps_text_and_stored_photos_and_says_that_files_are_lost(
    sign_in: SignIn, client: Client, hana: User
) -> None:
    page = Page(sign_in(hana).post("/spots/new/", typed(photo_do="add", files=picture())))
    answer = client.post("/spots/new/", sent(page, files=picture("b.jpg")), follow=True)
    assert "選んだ写真は送れませんでした。" in Page(answer).text
    client.force_login(hana)
    again = Page(client.get("/spots/new/"))
    assert (listed(again), again.one("input", id="id_name").get("value")) == (listed(page), "足羽川の桜並木")


def test_the_limit_of_photos_is_told_beside_the_file(
    sign_in: SignIn, hana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "photo", LIMITS["photo"]._replace(amount=1))
    answer = sign_in(hana).post("/spots/new/", typed(files=[picture("a.jpg"), picture("b.jpg"), bad("c.jpg")]))
    page = Page(answer)
    assert (answer.status_code, len(listed(page))) == (400, 1)
    assert re.search(r"b\.jpg：写真は1時間に1枚までです。あと[1-6]?\d分ほど待って、もう一度選んでください。", page.text)
    assert "c.jpg：この形式は使えません。" in page.text


def test_what_is_no_picture_uses_nothing_of_the_limit(
    sign_in: SignIn, hana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "photo", LIMITS["photo"]._replace(amount=1))
    page = Page(sign_in(hana).post("/spots/new/", typed(photo_do="add", files=[bad(), bad(), picture()])))
    assert len(listed(page)) == 1


def test_a_suspended_person_stores_nothing(sign_in: SignIn, hana: User) -> None:
    User.objects.filter(pk=hana.pk).update(suspended_until=timezone.now() + timedelta(days=1), suspended_reason="宣伝")
    assert sign_in(hana).post("/spots/new/", typed(files=picture())).status_code == 403
    assert not StoredObject.objects.exists()


def test_a_hostile_name_is_text(sign_in: SignIn, hana: User) -> None:
    name = '<img src=x onerror="alert(1)">\u202egpj.jpg'
    page = Page(sign_in(hana).post("/spots/new/", typed(files=bad(name))))
    assert not page.all("img", src="x")
    assert "\u202e" not in page.response.content.decode()


def test_the_picture_of_a_form_is_on_this_host(sign_in: SignIn, hana: User, settings: Any) -> None:
    settings.MEDIA_HOST = "https://media.example.jp"
    page = Page(sign_in(hana).post("/spots/new/", typed(photo_do="add", files=picture())))
    assert [image.get("src", "")[:14] for image in page.all("img", width="88")] == ["/images/spots/"]


def test_bytes_of_the_form_are_small(sign_in: SignIn, hana: User) -> None:
    """The picture of a photo in the list is an address, never the bytes."""
    answer = sign_in(hana).post("/spots/new/", typed(photo_do="add", files=picture()))
    assert b"data:image/" not in answer.content
