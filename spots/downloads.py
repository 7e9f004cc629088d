"""An attachment as HTTP sends it: always saved, never opened in the site's name, asked for again each time."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from media_store import objects
from media_store.delivery.answers import is_known, part_asked
from media_store.stores import ObjectMissing
from spots.models import Attachment

_SEALED = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def download(request: HttpRequest, attachment: Attachment) -> HttpResponse:
    """The file, the part of it that is asked for, or 304; nothing is read that is not sent.

    Raises StoreUnavailable, and Http404 where its bytes are not there.
    """
    row = attachment.stored_object
    etag = f'"{row.sha256[:32]}"'
    headers = {**_SEALED, "ETag": etag, "Accept-Ranges": "bytes"}
    if is_known(request.META, etag):
        return _bare(HttpResponse(status=304, headers=headers))
    size = row.size_bytes
    part = part_asked(request.META, etag, size)
    if part is not None and part.start >= size:
        return _bare(HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"}))
    headers |= {
        "Content-Type": row.content_type,
        "Content-Disposition": str(content_disposition_header(True, attachment.file_name)),
        "Content-Length": str(size if part is None else len(part)),
    }
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    try:
        content = objects.read(row)
    except ObjectMissing as error:
        raise Http404("its bytes are gone") from error
    body = content if part is None else content[part.start : part.stop]
    return HttpResponse(body, status=200 if part is None else 206, headers=headers)


def _bare(response: HttpResponse) -> HttpResponse:
    del response["Content-Type"]
    return response
