"""`{% picture %}`: a stored picture on a page, in sizes to choose from, over its own blurred self."""

from __future__ import annotations

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from media_store.addresses import PLAIN, address, srcset
from media_store.models import StoredObject
from media_store.variants import RATIOS, WIDTHS

register = template.Library()

FALLBACK_WIDTH = 640
"""Of the address for programs that know no `srcset`."""


@register.simple_tag
def picture(
    image: StoredObject,
    sizes: str,
    *,
    is_public: bool,
    alt: str = "",
    eager: bool = False,
    ratio: str = "",
    most: int = WIDTHS[-1],
) -> SafeString:
    """`{% picture photo.image is_public=… sizes="…" alt=… %}`: for a box that clips, and says its own proportions.

    `is_public` is whether everyone may see it; `sizes` what the attribute says: how wide the box is. `ratio` of RATIOS
    crops, `most` is the widest size the box can use. `eager` is the one picture that a reader sees first. Nothing is
    asked of the store: a picture that does not arrive leaves its placeholder, without JavaScript and without a style
    attribute, which the policy forbids.
    """
    width, height = shown_size(image, min(most, image.width or most), ratio)
    promptly = 'fetchpriority="high"' if eager else 'loading="lazy" decoding="async"'
    wide = escape(sizes)
    src = address(image, min(FALLBACK_WIDTH, most), PLAIN, ratio, is_public=is_public)
    behind = f'<img class="blur" src="{escape(image.placeholder)}" alt="">' if image.placeholder else ""
    webp, plain = (srcset(image, format, most, ratio, is_public=is_public) for format in ("webp", PLAIN))
    return mark_safe(  # noqa: S308 - addresses are made of our own keys, and every text is escaped
        f"{behind}<picture>"
        f'<source type="image/webp" srcset="{escape(webp)}" sizes="{wide}">'
        f'<img src="{escape(src)}" srcset="{escape(plain)}" sizes="{wide}"'
        f' width="{width}" height="{height}" alt="{escape(alt)}" {promptly}></picture>'
    )


@register.simple_tag
def picture_url(image: StoredObject, width: int, *, is_public: bool) -> str:
    """`{% picture_url photo.image 2048 is_public=… %}`: one size as JPEG, for a link that opens it."""
    return address(image, width, PLAIN, is_public=is_public)


def shown_size(image: StoredObject, width: int, ratio: str = "") -> tuple[int, int]:
    """Width and height in pixels of the picture at `width`, cropped where `ratio` says so."""
    across, down = RATIOS[ratio] or (image.width or 1, image.height or 1)
    return width, max(1, round(width * down / across))
