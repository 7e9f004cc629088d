"""Where pixels lie: Pillow keeps the blocks of the last pictures for the next ones."""

from __future__ import annotations

from PIL import Image

_BLOCKS = 2
"""Of at most 16 MB each stay with a process. A master is 12 MB, which the system would otherwise hand out, page by page
and zeroed, for each size that is made of it: 3 % of the CPU. More blocks save nothing more."""


def keep_blocks() -> None:
    """From now on, for this process."""
    Image.core.set_blocks_max(_BLOCKS)  # type: ignore[attr-defined]
