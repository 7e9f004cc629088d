"""Two languages, each under its own address: no cookie, no header, no person decides; the API is asked by header."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import User
from spots.models import Spot
from tests.markup import Page

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]
PLAIN = ["/", "/about/", "/spots/", "/areas/", "/lists/", "/categories/park/", "/accounts/login/"]


@pytest.mark.parametrize("path", PLAIN)
def test_the_path_alone_decides(client: Client, make_spot: MakeSpot, path: str) -> None:
    make_spot()
    client.cookies["django_language"] = "en"
    japanese = client.get(path, headers={"accept-language": "en"})
    english = client.get(f"/en{path}", headers={"accept-language": "ja"})
    assert (japanese["Content-Language"], english["Content-Language"]) == ("ja", "en")
    assert "Accept-Language" not in japanese.get("Vary", "")
    assert Page(japanese).texts("title") != Page(english).texts("title")


@pytest.mark.parametrize(
    ("wish", "language"),
    [("en", "en"), ("en-GB,en;q=0.9,ja;q=0.8", "en"), ("de,ja,en", "ja"), ("de", "ja"), ("", "ja")],
)
def test_what_is_sent_to_the_api_is_answered_in_the_language_of_the_page(
    sign_in: SignIn, hana: User, wish: str, language: str
) -> None:
    browser, headers = sign_in(hana), {"accept-language": wish}
    refused = browser.post("/api/v1/photos/", {"file": io.BytesIO(b"no picture")}, headers=headers)
    assert (refused.status_code, refused["Content-Language"]) == (415, language)
    assert refused.json()["detail"].startswith("この形式は使えません。") == (language == "ja")
    read = browser.get("/api/v1/categories/", headers=headers)
    assert (read["Content-Language"], "Accept-Language" in read.get("Vary", "")) == ("ja", False)


@pytest.mark.parametrize("path", PLAIN[:-1])
def test_each_page_names_its_twin(client: Client, make_spot: MakeSpot, path: str) -> None:
    make_spot()
    for url in (path, f"/en{path}"):
        page = Page(client.get(url))
        twins = {
            link.get("hreflang"): link.get("href") for link in page.all("link", rel="alternate") if link.get("hreflang")
        }
        assert twins == {"ja": f"http://127.0.0.1:8000{path}", "en": f"http://127.0.0.1:8000/en{path}"}
    assert "/en/" in Page(client.get("/")).links()
    assert "/" in Page(client.get("/en/")).links()


def test_english_pages_lead_to_english_pages(client: Client, make_spot: MakeSpot, hana: User) -> None:
    spot = make_spot(created_by=hana, tags=["桜"])
    once = ("/static/", "/api/", "/feeds/", "/manifest.webmanifest", "/en/")
    for path in ("/", "/spots/", spot.get_absolute_url(), "/users/hana/", "/areas/180009/", "/nothing/"):
        page = Page(client.get(f"/en{path}"))
        [back] = [a.get("href") for a in page.all("a", hreflang="ja")]
        others = [link for link in page.links() if not link.startswith(once) and link != back]
        assert [link for link in others if urlsplit(link).path != path] == []


def test_categories_have_a_name_in_each_language(client: Client, make_spot: MakeSpot) -> None:
    cafe = make_spot(category="cafe").category
    for path, name, other in (("/", cafe.name_ja, cafe.name_en), ("/en/", cafe.name_en, cafe.name_ja)):
        page = Page(client.get(f"{path}categories/cafe/"))
        assert page.texts("h1") == [name]
        assert other not in page.text


@pytest.mark.parametrize("path", ["/en", "/en/about", "/english/", "/EN/", "/enx/", "/ja/", "/en/en/", "/en/healthz"])
def test_near_misses_are_redirected_or_missing(client: Client, db: None, path: str) -> None:
    answer = client.get(path)
    expected = {"/en": "/en/", "/en/about": "/en/about/"}.get(path)
    assert answer.status_code == (301 if expected else 404)
    assert answer.get("Location") == expected
    assert answer["Content-Language"] == ("en" if path.startswith(("/en/",)) or path == "/en" else "ja")


def test_a_person_who_prefers_english_still_reads_what_the_address_says(
    sign_in: Callable[[User], Client], hana: User
) -> None:
    User.objects.filter(pk=hana.pk).update(language="en")
    assert sign_in(hana).get("/")["Content-Language"] == "ja"


@pytest.mark.parametrize("page", ["sessions", "tokens", "tokens/new", "notices", "export", "delete", "2fa"])
def test_pages_of_an_account_leave_nothing_in_japanese(
    sign_in: Callable[[User], Client], hana: User, page: str
) -> None:
    answer = sign_in(hana).get(f"/en/accounts/{page}/", follow=True)
    [main] = re.findall(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    main = re.sub(r'<span class="stamp[^>]*aria-hidden="true">.</span>', "", main)  # a drawing, not a word
    assert re.findall(r"[ぁ-んァ-ヶ一-鿿]+", main) == []
