"""Identity tokens of the provider that do not hold, each in one way."""

import base64
import hmac
import json

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from core.clock import now_utc
from tests.authenticator import b64
from tests.upstreams.openid import CLIENT_ID, CLIENT_SECRET


def by_hand(header, claims, sign) -> str:
    """Make a token as no library would."""
    parts = [json.dumps(part).encode() for part in (header, claims)]
    signed = ".".join(b64(part) for part in parts)
    return f"{signed}.{b64(sign(signed.encode()))}"


def unsigned(_server, claims) -> str:
    return by_hand({"alg": "none", "kid": "key-1"}, claims, lambda _signed: b"")


def by_public_key_as_secret(server, claims) -> str:
    secret = server.key.as_pem(private=False)
    header = {"alg": "HS256", "kid": "key-1"}
    return by_hand(header, claims, lambda signed: hmac.digest(secret, signed, "sha256"))


def by_client_secret(_server, claims) -> str:
    secret = OctKey.import_key(CLIENT_SECRET * 8)
    return jwt.encode({"alg": "HS256", "kid": "key-1"}, claims, secret)


def by_another_key(_server, claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "key-1"}, claims, RSAKey.generate_key(2048))


def by_an_unknown_key(_server, claims) -> str:
    key = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "kid": "key-2"}
    return jwt.encode(header, claims, key)


def by_its_own_key(_server, claims) -> str:
    key = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "kid": "key-1", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key)


def without_kid(server, claims) -> str:
    key = server.key.get_op_key("sign")
    return by_hand({"alg": "RS256"}, claims, lambda signed: key.sign(signed, PKCS1v15(), SHA256()))


def by_a_weaker_algorithm(server, claims) -> str:
    return jwt.encode({"alg": "RS512", "kid": "key-1"}, claims, server.key, algorithms=["RS512"])


def altered(server, claims) -> str:
    token = jwt.encode({"alg": "RS256", "kid": "key-1"}, claims, server.key)
    head, _, signature = token.split(".")
    body = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "g-2"}).encode())
    return f"{head}.{body.decode().rstrip('=')}.{signature}"


NOW_SECONDS = now_utc().timestamp()
MUTATIONS = {
    "nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "audience": {"claims": {"aud": "client-2"}},
    "no audience": {"claims": {"aud": None}},
    "two audiences, no party": {"claims": {"aud": [CLIENT_ID, "client-2"]}},
    "another party": {"claims": {"azp": "client-2"}},
    "issuer": {"claims": {"iss": "https://accounts.google.com"}},
    "issuer with a slash": {"claims": {"iss": "slash"}},
    "no issuer": {"claims": {"iss": None}},
    "expired": {"claims": {"exp": int(NOW_SECONDS) - 120}},
    "no expiry": {"claims": {"exp": None}},
    "expiry in words": {"claims": {"exp": "tomorrow"}},
    "expiry not a number": {"claims": {"exp": float("inf")}},
    "issued in the future": {"claims": {"iat": int(NOW_SECONDS) + 600}},
    "issued long ago": {"claims": {"iat": int(NOW_SECONDS) - 3600}},
    "no subject": {"claims": {"sub": None}},
    "empty subject": {"claims": {"sub": ""}},
    "subject a number": {"claims": {"sub": 7}},
    "subject with a null": {"claims": {"sub": "a\0b"}},
    "unsigned": {"sign": unsigned},
    "public key as secret": {"sign": by_public_key_as_secret},
    "client secret as key": {"sign": by_client_secret},
    "another key": {"sign": by_another_key},
    "unknown key": {"sign": by_an_unknown_key},
    "a key of its own": {"sign": by_its_own_key},
    "no kid": {"sign": without_kid},
    "another algorithm": {"sign": by_a_weaker_algorithm},
    "altered": {"sign": altered},
    "no token": {"sign": lambda _server, _claims: None},
    "rubbish": {"sign": lambda _server, _claims: "a.b.c"},
}
