"""The names of our cookies besides the session's, and how one is read from a Cookie header."""

from enum import StrEnum

from core.sessions import cookie_in


class BrowserCookie(StrEnum):
    """What a browser keeps for us."""

    CHALLENGE = "toolkiln_challenge"  # what it has begun: `services/challenges.py`
    DEVICES = "toolkiln_devices"  # who has signed in there: `services/known_devices.py`
    # The passkey that it was asked for (`services/challenges.py`): tabs may ask for several ends.
    PASSKEY_REGISTER = "toolkiln_passkey_register"
    PASSKEY_SIGN_IN = "toolkiln_passkey_sign_in"
    PASSKEY_VERIFY = "toolkiln_passkey_verify"
    PASSKEY_CONFIRM = "toolkiln_passkey_confirm"
    GOOGLE = "toolkiln_google"  # the visit to Google that it has begun: `services/challenges.py`
    OWN_SESSION = "toolkiln_own"  # an admin's own, while they act in somebody's name
    TRUSTED = "toolkiln_trusted"  # where the second factor need not be shown: `TrustedDevice`


def name_of(cookie: BrowserCookie, *, is_secure: bool) -> str:
    """Return the name on the wire; behind TLS the prefix makes browsers keep it to this host."""
    return f"__Host-{cookie}" if is_secure else str(cookie)


def value_in(cookie_header: str, cookie: BrowserCookie, *, is_secure: bool) -> str:
    """Return a cookie's value, or nothing."""
    return cookie_in(cookie_header, name_of(cookie, is_secure=is_secure))
