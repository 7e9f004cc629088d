"""The evidence of a takedown: every address of a picture is asked over HTTP, and the answers stand by the action."""

from __future__ import annotations

import html
import io
import re
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from media_store import variant_files
from media_store.models import Withdrawal
from spots import takedowns
from spots.models import ModerationAction, Spot, SpotPhoto, TakedownEvidence
from spots.models.takedown import ASKED_AGAIN_FOR
from spots.takedowns import answer_at, ask_due, summaries
from tests.markup import Page
from tests.spots.pictured import attachment_of, avatar_of, photo_of

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]

served = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def site_url(live_server: Any, settings: Any) -> str:
    """The site as it is reached over HTTP."""
    settings.SITE_URL = live_server.url
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
    return str(live_server.url)


def statuses(action: ModerationAction) -> list[int | None]:
    return list(action.evidence.values_list("status", flat=True))


def newest() -> ModerationAction:
    return ModerationAction.objects.latest("pk")


def shown_to_everyone(photo: SpotPhoto, site_url: str) -> set[str]:
    """Every address of it that a page, a feed, the map or the API tells a stranger."""
    spot = f"/spots/{photo.spot_id}/"
    machines = (f"/api/v1{spot}", "/api/v1/spots/", "/api/v1/spots/clusters/?bbox=136,36,137,37&zoom=18")
    found = set()
    for path in ("/", "/spots/", spot, "/categories/park/", "/users/hana/", "/feeds/spots/", "/sitemap.xml", *machines):
        text = html.unescape(html.unescape(Client().get(path).content.decode())).replace("\\u0026", "&")
        found |= {f"{site_url}{path}" for path in re.findall(rf"/images/{photo.image.key}[^\s\"'<>,]*", text)}
    assert len(found) > 20
    return found


# --- over HTTP ---


@served
@pytest.mark.parametrize("verb", ["hide", "delete_softly"])
def test_every_address_that_answered_is_gone_and_that_is_kept(
    site_url: str, make_spot: MakeSpot, hana: User, mori: User, verb: str
) -> None:
    photo = photo_of(make_spot("中央公園", created_by=hana), hana, size=(1400, 1050))
    client = Client()
    for width, format in ((320, "webp"), (640, "jpeg")):
        client.get(f"/images/{photo.image.key}?w={width}&format={format}")
    addresses = photo.public_addresses()
    assert len(addresses) == 1 + 3 * 2 * 6
    assert shown_to_everyone(photo, site_url) <= {*addresses}
    assert {answer_at(url) for url in addresses} == {200}
    getattr(photo, verb)(mori, "個人の家")
    assert statuses(newest()) == [None] * 37
    counts = ask_due()
    assert counts == {"gone": 37, "answering": 0, "silent": 0}
    assert statuses(newest()) == [404] * 37
    assert str(summaries([newest().pk])[newest().pk]) == "取り下げの確認：37件すべて 404"


@served
def test_a_hidden_spot_is_proven_gone_with_all_its_files(
    site_url: str, make_spot: MakeSpot, hana: User, mori: User
) -> None:
    spot = make_spot("中央公園", created_by=hana)
    photos = [photo_of(spot, hana, seed=seed) for seed in (1, 2)]
    attachment_of(spot, hana)
    photos[1].delete_softly(hana)  # what was not shown has no address to take away
    spot.hide(mori, "個人の家")
    ask_due()
    assert set(statuses(newest())) == {404}
    urls = set(newest().evidence.values_list("url", flat=True))
    assert urls == {*photos[0].public_addresses(), *spot.attachments.get().public_addresses()}


@served
def test_a_removed_avatar_is_proven_gone_and_its_owner_told(
    site_url: str, hana: User, mori: User, sign_in: SignIn
) -> None:
    avatar_of(hana)
    chosen = {"action": "avatar", "_selected_action": hana.pk, "confirmed": "1", "reason": "rights"}
    assert sign_in(mori).post("/admin/accounts/user/", chosen).status_code == 302
    hana.refresh_from_db()
    assert hana.avatar is None
    assert (newest().verb, newest().reason) == ("avatar", "著作権・肖像権などの侵害")
    assert hana.notices.get().subject == "プロフィールの写真"
    ask_due()
    assert set(statuses(newest())) == {404}
    assert newest().evidence.count() > 4


