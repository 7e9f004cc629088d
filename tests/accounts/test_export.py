"""A copy of everything about oneself: asked for with the password, made by the job, for its owner and for a day."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from accounts.belongings import belongings, left_out
from accounts.models import ApiToken, Export, Notice, User
from spots.models import Comment, Draft, ModerationAction, Report, SavedList, Spot
from tests.accounts.letters import letters_to
from tests.markup import Page
from tests.spots.threads import all_at_once

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
PAGE = "/accounts/export/"


@pytest.fixture(autouse=True)
def _no_files() -> Iterator[None]:
    """Other tests make copies in the same folder."""
    shutil.rmtree(Path(settings.DATA_DIR) / "private", ignore_errors=True)
    yield
    shutil.rmtree(Path(settings.DATA_DIR) / "private", ignore_errors=True)


def confirmed(sign_in: SignIn, person: User, password: str = "tsubaki-no-michi") -> Client:
    """A browser in which the password was typed a moment ago."""
    client = sign_in(person)
    person.usersession_set.update(user_agent="Kawa/1.0")  # type: ignore[attr-defined]
    client.post("/accounts/reauthenticate/", {"password": password})
    return client


def make_copies() -> dict[str, Any]:
    out = io.StringIO()
    call_command("run_job", "make_copies", "--json", stdout=out)
    result: dict[str, Any] = json.loads(out.getvalue())["result"]
    return result


def asked(sign_in: SignIn, person: User, password: str = "tsubaki-no-michi") -> tuple[Client, Export]:
    client = confirmed(sign_in, person, password)
    assert client.post(PAGE).status_code == 302
    return client, Export.objects.get(user=person, state="pending")


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def copy_of(sign_in: SignIn, person: User) -> zipfile.ZipFile:
    client, export = asked(sign_in, person)
    make_copies()
    return zipfile.ZipFile(io.BytesIO(body(client.get(f"{PAGE}{export.pk}/"))))


def test_a_copy_is_asked_for_made_told_of_and_fetched(sign_in: SignIn, hana: User) -> None:
    client = confirmed(sign_in, hana)
    assert client.post(PAGE)["Location"] == PAGE
    assert "写しを作っています" in Page(client.get(PAGE)).text
    assert make_copies() == {"made": 1, "failed": 0, "expired": 0, "stray": 0}
    export = Export.objects.get()
    [letter] = letters_to("hana@example.jp")
    assert "http://127.0.0.1:8000/accounts/export/" in letter.body
    assert str(export.pk) not in letter.body
    page = Page(client.get(PAGE))
    [link] = [link for link in page.links() if link.startswith(PAGE) and link != PAGE]
    answer = client.get(link)
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "application/zip",
        "private, no-store",
    )
    assert re.fullmatch(r'attachment; filename="machipoke-hana-\d{8}\.zip"', answer["Content-Disposition"])
    assert answer.streaming
    whole = body(answer)
    assert len(whole) == export.size_bytes == int(answer["Content-Length"])
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None


def test_the_file_is_private(sign_in: SignIn, hana: User) -> None:
    _client, export = asked(sign_in, hana)
    make_copies()
    assert stat.S_IMODE(export.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(export.path.parent.stat().st_mode) == 0o700
    assert export.path.relative_to(settings.DATA_DIR).parts[:2] == ("private", "exports")


def test_asking_needs_the_password_of_a_moment_ago(sign_in: SignIn, hana: User) -> None:
    client = sign_in(hana)
    answer = client.post(PAGE)
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not Export.objects.exists()
    wrong = client.post(answer["Location"], {"password": "wrong", "next": PAGE})
    assert wrong.status_code == 200
    assert not Export.objects.exists()
    assert client.post(answer["Location"], {"password": "tsubaki-no-michi", "next": PAGE})["Location"] == PAGE
    assert Export.objects.get().user == hana


def test_only_its_owner_and_only_for_a_day(sign_in: SignIn, hana: User, ren: User, mori: User, client: Client) -> None:
    own, export = asked(sign_in, hana)
    link = f"{PAGE}{export.pk}/"
    assert own.get(link).status_code == 404  # not made yet
    make_copies()
    for answer in (own.get(link), own.head(link)):
        assert answer.status_code == 200
        body(answer)
    assert [sign_in(person).get(link).status_code for person in (ren, mori)] == [404, 404]
    assert client.get(link)["Location"].startswith("/accounts/login/")
    Export.objects.update(expires_at=timezone.now())
    assert own.get(link).status_code == 404
    assert "ダウンロード" not in "".join(Page(own.get(PAGE)).texts("a"))


def test_it_is_gone_from_the_disk_after_its_day(sign_in: SignIn, hana: User) -> None:
    _client, export = asked(sign_in, hana)
    make_copies()
    export.refresh_from_db()
    assert export.expires_at is not None
    assert timedelta(hours=23) < export.expires_at - timezone.now() <= timedelta(hours=24)
    assert make_copies()["expired"] == 0
    Export.objects.update(expires_at=timezone.now())
    assert make_copies()["expired"] == 1
    assert not export.path.exists()
    assert not Export.objects.exists()


def test_a_file_that_no_row_asks_for_is_swept(sign_in: SignIn, hana: User) -> None:
    _client, export = asked(sign_in, hana)
    make_copies()
    folder = export.path.parent
    strays = [folder / f".{export.pk}.abc", folder / "0b0e6ad5-8e0a-4b0c-9c38-25f1f0c5e3b1.zip", folder / "note.txt"]
    for stray in strays:
        stray.write_text("x")
    assert make_copies()["stray"] == 3
    assert list(folder.iterdir()) == [export.path]


def test_one_is_under_way_each_and_another_can_follow(sign_in: SignIn, hana: User) -> None:
    client, first = asked(sign_in, hana)
    client.post(PAGE)
    assert Export.objects.get() == first
    make_copies()
    client.post(PAGE)
    assert Export.objects.filter(user=hana).count() == 2


def test_the_newest_copy_takes_the_place_of_the_one_before(sign_in: SignIn, hana: User, ren: User) -> None:
    """Else whoever asks all day fills the disk."""
    theirs = asked(sign_in, ren, "kawara-no-kaze")[1]
    client, first = asked(sign_in, hana)
    make_copies()
    client.post(PAGE)
    make_copies()
    newest = Export.objects.get(user=hana)
    assert newest != first
    assert {path.name for path in newest.path.parent.iterdir()} == {f"{newest.pk}.zip", f"{theirs.pk}.zip"}
    assert client.get(f"{PAGE}{first.pk}/").status_code == 404


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_asked_for_many_times_at_once_one_is_made(sign_in: SignIn, hana: User) -> None:
    client = confirmed(sign_in, hana)

    def ask() -> int:
        other = Client()
        other.cookies.load(client.cookies)
        return int(other.post(PAGE).status_code)

    assert all_at_once([ask] * 6) == [302] * 6
    assert Export.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_made_twice_at_once_it_is_whole_and_told_once(sign_in: SignIn, hana: User) -> None:
    from accounts.exporting import make_pending

    client, export = asked(sign_in, hana)
    all_at_once([make_pending] * 4)
    assert zipfile.ZipFile(io.BytesIO(body(client.get(f"{PAGE}{export.pk}/")))).testzip() is None
    assert len(letters_to("hana@example.jp")) == 1
    assert list(export.path.parent.iterdir()) == [export.path]


def test_what_cannot_be_made_now_is_tried_again_and_given_up_after_a_day(sign_in: SignIn, hana: User) -> None:
    client, export = asked(sign_in, hana)
    in_the_way = Path(settings.DATA_DIR) / "private" / "exports"
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.touch()  # nothing can be written there, as on a full disk
    for age, state in ((timedelta(), "pending"), (timedelta(days=2), "failed")):
        Export.objects.update(created_at=timezone.now() - age)
        assert make_copies()["failed"] == 1
        export.refresh_from_db(fields=["state"])
        assert export.state == state
    in_the_way.unlink()
    assert "作れませんでした" in Page(client.get(PAGE)).text
    client.post(PAGE)
    assert make_copies()["made"] == 1


def test_suspended_people_take_their_data_too(sign_in: SignIn, hana: User) -> None:
    hana.suspend(timezone.now() + timedelta(days=3), "宣伝")
    archive = copy_of(sign_in, hana)
    [profile] = json.loads(archive.read("profile.json"))
    assert profile["suspended_reason"] == "宣伝"


# --- what is in it ---


@pytest.fixture
def life(make_spot: Callable[..., Spot], hana: User, ren: User, mori: User) -> Spot:
    """Everything that hana can have, with something of ren's beside it."""
    for state in ("draft", "pending"):
        make_spot(f"花の{state}", created_by=hana, state=state)
    hidden = make_spot("花のhidden", created_by=hana)
    hidden.hide(mori, "個人の家です")
    deleted = make_spot("花のdeleted", created_by=hana)
    deleted.delete_softly(hana)
    spot = make_spot("=花の桜", tags=["桜", "川"], created_by=hana, phone="0776-00-0000")
    Comment(spot=spot, author=ren, body="蓮の秘密のことば").post()
    said = Comment(spot=spot, author=hana, body="@花のことば")
    said.post()
    Comment(spot=spot, author=ren, body="蓮の返事", parent=said).post()
    saved = SavedList.objects.create(owner=hana, title="花の旅", visibility="private")
    saved.add(spot, "+朝に行く")
    SavedList.objects.create(owner=ren, title="蓮のリスト", visibility="private").add(spot, "蓮のメモ")
    typed = QueryDict(mutable=True)
    typed.update({"name": "花の書きかけ"})
    Draft(owner=hana, typed=typed.urlencode()).keep()
    Report(reporter=hana, reason="wrong", text="花の通報").file(spot)
    Report(reporter=ren, reason="wrong", text="蓮の通報").file(spot)
    Notice.objects.create(user=hana, kind="hidden", subject="花のhidden", reason="個人の家です")
    ApiToken.objects.create(user=hana, name="花のスクリプト")
    return spot


