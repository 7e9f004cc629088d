"""What the job process does for people; huey finds the tasks here."""

from datetime import timedelta

from huey.contrib.djhuey import db_task

from accounts import exporting, leaving
from accounts.notices import mail_due_letters
from machipoke.jobs import JobFailedError, Result, job


@db_task()  # type: ignore[untyped-decorator]
def mail_notices() -> None:
    """Send the letters of new notices, some at a time."""
    if mail_due_letters().is_more:
        mail_notices()


@job(
    "mail_notices",
    every=timedelta(minutes=10),
    about="まだ送れていないお知らせのメールを送ります。",
    words={"sent": "送ったお知らせ", "failed": "送れなかったお知らせ"},
)
def mail_forgotten_notices() -> Result:
    """Send the letters that the queue lost, and try those again that a mail server refused."""
    sent = 0
    while (run := mail_due_letters()).is_more:
        sent += run.sent
    result = {"sent": sent + run.sent, "failed": run.failed}
    if run.failed:
        raise JobFailedError(f"{run.failed}通のお知らせを送れませんでした。", result)
    return result


@db_task()  # type: ignore[untyped-decorator]
def make_copies() -> None:
    """Make the copies that were asked for just now."""
    exporting.make_pending()


@job(
    "make_copies",
    every=timedelta(minutes=5),
    about="利用者が求めた自分のデータの写しを作り、期限が過ぎた写しを消します。",
    words={
        "made": "作った写し",
        "failed": "作れなかった写し",
        "expired": "期限が過ぎて消した写し",
        "stray": "だれのものでもなく消したファイル",
    },
)
def make_forgotten_copies() -> Result:
    """Make the copies of their data that people asked for, and remove those whose day is over."""
    return exporting.make_pending() | exporting.sweep()


@job(
    "erase_accounts",
    every=timedelta(hours=1),
    about="退会の期限が来た利用者を消し、古いメールのファイルと終わったセッションを消します。",
    words={
        "erased": "消した利用者",
        "kept": "消さなかった利用者",
        "failed": "消せなかった利用者",
        "old_letters": "消した古いメール",
        "old_sessions": "消した終わったセッション",
    },
)
def erase_accounts() -> Result:
    """Erase everyone who left and has not changed their mind in time, and letters and sessions that are over."""
    return leaving.erase_due() | leaving.clear_old()
