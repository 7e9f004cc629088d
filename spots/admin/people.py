"""People in the admin, with the verbs that stop someone from writing for a while and let them write again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin import PeopleAdmin
from accounts.models import Notice, User
from machipoke.admin import site
from media_store.addresses import every_address
from media_store.models import RefusedPicture, StoredObject
from spots.admin.verbs import RestoreForm, Verb, VerbAdmin
from spots.models import Comment, ModerationAction, Spot, TakedownEvidence
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


def _remove_avatar(person: User, by: User, form: Any) -> bool:
    """Its picture, which is then not taken again; the person is told why."""
    if person.avatar is None or not _may_act_on(person, by):
        return False
    with transaction.atomic():
        shown = User.objects.select_for_update(of=("self",)).select_related("avatar").get(pk=person.pk).avatar
        if shown is None:
            return False
        addresses = every_address(shown)
        RefusedPicture.objects.refuse([shown], form.said)
        User.objects.filter(pk=person.pk).update(avatar=None)
        StoredObject.objects.filter(pk=shown.pk).condemn()
        action = ModerationAction.record(by, "avatar", person, "", "", form.said)
        TakedownEvidence.objects.expect(action, addresses)
        notice = Notice(user_id=person.pk, kind=Notice.Kind.DELETED, subject="プロフィールの写真", reason=form.said)
        notice.path = "/accounts/profile/"
        Notice.tell([notice])
    return True


def _record(verb: str, person: User, by: User, form: ReasonForm, change: Any) -> bool:
    if not _may_act_on(person, by):
        return False
    with transaction.atomic():
        before = _state(person)
        change()
        ModerationAction.record(by, verb, person, before, _state(person), form.said)
    return True


def _may_act_on(person: User, by: Any) -> bool:
    """Not oneself, and not staff unless a superuser asks: a moderator cannot lock the others out."""
    return bool(person.pk != by.pk and (by.is_superuser or not (person.is_staff or person.is_superuser)))


def _state(person: User) -> str:
    return f"〜{timezone.localtime(person.suspended_until):%Y-%m-%d %H:%M}" if person.suspended_until else ""


def _rights(person: User) -> str:
    """Whether the account is open, and what it may do by its groups."""
    marks = [word for word, holds in (("有効", person.is_active), ("管理画面", person.is_staff)) if holds]
    return "・".join([*marks, *person.groups.order_by("name").values_list("name", flat=True)])[:200]


class SuspendedFilter(admin.SimpleListFilter):
    """By whether the person may write now."""

    title = "利用停止"
    parameter_name = "suspended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("yes", "停止中"), ("before", "以前に停止"), ("no", "停止されたことがない")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now, asked = timezone.now(), self.value()
        if asked == "yes":
            return queryset.filter(suspended_until__gt=now)
        if asked == "before":
            return queryset.filter(suspended_until__lte=now)
        return queryset.filter(suspended_until=None) if asked == "no" else queryset


class PeopleList(ChangeList):
    """A page of people, with how much each has posted and written: two questions, however many rows."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        people: list[Any] = list(self.result_list)
        # Nobody's drafts are for moderators, nor how many there are.
        unseen = (Spot.State.DRAFT, Spot.State.DELETED)
        spots = Spot.objects.filter(created_by__in=people).exclude(state__in=unseen)
        comments = Comment.objects.published().filter(author__in=people)
        posted = dict(spots.order_by().values_list("created_by").annotate(total=Count("pk")))
        written = dict(comments.order_by().values_list("author").annotate(total=Count("pk")))
        for person in people:
            person.posted, person.written = posted.get(person.pk, 0), written.get(person.pk, 0)
        self.result_list = people


@admin.register(User, site=site)
class ModeratedPeopleAdmin(PeopleAdmin, VerbAdmin):
    list_display: Any = ("username", "display_name", "created_at", "posted", "written", "suspended_until", "is_active")
    list_filter: ClassVar[Any] = (SuspendedFilter, "is_active", "is_staff")
    date_hierarchy = "created_at"
    verbs = (
        Verb("suspend", "利用を停止する", "{count}人の利用を停止しました。", _suspend, SuspendForm),
        Verb("unsuspend", "停止を終わらせる", "{count}人の停止を終わらせました。", _unsuspend, RestoreForm),
        Verb("avatar", "プロフィールの写真を消す", "{count}人の写真を消しました。", _remove_avatar),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        assert isinstance(request.user, User)
        people: QuerySet[Any] = User.objects.visible_to(request.user)
        return people

    def verbs_for(self, request: HttpRequest, row: Any) -> tuple[Verb, ...]:
        """An end is only for who is suspended, and nothing is done to oneself or, but by a superuser, to staff."""
        if row is None or not _may_act_on(row, request.user):
            return ()
        useful = {"suspend": True, "unsuspend": row.is_suspended, "avatar": row.avatar_id is not None}
        return tuple(verb for verb in self.verbs if useful[verb.name])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.rights_before = _rights(User.objects.get(pk=obj.pk))
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Who may do more or less than before is a line of the log, like what they do."""
        super().save_related(request, form, formsets, change)
        person, by = form.instance, request.user
        after = _rights(person)
        if after != person.rights_before:
            assert isinstance(by, User)
            ModerationAction.record(by, "rights", person, person.rights_before, after, "権限の変更")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return PeopleList

    @admin.display(description="スポット")
    def posted(self, person: Any) -> str:
        return f"{person.posted:,}"

    @admin.display(description="コメント")
    def written(self, person: Any) -> str:
        return f"{person.written:,}"
