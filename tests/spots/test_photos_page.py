"""The page of a spot's photos: who may, what its buttons store, and taking a photo away and that back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from media_store.models import StoredObject
from spots.models import ModerationAction, Spot
from spots.models.photo import SpotPhoto
from tests.markup import Page
from tests.media_store.photos import upload
from tests.spots.test_posting_photos import bad, listed, picture, sent, shown

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]


@pytest.fixture
def spot(make_spot: MakeSpot, hana: User) -> Spot:
    """One of hana's."""
    return make_spot(created_by=hana)


def photos_of(spot: Spot) -> str:
    return f"/spots/{spot.pk}/photos/"


def added(author: Client, spot: Spot, *names: str) -> list[SpotPhoto]:
    """The spot's photos after these were added on the page."""
    author.post(photos_of(spot), {"files": [picture(name) for name in names]})
    return shown(spot)


def restorations(page: Page) -> list[str]:
    """Where the buttons of the page lead that bring a file back."""
    return [where for form in page.all("form") if (where := form.get("action", "")).endswith("/restoration/")]


def test_files_are_added_behind_those_that_are_there(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    before = added(author, spot, "a.jpg", "b.jpg")
    assert [photo.is_primary for photo in before] == [True, False]
    page = Page(author.get(photos_of(spot)))
    answer = author.post(photos_of(spot), sent(page, files=picture("c.jpg")), follow=True)
    assert "写真を保存しました。" in Page(answer).text
    assert [photo.pk for photo in shown(spot)][:2] == [photo.pk for photo in before]
    assert listed(Page(answer)) == [str(photo.pk) for photo in shown(spot)]


def test_every_button_stores_everything_on_the_page(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    first, second = added(author, spot, "a.jpg", "b.jpg")
    page = Page(author.get(photos_of(spot)))
    words = {f"caption-{second.pk}": "夕方の川", f"alt-{first.pk}": "橋"}
    author.post(photos_of(spot), sent(page, photo_do=f"up:{second.pk}", cover=str(second.pk), **words))
    assert [(photo.pk, photo.caption, photo.alt, photo.is_primary) for photo in shown(spot)] == [
        (second.pk, "夕方の川", "", True),
        (first.pk, "", "橋", False),
    ]


def test_a_bad_file_costs_the_others_nothing(sign_in: SignIn, hana: User, spot: Spot) -> None:
    answer = sign_in(hana).post(photos_of(spot), {"files": [bad("動画.jpg"), picture()]})
    page = Page(answer)
    assert (answer.status_code, len(shown(spot))) == (400, 1)
    assert "動画.jpg：" in page.text
    assert listed(page) == [str(shown(spot)[0].pk)]


def test_words_that_are_too_long_store_nothing_and_stay_on_the_page(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    [photo] = added(author, spot, "a.jpg")
    words = {f"caption-{photo.pk}": "あ" * 301, f"alt-{photo.pk}": "橋"}
    answer = author.post(photos_of(spot), {"photo": str(photo.pk), **words})
    assert answer.status_code == 400
    assert Page(answer).one("input", id=f"caption-{photo.pk}").get("aria-invalid") == "true"
    assert shown(spot)[0].alt == ""


@pytest.mark.parametrize("button", ["", "up:{second}", "remove:{second}"])
def test_a_photo_that_is_gone_meanwhile_is_told_and_costs_the_others_nothing(
    sign_in: SignIn, hana: User, spot: Spot, button: str
) -> None:
    author = sign_in(hana)
    first, second = added(author, spot, "a.jpg", "b.jpg")
    swept = upload(hana, spot.pk)
    page = {
        "photo": [first.pk, second.pk, swept.pk],
        f"alt-{first.pk}": "橋",
        "photo_do": button.format(second=second.pk),
    }
    assert str(swept.pk) not in listed(Page(author.get(photos_of(spot))))
    StoredObject.objects.filter(pk=swept.pk).condemn(at_once=True)
    told = Page(author.post(photos_of(spot), page, follow=True)).text
    assert "写真の一部がもうありません。ほかは保存しました。" in told
    assert "写真を保存しました。" not in told
    assert ("写真を削除しました。" in told) == button.startswith("remove")
    assert {photo.alt for photo in shown(spot) if photo.pk == first.pk} == {"橋"}
    assert "もうありません" not in Page(author.get(photos_of(spot))).text


def test_a_deletion_that_is_pressed_twice_loses_nothing(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    first, second = added(author, spot, "a.jpg", "b.jpg")
    page = sent(Page(author.get(photos_of(spot))), photo_do=f"remove:{first.pk}")
    told = [Page(author.post(photos_of(spot), page, follow=True)) for _ in range(2)]
    assert [listed(page) for page in told] == [[str(second.pk)]] * 2
    assert not any("もうありません" in page.text for page in told)


def test_a_photo_that_is_gone_is_told_beside_a_bad_file(sign_in: SignIn, hana: User, spot: Spot) -> None:
    page = {"photo": str(uuid.uuid4()), "files": [bad("動画.jpg"), picture()]}
    answer = sign_in(hana).post(photos_of(spot), page)
    assert (answer.status_code, len(shown(spot))) == (400, 1)
    assert "動画.jpg：" in Page(answer).text
    assert "写真の一部がもうありません" in Page(answer).text


def test_no_more_than_ten(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    added(author, spot, *(f"{number}.jpg" for number in range(10)))
    answer = author.post(photos_of(spot), {"files": picture("past.jpg")})
    assert (answer.status_code, len(shown(spot))) == (400, 10)
    assert "past.jpg：写真は1つのスポットに10枚までです。" in Page(answer).text


def test_signed_out_one_signs_in_and_comes_back(client: Client, spot: Spot) -> None:
    for path in (photos_of(spot), f"/photos/{spot.pk}/delete/", f"/photos/{spot.pk}/restoration/"):
        for answer in (client.get(path), client.post(path)):
            assert answer["Location"] == f"/accounts/login/?next={path}"


def test_others_may_not_and_what_they_do_not_see_is_not_there(
    sign_in: SignIn, hana: User, ren: User, spot: Spot, make_spot: MakeSpot
) -> None:
    [photo] = added(sign_in(hana), spot, "a.jpg")
    visitor = sign_in(ren)
    for path in (photos_of(spot), f"/photos/{photo.pk}/delete/"):
        assert visitor.get(path).status_code == 403
        assert visitor.post(path, {"files": picture("x.jpg")}).status_code == 403
    assert visitor.post(f"/photos/{photo.pk}/restoration/").status_code == 404
    draft = make_spot("下書き", created_by=hana, state="draft")
    assert visitor.get(photos_of(draft)).status_code == 404
    assert visitor.post(photos_of(draft), {"files": picture("x.jpg")}).status_code == 404
    assert (SpotPhoto.objects.get().state, StoredObject.objects.filter(kind="photo").count()) == ("published", 1)


def test_a_suspended_author_may_not(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    [photo] = added(author, spot, "a.jpg")
    SpotPhoto.objects.get().delete_softly(hana)
    User.objects.filter(pk=hana.pk).update(suspended_until=timezone.now() + timedelta(days=1), suspended_reason="宣伝")
    for path in (photos_of(spot), f"/photos/{photo.pk}/restoration/"):
        assert author.post(path, {"files": picture("x.jpg")}).status_code == 403
    assert SpotPhoto.objects.get().state == "deleted"


def test_a_photo_is_taken_away_and_brought_back(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    first, second = added(author, spot, "a.jpg", "b.jpg")
    page = Page(author.get(photos_of(spot)))
    button = {"photo_do": f"remove:{first.pk}", f"caption-{second.pk}": "残る"}
    answer = Page(author.post(photos_of(spot), sent(page, **button), follow=True))
    assert "写真を削除しました。" in answer.text
    assert listed(answer) == [str(second.pk)]
    second.refresh_from_db()
    assert (second.caption, second.is_primary) == ("残る", True)

    [undo, listed_undo] = restorations(answer)
    assert undo == listed_undo == f"/photos/{first.pk}/restoration/"
    assert len(listed(Page(author.post(undo, follow=True)))) == 2
    assert author.post(undo)["Location"] == photos_of(spot)
    first.refresh_from_db()
    assert first.state == "published"


def test_the_answer_to_a_deletion_begins_where_its_undo_is(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    first, _second = added(author, spot, "a.jpg", "b.jpg")
    page = Page(author.get(photos_of(spot)))
    [button] = page.all("button", value=f"remove:{first.pk}")
    assert button.get("formaction") == "#photos", "a place that a redirect without one of its own would keep"
    answer = author.post(photos_of(spot), sent(page, photo_do=f"remove:{first.pk}"))
    assert answer["Location"] == f"{photos_of(spot)}#main"
    Page(author.get(photos_of(spot))).one("main", id="main")


def test_what_was_deleted_stays_on_the_page_while_it_can_be_undone(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    first, second, third = added(author, spot, "a.jpg", "b.jpg", "c.jpg")
    for photo in (first, second):
        author.post(f"/photos/{photo.pk}/delete/")
    author.get(photos_of(spot))  # with the messages of both
    page = Page(author.get(photos_of(spot)))
    assert restorations(page) == [f"/photos/{photo.pk}/restoration/" for photo in (second, first)]
    assert page.text.count("あと 7 日のあいだ戻せます") == 2
    assert not [image for image in page.all("img") if str(first.pk) in image.get("src", "")], "nobody fetches it"
    author.post(restorations(page)[1])
    SpotPhoto.objects.filter(pk=second.pk).update(deleted_at=timezone.now() - timedelta(days=8))
    page = Page(author.get(photos_of(spot)))
    assert restorations(page) == []
    assert "削除した写真" not in page.text
    assert sorted(listed(page)) == sorted([str(first.pk), str(third.pk)])


def test_a_moderator_is_offered_no_undo_of_what_others_deleted(
    sign_in: SignIn, hana: User, mori: User, spot: Spot
) -> None:
    author, moderator = sign_in(hana), sign_in(mori)
    first, second = added(author, spot, "a.jpg", "b.jpg")
    author.post(f"/photos/{first.pk}/delete/")
    moderator.post(f"/photos/{second.pk}/delete/", {"reason": "spam"})
    assert restorations(Page(moderator.get(photos_of(spot)))) == []
    author.get(photos_of(spot))
    assert restorations(Page(author.get(photos_of(spot)))) == [f"/photos/{first.pk}/restoration/"]


def test_its_own_page_asks_first(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    [photo] = added(author, spot, "a.jpg")
    path = f"/photos/{photo.pk}/delete/"
    assert "この写真を削除しますか" in Page(author.get(path)).text
    assert [author.post(path)["Location"] for _ in range(2)] == [photos_of(spot)] * 2
    assert SpotPhoto.objects.get().state == "deleted"
    assert "元に戻しますか" in Page(author.get(f"/photos/{photo.pk}/restoration/")).text


def test_a_moderator_gives_a_reason_and_the_author_cannot_undo_it(
    sign_in: SignIn, hana: User, mori: User, spot: Spot
) -> None:
    author, moderator = sign_in(hana), sign_in(mori)
    [photo] = added(author, spot, "a.jpg")
    path = f"/photos/{photo.pk}/delete/"
    page = Page(moderator.get(photos_of(spot)))
    assert moderator.post(photos_of(spot), sent(page, photo_do=f"remove:{photo.pk}"))["Location"] == path
    assert moderator.post(path, {"reason": ""}).status_code == 400
    moderator.post(path, {"reason": "spam"})
    assert SpotPhoto.objects.get().state == "deleted"
    assert ModerationAction.objects.filter(verb="delete").count() == 1
    assert author.post(f"/photos/{photo.pk}/restoration/").status_code == 404


def test_too_late_is_told(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    [photo] = added(author, spot, "a.jpg")
    author.post(f"/photos/{photo.pk}/delete/")
    SpotPhoto.objects.update(deleted_at=timezone.now() - timedelta(days=400))
    assert author.post(f"/photos/{photo.pk}/restoration/").status_code == 404


def test_a_hidden_photo_is_shown_to_its_owner_with_the_reason(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    first, second = added(author, spot, "a.jpg", "b.jpg")
    SpotPhoto.objects.filter(pk=second.pk).update(state="hidden", hidden_reason="宣伝のため")
    page = Page(author.get(photos_of(spot)))
    assert "宣伝のため" in page.text
    author.post(photos_of(spot), sent(page, cover=str(second.pk), photo_do=f"up:{second.pk}"))
    assert [(photo.pk, photo.state, photo.is_primary) for photo in shown(spot)] == [
        (second.pk, "hidden", False),
        (first.pk, "published", True),
    ]


def test_the_form_of_a_spot_leads_there(sign_in: SignIn, hana: User, spot: Spot) -> None:
    assert photos_of(spot) in Page(sign_in(hana).get(f"/spots/{spot.pk}/edit/")).links()


def test_the_page_asks_a_fixed_number_of_questions(
    sign_in: SignIn, hana: User, spot: Spot, django_assert_max_num_queries: Callable[..., object]
) -> None:
    author = sign_in(hana)
    added(author, spot, *(f"{number}.jpg" for number in range(10)))
    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        assert len(listed(Page(author.get(photos_of(spot))))) == 10
