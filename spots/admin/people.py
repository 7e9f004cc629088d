"""People in the admin, with the verbs that stop someone from writing for a while and let them write again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin import PeopleAdmin
from accounts.models import User
from machipoke.admin import site
from spots.admin.verbs import RestoreForm, Verb, VerbAdmin
from spots.models import ModerationAction
from spots.reasons import ReasonForm


class SuspendForm(ReasonForm):
    """Why, and for how long."""

    days = forms.TypedChoiceField(
        label="期間",
        coerce=int,
        choices=[(1, "1日"), (7, "7日"), (30, "30日"), (365, "1年")],
        initial=7,
        widget=forms.RadioSelect,
    )


def _suspend(person: User, by: User, form: Any) -> bool:
    until = timezone.now() + timedelta(days=form.cleaned_data["days"])
    return _record("suspend", person, by, form, lambda: person.suspend(until, form.said))


def _unsuspend(person: User, by: User, form: Any) -> bool:
    return person.is_suspended and _record("unsuspend", person, by, form, lambda: person.end_suspension(form.said))


def _record(verb: str, person: User, by: User, form: ReasonForm, change: Any) -> bool:
    """Not oneself, and not staff unless a superuser asks: a moderator cannot lock the others out."""
    if person.pk == by.pk or ((person.is_staff or person.is_superuser) and not by.is_superuser):
        return False
    with transaction.atomic():
        before = _state(person)
        change()
        ModerationAction.record(by, verb, person, before, _state(person), form.said)
    return True


def _state(person: User) -> str:
    return f"〜{timezone.localtime(person.suspended_until):%Y-%m-%d %H:%M}" if person.suspended_until else ""


@admin.register(User, site=site)
class ModeratedPeopleAdmin(PeopleAdmin, VerbAdmin):
    verbs = (
        Verb("suspend", "利用を停止する", "{count}人の利用を停止しました。", _suspend, SuspendForm),
        Verb("unsuspend", "停止を終わらせる", "{count}人の停止を終わらせました。", _unsuspend, RestoreForm),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        assert isinstance(request.user, User)
        people: QuerySet[Any] = User.objects.visible_to(request.user)
        return people
