"""Spots, what people say about them, where people keep them, and what moderators decided."""

from spots.models.attachment import Attachment
from spots.models.category import Category, Tag
from spots.models.comment import Comment
from spots.models.draft import Draft
from spots.models.moderation import ModerationAction
from spots.models.photo import SpotPhoto
from spots.models.report import Case, Report
from spots.models.saved_list import SavedItem, SavedList
from spots.models.spot import Spot, SpotQuerySet, StaleVersion
from spots.models.takedown import TakedownEvidence

__all__ = [
    "Attachment",
    "Case",
    "Category",
    "Comment",
    "Draft",
    "ModerationAction",
    "Report",
    "SavedItem",
    "SavedList",
    "Spot",
    "SpotPhoto",
    "SpotQuerySet",
    "StaleVersion",
    "Tag",
    "TakedownEvidence",
]
