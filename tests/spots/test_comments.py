"""Saying something under a spot: who may, how it is corrected and taken away, and what becomes of what was typed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Comment, Spot
from tests.markup import Page, text_of
from tests.spots.said import box, said, write
from tests.spots.threads import all_at_once, errors_of

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def spot(make_spot: MakeSpot) -> Spot:
    return make_spot()


def suspend(person: User) -> None:
    person.suspend(timezone.now() + timedelta(days=1), "宣伝")


# --- writing ---


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_comment_is_counted_and_leads_back_to_itself(spot: Spot, sign_in: SignIn, hana: User, prefix: str) -> None:
    answer = sign_in(hana).post(f"{prefix}/spots/{spot.pk}/comments/", {"body": "朝が\r\n静か"})
    comment = Comment.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{prefix}/spots/{spot.pk}/#comment-{comment.pk}")
    assert (comment.body, comment.author, comment.parent) == ("朝が\n静か", hana, None)
    assert Spot.objects.get().comment_count == 1
    page = Page(sign_in(hana).get(spot.get_absolute_url()))
    assert "朝が 静か" in text_of(page.one("li", id=f"comment-{comment.pk}"))


def test_the_form_stands_under_the_thread_for_whoever_may_write(spot: Spot, sign_in: SignIn, hana: User) -> None:
    page = Page(sign_in(hana).get(spot.get_absolute_url()))
    form = page.one("form", action=f"/spots/{spot.pk}/comments/")
    names = {field.get("name") for field in form.iter() if field.get("name")}
    assert names == {"csrfmiddlewaretoken", "form_token", "writer", "parent", "body"}
    assert page.faults == []


def test_signed_out_people_are_led_through_the_sign_in_and_get_no_cookie(client: Client, spot: Spot) -> None:
    answer = client.get(spot.get_absolute_url())
    page = Page(answer)
    assert not answer.cookies
    assert page.all("textarea") == []
    [door] = [a for a in page.all("a") if text_of(a) == "ログインしてコメントする"]
    sent_on = client.get(door.get("href", ""))
    assert sent_on["Location"] == f"/accounts/login/?next=/spots/{spot.pk}/comments/"


def test_what_was_typed_comes_back_after_signing_in(client: Client, spot: Spot, hana: User, ren: User) -> None:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    parent = said(spot, ren)
    answer = write(client, spot, "長い文を書きました", parent=str(parent.pk))
    assert answer["Location"] == f"/accounts/login/?next=/spots/{spot.pk}/comments/"
    back = client.post(answer["Location"], {"login": "hana", "password": "tsubaki-no-michi"}, follow=True)
    page = Page(back)
    assert box(page) == "長い文を書きました"
    assert page.one("input", name="parent").get("value") == str(parent.pk)
    assert Comment.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [("", "必須"), (" \u200b\u202e", "空"), ("あ" * 2001, "2000文字以内で入力してください（いまは2001")],
)
def test_what_cannot_be_said_is_told_beside_the_field_with_the_text_kept(
    spot: Spot, sign_in: SignIn, hana: User, body: str, words: str
) -> None:
    answer = write(sign_in(hana), spot, body)
    page = Page(answer)
    assert (answer.status_code, page.faults) == (400, [])
    assert words in text_of(page.one("p", id="id_body-error"))
    field = page.one("textarea", name="body")
    assert field.get("aria-invalid") == "true"
    assert "id_body-error" in field.get("aria-describedby", "").split()
    assert box(page) == body
    assert Comment.objects.count() == 0


def test_two_thousand_characters_are_taken(spot: Spot, sign_in: SignIn, hana: User) -> None:
    assert write(sign_in(hana), spot, "あ" * 2000).status_code == 302
    assert Comment.objects.get().body == "あ" * 2000


def test_a_reply_stands_under_what_it_answers(spot: Spot, sign_in: SignIn, hana: User, ren: User) -> None:
    parent = said(spot, ren, "駐車場はありますか")
    client = sign_in(hana)
    link = f"/spots/{spot.pk}/comments/?parent={parent.pk}"
    assert link in Page(client.get(spot.get_absolute_url())).links()
    page = Page(client.get(link))
    assert (page.texts("h1"), page.one("input", name="parent").get("value")) == (["返信を書く"], str(parent.pk))
    assert "駐車場はありますか" in page.text
    write(client, spot, "三台分あります", parent=str(parent.pk))
    reply = Comment.objects.get(parent=parent)
    page = Page(client.get(spot.get_absolute_url()))
    assert "三台分あります" in text_of(page.one("li", id=f"comment-{parent.pk}"))
    assert f"parent={reply.pk}" not in "".join(page.links())


def test_a_reply_to_a_reply_is_refused(spot: Spot, sign_in: SignIn, hana: User, ren: User) -> None:
    reply = said(spot, hana, parent=said(spot, ren))
    answer = write(sign_in(ren), spot, "もう一つ", parent=str(reply.pk))
    assert answer.status_code == 400
    assert "直接だけ" in Page(answer).text
    assert Comment.objects.count() == 2
    assert sign_in(ren).get(f"/spots/{spot.pk}/comments/?parent={reply.pk}").status_code == 404


@pytest.mark.parametrize("gone", ["deleted", "hidden", "elsewhere", "nowhere", "nonsense"])
def test_a_reply_to_what_is_gone_keeps_the_text_and_goes_on_as_a_comment(
    make_spot: MakeSpot, spot: Spot, sign_in: SignIn, hana: User, ren: User, mori: User, gone: str
) -> None:
    parent = said(make_spot("となり"), ren) if gone == "elsewhere" else said(spot, ren)
    if gone == "deleted":
        parent.delete_softly()
    if gone == "hidden":
        parent.hide(mori, "宣伝")
    named = {"nowhere": NOWHERE, "nonsense": "x"}.get(gone, str(parent.pk))
    client = sign_in(hana)
    answer = write(client, spot, "ありがとう", parent=named)
    page = Page(answer)
    assert (answer.status_code, box(page), page.faults) == (400, "ありがとう", [])
    assert "このまま送ると、返信ではないコメントになります。" in page.text
    assert page.all("input", name="parent") == []
    assert Comment.objects.exclude(pk=parent.pk).count() == 0
    assert client.get(f"/spots/{spot.pk}/comments/?parent={named}").status_code == 404


def test_a_form_sent_twice_makes_one_comment(spot: Spot, sign_in: SignIn, hana: User) -> None:
    client, token = sign_in(hana), str(uuid.uuid4())
    first, second = (write(client, spot, form_token=token) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Comment.objects.count() == Spot.objects.get().comment_count == 1


def test_other_words_from_a_used_form_are_asked_about_and_then_taken(spot: Spot, sign_in: SignIn, hana: User) -> None:
    client, token = sign_in(hana), str(uuid.uuid4())
    first = write(client, spot, "一つ目", form_token=token)
    page = Page(write(client, spot, "二つ目", form_token=token))
    assert page.response.status_code == 409
    assert (box(page), page.faults) == ("二つ目", [])
    assert first["Location"] in list(page.addresses())
    renewed = page.one("input", name="form_token").get("value")
    assert renewed != token
    assert write(client, spot, "二つ目", form_token=renewed).status_code == 302
    assert Comment.objects.count() == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_fifty_clicks_at_once_make_one_comment(spot: Spot, sign_in: SignIn, hana: User) -> None:
    token = str(uuid.uuid4())
    clients = [sign_in(hana) for _ in range(50)]
    answers = all_at_once([lambda client=client: write(client, spot, form_token=token) for client in clients])  # type: ignore[misc]
    assert errors_of(answers) == []
    assert {answer.status_code for answer in answers} <= {302, 503}  # type: ignore[union-attr]
    assert Comment.objects.count() == Spot.objects.get().comment_count == 1


# --- who may not ---


@pytest.mark.parametrize("state", ["draft", "pending", "hidden", "deleted"])
def test_under_a_spot_that_is_not_public_nobody_writes(
    make_spot: MakeSpot, sign_in: SignIn, hana: User, ren: User, mori: User, client: Client, state: str
) -> None:
    spot = make_spot(created_by=hana)
    Spot.objects.update(state=state, deleted_at=timezone.now() if state == "deleted" else None)
    own = 404 if state == "deleted" else 400
    assert write(sign_in(hana), spot).status_code == own
    assert write(sign_in(mori), spot).status_code == (404 if state == "draft" else 400)
    for stranger in (client, sign_in(ren)):
        answer = write(stranger, spot)
        assert answer.status_code == stranger.post(f"/spots/{NOWHERE}/comments/", {"body": "x"}).status_code == 404
        assert stranger.get(f"/spots/{spot.pk}/comments/").status_code == 404
        assert stranger.get(f"/spots/{spot.pk}/comments/all/").status_code == 404
    assert Comment.objects.count() == 0


def test_a_locked_thread_says_so_and_takes_nothing(spot: Spot, sign_in: SignIn, hana: User, mori: User) -> None:
    said(spot, hana)
    spot.lock_comments(mori, "言い合いになったため")
    client = sign_in(hana)
    for path in (spot.get_absolute_url(), f"/spots/{spot.pk}/comments/", f"/spots/{spot.pk}/comments/all/"):
        page = Page(client.get(path))
        assert "コメントは締め切られています" in page.text
        assert page.all("textarea") == []
    assert "締め切られています" in Page(Client().get(spot.get_absolute_url())).text
    answer = write(client, spot, "書きかけの文")
    assert answer.status_code == 400
    assert box(Page(answer)) == "書きかけの文"
    assert Comment.objects.count() == 1


def test_whoever_is_suspended_writes_corrects_and_deletes_nothing(spot: Spot, sign_in: SignIn, hana: User) -> None:
    comment = said(spot, hana)
    client = sign_in(hana)
    suspend(hana)
    assert write(client, spot).status_code == 403
    assert client.post(f"/comments/{comment.pk}/edit/", {"body": "x", "version": comment.version}).status_code == 403
    assert client.post(f"/comments/{comment.pk}/delete/").status_code == 403
    page = Page(client.get(spot.get_absolute_url()))
    assert "利用が止められている" in page.text
    assert page.all("textarea") == []
    assert [c.body for c in Comment.objects.published()] == ["静かな朝でした"]


@pytest.mark.parametrize("who", ["ren", "mori"])
def test_nobody_rewords_anothers_comment(
    spot: Spot, sign_in: SignIn, hana: User, ren: User, mori: User, who: str
) -> None:
    comment = said(spot, hana)
    client = sign_in({"ren": ren, "mori": mori}[who])
    for answer in (
        client.get(f"/comments/{comment.pk}/edit/"),
        client.post(f"/comments/{comment.pk}/edit/", {"body": "x", "version": comment.version}),
    ):
        assert answer.status_code == 403
    assert Comment.objects.get().body == "静かな朝でした"


def test_another_visitor_deletes_nothing_and_a_stranger_signs_in_first(
    client: Client, spot: Spot, sign_in: SignIn, hana: User, ren: User
) -> None:
    comment = said(spot, hana)
    for verb in ("edit", "delete"):
        for answer in (client.get(f"/comments/{comment.pk}/{verb}/"), client.post(f"/comments/{comment.pk}/{verb}/")):
            assert answer["Location"] == f"/accounts/login/?next=/comments/{comment.pk}/{verb}/"
    assert sign_in(ren).get(f"/comments/{comment.pk}/delete/").status_code == 403
    assert sign_in(ren).post(f"/comments/{comment.pk}/delete/", {"reason": "spam"}).status_code == 403
    assert Comment.objects.get().state == "published"


def test_a_hidden_comment_does_not_exist_for_others(
    client: Client, spot: Spot, sign_in: SignIn, hana: User, ren: User, mori: User
) -> None:
    comment = said(spot, hana)
    comment.hide(mori, "宣伝・スパム")
    for stranger in (client, sign_in(ren)):
        for path in ("", "edit/", "delete/"):
            assert stranger.get(f"/comments/{comment.pk}/{path}").status_code == 404
            assert stranger.get(f"/comments/{NOWHERE}/{path}").status_code == 404


# --- doors to other things ---


def test_each_reader_is_offered_what_they_may_do(
    client: Client, spot: Spot, sign_in: SignIn, hana: User, ren: User, mori: User
) -> None:
    comment = said(spot, hana)
    links = {
        "edit": f"/comments/{comment.pk}/edit/",
        "delete": f"/comments/{comment.pk}/delete/",
        "report": f"/reports/new/?target=comment:{comment.pk}",
        "admin": f"/admin/spots/comment/{comment.pk}/change/",
        "reply": f"/spots/{spot.pk}/comments/?parent={comment.pk}",
    }
    offered = {
        name: {what for what, link in links.items() if link in Page(visitor.get(spot.get_absolute_url())).links()}
        for name, visitor in (("", client), ("hana", sign_in(hana)), ("ren", sign_in(ren)), ("mori", sign_in(mori)))
    }
    assert offered == {
        "": {"report", "reply"},
        "hana": {"edit", "delete", "reply"},
        "ren": {"report", "reply"},
        "mori": {"delete", "report", "admin", "reply"},
    }


@pytest.mark.parametrize("rows", [20, 40])
def test_the_thread_costs_the_same_however_many_say_something(
    spot: Spot, sign_in: SignIn, mori: User, django_assert_num_queries: Any, rows: int
) -> None:
    people = [User.objects.create_user(f"p{number:03}", f"p{number}@example.jp") for number in range(rows)]
    for person in people:
        said(spot, person)
    client = sign_in(mori)
    client.get(spot.get_absolute_url())
    with django_assert_num_queries(6):  # one asks whether the admin, to which the foot leads, exists for her
        client.get(f"/spots/{spot.pk}/comments/all/")
