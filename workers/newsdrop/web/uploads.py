"""Uploads: one file as the body of a request, or in a form, as browser extensions send it.

    POST /api/drops?name=page.html      the bytes
    POST /api/drops                     multipart/form-data with one file (SingleFile's "REST form API")

The body is read within limits, so that nobody can fill memory or disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from newsdrop.errors import InvalidMessageError, TooLargeError
from newsdrop.options import Limits

__all__ = ["Upload", "read_upload"]

#: The size of a form besides its file: names, boundaries.
_FORM_BYTES: Final = 65_536
_NAME_CHARS: Final = 512


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """One uploaded file."""

    data: bytes
    name: str
    key: str | None
    collection: str | None


async def read_upload(request: Request, limits: Limits) -> Upload:
    """The file of a request.

    Raises:
        TooLargeError: over limits.file_bytes.
        InvalidMessageError: there is no file, no name, or no valid form.
    """
    if request.headers.get("content-type", "").startswith("multipart/"):
        return await _of_form(_bounded(request, limits.file_bytes + _FORM_BYTES, limits), limits)
    bounded = _bounded(request, limits.file_bytes, limits)
    return _upload(await bounded.body(), None, request.query_params)


async def _of_form(request: Request, limits: Limits) -> Upload:
    try:
        async with request.form(max_files=1, max_fields=20, max_part_size=_FORM_BYTES) as form:
            files = [part for part in form.values() if isinstance(part, UploadFile)]
            if not files:
                raise InvalidMessageError("The form contains no file.")
            data, name = await files[0].read(), files[0].filename
            texts = {key: text for key, text in form.items() if isinstance(text, str)}
    except HTTPException as error:
        raise InvalidMessageError(f"The form can't be read: {error.detail}") from None
    if len(data) > limits.file_bytes:
        raise _too_large(limits)
    return _upload(data, name, {**texts, **request.query_params})


def _upload(data: bytes, named: str | None, said: Mapping[str, str]) -> Upload:
    if not data:
        raise InvalidMessageError("The file is empty.")
    name = said.get("name") or named
    if not name:
        raise InvalidMessageError("The file needs a name: send it in a form, or add ?name=page.html.")
    texts = {"name": name, "key": said.get("key"), "collection": said.get("collection")}
    for field, text in texts.items():
        if text is not None and (len(text) > _NAME_CHARS or "\0" in text):
            raise InvalidMessageError(
                f"The {field} is longer than {_NAME_CHARS} characters, or contains a NUL."
            )
    return Upload(data=data, name=name, key=texts["key"], collection=texts["collection"])


def _bounded(request: Request, most: int, limits: Limits) -> Request:
    """The same request, from which no more than `most` bytes are read."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise _too_large(limits)
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise _too_large(limits)
        return message

    return Request(request.scope, receive)


def _too_large(limits: Limits) -> TooLargeError:
    return TooLargeError(
        f"The file has more than limits.file_bytes ({limits.file_bytes}; NEWSDROP_LIMITS_FILE_BYTES)."
    )
