"""Made-up values for the preview and the tests; no name in them is anybody's."""

from collections.abc import Mapping

HERE = "http://localhost:3000"
_VALUES: Mapping[str, str] = {
    "name": "Ada Potter",
    "link": f"{HERE}/verify-email?token=tke_V7sample0sample1sample2sample3sample4sample5",
    "reset_link": f"{HERE}/forgot-password",
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
    "scopes": "servers:read, versions:publish",
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
    "what": "The organization Acme Clay, with its 3 servers and their keys,",
}
_OF_ONE: Mapping[tuple[str, str], str] = {
    ("reset_password", "link"): f"{HERE}/reset-password?token=tkr_V7sample0sample1sample2sample3",
    ("reset_password", "expires"): "1 hour",
    ("invitation", "expires"): "2 December 2026",
    ("already_registered", "link"): f"{HERE}/sign-in",
    ("invitation", "link"): f"{HERE}/invitation?token=tki_V7sample0sample1sample2sample3sample4",
    ("email_changed", "link"): f"{HERE}/account/security",
    ("password_changed", "link"): f"{HERE}/account/security",
    ("new_sign_in", "link"): f"{HERE}/account/sessions",
    ("factor_changed", "link"): f"{HERE}/account/security",
    ("key_created", "link"): f"{HERE}/o/acme-clay/api-keys",
    ("key_created", "server"): "",
    ("key_created", "expires"): "23 February 2027",
    ("payment_failed", "link"): f"{HERE}/o/acme-clay/settings",
    ("trial_ending", "link"): f"{HERE}/o/acme-clay/settings",
    ("subscription_canceled", "link"): f"{HERE}/o/acme-clay/settings",
    ("dispute", "link"): f"{HERE}/o/acme-clay/settings",
    ("dispute", "reason"): "The cardholder does not recognize the payment.",
    ("export_ready", "link"): f"{HERE}/account/data",
    ("deletion_scheduled", "when"): "9 December 2026",
    ("deletion_scheduled", "link"): f"{HERE}/o/acme-clay/settings",
}


def of(template: str, name: str) -> str:
    """Return the sample of a value of a template."""
    return _OF_ONE.get((template, name), _VALUES.get(name, ""))
