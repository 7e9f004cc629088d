"""How Django keeps the files of a form: counted while they stream, and never past the limit on disk.

The type that a client gives its file is not kept: nothing of ours may depend on it.
"""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser

from machipoke.multipart import MOST_FILE_BYTES, Whole

MOST_FORM_BYTES = 10 * MOST_FILE_BYTES + 1_048_576
"""The photos of a spot, and its words."""

_IN_MEMORY = 1_048_576


class WholeForms(FileUploadHandler):
    """Reads a form itself: its files are counted, and a form that ends before its end is none."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> tuple[Any, Any]:
        """Its fields and files. Refuses a body that cannot be one of our forms before it is read; raises CutShort."""
        if content_length > MOST_FORM_BYTES:
            raise RequestDataTooBig(f"{content_length} bytes")
        counted = CountedFiles(self.request)
        whole: Any = Whole(input_data, boundary)
        try:
            fields, files = MultiPartParser(META, whole, [counted], encoding).parse()
        except BaseException:
            counted.upload_interrupted()
            raise
        return fields, files

    def receive_data_chunk(self, raw_data: bytes, start: int) -> NoReturn:
        raise NotImplementedError

    def file_complete(self, file_size: int) -> NoReturn:
        raise NotImplementedError


class CountedFiles(FileUploadHandler):
    """Files of at most `MOST_FILE_BYTES`. A larger one is read to its end and comes empty: its `size` says what it was,
    so that the form can refuse it and keep the others.

    Of somebody who is not signed in every file comes empty: only the words of the form come back after the sign-in. The
    name is for telling its sender which of several files is meant, and for nothing else.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._kept: Any = None
        self._size = 0
        self._most = 0

    def new_file(self, field_name: str, file_name: str, *_args: Any, **_kwargs: Any) -> None:
        user = getattr(self.request, "user", None)
        self.file_name = file_name
        self._kept, self._size = SpooledTemporaryFile(_IN_MEMORY), 0  # noqa: SIM115 - closed with the request
        self._most = MOST_FILE_BYTES if user is not None and user.is_authenticated else 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        fitted = self._size <= self._most
        self._size += len(raw_data)
        if self._size <= self._most:
            self._kept.write(raw_data)
        elif fitted:
            self._kept.seek(0)
            self._kept.truncate()

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        self._kept.seek(0)
        return UploadedFile(self._kept, self.file_name, "", self._size)

    def upload_interrupted(self) -> None:
        if self._kept is not None:
            self._kept.close()
