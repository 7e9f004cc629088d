"""The end of an account: what goes, what stays as of somebody who left, and counters that are right afterwards."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.test import Client
from django.utils import timezone

from accounts import belongings
from accounts.leaving import erase
from accounts.models import Export, User
from machipoke.models import IdempotentAnswer
from spots.models import Case, Comment, Draft, ModerationAction, Report, SavedItem, SavedList, Spot, Tag
from tests import second_factor
from tests.accounts.test_export import confirmed
from tests.accounts.test_leaving import SignIn, a_week_later, erase_accounts, leave
from tests.markup import Page
from tests.spots.threads import all_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(make_spot: Callable[..., Spot], hana: User, ren: User, mori: User) -> dict[str, Any]:
    """hana's posts in every state, among them what others answered, kept and hid."""
    spot = make_spot("花の桜", created_by=hana, tags=["花だけのことば", "桜"])
    of_ren = make_spot("蓮の公園", created_by=ren, tags=["桜"])
    draft = make_spot("花の下書き", created_by=hana, state="draft", tags=["花の下書きのことば"])
    hidden = make_spot("花の隠れ家", created_by=hana)
    hidden.hide(mori, "個人の家です")
    deleted = make_spot("花の消したもの", created_by=hana)
    deleted.delete_softly(hana)
    said = Comment(spot=of_ren, author=hana, body="花のことば")
    said.post()
    answer = Comment(spot=of_ren, author=ren, body="蓮の返事", parent=said)
    answer.post()
    alone = Comment(spot=of_ren, author=hana, body="花のひとこと")
    alone.post()
    taken = Comment(spot=of_ren, author=hana, body="花の消したことば")
    taken.post()
    taken.delete_softly(hana)
    Comment(spot=spot, author=ren, body="蓮のことば").post()
    mine = SavedList.objects.create(owner=hana, title="花の旅")
    mine.add(of_ren)
    theirs = SavedList.objects.create(owner=ren, title="蓮の旅", visibility="public")
    theirs.add(spot, "朝に")
    theirs.add(of_ren)
    Draft(owner=hana, typed="name=x").keep()
    Report(reporter=hana, reason="other", text="花です。見てください").file(of_ren)
    Report(reporter=ren, reason="abuse", text="見てください").file(hana)
    return {"spot": spot, "of_ren": of_ren, "draft": draft, "hidden": hidden, "deleted": deleted} | {
        "said": said,
        "answer": answer,
        "alone": alone,
        "taken": taken,
        "theirs": theirs,
    }


def assert_counters_are_right() -> None:
    for spot in Spot.objects.all():
        assert spot.comment_count == Comment.objects.published().filter(spot=spot).count(), spot
        assert spot.save_count == SavedItem.objects.filter(spot=spot).count(), spot
    for saved in SavedList.objects.all():
        assert saved.item_count == saved.items.count()
    for case in Case.objects.annotate(rows=Count("reports")):
        assert case.report_count == case.rows


@pytest.mark.parametrize("posts", ["keep", "remove"])
def test_the_account_and_all_that_was_private_go(
    sign_in: SignIn, life: dict[str, Any], hana: User, ren: User, posts: str
) -> None:
    client = leave(sign_in, hana, posts=posts)
    assert erase_accounts()["erased"] == 0  # not before its time
    assert a_week_later()["erased"] == 1
    assert erase_accounts()["erased"] == 0
    assert [person.username for person in User.objects.exclude(username="mori")] == ["ren"]
    assert list(SavedList.objects.all()) == [life["theirs"]]
    assert not Draft.objects.exists()
    assert not Spot.objects.filter(pk__in=[life["draft"].pk, life["deleted"].pk]).exists()
    assert not Tag.objects.filter(name="花の下書きのことば").exists()
    assert not Comment.objects.filter(body__contains="消した").exists()
    report = Report.objects.get(reason="other")
    assert (report.reporter, report.text) == (None, "")
    assert client.get("/api/v1/me/").status_code == 401
    assert Client().get("/users/hana/").status_code == 404
    assert [line.reason for line in ModerationAction.objects.all()] == ["個人の家です"]
    assert_counters_are_right()


