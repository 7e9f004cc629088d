"""How Django reaches a PostgreSQL and a bucket: time-outs that keep a request from waiting for a store that hangs."""

from __future__ import annotations

from pathlib import Path

import environ


def postgres(url: str) -> dict[str, object]:
    """Django's settings of the database at `url`, with bounded waiting."""
    parsed: dict[str, object] = environ.Env.db_url_config(url)
    # Like SQLite's time-out: a lock that another holds is a 503 after 20 s, never a thread that waits for ever.
    options = {"connect_timeout": 5, "options": "-c lock_timeout=20s", **parsed.pop("OPTIONS", {})}  # type: ignore[dict-item]
    return parsed | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


Storage = dict[str, object]

PREFIXES = {
    "media": ("spots/", "users/", "attachments/", "variants/"),
    "private": ("originals/", "incoming/"),
    "backups": ("",),
}
"""How the keys of each bucket begin; its store refuses all others, so that no mix of settings shows what is private."""


def object_storages(folder: Path, buckets: dict[str, str], **access: str) -> dict[str, Storage]:
    """Django's STORAGES of the objects: `<bucket>_folder` always, `<bucket>_s3` where a bucket is named for it.

    `buckets` names the S3 bucket of `media`, `private` and `backups`, or nothing. What is private shares its S3 bucket
    with the backups at most, each below a prefix of its own, and never that of the media.
    """
    found: dict[str, Storage] = {}
    for name, bucket in buckets.items():
        keys: Storage = {"prefixes": PREFIXES[name]}
        options = {"location": folder / name} | keys
        found[f"{name}_folder"] = {"BACKEND": "media_store.stores.folder.FolderStore", "OPTIONS": options}
        if bucket:
            prefix: Storage = {} if name == "media" else {"location": name}
            options = s3_options(bucket, **access) | prefix | keys
            found[f"{name}_s3"] = {"BACKEND": "media_store.stores.bucket.BucketStore", "OPTIONS": options}
    return found


def s3_options(bucket: str, endpoint: str, region: str, key_id: str, secret: str) -> Storage:
    """Of django-storages. A time-out for each answer and one more try: a store that hangs holds no request long.

    R2 and other compatible stores know neither the new default checksums nor other signatures.
    """
    from botocore.config import Config

    client = Config(
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 2},
        max_pool_connections=10,
        tcp_keepalive=True,
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return {
        "bucket_name": bucket,
        "endpoint_url": endpoint or None,
        "region_name": region,
        "access_key": key_id,
        "secret_key": secret,
        "client_config": client,
        "default_acl": None,
        "querystring_auth": True,
        "file_overwrite": False,
    }
