"""The words for pictures that are not taken: what is wrong and what to do next."""

from __future__ import annotations

from importlib.util import find_spec

from django.utils.translation import gettext_lazy as _

from media_store.pictures.made import PictureRefused


def too_large() -> PictureRefused:
    """More bytes than anything takes."""
    return PictureRefused("too_large", _("写真が大きすぎます（20 MB まで）。"), 413)


def wrong_type() -> PictureRefused:
    """No picture, or of a kind that is not read."""
    words = _("この形式は使えません。JPEG、PNG、WebP、GIF、AVIF の写真を選んでください。")
    if find_spec("pillow_heif"):
        words = _("この形式は使えません。JPEG、PNG、WebP、GIF、AVIF、HEIC の写真を選んでください。")
    return PictureRefused("type", words, 415)


def heic_unread() -> PictureRefused:
    """A phone's own kind on a server without its reader."""
    words = _("HEIC の写真は、ここでは読めません。JPEG に書き出したものを選んでください。")
    return PictureRefused("type", words, 415)


def damaged() -> PictureRefused:
    """Begins as a picture and does not go on as one."""
    return PictureRefused("damaged", _("写真が壊れているようです。別の写真を選ぶか、保存し直してお試しください。"))


def too_many_pixels() -> PictureRefused:
    """More to decode than the server gives one photo."""
    return PictureRefused("too_many_pixels", _("写真の縦横が大きすぎます。小さくしてからお送りください。"))


def too_small() -> PictureRefused:
    """Nothing to be seen in it."""
    return PictureRefused("too_small", _("写真が小さすぎます。縦も横も32ピクセルからです。"))


def too_narrow() -> PictureRefused:
    """A strip."""
    return PictureRefused("too_narrow", _("写真が細長すぎます。縦と横の比は20倍までです。"))


def too_many_scans() -> PictureRefused:
    """A JPEG in so many layers that reading them is the attack."""
    return PictureRefused("too_many_scans", _("この JPEG は読めません。ふつうの JPEG で保存し直してください。"))
