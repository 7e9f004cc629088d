"""A form that is sent twice is stored once; one that is sent on with other words loses none of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from machipoke.models import IdempotentAnswer
from spots.models import Spot
from tests.markup import Page
from tests.spots.threads import all_at_once
from tests.spots.typed import form

SignIn = Callable[[User], Client]
AT_ONCE = 50


def test_sending_it_again_leads_to_the_same_spot(sign_in: SignIn, hana: User) -> None:
    sent = form()
    first, second = (sign_in(hana).post("/spots/new/", sent) for _ in range(2))
    spot = Spot.objects.get()
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert first["Location"] == spot.get_absolute_url()


def test_every_form_has_a_token_of_its_own_and_keeps_it_through_a_mistake(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    tokens = {token_of(Page(author.get("/spots/new/"))) for _ in range(2)}
    assert len(tokens) == 2
    sent = form(name="")
    assert token_of(Page(author.post("/spots/new/", sent))) == sent["form_token"]


def token_of(page: Page) -> str:
    return page.one("input", name="form_token").get("value", "")


def test_going_back_and_writing_on_is_asked_about(sign_in: SignIn, hana: User) -> None:
    sent = form()
    author = sign_in(hana)
    author.post("/spots/new/", sent)
    answer = author.post("/spots/new/", sent | {"name": "となりの桜"})
    page = Page(answer)
    assert (answer.status_code, Spot.objects.count()) == (409, 1)
    assert Spot.objects.get().get_absolute_url() in page.links()
    assert page.one("input", id="id_name").get("value") == "となりの桜"
    renewed = token_of(page)
    assert renewed != sent["form_token"]
    another = str(Spot.objects.get().pk)
    author.post("/spots/new/", sent | {"name": "となりの桜", "form_token": renewed, "another": another})
    assert Spot.objects.count() == 2


def test_tokens_are_each_persons_own(sign_in: SignIn, hana: User, ren: User) -> None:
    sent = form()
    for person in (hana, ren):
        known = ",".join(str(pk) for pk in Spot.objects.values_list("pk", flat=True))
        assert sign_in(person).post("/spots/new/", sent | ({"another": known} if known else {})).status_code == 302
    assert {spot.created_by for spot in Spot.objects.all()} == {hana, ren}


@pytest.mark.parametrize("token", ["", "x", "%00", "9" * 5000])
def test_without_a_token_a_spot_is_posted_all_the_same(sign_in: SignIn, hana: User, token: str) -> None:
    assert sign_in(hana).post("/spots/new/", form(form_token=token)).status_code == 302
    assert not IdempotentAnswer.objects.exists()


def test_what_was_refused_leaves_no_token_behind(sign_in: SignIn, hana: User) -> None:
    sent = form(name="")
    author = sign_in(hana)
    author.post("/spots/new/", sent)
    author.post("/spots/new/", sent | {"name": "直した名前"})
    assert Spot.objects.get().name == "直した名前"


def test_answers_are_kept_for_a_day(sign_in: SignIn, hana: User) -> None:
    sent, long_ago = form(), timezone.now() - timedelta(hours=25)
    author = sign_in(hana)
    author.post("/spots/new/", sent)
    author.post("/spots/new/", form(name="喫茶ひまわり"))
    IdempotentAnswer.objects.update(created_at=long_ago)
    author.post("/spots/new/", sent | {"another": ",".join(str(spot.pk) for spot in Spot.objects.all())})
    assert (Spot.objects.count(), IdempotentAnswer.objects.count()) == (3, 1)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_fifty_at_once_are_one_spot(sign_in: SignIn, hana: User) -> None:
    sent = form()
    clients = [sign_in(hana) for _ in range(AT_ONCE)]
    answers = all_at_once([partial(client.post, "/spots/new/", sent) for client in clients])
    spot = Spot.objects.get()
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [  # type: ignore[union-attr,index]
        (302, spot.get_absolute_url())
    ] * AT_ONCE


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_different_forms_at_once_are_all_stored(sign_in: SignIn, hana: User) -> None:
    forms = [form(name=f"場所{n}", latitude=f"{36 + n / 100:.4f}", form_token=str(uuid4())) for n in range(12)]
    clients = [sign_in(hana) for _ in forms]
    pairs = zip(clients, forms, strict=True)
    answers = all_at_once([partial(client.post, "/spots/new/", sent) for client, sent in pairs])
    assert {getattr(answer, "status_code", answer) for answer in answers} == {302}
    assert Spot.objects.count() == len(forms)