@pytest.fixture
def archive(sign_in: SignIn, life: Spot, hana: User) -> zipfile.ZipFile:
    return copy_of(sign_in, hana)


def rows(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(archive.read(f"{name}.json"))
    return found


def test_everything_of_ones_own_is_in_it(archive: zipfile.ZipFile, life: Spot) -> None:
    assert rows(archive, "profile")[0]["email"] == "hana@example.jp"
    spots = {row["name"]: row for row in rows(archive, "spots")}
    assert {row["state"] for row in spots.values()} == set(Spot.State.values)
    assert spots["=花の桜"]["tags"] == ["川", "桜"]
    assert spots["=花の桜"]["phone"] == "0776-00-0000"
    assert spots["花のhidden"]["hidden_reason"] == "個人の家です"
    assert [row["body"] for row in rows(archive, "comments")] == ["@花のことば"]
    [saved] = rows(archive, "lists")
    assert (saved["title"], [item["note"] for item in saved["items"]]) == ("花の旅", ["+朝に行く"])
    assert rows(archive, "drafts")[0]["fields"]["name"] == ["花の書きかけ"]
    assert [row["text"] for row in rows(archive, "reports")] == ["花の通報"]
    assert "個人の家です" in [row["reason"] for row in rows(archive, "notices")]
    assert [row["name"] for row in rows(archive, "tokens")] == ["花のスクリプト"]
    assert rows(archive, "devices")[0]["user_agent"] == "Kawa/1.0"
    [decision] = rows(archive, "decisions")
    assert (decision["verb"], decision["reason"], decision["after"]) == ("hide", "個人の家です", "hidden")
    assert rows(archive, "moderation") == []


def test_nothing_of_anybody_else_is_in_it(archive: zipfile.ZipFile) -> None:
    whole = b"\n".join(archive.read(name) for name in archive.namelist()).decode()
    for word in ("蓮", '"ren', "ren@", '"mori', "森", "pbkdf2", "md5$"):
        assert word not in whole, word
    assert "花" in whole


def test_the_readme_names_each_file(archive: zipfile.ZipFile) -> None:
    text = archive.read("README.txt").decode()
    assert text.startswith("花 さんのデータの写し\nhttp://127.0.0.1:8000/users/hana/")
    for name in set(archive.namelist()) - {"README.txt"}:
        assert name in text


@pytest.mark.parametrize(
    ("name", "column", "cell"),
    [("spots", "名称", "'=花の桜"), ("comments", "本文", "'@花のことば"), ("lists", "メモ", "'+朝に行く")],
)
def test_tables_open_in_a_spreadsheet_and_run_nothing(
    archive: zipfile.ZipFile, name: str, column: str, cell: str
) -> None:
    raw = archive.read(f"{name}.csv")
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n")
    lines = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert cell in [line[column] for line in lines]
    assert len(lines) == len(rows(archive, name))


def test_what_one_did_as_a_moderator_is_in_ones_own(sign_in: SignIn, life: Spot, mori: User) -> None:
    client = confirmed(sign_in, mori, "yama-no-koe-99")
    client.post(PAGE)
    if not Export.objects.filter(user=mori).exists():  # with a second factor the digits are asked for
        from accounts.exporting import ask_for_copy

        ask_for_copy(mori)
    make_copies()
    archive = zipfile.ZipFile(Export.objects.get(user=mori).path)
    assert [row["verb"] for row in rows(archive, "moderation")] == ["hide"]
    assert "花の" not in archive.read("moderation.json").decode()


def test_every_model_with_a_person_is_in_the_copy_or_says_why_not() -> None:
    told = {label for belonging in belongings() for label in belonging.models}
    pointing = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if getattr(field, "related_model", None) is User and not field.auto_created
    }
    assert pointing - told - set(left_out()) == set()
    assert all(left_out().values())
    assert told <= pointing | {"accounts.User"}


def test_a_copy_of_many_rows_takes_flat_memory(sign_in: SignIn, make_spot: Callable[..., Spot], hana: User) -> None:
    import tracemalloc

    from accounts.exporting import ask_for_copy, make

    def peak(rows: int) -> int:
        first = make_spot(created_by=hana)
        many = [Comment(spot=first, author=hana, body=f"{number}" + "花" * 1500) for number in range(rows)]
        Comment.objects.bulk_create(many, batch_size=200)
        del many
        export = ask_for_copy(hana)
        tracemalloc.start()
        assert make(export)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(10)
    few, lots = peak(1000), peak(3000)
    assert lots < 1.5 * few
    assert ModerationAction.objects.count() == 0
