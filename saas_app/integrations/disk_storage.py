"""The embedded store: files in the data folder, behind signed addresses that expire.

It offers what an S3-compatible store does, so that the same code uses either. The signature covers
the method, the key, the end and, for writing, type and size; `api/storage.py` serves the addresses.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from core.errors import Forbidden, NotFound, UpstreamUnavailable
from saas_app.services.storage import (
    READ_FOR,
    WRITE_FOR,
    Allowed,
    StoredObject,
    Upload,
    checked_key,
)

ROUTE = "/storage"
EXPIRED = "This address has expired. Load the page again."


class DiskStorage:
    """Files below a folder; beside each stands what it is.

    Args:
        folder: where they are; made on first use.
        secret: signs the addresses.
        clock: tells the time; addresses expire by it.
    """

    name = "disk"
    origin = ""

    def __init__(self, folder: Path, secret: bytes, *, clock: Callable[[], datetime]) -> None:
        self._folder, self._secret, self._clock = folder, secret, clock

    async def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """Write aside and move into place, so that nobody reads half a file."""
        await self._off_loop(self._write, checked_key(key), content, content_type)

    async def get(self, key: str, *, most_bytes: int) -> StoredObject | None:
        """Read the file and what it is."""
        return await self._off_loop(self._read, checked_key(key), most_bytes)

    async def delete(self, key: str) -> None:
        """Delete the file and what stands beside it."""
        await self._off_loop(self._remove, checked_key(key))

    def sign_put(self, key: str, *, content_type: str, size_bytes: int) -> Upload:
        """Sign type and size as well; the route refuses anything else."""
        values = {"type": content_type, "size": str(size_bytes)}
        address = self._signed("PUT", key, values, WRITE_FOR.total_seconds())
        return Upload(address, {"Content-Type": content_type})

    def sign_get(self, key: str, *, file_name: str = "") -> str:
        """Sign the name of the download too, since it goes into a header."""
        values = {"name": file_name} if file_name else {}
        return self._signed("GET", key, values, READ_FOR.total_seconds())

    def allowed(self, method: str, key: str, query: Mapping[str, str]) -> Allowed:
        """Check the signature over all of the query before any of it is believed."""
        values = {name: value for name, value in query.items() if name != "signature"}
        expected = self._signature(method, key, values)
        # As bytes: texts that are not ASCII cannot be compared.
        if not hmac.compare_digest(expected.encode(), query.get("signature", "").encode()):
            raise NotFound("There is no such file.")
        if int(values["expires"]) <= self._clock().timestamp():
            raise Forbidden(EXPIRED)
        size = int(values.get("size", "0"))
        return Allowed(key, values.get("type", ""), size, values.get("name", ""))

    def _signed(self, method: str, key: str, values: dict[str, str], seconds: float) -> str:
        # To the minute, so that a page that is drawn again asks for what the browser has.
        ends = int(self._clock().timestamp() + seconds) // 60 * 60 + 60
        values = {**values, "expires": str(ends)}
        signature = self._signature(method, checked_key(key), values)
        return f"{ROUTE}/{quote(key)}?{urlencode({**values, 'signature': signature})}"

    def _signature(self, method: str, key: str, values: Mapping[str, str]) -> str:
        signed = orjson.dumps([method, key, sorted(values.items())])
        return hmac.new(self._secret, signed, hashlib.sha256).hexdigest()

    async def _off_loop(self, do: Callable[..., Any], *arguments: object) -> Any:
        try:
            return await asyncio.to_thread(do, *arguments)
        except OSError as error:
            raise UpstreamUnavailable(
                "The file could not be stored or read. Try again.", can_retry=True
            ) from error

    def _write(self, key: str, content: bytes, content_type: str) -> None:
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        for target, data in ((_about(path), content_type.encode()), (path, content)):
            aside = target.with_name(f"{target.name}.new")
            aside.write_bytes(data)
            aside.replace(target)

    def _read(self, key: str, most_bytes: int) -> StoredObject | None:
        path = self._folder / key
        try:
            if path.stat().st_size > most_bytes:
                return None
            return StoredObject(path.read_bytes(), _about(path).read_text())
        except FileNotFoundError:
            return None

    def _remove(self, key: str) -> None:
        path = self._folder / key
        for target in (path, _about(path)):
            target.unlink(missing_ok=True)


def _about(path: Path) -> Path:
    return path.with_name(f"{path.name}.type")
