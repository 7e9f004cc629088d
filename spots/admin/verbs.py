"""What moderators do to rows: each verb asks for a reason on a page of its own and leaves a line in the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import User
from machipoke.admin import KeptAdmin
from spots.models import StaleVersion
from spots.reasons import ReasonForm

MOST = 50
"""Rows moved at once: one page of a list, each in a transaction of its own."""


class InternalForm(ReasonForm):
    """A reason that only the log keeps."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["detail"].help_text = "「その他」では必ず書いてください。"


class RestoreForm(ReasonForm):
    """Why something comes back, which its author reads too."""

    CHOICES = [
        ("corrected", "直された"),
        ("mistake", "非表示や削除が誤りだった"),
        ("appeal", "申し立てを認めた"),
        ("other", "その他"),
    ]


@dataclass(frozen=True)
class Verb:
    """`apply(row, moderator, form)` says whether it changed the row; it may raise ValidationError or StaleVersion.

    `done` tells of `{count}` rows, and may say what the `{form}` holds.
    """

    name: str
    label: str
    done: str
    apply: Callable[[Any, User, Any], bool]
    form: type[ReasonForm] = ReasonForm


class VerbAdmin(KeptAdmin):
    """A list whose actions are `verbs`; the page of a row offers the same ones."""

    verbs: tuple[Verb, ...] = ()
    change_form_template = "admin/row_with_verbs.html"

    def get_actions(self, request: HttpRequest) -> Any:
        if not self.may_apply_verbs(request):
            return {}
        return {verb.name: (_action(verb), verb.name, verb.label) for verb in self.verbs}

    def may_apply_verbs(self, request: HttpRequest) -> bool:
        """Whether this person may change rows of the kind; the form may still show them as they are."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))

    def verbs_for(self, request: HttpRequest, row: Any) -> tuple[Verb, ...]:
        """The verbs that the page of `row` offers."""
        return self.verbs

    def form_for(self, verb: Verb, data: Any, chosen: list[Any]) -> ReasonForm:
        """What is asked before `verb` is done to the chosen rows; unbound without `data`."""
        return verb.form(data)

    def seen(self, row: Any) -> str:
        """What the moderator has read of `row` when asked for a reason; where it changed since, nothing is done."""
        return ""

    def in_words(self, request: HttpRequest, rows: list[Any]) -> list[str]:
        """What the page that asks for a reason calls the rows."""
        return [str(row) for row in rows]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        context["verbs"] = self.verbs_for(request, context.get("original")) if self.may_apply_verbs(request) else ()
        return super().render_change_form(request, context, *args, **kwargs)


def _action(verb: Verb) -> Callable[[VerbAdmin, HttpRequest, QuerySet[Model]], HttpResponse | None]:
    def act(model_admin: VerbAdmin, request: HttpRequest, rows: QuerySet[Model]) -> HttpResponse | None:
        chosen = list(rows[: MOST + 1])
        if len(chosen) > MOST:
            model_admin.message_user(request, "一度に選べるのは50件までです。", messages.ERROR)
            return None
        form = model_admin.form_for(verb, request.POST if "confirmed" in request.POST else None, chosen)
        if form.is_valid():
            _apply(verb, model_admin, request, chosen, form)
            return None
        return TemplateResponse(request, "admin/reason.html", _context(verb, model_admin, request, chosen, form))

    return act


def _context(verb: Verb, model_admin: VerbAdmin, request: HttpRequest, chosen: list[Model], form: ReasonForm) -> Any:
    return model_admin.admin_site.each_context(request) | {
        "title": verb.label,
        "verb": verb,
        "chosen": chosen,
        "seen": [(row.pk, model_admin.seen(row)) for row in chosen],
        "names": model_admin.in_words(request, chosen),
        "form": form,
        "opts": model_admin.opts,
        "checkbox": ACTION_CHECKBOX_NAME,
    }


def _apply(verb: Verb, model_admin: VerbAdmin, request: HttpRequest, chosen: list[Model], form: ReasonForm) -> None:
    moderator = request.user
    assert isinstance(moderator, User)
    done = 0
    refused: Counter[str] = Counter()
    for row in chosen:
        try:
            seen = model_admin.seen(row)
            changed = request.POST.get(f"seen-{row.pk}", seen) == seen and verb.apply(row, moderator, form)
        except ValidationError as error:
            changed = False
            if getattr(error, "code", "") != "state":  # which says no more than the sentence below
                refused[error.messages[0]] += 1
        except StaleVersion:
            changed = False
        done += changed
        if changed:
            model_admin.log_change(request, row, f"{verb.label}: {form.said}")
    if done:
        model_admin.message_user(request, verb.done.format(count=done, form=form), messages.SUCCESS)
    for reason, count in refused.items():
        model_admin.message_user(request, f"{count}件：{reason}", messages.WARNING)
    if left := len(chosen) - done - refused.total():
        message = f"{left}件は、いまの状態ではできないか、先に変わっていました。"
        model_admin.message_user(request, message, messages.WARNING)
