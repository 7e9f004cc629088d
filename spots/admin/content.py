"""Hide, restore, delete: the verbs of spots, comments and files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts.models import User
from spots.admin.verbs import RestoreForm, Verb
from spots.reasons import ReasonForm, SpotDeletionForm, SpotHidingForm


def _hide(row: Any, by: User, form: ReasonForm) -> bool:
    return bool(row.hide(by, form.said, **form.further))


def _restore(row: Any, by: User, form: ReasonForm) -> bool:
    before = row.state
    row.restore(by, form.said)
    return bool(row.state != before)


def _delete(row: Any, by: User, form: ReasonForm) -> bool:
    before = row.state
    row.delete_softly(by, form.said, **form.further)
    return bool(row.state != before)


CONTENT_VERBS = (
    Verb("hide", "非表示にする", "{count}件を非表示にしました。", _hide),
    Verb("restore", "元に戻す", "{count}件を元に戻しました。", _restore, RestoreForm),
    Verb("remove", "削除する（30日間は戻せます）", "{count}件を削除しました。", _delete),
)

_hiding, _restoring, _deletion = CONTENT_VERBS
SPOT_VERBS = (replace(_hiding, form=SpotHidingForm), _restoring, replace(_deletion, form=SpotDeletionForm))
"""The same, with the question whether photos and files go along."""
