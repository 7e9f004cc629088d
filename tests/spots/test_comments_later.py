"""What becomes of a comment: corrected within half an hour, taken away with a trace, found in a long thread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Comment, ModerationAction, Spot
from spots.threads import Talk
from tests.markup import Page, text_of
from tests.spots.said import box, said, write

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]


@pytest.fixture
def spot(make_spot: MakeSpot) -> Spot:
    return make_spot()


# --- correcting ---


def test_a_comment_is_corrected_within_half_an_hour(spot: Spot, sign_in: SignIn, hana: User) -> None:
    comment = said(spot, hana)
    client = sign_in(hana)
    page = Page(client.get(f"/comments/{comment.pk}/edit/"))
    assert (box(page), page.faults) == ("静かな朝でした", [])
    version = page.one("input", name="version").get("value")
    answer = client.post(f"/comments/{comment.pk}/edit/", {"body": "静かな夕方でした", "version": version}, follow=True)
    assert "静かな夕方でした" in Page(answer).text
    assert "編集ずみ" in Page(answer).text


def test_half_an_hour_later_nothing_changes_and_nothing_typed_is_lost(spot: Spot, sign_in: SignIn, hana: User) -> None:
    comment = said(spot, hana)
    Comment.objects.update(created_at=timezone.now() - timedelta(minutes=31))
    client = sign_in(hana)
    assert f"/comments/{comment.pk}/edit/" not in Page(client.get(spot.get_absolute_url())).links()
    answer = client.get(f"/comments/{comment.pk}/edit/", follow=True)
    assert "30分まで" in Page(answer).text
    refused = client.post(f"/comments/{comment.pk}/edit/", {"body": "遅れた文", "version": comment.version})
    assert refused.status_code == 400
    assert "30分まで" in Page(refused).text
    assert box(Page(refused)) == "遅れた文"
    assert Comment.objects.get().body == "静かな朝でした"


@pytest.mark.parametrize("version", ["first", ""])
def test_two_windows_are_shown_both_texts(spot: Spot, sign_in: SignIn, hana: User, version: str) -> None:
    comment = said(spot, hana)
    client, path = sign_in(hana), f"/comments/{comment.pk}/edit/"
    sent = comment.version if version else ""
    client.post(path, {"body": "一つ目の窓", "version": comment.version})
    answer = client.post(path, {"body": "二つ目の窓", "version": sent})
    page = Page(answer)
    assert (answer.status_code, box(page), page.faults) == (409, "二つ目の窓", [])
    assert page.texts("p", **{"class": "text"}) == ["一つ目の窓", "二つ目の窓"]
    assert Comment.objects.get().body == "一つ目の窓"
    newer = page.one("input", name="version").get("value")
    assert client.post(path, {"body": "二つ目の窓", "version": newer}).status_code == 302
    assert Comment.objects.get().body == "二つ目の窓"


def test_an_edit_that_cannot_be_said_is_refused_beside_the_field(spot: Spot, sign_in: SignIn, hana: User) -> None:
    comment = said(spot, hana)
    answer = sign_in(hana).post(f"/comments/{comment.pk}/edit/", {"body": "あ" * 2001, "version": comment.version})
    assert answer.status_code == 400
    assert "2000文字" in text_of(Page(answer).one("p", id="id_body-error"))


def test_a_hidden_comment_cannot_be_reworded(spot: Spot, sign_in: SignIn, hana: User, mori: User) -> None:
    comment = said(spot, hana)
    comment.hide(mori, "宣伝・スパム")
    answer = sign_in(hana).post(f"/comments/{comment.pk}/edit/", {"body": "直した", "version": comment.version})
    assert answer.status_code == 400
    assert "いまの状態では直せません" in Page(answer).text
    assert Comment.objects.get().body == "静かな朝でした"


# --- taking away ---


def test_a_deleted_comment_leaves_a_trace_where_it_was_answered(
    client: Client, spot: Spot, sign_in: SignIn, hana: User, ren: User
) -> None:
    answered, alone = said(spot, hana, "消す言葉"), said(spot, hana, "一人の言葉")
    said(spot, ren, "返事", parent=answered)
    author = sign_in(hana)
    page = Page(author.get(f"/comments/{answered.pk}/delete/"))
    assert "消す言葉" in page.text
    assert Comment.objects.published().count() == 3
    for comment in (answered, alone, answered):  # the last is a second click
        assert author.post(f"/comments/{comment.pk}/delete/")["Location"] == f"/spots/{spot.pk}/#comments"
    page = Page(client.get(spot.get_absolute_url()))
    assert "このコメントは削除されました。" in text_of(page.one("li", id=f"comment-{answered.pk}"))
    assert "返事" in page.text
    assert not {"消す言葉", "一人の言葉"} & set(page.text.split())
    assert Spot.objects.get().comment_count == 1
    assert ModerationAction.objects.count() == 0


def test_a_moderator_deletes_with_a_reason_that_the_author_alone_reads(
    client: Client, spot: Spot, sign_in: SignIn, hana: User, ren: User, mori: User
) -> None:
    comment = said(spot, hana, "ひどい言葉")
    said(spot, ren, "返事", parent=comment)
    moderator, path = sign_in(mori), f"/comments/{comment.pk}/delete/"
    for answers in ({}, {"reason": "bored"}, {"reason": "other"}):
        assert moderator.post(path, answers).status_code == 400
    assert Comment.objects.get(pk=comment.pk).state == "published"
    assert moderator.post(path, {"reason": "abuse", "detail": "名指しのため"}).status_code == 302
    [line] = ModerationAction.objects.values_list("actor", "verb", "target_id", "before", "after", "reason")
    reason = "いやがらせ・差別: 名指しのため"
    assert line == (mori.pk, "delete", str(comment.pk), "published", "deleted", reason)
    seen = {
        who: Page(c.get(spot.get_absolute_url())).text
        for who, c in {"hana": sign_in(hana), "ren": sign_in(ren)}.items()
    }
    seen["nobody"] = Page(client.get(spot.get_absolute_url())).text
    assert reason in seen["hana"]
    assert all(reason not in seen[who] for who in ("ren", "nobody"))
    assert all("ひどい言葉" not in text and "返事" in text for text in seen.values())


def test_a_moderated_deletion_without_an_answer_is_shown_to_its_author_alone(
    client: Client, spot: Spot, sign_in: SignIn, hana: User, mori: User
) -> None:
    said(spot, hana).delete_softly(mori, "宣伝・スパム")
    assert "宣伝・スパム" in Page(sign_in(hana).get(spot.get_absolute_url())).text
    assert "削除されました" not in Page(client.get(spot.get_absolute_url())).text


def test_a_deletion_wins_over_whatever_moved_the_comment_meanwhile(spot: Spot, hana: User, mori: User) -> None:
    mine = said(spot, hana)
    Comment.objects.get().hide(mori, "宣伝・スパム")
    mine.delete_softly(hana)
    stored = Comment.objects.get()
    assert (stored.state, stored.hidden_reason, Spot.objects.get().comment_count) == ("deleted", "", 0)


def test_answers_to_a_hidden_comment_stay_and_are_counted(
    client: Client, spot: Spot, sign_in: SignIn, hana: User, ren: User, mori: User
) -> None:
    top = said(spot, hana, "隠す言葉")
    said(spot, ren, "返事", parent=top)
    top.hide(mori, "宣伝・スパム")
    page = Page(client.get(spot.get_absolute_url()))
    assert "返事" in page.text
    assert "隠す言葉" not in page.text
    assert str(top.pk) not in page.response.content.decode()
    assert page.texts("h2", id="comments") == ["コメント 1"]
    assert "隠す言葉" in Page(sign_in(hana).get(spot.get_absolute_url())).text


# --- long threads ---


@pytest.fixture
def long_thread(spot: Spot, hana: User) -> list[Comment]:
    begun = timezone.now() - timedelta(days=3)
    comments = [
        Comment(spot=spot, author=hana, body=f"話{number}", created_at=begun + timedelta(minutes=number))
        for number in range(120)
    ]
    Comment.objects.bulk_create(comments)
    Spot.objects.update(comment_count=120)
    return comments


def ids_on(page: Page) -> list[str]:
    return [i.get("id", "").removeprefix("comment-") for i in page.all("li") if i.get("id", "").startswith("comment-")]


def test_every_comment_of_a_long_thread_is_found_once(client: Client, spot: Spot, long_thread: list[Comment]) -> None:
    front = Page(client.get(spot.get_absolute_url()))
    assert ids_on(front) == [str(comment.pk) for comment in long_thread[70:]]
    everything = f"/spots/{spot.pk}/comments/all/"
    assert everything in front.links()
    pages = [Page(client.get(f"{everything}?page={number}")) for number in (1, 2, 3)]
    assert [i for page in pages for i in ids_on(page)] == [str(comment.pk) for comment in long_thread]
    assert f"{everything}?page=3" in pages[1].links()
    assert {client.get(f"{everything}?page={word}").status_code for word in ("4", "0", "x")} == {404}


def test_what_was_just_said_is_where_its_author_is_led(
    spot: Spot, sign_in: SignIn, ren: User, long_thread: list[Comment]
) -> None:
    client = sign_in(ren)
    old = long_thread[10]
    for parent, path in ((None, f"/spots/{spot.pk}/"), (old, f"/spots/{spot.pk}/comments/all/?page=1")):
        answer = write(client, spot, "ただいま", parent=str(parent.pk) if parent else "")
        made = Comment.objects.get(author=ren, parent=parent)
        assert answer["Location"] == f"{path}#comment-{made.pk}"
        assert str(made.pk) in ids_on(Page(client.get(path)))
        assert client.get(f"/comments/{made.pk}/")["Location"] == answer["Location"]


def test_a_page_that_begins_amid_answers_shows_what_they_are_to(
    client: Client, spot: Spot, ren: User, long_thread: list[Comment]
) -> None:
    top = long_thread[45]
    for number in range(10):
        said(spot, ren, f"返事{number}", parent=top)
    second = Page(client.get(f"/spots/{spot.pk}/comments/all/?page=2"))
    thread = text_of(second.one("li", id=f"comment-{top.pk}"))
    assert "話45" in thread
    assert "返事9" in thread


def test_a_trace_of_nothing_leads_nowhere(client: Client, spot: Spot, hana: User) -> None:
    comment = said(spot, hana)
    comment.delete_softly()
    assert client.get(f"/comments/{comment.pk}/").status_code == 404


@pytest.mark.parametrize("who", ["nobody", "hana", "ren", "mori"])
def test_a_short_thread_is_put_in_the_order_of_a_long_one(
    make_spot: Callable[..., Spot], hana: User, ren: User, mori: User, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spot = make_spot()
    tops = [said(spot, hana if n % 2 else ren, f"話{n}") for n in range(5)]
    for n, top in enumerate([tops[3], tops[0], tops[3], tops[1], tops[2]]):
        said(spot, ren, f"返事{n}", parent=top)
    tops[1].delete_softly()
    tops[2].delete_softly(mori, "宣伝・スパム")
    tops[4].delete_softly(mori, "宣伝・スパム")
    spot.refresh_from_db()
    viewer = AnonymousUser() if who == "nobody" else User.objects.get(username=who)
    talk = Talk(spot, viewer)
    short, _older = talk.newest()
    monkeypatch.setattr(talk, "_ordered", lambda _rows: None)
    assert short == talk.newest()[0]
    assert len(short) == (5 if who == "ren" else 4)
