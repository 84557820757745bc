"""A passkey authenticator in software: it makes credentials and signs challenges, as real ones do.

Each step can be told to misbehave, so that the tests can see it refused.
"""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass
class Authenticator:
    """One passkey; `count` stays 0 as with passkeys that are synced."""

    origin: str = "http://localhost:3000"
    rp_id: str = "localhost"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: dict[str, Any], *, kind: str = "webauthn.create") -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        statement = {
            "fmt": "none",
            "attStmt": {},
            "authData": self._data(ATTESTED) + self._attested(),
        }
        response = {
            "clientDataJSON": b64(self._client_data(kind, options["challenge"])),
            "attestationObject": b64(cbor2.dumps(statement)),
            "transports": ["internal", "hybrid"],
        }
        return self._credential(response)

    def sign(
        self, options: dict[str, Any], *, user_id: UUID | None, kind: str = "webauthn.get"
    ) -> dict[str, Any]:
        """Answer `navigator.credentials.get`."""
        client_data, data = self._client_data(kind, options["challenge"]), self._data()
        signed = data + hashlib.sha256(client_data).digest()
        response = {
            "clientDataJSON": b64(client_data),
            "authenticatorData": b64(data),
            "signature": b64(self.key.sign(signed, ec.ECDSA(SHA256()))),
        }
        if user_id is not None:
            response["userHandle"] = b64(user_id.bytes)
        return self._credential(response)

    def _data(self, more: int = 0) -> bytes:
        rp_hash = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_hash + bytes([self.flags | more]) + struct.pack(">I", self.count)

    def _attested(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        length = struct.pack(">H", len(self.credential_id))
        return bytes(16) + length + self.credential_id + cbor2.dumps(cose)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = b64(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


def b64(content: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
