"""What services know of the store of files, whichever keeps them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from core.errors import Conflict, Invalid

LONGEST_KEY = 200
READ_FOR = timedelta(hours=1)
WRITE_FOR = timedelta(minutes=5)
# Folders of letters, then a name that begins with no dot: nothing that climbs, nothing hidden.
_KEY = re.compile(r"(?:[a-z][a-z0-9-]{0,30}/){1,3}[a-z0-9][a-z0-9_-]{0,80}\.[a-z0-9]{1,8}")


OFF = "off"


class StorageOff(Conflict):
    """Nothing keeps files here."""

    code = "storage_off"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What is kept under a key."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A signed permission to write one object of one type and size, for as long as it is good.

    A browser sends a PUT with exactly these headers.
    """

    address: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a signed address of ours allows: to write of a type and a size, to read as a file."""

    key: str
    content_type: str = ""
    size_bytes: int = 0
    file_name: str = ""


class Storage(Protocol):
    """Keeps files under keys.

    Every method but the signing ones raises UpstreamUnavailable when the store cannot be reached.
    """

    name: str
    origin: str

    async def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """Keep an object, in place of what was there."""
        ...

    async def get(self, key: str, *, most_bytes: int) -> StoredObject | None:
        """Return an object, or None when there is none or it is longer than that."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object; one that is not there is no error."""
        ...

    def sign_put(self, key: str, *, content_type: str, size_bytes: int) -> Upload:
        """Allow a browser to write an object of exactly this type and size, for five minutes."""
        ...

    def sign_get(self, key: str, *, file_name: str = "") -> str:
        """Return an address that reads an object for an hour; with a name it is downloaded."""
        ...

    def allowed(self, method: str, key: str, query: Mapping[str, str]) -> Allowed:
        """Return what an address below `/storage` allows.

        Raises:
            NotFound: its signature is not ours, or addresses of this store lead elsewhere.
            Forbidden: it has expired.
        """
        ...


def require_store(storage: Storage) -> None:
    """Refuse what needs a store where there is none, before anything is begun.

    Raises:
        StorageOff: the settings switch it off.
    """
    if storage.name == OFF:
        raise StorageOff("Files are switched off here, so there is nowhere to keep it.")


def checked_key(key: str) -> str:
    """Return a key that can be kept.

    Raises:
        Invalid: it could lead out of its folder, or is too long.
    """
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        raise Invalid("That is no key of a file.")
    return key
