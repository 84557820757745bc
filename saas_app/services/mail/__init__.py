"""Mail: letters are posted with the change that sends them, written from templates, and sent."""

from saas_app.services.mail.outbox import newest_for, open_mail, values_of
from saas_app.services.mail.posting import Letter, post

__all__ = ["Letter", "newest_for", "open_mail", "post", "values_of"]
