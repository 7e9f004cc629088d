"""What a moderator does: correct a spot, hide, restore and delete with a reason, settle reports, suspend people."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Case, Comment, ModerationAction, Report, Spot
from tests import second_factor
from tests.markup import Page
from tests.spots.said import said

LOG = ("verb", "target_kind", "before", "after", "reason")


@pytest.fixture
def moderator(mori: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(mori)


def ask(client: Client, path: str, verb: str, *rows: models.Model, **answers: Any) -> Any:
    """Choose rows and a verb; with answers, the filled page of the reason."""
    chosen = {"action": verb, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(f"/admin/{path}/", chosen | ({"confirmed": "1"} | answers if answers else {}), follow=True)


def log() -> list[tuple[Any, ...]]:
    return list(ModerationAction.objects.order_by("id").values_list(*LOG))


def form_of(client: Client, spot: Spot) -> dict[str, Any]:
    """What the browser would send back unchanged."""
    form = client.get(f"/admin/spots/spot/{spot.pk}/change/").context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    values["tags"] = [tag.pk for tag in values["tags"]]
    return {name: value for name, value in values.items() if value not in (None, False)}


def test_hiding_asks_for_a_reason_first(make_spot: Callable[..., Spot], moderator: Client) -> None:
    spot = make_spot("中央公園")
    page = ask(moderator, "spots/spot", "hide", spot)
    assert "中央公園" in page.content.decode()
    assert "個人の家や個人情報が写っている" in page.content.decode()
    assert Spot.objects.get().state == "published"
    assert log() == []


def test_hiding_with_a_reason_hides_logs_and_tells_the_author(
    make_spot: Callable[..., Spot], hana: User, moderator: Client
) -> None:
    spots = [make_spot(f"公園{number}", created_by=hana) for number in range(2)]
    page = ask(moderator, "spots/spot", "hide", *spots, reason="private", detail="表札が読めます")
    assert "2件を非表示にしました" in page.content.decode()
    reason = "個人の家や個人情報が写っている: 表札が読めます"
    assert set(Spot.objects.values_list("state", "hidden_reason")) == {("hidden", reason)}
    assert log() == [("hide", "spot", "published", "hidden", reason)] * 2


def test_restoring_and_deleting_are_logged_too(make_spot: Callable[..., Spot], moderator: Client) -> None:
    spot = make_spot()
    ask(moderator, "spots/spot", "remove", spot, reason="spam")
    ask(moderator, "spots/spot", "restore", spot, reason="mistake")
    assert Spot.objects.get().state == "published"
    assert log() == [
        ("delete", "spot", "published", "deleted", "宣伝・スパム"),
        ("restore", "spot", "deleted", "published", "非表示や削除が誤りだった"),
    ]


@pytest.mark.parametrize(
    "answers", [{"reason": ""}, {"reason": "bored"}, {"reason": "other"}, {"reason": "spam", "detail": "あ" * 200}]
)
def test_without_a_good_reason_nothing_happens(
    make_spot: Callable[..., Spot], moderator: Client, answers: dict[str, str]
) -> None:
    spot = make_spot()
    page = ask(moderator, "spots/spot", "hide", spot, **answers)
    assert "errorlist" in page.content.decode()
    assert Spot.objects.get().state == "published"
    assert log() == []


def test_what_cannot_be_moved_is_said_and_the_rest_is_moved(
    make_spot: Callable[..., Spot], moderator: Client, mori: User
) -> None:
    shown, deleted = make_spot("甲"), make_spot("乙")
    deleted.delete_softly(mori, "宣伝")
    page = ask(moderator, "spots/spot", "hide", shown, deleted, reason="spam").content.decode()
    assert "1件を非表示にしました" in page
    assert "1件は、いまの状態ではできない" in page
    assert set(Spot.objects.values_list("state", flat=True)) == {"hidden", "deleted"}


def test_more_than_a_page_at_once_is_refused(make_spot: Callable[..., Spot], moderator: Client) -> None:
    first = make_spot()
    Spot.objects.bulk_create(
        Spot(name="公園", latitude=36.0, longitude=136.0, category=first.category, published_at=first.published_at)
        for _ in range(50)
    )
    chosen = {"action": "hide", "_selected_action": str(first.pk), "select_across": "1", "index": "0"}
    assert "50件まで" in moderator.post("/admin/spots/spot/", chosen, follow=True).content.decode()
    assert not Spot.objects.exclude(state="published").exists()


def test_drafts_of_others_cannot_be_chosen(make_spot: Callable[..., Spot], hana: User, moderator: Client) -> None:
    draft = make_spot(created_by=hana, state="draft")
    ask(moderator, "spots/spot", "hide", draft, reason="spam")
    assert Spot.objects.get().state == "draft"


def test_comments_are_hidden_and_counted_but_never_reworded(
    make_spot: Callable[..., Spot], hana: User, moderator: Client
) -> None:
    comment = Comment(spot=make_spot(), author=hana, body="いい所です")
    comment.post()
    page = moderator.get(f"/admin/spots/comment/{comment.pk}/change/").content.decode()
    assert 'value="hide"' in page
    assert "<textarea" not in page
    assert moderator.post(f"/admin/spots/comment/{comment.pk}/change/", {"body": "x"}).status_code == 403
    ask(moderator, "spots/comment", "hide", comment, reason="abuse")
    assert Comment.objects.get().state == "hidden"
    assert Spot.objects.get().comment_count == 0
    assert log() == [("hide", "comment", "published", "hidden", "いやがらせ・差別")]


def test_an_edit_goes_through_the_model_and_the_version_rises(
    make_spot: Callable[..., Spot], moderator: Client
) -> None:
    spot = make_spot("中央公園", tags=["桜"])
    sent = form_of(moderator, spot) | {"name": "中央\u200b児童公園", "reading": "ちゅうおう", "website": "example.jp"}
    answer = moderator.post(f"/admin/spots/spot/{spot.pk}/change/", sent)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    stored = Spot.objects.get()
    assert (stored.name, stored.reading, stored.version) == ("中央児童公園", "チュウオウ", 2)
    assert stored.website == "https://example.jp"
    assert [tag.name for tag in stored.tags.all()] == ["桜"]


def test_a_form_sent_back_unchanged_changes_nothing(make_spot: Callable[..., Spot], moderator: Client) -> None:
    spot = make_spot(tags=["桜"])
    assert moderator.post(f"/admin/spots/spot/{spot.pk}/change/", form_of(moderator, spot)).status_code == 302
    assert Spot.objects.get().version == 1


def test_tags_alone_are_an_edit_and_eleven_are_refused(make_spot: Callable[..., Spot], moderator: Client) -> None:
    from spots.models import Tag

    spot = make_spot()
    tags = [tag.pk for tag in Tag.objects.for_names([f"札{number}" for number in range(11)])]
    path = f"/admin/spots/spot/{spot.pk}/change/"
    refused = moderator.post(path, form_of(moderator, spot) | {"tags": tags})
    assert "タグは10個までです" in refused.content.decode()
    moderator.post(path, form_of(moderator, spot) | {"tags": tags[:10]})
    assert (Spot.objects.get().version, spot.tags.count()) == (2, 10)


def test_an_old_form_is_refused_and_says_so(make_spot: Callable[..., Spot], moderator: Client) -> None:
    spot = make_spot("中央公園")
    sent = form_of(moderator, spot) | {"name": "古い名前"}
    Spot.objects.get().edit({"name": "新しい名前"})
    page = moderator.post(f"/admin/spots/spot/{spot.pk}/change/", sent).content.decode()
    assert "ほかの人が先にこのスポットを直しました" in page
    assert (Spot.objects.get().name, Spot.objects.get().version) == ("新しい名前", 2)


def test_a_change_stored_between_comparison_and_write_is_refused_too(
    make_spot: Callable[..., Spot], moderator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    spot = make_spot("中央公園")
    sent = form_of(moderator, spot) | {"name": "古い名前"}
    store = Spot._store

    def beaten(self: Spot, values: dict[str, Any], **condition: Any) -> None:
        Spot.objects.filter(pk=self.pk).update(version=7)
        store(self, values, **condition)

    monkeypatch.setattr(Spot, "_store", beaten)
    page = moderator.post(f"/admin/spots/spot/{spot.pk}/change/", sent, follow=True).content.decode()
    assert "ほかの人が先にこのスポットを直しました" in page
    assert Spot.objects.get().name == "中央公園"


def test_what_a_form_does_not_show_cannot_be_sent(
    make_spot: Callable[..., Spot], hana: User, moderator: Client
) -> None:
    spot = make_spot(created_by=hana)
    smuggled = {"state": "hidden", "created_by": "", "save_count": 99, "version": 50, "hidden_gem_score": 100}
    moderator.post(f"/admin/spots/spot/{spot.pk}/change/", form_of(moderator, spot) | smuggled | {"name": "公園"})
    stored = Spot.objects.get()
    assert (stored.state, stored.created_by, stored.save_count, stored.version) == ("published", hana, 0, 2)


def test_a_case_is_settled_with_a_reason(make_spot: Callable[..., Spot], moderator: Client) -> None:
    Report(reason="wrong", text="閉店です").file(make_spot())
    case = Case.objects.get()
    ask(moderator, "spots/case", "done", case, reason="done")
    ask(moderator, "spots/case", "done", case, reason="done")
    assert Case.objects.get().state == "done"
    assert log() == [("done", "case", "open", "done", "確認して対応した")]


def test_suspending_stops_writing_and_tells_why(ren: User, moderator: Client) -> None:
    ask(moderator, "accounts/user", "suspend", ren, reason="spam", days="7")
    suspended = User.objects.get(pk=ren.pk)
    assert not suspended.may_write
    assert suspended.suspended_reason == "宣伝・スパム"
    ask(moderator, "accounts/user", "unsuspend", ren, reason="appeal")
    assert User.objects.get(pk=ren.pk).may_write
    assert [line[0] for line in log()] == ["suspend", "unsuspend"]


def test_a_moderator_suspends_neither_staff_nor_themselves(mori: User, moderator: Client) -> None:
    boss = second_factor.superuser()
    ask(moderator, "accounts/user", "suspend", boss, mori, reason="abuse", days="365")
    assert not User.objects.filter(suspended_until__isnull=False).exists()
    assert log() == []


def test_a_visitor_with_a_forged_post_changes_nothing(
    make_spot: Callable[..., Spot], ren: User, sign_in: Callable[[User], Client]
) -> None:
    spot = make_spot()
    assert ask(sign_in(ren), "spots/spot", "hide", spot, reason="spam").status_code == 404
    assert Spot.objects.get().state == "published"


def test_hiding_brings_no_deleted_comment_back(moderator: Client, ren: User, make_spot: Callable[..., Spot]) -> None:
    comment = said(make_spot(), ren, "消した言葉")
    comment.delete_softly(ren)
    ask(moderator, "spots/comment", "hide", comment, reason="spam")
    assert Comment.objects.get().state == "deleted"
    assert log() == []


def test_a_comment_that_its_author_deleted_is_not_brought_back(
    make_spot: Callable[..., Spot], hana: User, mori: User, moderator: Client
) -> None:
    spot = make_spot()
    hidden, own = said(spot, hana, "ひどい言葉"), said(spot, hana, "やめておく")
    hidden.hide(mori, "いやがらせ・差別")
    for comment in (hidden, own):
        Comment.objects.get(pk=comment.pk).delete_softly()
        answer = ask(moderator, "spots/comment", "restore", comment, reason="mistake")
        assert "1件：書いた人が削除したコメントは、元に戻せません。" in Page(answer).text
    assert [comment.state for comment in Comment.objects.all()] == ["deleted", "deleted"]
    removed = said(spot, hana, "宣伝です")
    ask(moderator, "spots/comment", "remove", removed, reason="spam")
    ask(moderator, "spots/comment", "restore", removed, reason="mistake")
    assert Comment.objects.get(pk=removed.pk).state == "published"


def test_deleted_words_are_read_by_nobody_after_thirty_days(
    make_spot: Callable[..., Spot], hana: User, moderator: Client
) -> None:
    comment = said(make_spot(), hana, "消した言葉")
    comment.delete_softly()
    address = f"/admin/spots/comment/{comment.pk}/change/"
    assert "消した言葉" in moderator.get(address).content.decode()
    Comment.objects.update(deleted_at=timezone.now() - timedelta(days=30, minutes=1))
    for path in (address, "/admin/spots/comment/"):
        assert "消した言葉" not in moderator.get(path).content.decode()


def offered(client: Client, path: str, row: models.Model) -> list[str]:
    page = client.get(f"/admin/{path}/{row.pk}/change/").content.decode()
    return re.findall(r'name="action" value="(\w+)"', page)


def test_the_page_of_a_row_offers_what_would_change_it(
    make_spot: Callable[..., Spot], hana: User, mori: User, moderator: Client
) -> None:
    spot = make_spot(created_by=hana)
    comment = said(spot, hana, "いい所です")
    assert offered(moderator, "spots/spot", spot) == ["hide", "remove", "lock"]
    assert offered(moderator, "spots/comment", comment) == ["hide", "remove"]
    assert offered(moderator, "accounts/user", hana) == ["suspend"]
    assert offered(moderator, "accounts/user", mori) == []
    comment.hide(mori, "いやがらせ・差別")
    spot.lock_comments(mori, "荒れています")
    spot.hide(mori, "確認中")
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    assert offered(moderator, "spots/spot", spot) == ["restore", "remove", "unlock"]
    assert offered(moderator, "spots/comment", comment) == ["restore", "remove"]
    assert offered(moderator, "accounts/user", hana) == ["suspend", "unsuspend"]
    spot.restore(mori)
    spot.delete_softly(hana)
    assert offered(moderator, "spots/spot", spot) == ["hide", "restore", "unlock"]
