"""Merging a category into another: every spot moves, the old name leads on, and everyone concerned is told."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Notice, User
from spots.models import Category, Draft, ModerationAction, Spot
from tests import second_factor
from tests.markup import Page

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]
LIST = "/admin/spots/category/"


@pytest.fixture
def moderator(mori: User, sign_in: SignIn) -> Client:
    return sign_in(mori)


def category(slug: str) -> Category:
    return Category.objects.get(slug=slug)


def ask(client: Client, slug: str, **answers: Any) -> Any:
    """Choose the category in the list; with answers, the filled page of target and reason."""
    chosen = {"action": "merge", "_selected_action": str(category(slug).pk)}
    return client.post(LIST, chosen | ({"confirmed": "1"} | answers if answers else {}), follow=True)


def merge(client: Client, slug: str, into: str, reason: str = "same", detail: str = "") -> Any:
    return ask(client, slug, into=str(category(into).pk), reason=reason, detail=detail)


@pytest.fixture
def merged(mori: User, make_spot: MakeSpot, hana: User) -> Spot:
    """A spot whose category, park, was merged into nature."""
    spot = make_spot("椿の小道", category="park", created_by=hana)
    category("park").merge_into(category("nature"), mori, "同じ意味のカテゴリがある")
    return Spot.objects.get(pk=spot.pk)


# --- as a moderator does it ---


def test_a_moderator_chooses_where_to_and_why_and_all_spots_move(
    moderator: Client, make_spot: MakeSpot, hana: User
) -> None:
    states = ["published", "draft", "pending", "hidden"]
    spots = [make_spot(f"公園{n}", category="park", created_by=hana, state=state) for n, state in enumerate(states)]
    other = make_spot("茶屋", category="cafe")
    asked = ask(moderator, "park")
    options = Page(asked).texts("option")
    assert "自然・風景" in options
    assert "公園・遊ぶ" not in options
    assert "元には戻せません" in Page(asked).text
    assert "公園・遊ぶ（4か所）" in Page(asked).texts("li")
    page = merge(moderator, "park", "nature", detail="区別しにくい")
    assert "1件のカテゴリ（4か所）を「自然・風景」にまとめました。" in page.content.decode()
    assert set(Spot.objects.exclude(pk=other.pk).values_list("category__slug", "version")) == {("nature", 2)}
    assert Spot.objects.filter(category__slug="nature").count() == len(spots)
    other.refresh_from_db()
    assert (other.category.slug, other.version) == ("cafe", 1)
    assert category("park").merged_into == category("nature")


def test_several_categories_say_how_many_each_and_all_moved(moderator: Client, make_spot: MakeSpot) -> None:
    for slug in ("park", "park", "cafe"):
        make_spot(category=slug)
    chosen = {"action": "merge", "_selected_action": [str(category(slug).pk) for slug in ("park", "cafe", "food")]}
    names = Page(moderator.post(LIST, chosen)).texts("li")
    totals = {"park": 2, "cafe": 1, "food": 0}
    assert {f"{category(slug).name_ja}（{total}か所）" for slug, total in totals.items()} <= set(names)
    answers = {"confirmed": "1", "into": str(category("nature").pk), "reason": "same"}
    page = moderator.post(LIST, chosen | answers, follow=True).content.decode()
    assert "3件のカテゴリ（3か所）を「自然・風景」にまとめました。" in page


def test_the_log_says_who_what_before_after_and_why(moderator: Client, mori: User, make_spot: MakeSpot) -> None:
    park = category("park")
    merge(moderator, "park", "nature", detail="区別しにくい")
    line = ModerationAction.objects.get()
    assert (line.actor, line.verb, line.target_kind, line.target_id) == (mori, "merge", "category", str(park.pk))
    assert (line.before, line.after) == ("公園・遊ぶ", "自然・風景")
    assert line.reason == "同じ意味のカテゴリがある: 区別しにくい"
    shown = moderator.get("/admin/spots/moderationaction/").content.decode()
    assert "まとめた" in shown
    assert f'カテゴリ：<a href="{LIST}{park.pk}/change/">公園・遊ぶ</a>' in shown
    page = Page(moderator.get(f"/admin/spots/moderationaction/{line.pk}/change/"))
    assert "カテゴリをまとめた：公園・遊ぶ" in page.texts("h2")
    assert "merge" not in page.text


def test_each_author_is_told_once_in_the_names_of_their_language(
    make_spot: MakeSpot, hana: User, ren: User, mori: User
) -> None:
    User.objects.filter(pk=ren.pk).update(language="en")
    for author in (hana, hana, hana, ren, mori, None):
        make_spot(category="park", created_by=author)
    make_spot(category="park", created_by=User.objects.create_user("aki", "aki@example.jp")).delete_softly()
    category("park").merge_into(category("nature"), mori, "まぎらわしい")
    told = Notice.objects.order_by("pk").values_list("user__username", "kind", "subject", "reason", "path")
    assert sorted(told) == [
        ("hana", "merged", "公園・遊ぶ → 自然・風景", "まぎらわしい", "/categories/nature/"),
        ("ren", "merged", "Parks & play → Nature", "まぎらわしい", "/categories/nature/"),
    ]


def test_without_target_or_reason_nothing_happens(moderator: Client, make_spot: MakeSpot) -> None:
    spot = make_spot(category="park")
    nature = str(category("nature").pk)
    for answers in (
        {"into": "", "reason": "same"},
        {"into": nature, "reason": ""},
        {"into": nature, "reason": "other"},
        {"into": str(category("park").pk), "reason": "same"},
        {"into": "9999", "reason": "same"},
    ):
        assert "errorlist" in ask(moderator, "park", **answers).content.decode()
    spot.refresh_from_db()
    assert (spot.category.slug, ModerationAction.objects.count()) == ("park", 0)


def test_what_cannot_be_merged_stays(moderator: Client, merged: Spot) -> None:
    for slug in ("other", "park"):
        page = merge(moderator, slug, "cafe")
        assert "いまの状態ではできない" in page.content.decode()
        row = moderator.get(f"{LIST}{category(slug).pk}/change/").content.decode()
        assert 'value="merge"' not in row
    assert category("other").merged_into is None
    assert category("park").merged_into == category("nature")
    assert "errorlist" in merge(moderator, "cafe", "park").content.decode()


@pytest.mark.parametrize("slug", ["park", "other"])
def test_the_model_refuses_itself_and_what_must_stay(db: None, mori: User, slug: str) -> None:
    for target in (category(slug), category("park")):
        with pytest.raises(ValidationError):
            category(slug).merge_into(target, mori, "x")
    with pytest.raises(ValidationError):
        category("cafe").merge_into(category("food"), mori, " ")
    assert not Category.objects.exclude(merged_into=None).exists()


def test_a_chain_leads_straight_to_its_end(merged: Spot, mori: User, client: Client) -> None:
    category("nature").merge_into(category("history"), mori, "まとめる")
    assert category("park").merged_into == category("nature").merged_into == category("history")
    merged.refresh_from_db()
    assert (merged.category.slug, merged.version) == ("history", 3)
    assert client.get("/categories/park/")["Location"] == "/categories/history/"


def test_moderators_merge_and_change_nothing_else(moderator: Client, make_spot: MakeSpot) -> None:
    make_spot(category="park")
    address = f"{LIST}{category('park').pk}/change/"
    page = moderator.get(address).content.decode()
    assert 'value="merge"' in page
    assert 'name="name_ja"' not in page
    assert moderator.post(address, {"name_ja": "x"}).status_code == 403
    assert moderator.post(f"{LIST}add/", {"name_ja": "x"}).status_code == 403


def test_nobody_else_merges(ren: User, mori: User, sign_in: SignIn, make_spot: MakeSpot) -> None:
    spot = make_spot(category="park")
    assert merge(sign_in(ren), "park", "nature").status_code == 404
    group = mori.groups.get()
    group.permissions.remove(group.permissions.get(codename="merge_category"))
    merge(sign_in(User.objects.get(pk=mori.pk)), "park", "nature")
    spot.refresh_from_db()
    assert spot.category.slug == "park"


def test_the_list_counts_spots_and_tells_where_it_went(moderator: Client, merged: Spot, make_spot: MakeSpot) -> None:
    make_spot(category="cafe")
    rows = {row.slug: row.total for row in moderator.get(LIST).context["cl"].result_list}
    assert (rows["nature"], rows["cafe"], rows["park"]) == (1, 1, 0)
    assert [row.slug for row in moderator.get(LIST, {"merged": "yes"}).context["cl"].result_list] == ["park"]
    assert "park" not in [row.slug for row in moderator.get(LIST, {"merged": "no"}).context["cl"].result_list]


# --- the old name leads on ---


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_old_address_moves_permanently(client: Client, merged: Spot, prefix: str) -> None:
    answer = client.get(f"{prefix}/categories/park/?page=1")
    assert (answer.status_code, answer["Location"]) == (301, f"{prefix}/categories/nature/?page=1")
    assert "椿の小道" in client.get(answer["Location"]).content.decode()


def test_the_old_feed_has_the_spots_of_the_new_one(client: Client, merged: Spot) -> None:
    feed = client.get("/feeds/categories/park/").content.decode()
    assert "椿の小道" in feed
    assert "自然・風景" in feed


def test_the_old_slug_still_asks(client: Client, merged: Spot) -> None:
    found = client.get("/api/v1/spots/", {"category": "park"}).json()["results"]
    assert [spot["category"]["slug"] for spot in found] == ["nature"]
    for path in ("spots/nearby/?lat=36.06&lng=136.22&", "spots/clusters/?bbox=136,36,137,37&zoom=12&"):
        assert "椿の小道" in client.get(f"/api/v1/{path}category=park").content.decode()
    page = Page(client.get("/spots/", {"category": "park"}))
    assert "椿の小道" in page.text
    [on] = [chip for chip in page.all("a") if chip.get("aria-current") == "true"]
    assert "自然・風景" in "".join(on.itertext())


def test_the_old_slug_can_still_be_posted(merged: Spot, hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    fields = {"name": "川辺", "latitude": 36.05, "longitude": 136.21, "category": "park"}
    made = client.post("/api/v1/spots/", fields, content_type="application/json")
    assert (made.status_code, made.json()["category"]["slug"]) == (201, "nature")
    row = f"/api/v1/spots/{made.json()['id']}/"
    changed = client.patch(row, {"category": "park"}, "application/json", headers={"if-match": made["ETag"]})
    assert (changed.status_code, changed.json()["category"]["slug"]) == (200, "nature")
    answer = client.post("/spots/new/", fields | {"name": "丘の上", "latitude": "36.2", "description": "静かです。"})
    assert answer.status_code == 302, Page(answer).text
    assert Spot.objects.get(name="丘の上").category.slug == "nature"
    refused = client.post("/spots/new/", fields | {"category": "no-such"})
    assert refused.status_code == 400


def test_a_draft_and_a_refused_form_keep_their_category(merged: Spot, hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    draft = Draft.objects.create(owner=hana, typed="name=%E5%B7%9D%E8%BE%BA&category=park")
    refused = client.post("/spots/new/", {"name": "", "category": "park", "latitude": "36.05", "longitude": "136.21"})
    for page in (client.get(f"/spots/new/?draft={draft.pk}"), refused):
        radios = Page(page).all("input", name="category")
        assert [radio.get("value") for radio in radios if radio.get("checked") is not None] == ["nature"]


def test_a_form_that_was_open_during_the_merge_is_a_conflict_and_loses_nothing(
    merged: Spot, hana: User, sign_in: SignIn
) -> None:
    sent = {"name": "椿の坂", "category": "park", "version": "1", "latitude": "36.0621", "longitude": "136.2196"}
    answer = sign_in(hana).post(f"/spots/{merged.pk}/edit/", sent)
    assert answer.status_code == 409
    assert "椿の坂" in answer.content.decode()


def test_a_file_with_the_old_slug_or_name_is_read(merged: Spot, tmp_path: Path) -> None:
    rows = ["名称,緯度,経度,カテゴリ", "甲,36.01,136.01,park", "乙,36.02,136.02,公園・遊ぶ", "中央公園,36.03,136.03,"]
    file = tmp_path / "spots.csv"
    file.write_text("\r\n".join(rows), encoding="utf-8")
    call_command("import_spots", str(file), source="市", stdout=StringIO())
    call_command("import_spots", str(file), source="市", stdout=StringIO())
    found = Spot.objects.filter(source="市").values_list("name", "category__slug", "version")
    assert sorted(found) == [("中央公園", "nature", 1), ("乙", "nature", 1), ("甲", "nature", 1)]


def test_it_is_offered_and_listed_nowhere(merged: Spot, hana: User, client: Client, moderator: Client) -> None:
    slugs = [row["slug"] for row in client.get("/api/v1/categories/").json()["results"]]
    assert "park" not in slugs
    assert "nature" in slugs
    signed_in = Client()
    signed_in.force_login(hana)
    for page in (client.get("/"), client.get("/spots/"), signed_in.get("/spots/new/"), client.get("/sitemap.xml")):
        text = page.content.decode()
        assert "公園・遊ぶ" not in text
        assert 'value="park"' not in text
        assert "/categories/park/" not in text
    form = moderator.get(f"/admin/spots/spot/{merged.pk}/change/").content.decode()
    filters = moderator.get("/admin/spots/spot/").content.decode()
    assert "公園・遊ぶ" not in form
    assert "公園・遊ぶ" not in filters
    assert "自然・風景" in form


# --- at the same moment, and how much ---


def test_a_spot_stored_between_check_and_merge_follows(
    make_spot: MakeSpot, mori: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form was checked, then the category was merged, then the row is written."""
    make_spot("岩陰")
    new = Spot(name="川辺", latitude=36.0, longitude=136.0, category=category("park"))
    save = Spot.save

    def beaten(self: Spot, *args: Any, **kwargs: Any) -> None:
        monkeypatch.undo()
        category("park").merge_into(category("nature"), mori, "まとめる")
        save(self, *args, **kwargs)

    monkeypatch.setattr(Spot, "save", beaten)
    new.post([])
    assert set(Spot.objects.values_list("category__slug", flat=True)) == {"nature"}
    assert new.category.slug == "nature"


def test_the_questions_do_not_grow_with_the_spots(make_spot: MakeSpot, hana: User, mori: User) -> None:
    counts = []
    for slug, spots in (("park", 2), ("cafe", 20)):
        for number in range(spots):
            make_spot(f"所{number}", category=slug, created_by=hana)
        with CaptureQueriesContext(connection) as asked:
            category(slug).merge_into(category("nature"), mori, "まとめる")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_an_operator_still_corrects_a_merged_one(merged: Spot) -> None:
    client = Client()
    client.force_login(second_factor.superuser())
    address = f"{LIST}{category('park').pk}/change/"
    assert 'name="merged_into"' not in client.get(address).content.decode()
