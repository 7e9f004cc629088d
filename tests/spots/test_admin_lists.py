"""Every list and form of the admin: opened as a moderator, with a bounded number of queries, and nobody's secrets."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from accounts.models import User
from machipoke.admin import COUNT_CAP, CappedPaginator, KeptAdmin, site
from spots.models import Case, Comment, ModerationAction, Report, SavedList, Spot, Tag
from tests import second_factor
from tests.spots.pictured import attachment_of, photo_of

MOST_QUERIES = 14
LISTS = [
    *("spots/spot", "spots/comment", "spots/savedlist", "spots/case", "spots/moderationaction"),
    *("spots/tag", "spots/category", "accounts/user"),
    *("spots/spotphoto", "spots/attachment"),
]


@pytest.fixture
def moderator(mori: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(mori)


@pytest.fixture
def town(make_spot: Callable[..., Spot], hana: User, ren: User, mori: User) -> dict[str, Any]:
    """A dozen of everything, so that a query per row would show."""
    rows: dict[str, Any] = {}
    for number in range(12):
        author = User.objects.create_user(f"author{number}", f"author{number}@example.jp")
        spot = make_spot(f"公園{number}", created_by=author, tags=["桜", f"札{number}"])
        comment = Comment(spot=spot, author=author, body=f"いい所です{number}")
        comment.post()
        saved = SavedList.objects.create(owner=author, title=f"旅{number}", visibility="public")
        saved.add(spot)
        rows["spots/spotphoto"] = photo_of(spot, author, size=(64, 48))
        rows["spots/attachment"] = attachment_of(spot, author)
        report = Report(reason="wrong", reporter=author)
        report.file(spot)
        spot.hide(mori, "確認中")
        rows |= {"spots/spot": spot, "spots/comment": comment, "spots/savedlist": saved, "spots/case": report.case}
    rows["spots/moderationaction"] = ModerationAction.objects.first()
    rows |= {"spots/tag": Tag.objects.first(), "spots/category": rows["spots/spot"].category, "accounts/user": hana}
    return rows


@pytest.mark.parametrize("path", LISTS)
def test_a_list_and_a_form_cost_few_queries(
    town: dict[str, Any], moderator: Client, django_assert_max_num_queries: Any, path: str
) -> None:
    for address in (f"/admin/{path}/", f"/admin/{path}/?q=1", f"/admin/{path}/{town[path].pk}/change/"):
        moderator.get(address)
        with django_assert_max_num_queries(MOST_QUERIES):
            assert moderator.get(address).status_code == 200, address


INLINE = re.compile(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))|<style|\sstyle=|\son[a-z]+=|javascript:")


@pytest.mark.parametrize("path", LISTS)
def test_no_page_has_what_our_content_policy_forbids(town: dict[str, Any], moderator: Client, path: str) -> None:
    chosen = {"action": "hide", "_selected_action": str(town[path].pk)}
    for page in (
        moderator.get(f"/admin/{path}/"),
        moderator.get(f"/admin/{path}/{town[path].pk}/change/"),
        moderator.get(f"/admin/{path}/{town[path].pk}/history/"),
        moderator.post(f"/admin/{path}/", chosen, follow=True),
    ):
        assert INLINE.search(page.content.decode()) is None
        assert "script-src 'self';" in f"{page.headers['Content-Security-Policy']};"


def test_the_log_is_read_in_words(town: dict[str, Any], moderator: Client) -> None:
    page = moderator.get("/admin/spots/moderationaction/").content.decode()
    for word in ("非表示にした", "スポット", "公開", "確認中"):
        assert word in page


def test_every_model_of_ours_is_registered_on_our_site_or_shown_within_another_or_private() -> None:
    ours = {model for label in ("spots", "accounts") for model in apps.get_app_config(label).get_models()}
    within = {"SavedItem", "Report", "TakedownEvidence"}
    private = {"Draft", "ApiToken", "Notice", "Export"}
    assert {model.__name__ for model in ours - set(site._registry)} == within | private


def test_user_content_cannot_be_deleted_or_added_by_anyone(moderator: Client, town: dict[str, Any], rf: Any) -> None:
    boss = second_factor.superuser()
    request = rf.get("/admin/")
    request.user = request.viewer = boss
    for model in (Spot, Comment, User, SavedList, Case, ModerationAction):
        model_admin = site._registry[model]
        assert isinstance(model_admin, KeptAdmin)
        assert not model_admin.has_delete_permission(request)
        assert not model_admin.has_add_permission(request)
        assert "delete_selected" not in model_admin.get_actions(request)
    client = Client()
    client.force_login(boss)
    for path in ("spots/spot", "spots/comment", "accounts/user", "spots/savedlist", "spots/case"):
        assert client.post(f"/admin/{path}/{town[path].pk}/delete/", {"post": "yes"}).status_code == 403
        deletion = {"action": "delete_selected", "_selected_action": str(town[path].pk), "post": "yes"}
        client.post(f"/admin/{path}/", deletion)
        assert type(town[path]).objects.filter(pk=town[path].pk).exists()


def test_drafts_and_private_lists_of_others_are_not_there(
    make_spot: Callable[..., Spot], hana: User, moderator: Client
) -> None:
    draft = make_spot("秘密の下書き", created_by=hana, state="draft")
    private = SavedList.objects.create(owner=hana, title="秘密の旅")
    boss = second_factor.superuser()
    superuser = Client()
    superuser.force_login(boss)
    for client in (moderator, superuser):
        for path, row in (("spots/spot", draft), ("spots/savedlist", private)):
            assert "秘密" not in client.get(f"/admin/{path}/").content.decode()
            form = client.get(f"/admin/{path}/{row.pk}/change/", follow=True)
            assert "秘密" not in form.content.decode()


def test_what_is_known_of_people_is_little(town: dict[str, Any], moderator: Client, hana: User) -> None:
    pages = [moderator.get("/admin/accounts/user/"), moderator.get(f"/admin/accounts/user/{hana.pk}/change/")]
    text = "".join(page.content.decode() for page in pages)
    for shown in ("hana", "花"):
        assert shown in text
    for secret in (hana.password, hana.email, "example.jp", "user_permissions", "is_superuser", "session_epoch"):
        assert secret not in text
    posted = moderator.post(f"/admin/accounts/user/{hana.pk}/change/", {"is_staff": "on", "display_name": "x"})
    assert posted.status_code == 403


def test_a_superuser_gives_rights_by_groups_and_sees_no_hash(hana: User, mori: User) -> None:
    boss = second_factor.superuser()
    client = Client()
    client.force_login(boss)
    page = client.get(f"/admin/accounts/user/{hana.pk}/change/")
    assert hana.password not in page.content.decode()
    group = mori.groups.get()
    fields = {"display_name": "花", "bio": "", "email": "hana@example.jp", "is_active": "on", "is_staff": "on"}
    client.post(f"/admin/accounts/user/{hana.pk}/change/", fields | {"groups": [group.pk]})
    changed = User.objects.get(pk=hana.pk)
    assert changed.is_staff
    assert changed.is_moderator
    assert not changed.is_superuser


def test_an_address_is_only_read_so_that_no_old_one_stays_verified_behind_it(hana: User) -> None:
    """allauth keeps verified addresses in a table of its own: after an edit here the old one could still reset."""
    boss = second_factor.superuser()
    client = Client()
    client.force_login(boss)
    address = f"/admin/accounts/user/{hana.pk}/change/"
    page = client.get(address).content.decode()
    assert "hana@example.jp" in page
    assert 'name="email"' not in page
    fields = {"username": "hana", "display_name": "はな", "bio": "", "email": "new@example.jp", "is_active": "on"}
    assert client.post(address, fields).status_code == 302
    hana.refresh_from_db()
    assert (hana.display_name, hana.email) == ("はな", "hana@example.jp")


def test_a_list_names_no_spot_that_was_taken_back(
    make_spot: Callable[..., Spot], hana: User, ren: User, moderator: Client
) -> None:
    saved = SavedList.objects.create(owner=ren, title="旅", visibility="public")
    for name in ("秘密の茶室", "みんなの公園"):
        saved.add(make_spot(name, created_by=hana))
    Spot.objects.filter(name="秘密の茶室").update(state="draft")
    superuser = Client()
    superuser.force_login(second_factor.superuser())
    for client in (moderator, superuser):
        page = client.get(f"/admin/spots/savedlist/{saved.pk}/change/").content.decode()
        assert "秘密" not in page
        assert page.count("公開されていないスポット") >= 1
        assert "みんなの公園" in page


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("spots/spot", "公園3"),
        ("spots/spot", "@author3"),
        ("spots/comment", "author3"),
        ("spots/savedlist", "@author3"),
        ("spots/tag", "札3"),
        ("accounts/user", "author3"),
    ],
)
def test_a_search_finds_the_one(town: dict[str, Any], moderator: Client, path: str, words: str) -> None:
    assert moderator.get(f"/admin/{path}/", {"q": words}).context["cl"].result_count == 1


@pytest.mark.parametrize("word", ["published", "hidden", "deleted", "draft", "pending"])
def test_the_state_filter_shows_that_state(town: dict[str, Any], moderator: Client, word: str) -> None:
    town["spots/spot"].restore(by=None)
    shown = moderator.get("/admin/spots/spot/", {"state": word}).context["cl"].result_list
    assert {spot.state for spot in shown} == ({word} if word in {"published", "hidden"} else set())


def test_a_count_stops_at_the_cap(monkeypatch: pytest.MonkeyPatch, town: dict[str, Any]) -> None:
    monkeypatch.setattr("machipoke.admin.COUNT_CAP", 5)
    assert CappedPaginator(Spot.objects.order_by("name"), 3).count == 5
    assert COUNT_CAP >= 1000


@pytest.mark.parametrize(
    "asked",
    [
        "accounts/user/?password__startswith=",
        "accounts/user/?email__startswith=hana",
        "accounts/user/?email_key=hana@example.jp",
        "accounts/user/?session_epoch=0",
        "accounts/user/?authenticator__type=totp",
        "spots/spot/?created_by__email__startswith=hana",
        "spots/moderationaction/?actor__password__startswith=",
    ],
)
def test_what_a_list_does_not_show_cannot_be_asked_for(moderator: Client, hana: User, asked: str) -> None:
    """Letter by letter a moderator would read the hash of an operator's password."""
    value = hana.password[:9] if asked.endswith("=") else ""
    assert moderator.get(f"/admin/{asked}{value}").status_code == 400
