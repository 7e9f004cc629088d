"""A site that cannot send mail yet: its letters are files, and the page says where."""

from __future__ import annotations

import email
import email.policy
import stat
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client

from accounts.models import User
from tests.accounts.letters import code_in
from tests.markup import Page

pytestmark = pytest.mark.django_db

TYPED = {"username": "kawa", "email": "kawa@example.jp", "password1": "yama-no-koe-42", "password2": "yama-no-koe-42"}


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where letters go without EMAIL_URL; the test runner had put them into memory."""
    settings.EMAIL_URL = ""
    settings.EMAIL_BACKEND = "machipoke.mail_files.MailFolder"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return Path(settings.EMAIL_FILE_PATH)


def test_a_person_reads_the_code_in_a_private_file(client: Client, folder: Path) -> None:
    client.post("/accounts/signup/", TYPED)
    [path] = folder.iterdir()
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(path.stat().st_mode)) == (0o700, 0o600)
    text = path.read_bytes().decode()
    assert "Subject: [マチポケ] 確認のコード\n" in text
    assert "From: マチポケ <noreply@127.0.0.1>\n" in text
    assert "To: kawa@example.jp\n" in text
    assert "次のコードを入れてください" in text
    assert "base64" not in text
    assert client.post("/accounts/confirm-email/", {"code": code_in(text)})["Location"] == "/"


def test_programs_read_the_file_as_a_letter(client: Client, folder: Path) -> None:
    client.post("/accounts/signup/", TYPED)
    letter = email.message_from_bytes(next(folder.iterdir()).read_bytes(), policy=email.policy.default)
    assert (letter["To"], letter.get_content_type(), letter.get_content_charset()) == (
        "kawa@example.jp",
        "text/plain",
        "utf-8",
    )
    assert code_in(letter.get_content())


def test_letters_are_one_file_each_and_may_have_two_forms(folder: Path) -> None:
    two_forms = EmailMultiAlternatives("件名", "本文", "from@example.jp", ["to@example.jp"])
    two_forms.attach_alternative("<p>本文</p>", "text/html")
    with get_connection() as connection:
        connection.send_messages([two_forms])
    get_connection().send_messages([two_forms])
    assert len(list(folder.iterdir())) == 2
    assert "Subject: 件名\n" in next(folder.iterdir()).read_text()


CODE_PAGES = {
    "/accounts/confirm-email/": ("/accounts/signup/", TYPED),
    "/accounts/password/reset/confirm/": ("/accounts/password/reset/", {"email": "no@example.jp"}),
}


@pytest.mark.parametrize("path", CODE_PAGES)
def test_the_page_says_where_the_letter_is(client: Client, folder: Path, path: str) -> None:
    client.post(*CODE_PAGES[path])
    text = Page(client.get(path)).text
    assert "このサイトはまだメールを送れません。" in text
    assert f"サーバーの {folder} にあるファイルに" in text


@pytest.mark.parametrize("path", CODE_PAGES)
def test_a_site_that_sends_mail_names_no_folder(client: Client, settings: Any, path: str) -> None:
    settings.EMAIL_URL = "smtp://mail.example:25"
    client.post(*CODE_PAGES[path])
    text = Page(client.get(path)).text
    assert "メールで送りました" in text
    assert "サーバーの" not in text
    assert str(settings.DATA_DIR) not in text


@pytest.mark.parametrize("path", CODE_PAGES)
def test_a_letter_that_cannot_go_out_is_503_and_what_was_typed_stays(client: Client, folder: Path, path: str) -> None:
    folder.write_text("a file where the folder should be")
    to, typed = CODE_PAGES[path]
    answer = client.post(to, typed)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    page = Page(answer)
    assert page.one("textarea", name="email").text is not None
    assert not page.all("textarea", name="password1")
    assert client.get(path)["Location"] == "/accounts/login/"


def test_a_password_is_changed_also_when_the_letter_about_it_cannot_go_out(
    client: Client, hana: User, folder: Path
) -> None:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    client.post("/accounts/login/", {"login": "hana", "password": "tsubaki-no-michi"})
    folder.write_text("a file where the folder should be")
    typed = {"oldpassword": "tsubaki-no-michi", "password1": "atarashii-kotoba", "password2": "atarashii-kotoba"}
    assert client.post("/accounts/password/change/", typed)["Location"] == "/accounts/profile/"
    assert User.objects.get().check_password("atarashii-kotoba")
