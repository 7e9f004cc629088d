"""Typed text stays text: a corpus of attacks in every field, read back from every page that shows it.

The pages are parsed as a browser would parse them, once with harmless text and once with the attack in its place: no
element and no attribute more or less, and no address that a browser runs instead of opening. The rows are written past
validation, so that the templates stand alone.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import html5lib
import pytest
from django.test import Client

from accounts.models import User
from machipoke.text import clean, identity
from spots.models import Category, Comment, SavedItem, SavedList, Spot, Tag
from tests.markup import Page, goes_somewhere_odd, name_of, text_of

HARMLESS = "桜の川"
ATOM = "{http://www.w3.org/2005/Atom}"
ATTACKS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "' onfocus='alert(1)' autofocus='",
    "` onload=alert(1) `",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><svg><style><img src=x onerror=alert(1)>",
    "<svg><a xlink:href=javascript:alert(1)><text>x",
    "<math><mi xlink:href='javascript:alert(1)'>x",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<form action=//evil.example><button>x",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<!--<script>alert(1)//-->",
    "]]><script>alert(1)</script><![CDATA[",
    "{{7*7}}{% debug %}${7*7}<%= 1 %>",
    "\\u003cscript\\u003ealert(1)",
    "&lt;script&gt;&#60;img&quot;&#x27;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "＜script＞alert(1)＜/script＞",
    '\u2028</script>\u2029"><b>x',
]

PAIRS = [f"{one} {other}" for one, other in zip(ATTACKS[::2], ATTACKS[1::2], strict=True)]
"""Two in one text: parsing a page costs 30 ms, and an attack that gets out of its place is seen beside another too."""

SignIn = Callable[[User], Client]


class Stage:
    """One row of everything, with the same text in all of its fields."""

    def __init__(self, spot: Spot, author: User) -> None:
        self.spot, self.author = spot, author
        self.tag = Tag.objects.for_names(["x"])[0]
        spot.tags.set([self.tag])
        self.list = SavedList.objects.create(owner=author, title="x", visibility="public", item_count=2)
        gone = SavedItem(saved_list=self.list, spot=None, spot_name="x", note="x", position=1)
        SavedItem.objects.bulk_create([SavedItem(saved_list=self.list, spot=spot, spot_name="x", note="x"), gone])
        top = Comment.objects.create(spot=spot, author=author, body="x")
        Comment.objects.create(spot=spot, author=author, body="x", parent=top)
        hidden = Spot(name="x", latitude=36, longitude=136, category=spot.category, created_by=author, state="hidden")
        hidden.save()
        self.hidden = hidden

    def say(self, text: str) -> None:
        """Put `text` where text goes; the website gets it behind a host."""
        plain = dict.fromkeys(("name", "reading", "name_en", "description", "address", "opening_hours"), text)
        plain |= {"source": text, "licence": text, "credit": text, "hidden_reason": text}
        plain |= {"phone": re.sub(r"\d", "", text)}  # many digits would be a link to dial
        Spot.objects.update(**plain, website=f"https://a.example/{text}", comment_count=2, hidden_gem_score=80)
        Tag.objects.filter(pk=self.tag.pk).update(name=clean(text), key=identity(text))
        Comment.objects.update(body=text, hidden_reason=text)
        SavedList.objects.update(title=text, description=text)
        SavedItem.objects.update(spot_name=text, note=text)
        User.objects.filter(pk=self.author.pk).update(display_name=text, bio=text, suspended_reason=text)
        Category.objects.update(name_ja=text[:80], name_en=text[:80], icon=text[:2])

    def urls(self, text: str) -> dict[str, str]:
        """Every page that shows some of it, by what it is."""
        part, words = quote(clean(text), safe=""), urlencode({"q": text, "tag": text})
        return {
            "home": "/",
            "english": "/en/",
            "results": "/spots/",
            "spot": self.spot.get_absolute_url(),
            "english spot": f"/en{self.spot.get_absolute_url()}",
            "category": "/categories/park/",
            "tag": f"/tags/{part}/",
            "area": "/areas/182010/",
            "lists": "/lists/",
            "list": self.list.get_absolute_url(),
            "profile": "/users/hana/",
            "credits": "/credits/",
            "found": f"/spots/?{words}",
            "search of nothing": f"/spots/?{urlencode({'q': text + 'zz9'})}",
            **{f"wrong {name}": f"/spots/?{urlencode({name: text})}" for name in ("category", "near", "bbox", "sort")},
            "wrong municipality": f"/spots/?municipality={quote(text[:6])}",
            **{f"no such {kind}": f"/{kind}/{part}zz9/" for kind in ("tags", "users", "categories", "areas", "spots")},
            "sign in": f"/accounts/login/?{urlencode({'next': text})}",
        }


@pytest.fixture
def stage(make_spot: Callable[..., Spot], hana: User, ren: User) -> Stage:
    spot = make_spot(created_by=ren)
    made = Stage(spot, hana)
    made.imported = make_spot(latitude=36.0625, created_by=None)  # type: ignore[attr-defined]
    return made


def shapes(stage: Stage, client: Client, owner: Client, text: str) -> dict[str, Counter[Any]]:
    """What every page is made of when everything says `text`."""
    stage.say(text)
    typed = {"name": text[:70]} | dict.fromkeys(("description", "latitude", "website", "category", "status"), text)
    typed |= {"tags": f"{text}{'長' * 31}", "reading": f"{text}漢字", "phone": f"{text}電話"}
    sent = {"latitude": "36", "longitude": "136", "category": "park", "status": "open", "version": "1"}
    answers = {what: client.get(url) for what, url in stage.urls(text).items()}
    answers |= {
        "hidden": owner.get(stage.hidden.get_absolute_url()),
        "own profile": owner.get("/users/hana/"),
        "edit": owner.get(f"{stage.hidden.get_absolute_url()}edit/"),
        "prefilled": owner.get(f"/spots/new/?{urlencode({'name': text})}"),
        "refused": owner.post("/spots/new/", typed),
        "conflict": owner.post(
            f"{stage.hidden.get_absolute_url()}edit/", sent | {"name": f"{text[:70]}1", "description": text + "1"}
        ),
        "wrong password": client.post("/accounts/login/", {"login": text, "password": text, "next": text}),
        "reset": client.post("/accounts/password/reset/", {"email": text}),
    }
    pages = {what: Page(answer) for what, answer in answers.items()}
    for what, page in pages.items():
        assert [a for a in page.addresses() if goes_somewhere_odd(a)] == [], what
        assert {fault[1] for fault in page.faults} == set(), what
    return {what: page.shape() for what, page in pages.items()}


@pytest.mark.parametrize("attacks", [PAIRS[start::5] for start in range(5)])
def test_text_adds_no_element_no_attribute_and_no_running_link(
    stage: Stage, client: Client, sign_in: SignIn, hana: User, attacks: list[str]
) -> None:
    Spot.objects.filter(pk=stage.hidden.pk).update(version=9)
    owner = sign_in(hana)
    harmless = shapes(stage, client, owner, HARMLESS)
    for attack in attacks:
        attacked = shapes(stage, client, owner, attack)
        assert {what: attacked[what] - harmless[what] for what in harmless if attacked[what] != harmless[what]} == {}
        page = Page(client.get(stage.spot.get_absolute_url()))
        assert page.texts("h1") == [" ".join(attack.split())]
        assert page.texts("a", **{"class": "tag"}) == [clean(attack)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_json_for_search_engines_holds_text_and_cannot_be_left(stage: Stage, client: Client, attack: str) -> None:
    stage.say(attack)
    script = Page(client.get(stage.spot.get_absolute_url())).one("script", type="application/ld+json")
    told = json.loads(script.text or "")
    assert (told["name"], told["description"]) == (clean(attack), clean(attack, multiline=True))
    assert not {"<", ">", "&", "\u2028", "\u2029"} & set(script.text or "")


@pytest.mark.parametrize("attack", ATTACKS)
def test_feeds_stay_xml_and_hold_text(stage: Stage, client: Client, attack: str) -> None:
    for feed in ("/feeds/spots/", "/feeds/categories/park/", "/feeds/areas/182010/"):
        stage.say(HARMLESS)
        before = Counter(element.tag for element in ET.fromstring(client.get(feed).content).iter())
        stage.say(attack)
        root = ET.fromstring(client.get(feed).content)
        assert Counter(element.tag for element in root.iter()) == before
        for summary in root.iter(f"{ATOM}summary"):
            shown = html5lib.parseFragment(summary.text or "", namespaceHTMLElements=False)
            found = {(name_of(element), *element.attrib) for element in shown.iter() if element is not shown}
            assert found <= {("br",)}  # our own, for a line break
            assert text_of(shown) == " ".join(attack.split())


LINKS = [
    ("https://a.example/?x=1&y=2。つぎ", ["https://a.example/?x=1&y=2"]),
    ('http://a.example/"onmouseover="alert(1)', ["http://a.example/"]),
    ("https://a.example/<script>alert(1)</script>", ["https://a.example/"]),
    ("https://a.example/'><b>", ["https://a.example/"]),
    ("(https://a.example/b).", ["https://a.example/b"]),
    ("javascript:alert(1) ftp://a.example/ //a.example/ www.a.example", []),
    ("javascript://a.example/%0Aalert(1)", []),
    ("HTTPS://A.example/、http://b.example", ["HTTPS://A.example/", "http://b.example"]),
    ("https://a.example/&quot;><script>", ["https://a.example/&quot"]),
    ("http://&amp;", []),
]


@pytest.mark.parametrize(("text", "links"), LINKS)
def test_only_web_addresses_become_links_and_pass_no_credit_on(
    stage: Stage, client: Client, text: str, links: list[str]
) -> None:
    stage.say(text)
    for url in (stage.spot.get_absolute_url(), "/users/hana/", stage.list.get_absolute_url()):
        page = Page(client.get(url))
        made = [a for paragraph in page.all("p", **{"class": "text"}) for a in paragraph.iter("a")]
        assert [a.get("href") for a in made][: len(links)] == links
        assert {a.get("rel") for a in made} <= {"nofollow ugc noopener"}
        assert not page.all("script", src="alert(1)")


def test_links_to_other_sites_never_hand_over_the_window(stage: Stage, client: Client) -> None:
    stage.say(HARMLESS)
    page = Page(client.get(stage.spot.get_absolute_url()))
    outside = [a for a in page.all("a") if a.get("href", "").startswith("http")]
    assert page.one("a", rel="nofollow ugc noopener").get("href") == f"https://a.example/{HARMLESS}"
    assert len(outside) == 2
    assert all("noopener" in a.get("rel", "") for a in outside)
    assert all("target" not in a.attrib for a in outside)
