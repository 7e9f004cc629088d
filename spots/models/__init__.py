"""Spots, what people say about them, where people keep them, and what moderators decided."""

from spots.models.category import Category, Tag
from spots.models.comment import Comment
from spots.models.draft import Draft
from spots.models.moderation import ModerationAction
from spots.models.report import Case, Report
from spots.models.saved_list import SavedItem, SavedList
from spots.models.spot import Spot, SpotQuerySet, StaleVersion

__all__ = [
    "Case",
    "Category",
    "Comment",
    "Draft",
    "ModerationAction",
    "Report",
    "SavedItem",
    "SavedList",
    "Spot",
    "SpotQuerySet",
    "StaleVersion",
    "Tag",
]
