"""Files of a spot: added and taken away by its author, downloaded by whoever sees it, drawn where they are walks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone
from pikepdf import Dictionary, Name, Pdf, Stream, String
from pikepdf import open as open_pdf

from accounts.models import User
from media_store.models import Sent, StoredObject
from media_store.stores import store_of
from spots.models import Attachment, ModerationAction, Spot
from tests.attachment_files import add, gpx, opening_with, pdf, upload
from tests.markup import Page
from tests.pictures import CANARY, GPS, make, shown

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]


@pytest.fixture
def spot(hana: User, make_spot: MakeSpot) -> Spot:
    return make_spot("川の道", created_by=hana)


@pytest.fixture
def leaflet(spot: Spot, hana: User, sign_in: SignIn) -> Attachment:
    """A PDF that hana added."""
    assert add(sign_in(hana), spot, pdf()).status_code == 302
    found: Attachment = spot.attachments.get()
    return found


# --- adding ---


def test_the_author_adds_a_leaflet_and_a_walk(hana: User, spot: Spot, sign_in: SignIn) -> None:
    client = sign_in(hana)
    assert add(client, spot, pdf()).headers["Location"] == f"/spots/{spot.pk}/attachments/"
    add(client, spot, gpx(), title="川ぞいの道")
    page = Page(Client().get(f"/spots/{spot.pk}/"))
    (section,) = [found for found in page.all("section") if found.get("aria-labelledby") == "files"]
    text = "".join(section.itertext())
    assert "散策マップ" in text
    assert "PDF" in text
    assert "GPX" in text
    assert "450 m" in text
    files = list(spot.attachments.order_by("position"))
    assert [(file.format, file.position, file.uploaded_by) for file in files] == [("pdf", 0, hana), ("gpx", 1, hana)]
    for file in files:
        row = file.stored_object
        assert row.pk == file.pk
        assert row.key == f"attachments/{spot.pk}/{file.pk}.{file.format}"
        assert (row.state, row.kind, row.gallery, row.owner_id) == ("ready", "attachment", spot.pk, hana.pk)


def test_a_moderator_adds_one_too(mori: User, spot: Spot, sign_in: SignIn) -> None:
    assert add(sign_in(mori), spot, pdf()).status_code == 302


def test_whoever_may_not_change_the_spot_adds_nothing(
    ren: User, hana: User, spot: Spot, make_spot: MakeSpot, sign_in: SignIn
) -> None:
    address = f"/spots/{spot.pk}/attachments/"
    signed_out = Client().post(address, {"title": "a"})
    assert signed_out.headers["Location"].startswith("/accounts/login/?next=")
    assert add(sign_in(ren), spot, pdf()).status_code == 403
    assert sign_in(ren).get(address).status_code == 403
    hidden = make_spot("隠れ家", created_by=hana, state="pending")
    assert add(sign_in(ren), hidden, pdf()).status_code == 404
    User.objects.filter(pk=hana.pk).update(suspended_until="2999-01-01T00:00Z", suspended_reason="x")
    assert add(sign_in(hana), spot, pdf()).status_code == 403
    assert not StoredObject.objects.exists()


@pytest.mark.parametrize(
    ("status", "words", "content"),
    [
        (415, "PDF か GPX", b"<html><script>alert(1)</script>"),
        (400, "空です", b""),
        (
            400,
            "スクリプト",
            pdf(opening_with(S=Name.JavaScript, JS=String("x"))),
        ),
        (413, "10 MB", pdf() + b"0" * 10_000_001),
        (413, "10 MB", pdf() + b"0" * 21_000_000),
        (400, "DOCTYPE", b"<!DOCTYPE a><gpx/>"),
    ],
    ids=["type", "empty", "active", "large", "huge", "entities"],
)
def test_a_file_that_is_none_is_refused_beside_its_field_and_the_title_stays(
    status: int, words: str, content: bytes, hana: User, spot: Spot, sign_in: SignIn
) -> None:
    response = add(sign_in(hana), spot, content, title="地図の名前")
    assert response.status_code == status
    page = Page(response)
    assert words in "".join(page.one("p", id="id_file-error").itertext())
    assert page.one("input", name="title").get("value") == "地図の名前"
    assert not StoredObject.objects.exists()


@pytest.mark.parametrize("title", ["", " \u3000", "\u200b", "あ" * 101])
def test_a_title_that_is_none_is_refused_before_the_file_is_stored(
    title: str, hana: User, spot: Spot, sign_in: SignIn
) -> None:
    response = add(sign_in(hana), spot, pdf(), title=title)
    assert response.status_code == 400
    assert Page(response).one("p", id="id_title-error") is not None
    assert not StoredObject.objects.exists()


def test_there_are_five_at_most(hana: User, spot: Spot, sign_in: SignIn) -> None:
    client = sign_in(hana)
    for number in range(1, 6):
        assert add(client, spot, pdf(pages=number)).status_code == 302
    response = add(client, spot, pdf(pages=6))
    assert response.status_code == 400
    assert "5個まで" in Page(response).text
    assert (spot.attachments.count(), StoredObject.objects.count()) == (5, 5)


def test_what_a_moderator_took_down_is_not_taken_again(
    hana: User, mori: User, spot: Spot, leaflet: Attachment, make_spot: MakeSpot, sign_in: SignIn
) -> None:
    leaflet.delete_softly(mori, "ほかの人の著作物")
    response = add(sign_in(hana), make_spot("別の道", created_by=hana), pdf_of(leaflet))
    assert response.status_code == 422
    assert "ほかの人の著作物" in Page(response).text


def pdf_of(attachment: Attachment) -> bytes:
    row = attachment.stored_object
    return store_of(row.bucket, row.place).get(row.key)


def test_a_person_adds_two_hundred_megabytes_a_day(hana: User, spot: Spot, sign_in: SignIn) -> None:
    client, sent = sign_in(hana), pdf()
    Sent.objects.create(owner_id=hana.pk, kind="attachment", size_bytes=200_000_000 - len(sent))
    assert add(client, spot, sent).status_code == 302
    spot.attachments.get().delete_softly(hana)  # gives nothing of it back
    response = add(client, spot, pdf(pages=2))
    assert (response.status_code, response.headers.get("Location")) == (429, None)
    assert "1日に50個、合わせて200 MBまで" in Page(response).text
    assert StoredObject.objects.count() == 1


def test_fifty_files_a_day_are_taken_and_yesterday_s_are_not_counted(
    hana: User, ren: User, spot: Spot, sign_in: SignIn
) -> None:
    sent = [Sent(owner_id=hana.pk, kind="attachment", size_bytes=1) for _ in range(50)]
    sent[0].sent_at -= timedelta(days=1, seconds=1)
    others = [
        Sent(owner_id=ren.pk, kind="attachment", size_bytes=1),
        Sent(owner_id=hana.pk, kind="photo", size_bytes=1),
    ]
    Sent.objects.bulk_create([*sent, *others])
    client = sign_in(hana)
    assert [add(client, spot, pdf(pages=pages)).status_code for pages in (1, 2)] == [302, 429]


def test_the_names_and_types_that_a_client_gives_are_used_nowhere(hana: User, spot: Spot, sign_in: SignIn) -> None:
    for number, name in enumerate(["../../etc/passwd", "写真?#.html", "a" * 5000, "\u202egpj.exe", "写真.日本"], 1):
        data = {"title": f"地図{number}", "file": upload(pdf(pages=number), name)}
        response = sign_in(hana).post(f"/spots/{spot.pk}/attachments/", data)
        assert response.status_code == 302, Page(response).text
    told = json.dumps(list(StoredObject.objects.values("key", "content_type")))
    assert not any(word in told for word in ("passwd", "html", "aaaa", "exe", "rm"))


# --- downloading ---


def test_a_leaflet_tells_nothing_of_who_made_it_or_where_its_photos_were_taken(
    hana: User, spot: Spot, sign_in: SignIn
) -> None:
    photo = make((64, 48), gps=GPS, xmp=CANARY, comment=CANARY, description=CANARY)

    def change(document: Pdf) -> None:
        document.docinfo["/Author"] = String(CANARY)
        document.Root.Metadata = Stream(document, CANARY.encode())
        document.pages[0].Contents = Stream(document, b"q /Im0 Do Q")
        image = Stream(document, photo, Subtype=Name.Image, Width=64, Height=48, Filter=Name.DCTDecode)
        document.pages[0].Resources = Dictionary(XObject=Dictionary(Im0=image))

    sent = pdf(change, pages=2, compress_streams=False, fix_metadata_version=False)
    assert sent.count(CANARY.encode()) >= 5
    assert add(sign_in(hana), spot, sent).status_code == 302
    row, got = spot.attachments.get().stored_object, Client().get(spot.attachments.get().path).content
    for canary in (CANARY.encode(), b"Exif", b"WGS-84"):
        assert canary not in got, canary
    assert (row.size_bytes, row.sha256) == (len(got), sha256(got).hexdigest())
    assert row.original_sha256 == sha256(sent).hexdigest()
    with open_pdf(BytesIO(got)) as document:
        image = document.pages[0].Resources.XObject.Im0.read_raw_bytes()
        assert (len(document.pages), shown(image).tobytes()) == (2, shown(photo).tobytes())


def test_a_download_is_saved_and_never_opened_in_the_sites_name(leaflet: Attachment) -> None:
    response = Client().get(leaflet.path)
    assert response.content == pdf_of(leaflet)
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''" + quote("散策マップ.pdf")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.headers["Cache-Control"] == "public, no-cache"
    assert not response.cookies


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("散策マップ", "散策マップ.pdf"),
        ("a/b\\c: d?", "a_b_c_d.pdf"),
        ("../..", "file.pdf"),
        ('"><script>', "script.pdf"),
        ("100% %0d%0aSet-Cookie", "100_0d_0aSet-Cookie.pdf"),
        ("道" * 100, "道" * 60 + ".pdf"),
    ],
)
def test_the_name_comes_from_the_title_and_is_one_everywhere(
    title: str, name: str, hana: User, spot: Spot, sign_in: SignIn
) -> None:
    add(sign_in(hana), spot, pdf(), title=title)
    found = spot.attachments.get()
    assert found.file_name == name
    response = Client().get(found.path)
    assert response.status_code == 200
    assert "\n" not in response.headers["Content-Disposition"]
    assert Page(Client().get(f"/spots/{spot.pk}/")).all("a", href=found.path)


def test_any_other_name_leads_to_the_right_one(leaflet: Attachment) -> None:
    response = Client().get(f"/attachments/{leaflet.pk}/virus.exe")
    assert (response.status_code, response.headers["Location"]) == (302, leaflet.path)


def test_head_conditions_and_ranges(leaflet: Attachment) -> None:
    whole = Client().get(leaflet.path)
    head = Client().head(leaflet.path)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(whole.content)))
    tag = whole.headers["ETag"]
    known = Client().get(leaflet.path, headers={"If-None-Match": tag})
    assert (known.status_code, known.content, known.headers["ETag"]) == (304, b"", tag)
    part = Client().get(leaflet.path, headers={"Range": "bytes=2-9"})
    assert (part.status_code, part.content) == (206, whole.content[2:10])
    assert part.headers["Content-Range"] == f"bytes 2-9/{len(whole.content)}"
    tail = Client().get(leaflet.path, headers={"Range": "bytes=-6", "If-Range": tag})
    assert tail.content == whole.content[-6:]
    past = Client().get(leaflet.path, headers={"Range": "bytes=99999999-"})
    assert (past.status_code, past.headers["Content-Range"]) == (416, f"bytes */{len(whole.content)}")
    assert Client().get(leaflet.path, headers={"Range": "bytes=0-1", "If-Range": '"old"'}).status_code == 200
    assert Client().post(leaflet.path).status_code == 405


@pytest.mark.parametrize("state", ["draft", "pending", "hidden", "deleted"])
def test_the_spots_state_governs_it(
    state: str, leaflet: Attachment, spot: Spot, hana: User, ren: User, mori: User, sign_in: SignIn
) -> None:
    deleted = {"deleted_at": timezone.now()} if state == "deleted" else {}
    Spot.objects.filter(pk=spot.pk).update(state=state, **deleted)
    for client in (Client(), sign_in(ren)):
        response = client.get(leaflet.path)
        assert response.status_code == 404
        assert "Content-Disposition" not in response.headers
        assert client.get(f"/attachments/{leaflet.pk}/other.pdf").status_code == 404
    own = sign_in(hana).get(leaflet.path)
    assert own.status_code == (404 if state == "deleted" else 200)
    assert own.headers["Cache-Control"] == "private, no-store" or own.status_code == 404
    assert sign_in(mori).get(leaflet.path).status_code == (404 if state == "draft" else 200)


def test_a_hidden_file_is_for_its_author_and_moderators(
    leaflet: Attachment, spot: Spot, hana: User, ren: User, mori: User, sign_in: SignIn
) -> None:
    Attachment.objects.filter(pk=leaflet.pk).update(state="hidden", hidden_reason="確かめています")
    assert [client.get(leaflet.path).status_code for client in (Client(), sign_in(ren))] == [404, 404]
    for person in (hana, mori):
        response = sign_in(person).get(leaflet.path)
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "private, no-store")
    assert "散策マップ" not in Page(Client().get(f"/spots/{spot.pk}/")).text
    assert "確かめています" in Page(sign_in(hana).get(f"/spots/{spot.pk}/")).text


def test_a_store_that_is_away_is_503_and_the_spots_page_goes_on(leaflet: Attachment, spot: Spot, settings: Any) -> None:
    StoredObject.objects.filter(pk=leaflet.pk).update(place="s3")
    response = Client().get(leaflet.path)
    assert (response.status_code, bool(response.headers["Retry-After"])) == (503, True)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert Client().get(f"/spots/{spot.pk}/").status_code == 200


def test_bytes_that_are_lost_are_404(leaflet: Attachment) -> None:
    row = leaflet.stored_object
    store_of(row.bucket, row.place).delete_many([row.key])
    assert Client().get(leaflet.path).status_code == 404


# --- taking away ---


def test_taken_away_it_is_gone_at_once_and_comes_back(
    leaflet: Attachment, spot: Spot, hana: User, sign_in: SignIn
) -> None:
    client, tag = sign_in(hana), Client().get(leaflet.path).headers["ETag"]
    asked = client.get(f"/attachments/{leaflet.pk}/delete/")
    assert "散策マップ" in Page(asked).text
    assert "モデレーターのほかには見えなくなり" in Page(asked).text
    response = client.post(f"/attachments/{leaflet.pk}/delete/", follow=True)
    undo = f"/attachments/{leaflet.pk}/restoration/"
    assert len(Page(response).all("form", action=undo)) == 2, "of the message, and of the list"
    assert "あと 7 日のあいだ戻せます" in Page(response).text
    assert len(Page(client.get(f"/spots/{spot.pk}/attachments/")).all("form", action=undo)) == 1, "the list stays"
    assert "まだ" not in Page(response).text  # there was one
    again = client.post(f"/attachments/{leaflet.pk}/delete/")  # pressed twice
    assert (again.status_code, again.headers["Location"]) == (302, f"/spots/{spot.pk}/attachments/")
    assert Client().get(leaflet.path, headers={"If-None-Match": tag}).status_code == 404
    assert "散策マップ" not in Page(Client().get(f"/spots/{spot.pk}/")).text
    assert client.post(f"/attachments/{leaflet.pk}/restoration/").status_code == 302
    assert Client().get(leaflet.path).status_code == 200
    assert not Page(client.get(f"/spots/{spot.pk}/attachments/")).all("form", action=undo)
    assert client.post(f"/attachments/{leaflet.pk}/restoration/").status_code == 302  # pressed twice


def test_a_moderator_gives_a_reason_and_the_author_cannot_undo_it(
    leaflet: Attachment, hana: User, mori: User, sign_in: SignIn
) -> None:
    moderator, address = sign_in(mori), f"/attachments/{leaflet.pk}/delete/"
    assert moderator.post(address).status_code == 400
    assert moderator.post(address, {"reason": "other", "detail": "著作権"}).status_code == 302
    action = ModerationAction.objects.get(target_kind="attachment")
    assert (action.verb, action.target_id, "著作権" in action.reason) == ("delete", str(leaflet.pk), True)
    undo, author = f"/attachments/{leaflet.pk}/restoration/", sign_in(hana)
    assert author.post(undo).status_code == 404
    page = f"/spots/{leaflet.spot_id}/attachments/"
    assert not [one for one in (author, moderator) if Page(one.get(page)).all("form", action=undo)]


def test_nobody_else_takes_it_away_or_brings_it_back(
    leaflet: Attachment, hana: User, ren: User, sign_in: SignIn
) -> None:
    address = f"/attachments/{leaflet.pk}/delete/"
    assert sign_in(ren).post(address).status_code == 403
    assert Client().post(address).headers["Location"].startswith("/accounts/login/")
    leaflet.delete_softly(hana)
    assert sign_in(ren).post(f"/attachments/{leaflet.pk}/restoration/").status_code == 404
    assert sign_in(ren).get(address).status_code == 404


def test_one_of_five_that_was_hidden_is_shown_again(
    leaflet: Attachment, spot: Spot, hana: User, mori: User, sign_in: SignIn
) -> None:
    leaflet.hide(mori, "古い地図")
    for number in range(2, 6):
        add(sign_in(hana), spot, pdf(pages=number))
    assert leaflet.restore(mori)
    assert spot.attachments.filter(state="published").count() == 5


def test_one_does_not_come_back_where_five_are_by_now(
    leaflet: Attachment, spot: Spot, hana: User, sign_in: SignIn
) -> None:
    client = sign_in(hana)
    leaflet.delete_softly(hana)
    for number in range(2, 7):
        assert add(client, spot, pdf(pages=number)).status_code == 302
    response = client.post(f"/attachments/{leaflet.pk}/restoration/", follow=True)
    assert "5個まで" in Page(response).text
    assert StoredObject.objects.get(pk=leaflet.pk).state == "condemned"
