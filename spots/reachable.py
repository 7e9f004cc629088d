"""Which addresses of spots, comments and categories a person may open, for pages of accounts that link to them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from accounts.models import User
from spots.models import Comment, Spot

_ROW = re.compile(r"/(spots|comments)/([0-9a-f-]{36})/")


def reachable(paths: Iterable[str], viewer: User) -> set[str]:
    """Of these paths those behind which `viewer` finds something: one question for each kind."""
    asked = list(paths)
    ids: dict[str, list[str]] = {"spots": [], "comments": []}
    for path in asked:
        if found := _ROW.fullmatch(path):
            ids[found[1]].append(found[2])
    open_ = {path for path in asked if path.startswith("/categories/")}
    if ids["spots"]:
        spots = Spot.objects.visible_to(viewer).filter(pk__in=ids["spots"])
        open_ |= {f"/spots/{pk}/" for pk in spots.order_by().values_list("pk", flat=True)}
    if ids["comments"]:
        comments = Comment.objects.visible_to(viewer).filter(pk__in=ids["comments"])
        # What its author took away since leaves no more than a trace.
        comments = comments.exclude(state=Comment.State.DELETED, hidden_reason="")
        open_ |= {f"/comments/{pk}/" for pk in comments.order_by().values_list("pk", flat=True)}
    return open_
