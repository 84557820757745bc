"""Made-up values for the preview and the tests; no name in them is anybody's."""

from collections.abc import Mapping

_VALUES: Mapping[str, str] = {
    "name": "Ada Potter",
    "link": "/verify-email?token=tke_V7sample0sample1sample2sample3sample4sample5",
    "reset_link": "/forgot-password",
    "email": "ada@example.com",
    "new_email": "ada@clay.example",
    "old_email": "ada@example.com",
    "organization": "Acme Clay",
    "server": "Kiln desk",
    "inviter": "Ada Potter",
    "role": "member",
    "expires": "14 days",
    "ends": "9 December 2026",
    "when": "25 November 2026, 14:05 UTC",
    "device": "Firefox on Linux",
    "place": "203.0.113.7",
    "change": "An authenticator app was added.",
    "key": "Nightly report",
    "scopes": "servers:read, servers:publish",
    "amount": "49.00 USD",
    "plan": "Pro",
    "reason": "The card was declined.",
    "next_try": "28 November 2026",
    "due": "2 December 2026",
    "company": "Acme Clay",
    "phone": "+1 555 0100",
    "message": (
        "Hello,\n\nwe run four kilns and a small API for them. Can one server hold the tools of"
        " two APIs?\n\nThank you, Ada"
    ),
}
_OF_ONE: Mapping[tuple[str, str], str] = {
    ("reset_password", "link"): "/reset-password?token=tkr_V7sample0sample1sample2sample3",
    ("reset_password", "expires"): "1 hour",
    ("invitation", "expires"): "2 December 2026",
    ("already_registered", "link"): "/sign-in",
    ("invitation", "link"): "/invitation?token=tki_V7sample0sample1sample2sample3sample4",
    ("email_changed", "link"): "/account/security",
    ("password_changed", "link"): "/account/security",
    ("new_sign_in", "link"): "/account/sessions",
    ("factor_changed", "link"): "/account/security",
    ("key_created", "link"): "/o/acme-clay/api-keys",
    ("key_created", "server"): "",
    ("key_created", "expires"): "23 February 2027",
    ("payment_failed", "link"): "/o/acme-clay/settings",
    ("trial_ending", "link"): "/o/acme-clay/settings",
    ("subscription_canceled", "link"): "/o/acme-clay/settings",
    ("dispute", "link"): "/o/acme-clay/settings",
    ("dispute", "reason"): "The cardholder does not recognize the payment.",
    ("export_ready", "link"): "/account/data",
    ("deletion_scheduled", "expires"): "9 December 2026",
    ("deletion_scheduled", "link"): "/o/acme-clay/settings",
}


def of(template: str, name: str) -> str:
    """Return the sample of a value of a template."""
    return _OF_ONE.get((template, name), _VALUES.get(name, ""))