@served
def test_an_address_that_still_answers_is_said_with_what_to_do_and_asked_again(
    site_url: str, make_spot: MakeSpot, hana: User, mori: User, sign_in: SignIn
) -> None:
    photo = photo_of(make_spot("中央公園", created_by=hana), hana)
    photo.hide(mori, "個人の家")
    action = newest()
    SpotPhoto.objects.filter(pk=photo.pk).update(state="published")  # as a cache that was not told
    with pytest.raises(CommandError, match="まだ取り下げを確かめられません"):
        call_command("run_job", "confirm_takedowns", stdout=io.StringIO())
    said = Page(sign_in(mori).get(f"/admin/spots/moderationaction/{action.pk}/change/")).text
    assert "まだ答えています（200）" in said
    assert "キャッシュを消して" in said
    assert photo.image.key in said
    SpotPhoto.objects.filter(pk=photo.pk).update(state="hidden")
    Withdrawal.objects.withdraw([photo.image.key])  # now it is told
    call_command("run_job", "confirm_takedowns", stdout=io.StringIO())
    page = Page(sign_in(mori).get(f"/admin/spots/moderationaction/{action.pk}/change/"))
    assert "件すべて 404" in page.text
    assert not TakedownEvidence.objects.due().exists()


# --- without a site ---


@pytest.fixture
def hidden(make_spot: MakeSpot, hana: User, mori: User) -> SpotPhoto:
    photo = photo_of(make_spot("中央公園", created_by=hana), hana)
    photo.hide(mori, "個人の家")
    return photo


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_no_answer_is_kept_as_none_and_said(hidden: SpotPhoto, settings: Any) -> None:
    settings.SITE_URL = f"http://127.0.0.1:{free_port()}"
    TakedownEvidence.objects.update(url=f"{settings.SITE_URL}/images/x")
    counts = ask_due()
    assert counts == {"gone": 0, "answering": 0, "silent": takedowns.MOST_SILENT}
    said = str(summaries([newest().pk])[newest().pk])
    assert "3件は答えがありませんでした" in said
    assert "これから確かめます" in said


def test_only_addresses_of_the_site_itself_are_asked(hidden: SpotPhoto) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        other.settimeout(0.2)
        assert answer_at(f"http://127.0.0.1:{other.getsockname()[1]}/images/x") == 0
        with pytest.raises(TimeoutError):
            other.accept()


def test_who_is_slow_has_not_answered(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takedowns, "PATIENCE_SECONDS", 0.2)
    with socket.socket() as slow:
        slow.bind(("127.0.0.1", 0))
        slow.listen()
        settings.SITE_URL = f"http://127.0.0.1:{slow.getsockname()[1]}"
        assert answer_at(f"{settings.SITE_URL}/images/x") == 0


def test_what_is_shown_again_is_not_asked_any_more(hidden: SpotPhoto, mori: User) -> None:
    assert TakedownEvidence.objects.due().exists()
    hidden.restore(mori, "誤り")
    assert not TakedownEvidence.objects.exists()


def test_after_an_hour_the_answer_stands(hidden: SpotPhoto) -> None:
    TakedownEvidence.objects.update(status=200)
    assert TakedownEvidence.objects.due().exists()
    long_ago = timezone.now() - ASKED_AGAIN_FOR - timedelta(seconds=1)
    TakedownEvidence.objects.update(action=_action_of(long_ago))
    assert not TakedownEvidence.objects.due().exists()


def _action_of(moment: Any) -> ModerationAction:
    return ModerationAction.objects.create(verb="hide", target_kind="spotphoto", target_id="x", created_at=moment)


def test_the_folder_of_variants_adds_the_sizes_that_nobody_links(make_spot: MakeSpot, hana: User, db: None) -> None:
    photo = photo_of(make_spot("中央公園", created_by=hana), hana)
    before = set(photo.public_addresses())
    variant_files.keep(photo.image.key, "160-1x1-q60.webp", b"x")
    [more] = set(photo.public_addresses()) - before
    assert more.endswith(f"/images/{photo.image.key}?w=160&h=160&format=webp&q=60")
    variant_files.empty()


def test_what_nobody_saw_needs_no_evidence(make_spot: MakeSpot, hana: User, mori: User) -> None:
    spot = make_spot("中央公園", created_by=hana)
    photo = photo_of(spot, hana)
    spot.edit({"state": "draft"}, by=hana)
    spot.hide(mori, "個人の家")
    SpotPhoto.objects.get(pk=photo.pk).hide(mori, "個人の家")
    assert not TakedownEvidence.objects.exists()


def test_its_author_leaves_no_evidence(make_spot: MakeSpot, hana: User) -> None:
    photo_of(make_spot("中央公園", created_by=hana), hana).delete_softly(hana)
    assert not TakedownEvidence.objects.exists()
