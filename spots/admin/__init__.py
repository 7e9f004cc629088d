"""What moderators and operators see: one module per thing they work on, all registered on machipoke.admin.site."""

from spots.admin import categories, comment, file, log, people, report, saved_list, spot, words

__all__ = ["categories", "comment", "file", "log", "people", "report", "saved_list", "spot", "words"]