def test_posts_that_stay_are_of_somebody_who_left(
    sign_in: SignIn, life: dict[str, Any], hana: User, ren: User, mori: User, client: Client
) -> None:
    spot, of_ren = life["spot"], life["of_ren"]
    etag = client.get(f"/api/v1/spots/{spot.pk}/")["ETag"]
    leave(sign_in, hana, posts="keep")
    a_week_later()
    assert "退会した人" in Page(client.get(f"/spots/{spot.pk}/")).text
    page = Page(client.get(f"/spots/{of_ren.pk}/")).text
    assert "花のことば" in page
    assert "退会した人" in page
    fresh = client.get(f"/api/v1/spots/{spot.pk}/", headers={"if-none-match": etag})
    assert (fresh.status_code, fresh.json()["created_by"]) == (200, None)
    told = client.get(f"/api/v1/spots/{of_ren.pk}/comments/").json()["results"]
    assert [(row["author"] or {}).get("username") for row in told] == [None, "ren", None]
    hidden = Spot.objects.get(pk=life["hidden"].pk)
    assert (hidden.state, hidden.created_by) == ("hidden", None)
    assert client.get(f"/spots/{hidden.pk}/").status_code == 404
    for url in ("/", "/spots/", "/feeds/spots/", "/sitemap.xml", f"/lists/{life['theirs'].pk}/", "/en/spots/"):
        assert client.get(url).status_code == 200, url
    moderator = sign_in(mori)
    for name in ("spot", "comment", "case", "moderationaction"):
        assert moderator.get(f"/admin/spots/{name}/").status_code == 200, name
    assert moderator.get(f"/admin/spots/spot/{spot.pk}/change/").status_code == 200
    assert moderator.get(f"/admin/spots/comment/{life['said'].pk}/change/").status_code == 200
    for case in Case.objects.all():
        assert moderator.get(f"/admin/spots/case/{case.pk}/change/").status_code == 200
    out = io.StringIO()
    call_command("export_spots", stdout=out)
    assert "花の桜" in out.getvalue()
    for row in (Spot.objects.get(pk=spot.pk), Comment.objects.get(pk=life["said"].pk)):
        row.hide(mori, "個人情報です")
        row.restore(mori, "直りました")


def test_posts_that_go_leave_the_answers_of_others_their_place(
    sign_in: SignIn, life: dict[str, Any], hana: User, client: Client
) -> None:
    spot, of_ren = life["spot"], life["of_ren"]
    leave(sign_in, hana, posts="remove")
    a_week_later()
    assert list(Spot.objects.all()) == [of_ren]
    assert client.get(f"/spots/{spot.pk}/").status_code == 404
    page = Page(client.get(f"/spots/{of_ren.pk}/")).text
    assert "蓮の返事" in page
    assert "花" not in page
    trace = Comment.objects.get(pk=life["said"].pk)
    assert (trace.state, trace.body, trace.author) == ("deleted", "", None)
    assert not Comment.objects.filter(pk__in=[life["alone"].pk, life["taken"].pk]).exists()
    placeholder = SavedItem.objects.get(saved_list=life["theirs"], spot=None)
    assert (placeholder.spot_name, placeholder.note) == ("花の桜", "朝に")
    assert "花の桜" in Page(client.get(f"/lists/{life['theirs'].pk}/")).text
    assert {tag.name for tag in Tag.objects.all()} == {"桜"}
    assert_counters_are_right()


def test_an_empty_trace_is_brought_back_by_nobody(
    sign_in: SignIn, life: dict[str, Any], hana: User, mori: User
) -> None:
    life["said"].hide(mori, "個人情報です")
    life["said"].delete_softly(mori, "個人情報です")
    leave(sign_in, hana, posts="remove")
    a_week_later()
    with pytest.raises(ValidationError):
        Comment.objects.get(pk=life["said"].pk).restore(mori, "まちがい")


