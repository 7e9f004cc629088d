"""A small town for the browser: `python -m tests.browser.town` fills the site of DATA_DIR, prints what is where.

Two places: many parks around Fukui, enough for a second page and clusters, and a few spots of every kind. Names hold
what the tests look for; positions come from a fixed spiral, so that every run draws the same map.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
from datetime import timedelta
from typing import Any

from tests import second_factor

PASSWORD = "yama-no-koe-99"
FUKUI = (36.0621, 136.2235)
_PARKS = 46
_QUIET = ["足羽山", "西山", "左内", "八重巻", "中央", "運動", "水辺", "桜堤", "松林", "展望", "緑地", "古墳"]
_PLACES: list[tuple[str, str, str, float, float, str]] = [
    ("椿の小道", "nature", "182010", 36.0562, 136.2101, "冬の朝、石段に赤い花が落ちています。静かです。"),
    (
        "一乗谷の水車",
        "history",
        "182010",
        35.9976,
        136.2931,
        "復原町並の奥の小さな水車です。\n音だけが聞こえます。",
    ),
    ("三国の路地", "history", "182109", 36.2172, 136.1496, "北前船のころの町家が残る細い路地です。"),
    ("丸岡の茶屋", "cafe", "182109", 36.1523, 136.2718, "城の下で丸岡そばとほうじ茶を出しています。"),
    ("東尋坊の岩陰", "nature", "182109", 36.2378, 136.1256, "観光の道からすこし外れた岩の上です。"),
    ("越前和紙の里", "museum", "182095", 35.9035, 136.2543, "紙をすくところを見せてもらえます。"),
    ("気比の松原", "nature", "182028", 35.6533, 136.0517, "夕方の光がいちばんきれいです。"),
    ("小浜の湧き水", "other", "182044", 35.4975, 135.7474, "町の人が水をくみに来ます。"),
    ("大野の朝市", "shop", "182052", 35.9836, 136.4913, "七間通りで、春分の日から大みそかまで。"),
    ("芦湯", "onsen", "182087", 36.2213, 136.1886, "足だけの湯です。\nhttps://awara.info/ に時間があります。"),
    ("永平寺の門前宿", "stay", "183229", 36.0556, 136.3558, ""),
    ("左義長まつりの広場", "event", "182061", 36.0609, 136.5006, "二月の終わりに、短冊が空をうめます。"),
]


def fill() -> dict[str, Any]:
    """Make the town; ids and names of what the tests visit."""

    from django.contrib.auth.models import Group

    from accounts.models import MODERATORS
    from spots.models import Category, Comment, SavedList, Spot, Tag

    hana = _person("hana_b", display_name="花", bio="歩くのが好きです。")
    aki = _person("aki_b", display_name="秋")
    mori = _person("mori_b", display_name="森", is_staff=True)
    mori.groups.add(Group.objects.get(name=MODERATORS))
    second_factor.give(mori)
    keeper, leaver, stopped, newly = _accounts()
    kinds = {category.slug: category for category in Category.objects.all()}

    def place(name: str, slug: str, code: str, lat: float, lng: float, text: str, **more: Any) -> Spot:
        spot = Spot(
            name=name,
            category=kinds[slug],
            municipality_code=code,
            latitude=round(lat, 6),
            longitude=round(lng, 6),
            description=text,
            address="福井県",
            **more,
        )
        spot.full_clean()
        spot.save()
        return spot

    # The oldest, so that it is on no first page: what moderators are shown and act on.
    reported = place("港の空き地", "event", "182087", 36.2263, 136.1996, "だれでも入れます。", created_by=aki)
    for number in range(_PARKS):
        angle, reach = number * 2.399963, 0.012 * math.sqrt(number + 1)
        name = f"{_QUIET[number % len(_QUIET)]}公園{number + 1}"
        lat, lng = FUKUI[0] + reach * math.sin(angle), FUKUI[1] + 1.2 * reach * math.cos(angle)
        place(name, "park", "182010", lat, lng, "ベンチが二つと大きな木があります。", hidden_gem_score=number * 2)
    made = [place(*row, created_by=hana, hidden_gem_score=60 + n) for n, row in enumerate(_PLACES)]
    first = made[0]
    Spot.objects.filter(pk=first.pk).update(
        name_en="Camellia lane",
        reading="ツバキノコミチ",
        opening_hours="いつでも",
        website="https://example.jp/tsubaki",
    )
    first.refresh_from_db()
    first.tags.set(Tag.objects.for_names(["花の道", "朝がいい"]))
    asked = Comment(spot=first, author=mori, body="雪の日も歩けますか。")
    asked.post()
    Comment(spot=first, author=hana, parent=asked, body="長靴があれば歩けます。").post()

    walks = SavedList.objects.create(
        owner=hana, title="雨の日の福井", description="屋根のある所。", visibility="public"
    )
    for spot, note in zip(made[:5], ["まずここから。", "", "橋の手前を右へ。", "", ""], strict=True):
        walks.add(spot, note)
    _photos(made[6], hana)
    made[3].hide(by=mori, reason="場所の確認中")
    made[4].delete()
    return {
        "spot": str(first.pk),
        "edited": str(made[8].pk),
        "list": str(walks.pk),
        "hidden": made[3].name,
        "gone": made[4].name,
        "reported": str(reported.pk),
        "author": hana.username,
        "newcomer": aki.username,
        "moderator": mori.username,
        "keeper": keeper.username,
        "leaver": leaver.username,
        "stopped": stopped.username,
        "sessions": {one.username: _session(one) for one in (mori, keeper, leaver, stopped, newly)},
        "unguarded": newly.username,
    }


def _photos(spot: Any, by: Any) -> None:
    """Five, one of them tall, with words or without."""
    from media_store.uploads import take_photo
    from spots.models import SpotPhoto
    from spots.models.photo import NewPhoto
    from tests import pictures

    sizes = [(1600, 1200), (900, 1200), (1200, 900), (1200, 900), (1200, 800)]
    files = [io.BytesIO(pictures.make(size, seed=number)) for number, size in enumerate(sizes)]
    ids = [take_photo(file, by.pk, spot.pk).row.pk for file in files]
    words = ["夕方の松原", "", "松の根もと。朝は人がいません。", "", ""]
    new = [NewPhoto(pk, caption) for pk, caption in zip(ids, words, strict=True)]
    SpotPhoto.objects.attach(spot, new, by)


def _accounts() -> tuple[Any, Any, Any, Any]:
    """Of someone who has one of everything, who is leaving, who is suspended, and a moderator without digits yet."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from django.contrib.auth.models import Group
    from django.utils import timezone

    from accounts.models import MODERATORS, ApiToken, Export, Notice

    now = timezone.now()
    keeper = _person("mio_b", display_name="三十字の名前は一行に入りきらないので折り返すか切るかします")
    second_factor.give(keeper)
    RecoveryCodes.activate(keeper)
    ApiToken.make(keeper, "バスの時刻表示", ApiToken.Scope.READ)
    ApiToken.make(keeper, "Anamethatisneverbrokenandfillsthewholelineofaphone", ApiToken.Scope.WRITE)
    ApiToken.objects.filter(user=keeper, scope=ApiToken.Scope.READ).update(expiry=now - timedelta(days=1))
    for kind, read in ((Notice.Kind.HIDDEN, None), (Notice.Kind.DELETED, None), (Notice.Kind.RESTORED, now)):
        path = "/lists/" if kind != Notice.Kind.DELETED else ""
        Notice(
            user=keeper, kind=kind, subject="港の空き地", reason="宣伝", path=path, read_at=read, mailed_at=now
        ).save()
    until = now + timedelta(days=1)
    Export(user=keeper, state=Export.State.READY, size_bytes=1_234_567, ready_at=now, expires_at=until).save()
    _session(keeper)  # another device
    leaver = _person("sara_b", display_name="去", deletion_due_at=now + timedelta(days=7))
    Export(user=leaver).save()
    reason = {"suspended_until": now + timedelta(days=7), "suspended_reason": "同じコメントを何度も書いたため"}
    stopped = _person("toru_b", display_name="止", **reason)
    Export(user=stopped, state=Export.State.FAILED).save()
    newly = _person("nao_b", display_name="直", is_staff=True)
    newly.groups.add(Group.objects.get(name=MODERATORS))
    return keeper, leaver, stopped, newly


def _person(username: str, **fields: Any) -> Any:
    from allauth.account.models import EmailAddress

    from accounts.models import User

    email = f"{username}@example.jp"
    person = User.objects.create_user(username, email, PASSWORD, **fields)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def _session(person: Any) -> str:
    """Signed in already: the digits of a second factor are good once in half a minute, and many tests are hers.

    The password counts as just repeated for as long as the tests run: what asks for it again is walked elsewhere.
    """
    from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
    from allauth.account.internal.flows.login import record_authentication
    from django.http import HttpRequest
    from django.test import Client

    client = Client()
    client.force_login(person)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, person, method="password", reauthenticated=True)
    request.session[AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] += 3600
    request.session.save()
    return str(request.session.session_key)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "machipoke.settings")
    django.setup()
    json.dump(fill(), sys.stdout)
