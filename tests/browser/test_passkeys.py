"""A passkey from making it to signing in with it, on a site whose name browsers make keys for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_pages import SHOTS, sideways, violations
from tests.machipoke.running_site import BASE_DIR, free_port, running_site

PASSWORD = "tsubaki-no-michi"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data_dir, port = tmp_path_factory.mktemp("passkeys") / "data", free_port()
    address = f"http://localhost:{port}"
    with running_site(data_dir, "--workers", "1", port=port, SITE_URL=address) as site:
        site.wait_until_open()
        command = [sys.executable, "manage.py", "create_user", "hana", "--email", "hana@example.jp"]
        surroundings = site.environment | {"DATA_DIR": str(data_dir), "SITE_URL": address}
        made = subprocess.run(
            command, cwd=BASE_DIR, env=surroundings, input=PASSWORD, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stderr
        yield address


@pytest.fixture
def context(browser: Browser, url: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=url, locale="ja-JP", viewport={"width": 390, "height": 844})
    yield context
    context.close()


def phone(page: Page) -> Any:
    """The browser's own authenticator, made in software by the browser."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session


def looked_at(page: Page, name: str) -> None:
    page.wait_for_load_state()
    assert violations(page) == []
    assert sideways(page) <= 0
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"passkey-{name}.png", full_page=True)


def by_password(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("ユーザー名またはメール").fill("hana")
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(lambda address: "/accounts/login/" not in address)


def make(page: Page) -> None:
    page.goto("/accounts/2fa/")
    looked_at(page, "1-factors")
    page.get_by_role("link", name="パスキーを見る・作る").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("パスキー")
    page.get_by_role("link", name="パスキーを作る").click()
    if page.url.partition("?")[0].endswith("/reauthenticate/"):
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="次へ").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("パスキーを作る")
    page.get_by_label("名前").fill("わたしの電話")
    looked_at(page, "2-make")
    page.get_by_role("button", name="この端末で作る").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("リカバリーコード")


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="ログアウトする").click()
    page.wait_for_url(lambda address: "logout" not in address)


def test_a_passkey_signs_in_alone_and_stands_beside_the_password(
    context: BrowserContext,
) -> None:
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    phone(page)
    by_password(page)
    make(page)
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_role("main")).to_contain_text("わたしの電話")
    looked_at(page, "3-list")

    sign_out(page)
    page.goto("/accounts/login/?next=/lists/")
    looked_at(page, "4-login")
    page.get_by_role("button", name="パスキーでログイン").click()
    page.wait_for_url(lambda address: "/login/" not in address)
    assert page.url.endswith("/lists/")

    sign_out(page)
    by_password(page)  # the second step is asked for, and the passkey is one
    expect(page.get_by_role("heading", level=1)).to_have_text("2段階認証")
    looked_at(page, "5-second-step")
    page.get_by_role("button", name="パスキーで確かめる").click()
    page.wait_for_url(lambda address: "2fa" not in address)

    page.goto("/accounts/2fa/webauthn/")
    page.get_by_role("link", name="消す").click()
    page.get_by_role("link", name="パスキーで確かめる").click()  # a change like this asks again
    page.get_by_role("button", name="パスキーで確かめる").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("パスキーを消す")
    page.get_by_role("button", name="消す").click()
    expect(page.get_by_role("main")).to_contain_text("パスキーはまだありません")
    assert said == []


def test_without_a_key_the_page_says_so_and_the_password_still_works(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/accounts/login/")
    page.evaluate(
        "() => { navigator.credentials.get = () => Promise.reject(new DOMException('closed', 'NotAllowedError')); }"
    )
    page.get_by_role("button", name="パスキーでログイン").click()
    expect(page.get_by_role("status")).to_contain_text("パスキーを使えませんでした")
    by_password(page)


def test_without_javascript_no_button_is_there(browser: Browser, url: str) -> None:
    context = browser.new_context(base_url=url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/")
    assert page.get_by_role("button", name="パスキーでログイン").count() == 0
    context.close()
