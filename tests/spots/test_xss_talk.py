"""The corpus of test_xss in what people say to each other and to moderators: comments, reports, reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from machipoke.text import clean
from spots.models import Case, Comment, ModerationAction, Report, SavedList, Spot
from tests.markup import Page, goes_somewhere_odd
from tests.spots.said import said
from tests.spots.test_xss import HARMLESS, PAIRS

SignIn = Callable[[User], Client]


class Talk(NamedTuple):
    """Rows that hold what people said, and who looks at them."""

    spot: Spot
    hidden: Spot
    own: Comment
    answered: Comment
    taken: Comment
    list: SavedList
    author: Client
    moderator: Client

    def say(self, text: str) -> None:
        """Put `text` wherever it can be typed, past validation, so that the templates stand alone."""
        Comment.objects.update(body=text, hidden_reason=text)
        Report.objects.update(text=text)
        Spot.objects.filter(pk=self.hidden.pk).update(hidden_reason=text, deletion_reason=text)
        SavedList.objects.update(title=text)
        User.objects.filter(username="hana").update(display_name=text, bio=text)
        line = {"verb": "hide", "before": "published", "after": "hidden", "reason": text}
        self.forget_log()
        for kind, row in (("comment", self.own), ("spot", self.hidden)):
            ModerationAction.objects.create(target_kind=kind, target_id=str(row.pk), **line)

    def forget_log(self) -> None:
        """Its lines cannot be changed, and with each text there would be more of them."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM spots_moderationaction")


@pytest.fixture
def talk(make_spot: Callable[..., Spot], sign_in: SignIn, hana: User, ren: User, mori: User) -> Talk:
    spot, hidden = make_spot("公園", created_by=ren), make_spot("となり", created_by=hana)
    own, answered, taken = (said(spot, hana, "x") for _ in range(3))
    said(spot, ren, "x", parent=answered)
    taken.delete_softly(mori, "x")
    hidden.hide(mori, "x")
    listed = SavedList.objects.create(owner=hana, title="x", visibility="public")
    for target in (own, hidden, hana, listed):
        Report(reason="spam", text="x", reporter=hana).file(target)
    return Talk(spot, hidden, own, answered, taken, listed, sign_in(hana), sign_in(mori))


def shapes(talk: Talk, text: str) -> dict[str, Counter[Any]]:
    """What every page is made of when everything says `text`."""
    talk.say(text)
    own, stranger, long = talk.own, Client(), text + "長" * 2001
    comments, edit = f"/spots/{talk.spot.pk}/comments/", f"/comments/{own.pk}/edit/"
    asked = {"action": "hide", "_selected_action": [str(case.pk) for case in Case.objects.all()]}
    answers = {
        "spot": stranger.get(talk.spot.get_absolute_url()),
        "own spot": talk.author.get(talk.spot.get_absolute_url()),
        "moderator's spot": talk.moderator.get(talk.spot.get_absolute_url()),
        "hidden spot": talk.author.get(talk.hidden.get_absolute_url()),
        "all": talk.author.get(f"{comments}all/"),
        "reply": talk.author.get(f"{comments}?parent={talk.answered.pk}"),
        "refused": talk.author.post(comments, {"body": long, "parent": text}),
        "edit": talk.author.get(edit),
        "both texts": talk.author.post(edit, {"body": f"{clean(text, True)}1", "version": text}),
        "delete": talk.author.get(f"/comments/{own.pk}/delete/"),
        "moderated": talk.moderator.post(f"/comments/{own.pk}/delete/", {"reason": text, "detail": long}),
        "report comment": stranger.get(f"/reports/new/?target=comment:{own.pk}"),
        "report person": stranger.get("/reports/new/?target=user:hana"),
        "report list": stranger.get(f"/reports/new/?target=list:{talk.list.pk}"),
        "report nothing": stranger.get(f"/reports/new/?{urlencode({'target': text, 'reason': text})}"),
        "report wrongly": stranger.post(
            "/reports/new/", {"target": f"list:{talk.list.pk}", "reason": text, "text": long, "form_token": text}
        ),
        "receipt": stranger.get(f"/reports/{Report.objects.first().receipt}/?{urlencode({'x': text})}"),  # type: ignore[union-attr]
        "queue": talk.moderator.get("/admin/spots/case/"),
        "reason": talk.moderator.post("/admin/spots/case/", asked),
        "reason refused": talk.moderator.post("/admin/spots/case/", asked | {"confirmed": "1", "detail": long}),
        "log": talk.moderator.get("/admin/spots/moderationaction/"),
        "comments in the panel": talk.moderator.get("/admin/spots/comment/"),
        "comment in the panel": talk.moderator.get(f"/admin/spots/comment/{talk.taken.pk}/change/"),
        **{
            f"case of a {case.target_kind}": talk.moderator.get(f"/admin/spots/case/{case.pk}/change/")
            for case in Case.objects.all()
        },
    }
    pages = {what: Page(answer) for what, answer in answers.items()}
    for what, page in pages.items():
        assert page.response.status_code in (200, 400, 404, 409), what
        assert [a for a in page.addresses() if goes_somewhere_odd(a)] == [], what
    shown = {what: page.shape() for what, page in pages.items()}
    for shape in shown.values():
        shape.pop(("br",), None)  # the panel's own, for a line break
    return shown


def test_the_pages_show_what_was_said(talk: Talk) -> None:
    """Else the comparison below would compare nothing."""
    shapes(talk, HARMLESS)
    for path, client in (
        (f"/spots/{talk.spot.pk}/", talk.author),
        (f"/admin/spots/case/{Case.objects.get(target_kind='comment').pk}/change/", talk.moderator),
        ("/admin/spots/moderationaction/", talk.moderator),
    ):
        assert HARMLESS in Page(client.get(path)).text


@pytest.mark.parametrize("attacks", [PAIRS[start::5] for start in range(5)])
def test_text_adds_no_element_no_attribute_and_no_running_link(talk: Talk, attacks: list[str]) -> None:
    harmless = shapes(talk, HARMLESS)
    for attack in attacks:
        attacked = shapes(talk, attack)
        assert {what: attacked[what] - harmless[what] for what in harmless if attacked[what] != harmless[what]} == {}
