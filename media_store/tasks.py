"""What the job process does for objects; huey finds the tasks here."""

from datetime import timedelta

from machipoke.jobs import JobFailedError, Result, job
from media_store import elsewhere, sweeping, variant_files
from media_store.stores import StoreUnavailable


@job(
    "sweep_objects",
    every=timedelta(minutes=10),
    about="使われなくなった写真とファイルを消します（cleanup_media と同じ）。",
    words=sweeping.WORDS,
)
def sweep_objects() -> Result:
    """Remove what nobody finished, attached or wants any more, and what waited for its last day."""
    return sweeping.sweep()


@job(
    "trim_variants",
    every=timedelta(hours=1),
    about="写真の大きさ違いのフォルダーを VARIANT_CACHE_MB までにします。",
    words={"removed": "消した大きさ違い"},
)
def trim_variants() -> Result:
    """Keep the folder of pictures' sizes below its limit; the web processes do so too, when they write much."""
    return {"removed": variant_files.trim()}


@job(
    "forget_variants",
    every=timedelta(minutes=5),
    about="取り下げた写真の大きさ違いを、バケットから消します。",
    words={"withdrawals": "片づけた取り下げ"},
)
def forget_variants() -> Result:
    """Remove from the bucket the sizes of pictures that were taken away."""
    try:
        return {"withdrawals": elsewhere.forget_withdrawn()}
    except StoreUnavailable as error:
        raise JobFailedError(f"バケットに届きませんでした（{error}）。", {"withdrawals": 0}) from error
