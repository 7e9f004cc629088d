"""What stands around spots: comments, categories, tags, people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from spots.models import Comment, Spot, Tag

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]


def say(spot: Spot, author: User, body: str, parent: Comment | None = None) -> Comment:
    """A comment of that person."""
    comment = Comment(spot=spot, author=author, body=body, parent=parent)
    comment.post()
    return comment


def test_a_thread_is_flat_oldest_first_and_replies_name_their_parent(
    client: Client, make_spot: MakeSpot, hana: User, ren: User, django_assert_num_queries: Any
) -> None:
    spot = make_spot()
    first = say(spot, hana, "きれいでした")
    reply = say(spot, ren, "いつですか", first)
    with django_assert_num_queries(2):
        told = client.get(f"/api/v1/spots/{spot.pk}/comments/").json()["results"]
    assert [(one["body"], one["parent"]) for one in told] == [("きれいでした", None), ("いつですか", str(first.pk))]
    assert told[1]["author"]["username"] == "ren"
    assert told[1]["url"].endswith(f"/spots/{spot.pk}/#comment-{reply.pk}")
    assert client.get(f"/api/v1/spots/{spot.pk}/comments/?page_size=1").json()["next"]


def test_a_deleted_comment_is_a_trace_and_a_hidden_one_its_authors(
    client: Client, make_spot: MakeSpot, sign_in: SignIn, hana: User, ren: User, mori: User
) -> None:
    spot = make_spot()
    say(spot, hana, "消した言葉").delete_softly()
    say(spot, ren, "隠した言葉").hide(mori, "いやがらせ")
    url = f"/api/v1/spots/{spot.pk}/comments/"
    [trace] = client.get(url).json()["results"]
    assert (trace["state"], trace["body"], trace["author"]) == ("deleted", None, None)
    assert [one["body"] for one in sign_in(ren).get(url).json()["results"]] == [None, "隠した言葉"]


def test_the_comments_of_an_unseen_spot_are_not_there(client: Client, make_spot: MakeSpot, mori: User) -> None:
    spot = make_spot()
    spot.hide(mori, "確認中")
    assert client.get(f"/api/v1/spots/{spot.pk}/comments/").status_code == 404


def test_categories_are_a_list_like_every_list(client: Client, db: None) -> None:
    told = client.get("/api/v1/categories/").json()
    assert (told["next"], told["previous"], len(told["results"])) == (None, None, 12)
    first = told["results"][0]
    assert (first["slug"], first["name"], first["name_en"][:6]) == ("nature", "自然・風景", "Nature")


def test_tags_count_public_spots_only(client: Client, make_spot: MakeSpot, django_assert_num_queries: Any) -> None:
    make_spot(tags=["桜", "城"])
    make_spot(tags=["桜"])
    make_spot(tags=["桜", "秘密"], state="draft")
    Tag.objects.create(name="だれも使わない")
    with django_assert_num_queries(2):
        told = client.get("/api/v1/tags/").json()["results"]
    assert {tag["name"]: tag["count"] for tag in told} == {"桜": 2, "城": 1}


def test_tags_by_their_beginning_in_pages(client: Client, make_spot: MakeSpot) -> None:
    make_spot(tags=["Cafe", "ＣＡＴ", "桜", "c"])
    first = client.get("/api/v1/tags/?q=ｃａ&page_size=1").json()
    second = client.get(first["next"]).json()
    assert [tag["name"] for page in (first, second) for tag in page["results"]] == ["Cafe", "ＣＡＴ"]
    assert second["next"] is None


@pytest.mark.parametrize("name", ["hana", "HANA", "ｈａｎａ"])
def test_a_person_answers_to_their_name_in_any_form(client: Client, make_spot: MakeSpot, hana: User, name: str) -> None:
    make_spot(created_by=hana)
    make_spot(created_by=hana, state="draft")
    told = client.get(f"/api/v1/users/{name}/").json()
    assert (told["username"], told["display_name"], told["avatar_url"], told["spot_count"]) == ("hana", "花", None, 1)
    assert told["url"] == "http://127.0.0.1:8000/users/hana/"
    assert "email" not in str(told)


@pytest.mark.parametrize("name", ["nobody", "%00", "%ff", "a" * 500])
def test_who_does_not_exist_is_404(client: Client, db: None, name: str) -> None:
    assert client.get(f"/api/v1/users/{name}/").status_code == 404


def test_a_closed_account_is_404(client: Client, hana: User) -> None:
    User.objects.filter(pk=hana.pk).update(is_active=False)
    assert client.get("/api/v1/users/hana/").status_code == 404
    assert client.get("/api/v1/spots/?created_by=hana").status_code == 400
