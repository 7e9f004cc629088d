"""Hide, restore, delete: the verbs of spots and comments."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from spots.admin.verbs import ReasonForm, RestoreForm, Verb
from spots.models import ModerationAction


def _hide(row: Any, by: User, form: ReasonForm) -> bool:
    before = row.state
    row.hide(by, form.said)
    return bool(row.state != before)


def _restore(row: Any, by: User, form: ReasonForm) -> bool:
    before = row.state
    row.restore(by, form.said)
    return bool(row.state != before)


def _delete(row: Any, by: User, form: ReasonForm) -> bool:
    before = row.state
    with transaction.atomic():
        row.delete_softly()
        if row.state != before:
            ModerationAction.record(by, "delete", row, before, row.state, form.said)
    return bool(row.state != before)


CONTENT_VERBS = (
    Verb("hide", _("非表示にする"), _("%(count)d件を非表示にしました。"), _hide),
    Verb("restore", _("元に戻す"), _("%(count)d件を元に戻しました。"), _restore, RestoreForm),
    Verb("remove", _("削除する（30日間は戻せます）"), _("%(count)d件を削除しました。"), _delete),
)
