"""The templates by name: what each needs, what it shows if it is given, and who may mute it.

The texts are in `templates/`. Names of values tell how they are read: `link` and `…_link` are
addresses, `message` may have several lines, everything else is one line.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from saas_app.services.mail import samples


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of mail.

    Attributes:
        name: Its file, `templates/<name>.jinja`.
        title: What it is, for the preview.
        needs: Values without which it cannot be written.
        may: Values that it shows when they are given.
        is_mutable: Whether a person may mute it, by its name in `User.muted_mail`. Nobody mutes
            what concerns the safety of an account (whoever gets in would do it first) or money.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    is_mutable: bool = False

    @property
    def sample(self) -> dict[str, str]:
        """Made-up values for every name."""
        return {name: samples.of(self.name, name) for name in (*self.needs, *self.may)}


_ALL = (
    Template("verify_email", "Confirm an address", ("link",), ("name", "expires")),
    Template(
        "reset_password", "Set a new password", ("link",), ("name", "expires", "device", "place")
    ),
    Template(
        "change_email_old",
        "Change the address: the old one agrees",
        ("link", "new_email"),
        ("name", "expires"),
    ),
    Template(
        "change_email_new",
        "Change the address: the new one agrees",
        ("link",),
        ("name", "old_email", "expires"),
    ),
    Template(
        "email_changed",
        "The address was changed",
        ("new_email",),
        ("name", "old_email", "when", "device", "place", "link"),
    ),
    Template(
        "password_changed",
        "The password was changed",
        (),
        ("name", "when", "device", "place", "link"),
    ),
    Template(
        "already_registered", "Signing up with a known address", ("link",), ("name", "reset_link")
    ),
    Template("invitation", "Invitation", ("link", "organization"), ("inviter", "role", "expires")),
    Template("invitation_revoked", "Invitation withdrawn", ("organization",)),
    Template(
        "new_sign_in", "Sign-in from a new device", (), ("name", "when", "device", "place", "link")
    ),
    Template(
        "factor_changed",
        "A way to sign in was added or removed",
        ("change",),
        ("name", "when", "device", "place", "link"),
    ),
    Template(
        "key_created",
        "A key was made",
        ("key",),
        ("name", "organization", "server", "scopes", "expires", "when", "link"),
    ),
    Template(
        "payment_failed",
        "A payment failed",
        ("organization", "link"),
        ("amount", "reason", "next_try"),
    ),
    Template(
        "trial_ending",
        "A trial ends",
        ("organization", "ends", "link"),
        ("plan", "amount"),
    ),
    Template(
        "subscription_canceled",
        "A subscription was canceled",
        ("organization",),
        ("plan", "ends", "link"),
    ),
    Template(
        "dispute",
        "A payment is disputed",
        ("organization",),
        ("amount", "reason", "due", "link"),
    ),
    Template("contact", "Contact form", ("name", "email", "message"), ("company", "phone")),
    Template("export_ready", "An export is ready", ("link",), ("name", "expires"), is_mutable=True),
    Template(
        "deletion_scheduled",
        "A deletion is scheduled",
        ("expires",),
        ("name", "organization", "link"),
    ),
)
TEMPLATES: Mapping[str, Template] = {template.name: template for template in _ALL}
