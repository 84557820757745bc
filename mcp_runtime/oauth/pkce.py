"""Proof key for code exchange (RFC 7636): required of every client, S256 alone."""

import hmac
import re

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc7636.challenge import CODE_VERIFIER_PATTERN, create_s256_code_challenge

from mcp_runtime.oauth.parameters import Parameters

S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def challenge_in(parameters: Parameters) -> str:
    """Return the challenge of an authorization request.

    Authlib's own check lets a request without a challenge pass, and takes `plain`.

    Raises:
        InvalidRequestError: there is none, or it is not S256.
    """
    challenge = parameters.required("code_challenge")
    if parameters.required("code_challenge_method") != "S256":
        raise InvalidRequestError("code_challenge_method must be S256.")
    if not S256_CHALLENGE.fullmatch(challenge):
        raise InvalidRequestError("code_challenge must be 43 characters of base64url.")
    return challenge


def verifier_answers(verifier: str, challenge: str) -> bool:
    """Whether a verifier, sent for the tokens, answers the challenge sent earlier."""
    if not CODE_VERIFIER_PATTERN.fullmatch(verifier):
        return False
    return hmac.compare_digest(create_s256_code_challenge(verifier), challenge)
