"""Secrets at rest: AES-256-GCM under the master key, each value bound to the row it belongs to."""

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"\x01"
KEY_ID_BYTES = 4
NONCE_BYTES = 12


class CannotOpen(Exception):
    """A sealed value was made under an unknown key, for another row, or was changed."""


class Sealer:
    """Seals with the first key and opens with any of them, so that keys can be rotated.

    A sealed value is: version, key id (4 bytes), nonce (12 bytes), ciphertext with its tag.
    """

    def __init__(self, master_keys: tuple[bytes, ...]) -> None:
        keys = [_derive(key, b"toolkiln sealing v1") for key in master_keys]
        self._current = _key_id(keys[0])
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self._master = master_keys[0]

    def seal(self, plain: bytes, *, bound_to: str) -> bytes:
        """Encrypt; only a caller who names the same row (`table/column/id`) can open it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._keys[self._current].encrypt(nonce, plain, bound_to.encode())
        return VERSION + self._current + nonce + sealed

    def open(self, sealed: bytes, *, bound_to: str) -> bytes:
        """Decrypt.

        Raises:
            CannotOpen: wrong key, wrong row or changed bytes; which one is not told.
        """
        key = self._keys.get(sealed[1 : 1 + KEY_ID_BYTES])
        start = 1 + KEY_ID_BYTES + NONCE_BYTES
        if key is None or sealed[:1] != VERSION:
            raise CannotOpen
        try:
            nonce = sealed[1 + KEY_ID_BYTES : start]
            return key.decrypt(nonce, sealed[start:], bound_to.encode())
        except InvalidTag as error:
            raise CannotOpen from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether the value was sealed under the key in use, or waits for rotation."""
        return sealed[1 : 1 + KEY_ID_BYTES] == self._current

    def derived_key(self, purpose: str) -> bytes:
        """Return 32 bytes for another use, independent of the sealing key."""
        return _derive(self._master, f"toolkiln {purpose}".encode())


def _derive(key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:KEY_ID_BYTES]