def test_what_names_them_elsewhere_goes_too(
    sign_in: SignIn, make_spot: Callable[..., Spot], hana: User, ren: User
) -> None:
    spot = make_spot("花の桜", created_by=hana)
    boss = second_factor.superuser()
    for row in (hana, spot):
        kind = ContentType.objects.get_for_model(type(row))
        LogEntry.objects.create(
            user=boss,
            content_type=kind,
            object_id=str(row.pk),
            object_repr=str(row),
            action_flag=2,
            change_message="花",
        )
    answers = {
        "own form": (f"user:{hana.pk}", ""),
        "own call": (f"api user:{hana.pk}", "{}"),
        "names her": (f"api user:{ren.pk}", '{"created_by": {"username": "hana"}}'),
        "of another": (f"api user:{ren.pk}", '{"name": "hanamachi"}'),
        "like hers": (f"user:{hana.pk}0", ""),
    }
    for key, (scope, body) in answers.items():
        IdempotentAnswer.objects.create(scope=scope, key=key, digest="x", status=200, body=body)
    leave(sign_in, hana, posts="remove")
    a_week_later()
    assert set(IdempotentAnswer.objects.values_list("key", flat=True)) == {"of another", "like hers"}
    assert set(LogEntry.objects.values_list("object_repr", "change_message")) == {("", "")}
    assert LogEntry.objects.count() == 2


def test_letters_in_files_go_with_their_reader(
    sign_in: SignIn, hana: User, ren: User, settings: Any, tmp_path: Path
) -> None:
    settings.EMAIL_FILE_PATH = tmp_path
    kept = {"a.log": "To: ren@example.jp\n", "b.log": "To: suhana@example.jp\n", "c.log": "hana@example.jp.evil"}
    gone = {"d.log": "To: hana@example.jp\n", "e.log": "X\n新しいアドレスは Hana@Example.jp です\n"}
    for name, text in (kept | gone).items():
        (tmp_path / name).write_text(text)
    leave(sign_in, hana)
    a_week_later()
    assert {path.name for path in tmp_path.iterdir()} == set(kept)


def test_old_letters_go_by_themselves(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_FILE_PATH = tmp_path
    for name, days in (("old.log", 31), ("new.log", 29)):
        (tmp_path / name).write_text("To: x@example.jp\n")
        then = (timezone.now() - timedelta(days=days)).timestamp()
        os.utime(tmp_path / name, (then, then))
    assert erase_accounts()["old_letters"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["new.log"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_copy_of_the_data_goes_with_the_account(sign_in: SignIn, hana: User) -> None:
    confirmed(sign_in, hana).post("/accounts/export/")
    call_command("run_job", "make_copies", stdout=io.StringIO())
    path = Export.objects.get().path
    assert path.exists()
    leave(sign_in, hana)
    a_week_later()
    assert not path.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_erased_by_many_at_once_everybody_goes_once(sign_in: SignIn, life: dict[str, Any], hana: User) -> None:
    leave(sign_in, hana, posts="remove")
    User.objects.filter(pk=hana.pk).update(deletion_due_at=timezone.now())
    done = all_at_once([lambda: erase(hana.pk)] * 4)
    assert sum(map(bool, done)) == 1
    assert_counters_are_right()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_who_cannot_go_keeps_nobody_else_and_is_tried_again(
    sign_in: SignIn, hana: User, ren: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(person: User, keeps_posts: bool) -> None:
        if person == hana:
            raise OSError("the disk is full")

    monkeypatch.setattr(belongings, "_erasers", [*belongings.erasers(), breaks])
    leave(sign_in, hana)
    leave(sign_in, ren, password="kawara-no-kaze")
    User.objects.update(deletion_due_at=timezone.now())
    with pytest.raises(CommandError, match="1 件"):
        erase_accounts()
    assert [person.username for person in User.objects.all()] == ["hana"]
    signing_in = Client().post("/accounts/login/", {"login": "hana", "password": "tsubaki-no-michi"})
    assert signing_in["Location"] == "/accounts/inactive/"
    monkeypatch.undo()
    assert erase_accounts()["erased"] == 1


def test_what_was_under_way_signed_out_goes_too(sign_in: SignIn, hana: User, ren: User) -> None:
    """A password that waits for its digits, a code for a new password: sessions of nobody, with name and address."""
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    second_factor.give(hana)
    Client().post("/accounts/login/", {"login": "hana", "password": "tsubaki-no-michi"})
    Client().post("/accounts/password/reset/", {"email": "hana@example.jp"})
    Client().post("/accounts/password/reset/", {"email": "ren@example.jp"})
    User.objects.filter(pk=hana.pk).update(deletion_due_at=timezone.now() - timedelta(days=1))
    assert erase(hana.pk)
    [kept] = Session.objects.all()
    assert kept.get_decoded()["account_password_reset_verification"]["email"] == "ren@example.jp"
