"""A PDF that is a document and nothing else: no scripts, no programs started, no files inside, no password.

It is stored as it is written anew: without its author, its older versions, and what cameras put into its pictures.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from machipoke.availability import Busy
from media_store.attachments.checked import AttachmentRefused
from media_store.slots import transform_slot

_PROGRAM = Path(__file__).with_name("pdf_walk.py")
_DEADLINE_SECONDS = 15
"""Five times what the program may use of a core: the machine may be busy."""

_WAIT_SECONDS = 10.0
"""For a turn: each look may take 400 MB, so they are counted with the pictures that are decoded."""

_NAMES = {b"/JavaScript": "active", b"/Launch": "active", b"/EmbeddedFile": "embedded"}
"""In the plain bytes too: what an older version of the document holds is found by readers that repair it."""

_SAVE_AGAIN = _(
    "この PDF は読めませんでした。「PDFとして保存」または「印刷」で作り直してから、もう一度お試しください。"
)
_WORDS = {
    "encrypted": _("パスワードや編集の制限がついた PDF は使えません。外してから、もう一度お試しください。"),
    "complex": _("この PDF は複雑すぎて確かめられません。ページを減らすか、「印刷」で作り直してください。"),
    "active": _("スクリプトや自動で動くしかけのある PDF は使えません。「印刷」で PDF を作り直してください。"),
    "embedded": _("別のファイルが入った PDF は使えません。「印刷」で PDF を作り直してください。"),
    "form": _("入力した内容を送るしかけのある PDF は使えません。「印刷」で PDF を作り直してください。"),
    "link": _("ウェブとメールのほかへのリンクがある PDF は使えません。リンクを外してください。"),
}


def is_pdf(content: bytes) -> bool:
    """Whether it begins as a PDF does: at its first byte, so that it is not something else as well."""
    return content.startswith((b"%PDF-1.", b"%PDF-2."))


def clean(content: bytes) -> bytes:
    """The same document with nothing but what it shows. Raises AttachmentRefused for one that does more."""
    if b"%%EOF" not in content[-1024:]:
        raise AttachmentRefused("damaged", _SAVE_AGAIN)
    reason = next((reason for name, reason in _NAMES.items() if name in content), None)
    said, written = (reason, b"") if reason else _written_anew(content)
    if said != "fine":
        raise AttachmentRefused(said, _WORDS.get(said, _SAVE_AGAIN))
    return written


def _written_anew(content: bytes) -> tuple[str, bytes]:
    """What the program said, and wrote; where it was ended by a limit of its own, the file is too complex."""
    command = [sys.executable, "-I", str(_PROGRAM)]
    try:
        with transform_slot(_WAIT_SECONDS):
            done = subprocess.run(  # noqa: S603 - our own program, and nothing of the file in its arguments
                command, input=content, capture_output=True, timeout=_DEADLINE_SECONDS, check=False, env={}
            )
    except subprocess.TimeoutExpired:
        return "complex", b""
    except OSError as error:
        raise Busy("no process for looking at a PDF") from error
    said, _line, written = done.stdout.partition(b"\n")
    return (said.decode("ascii", "replace"), written) if done.returncode == 0 and said else ("complex", b"")
