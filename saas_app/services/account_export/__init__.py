"""A copy of what we hold about a user: what is in it, and how they get it."""

from saas_app.services.account_export.collecting import as_zip, collect_account
from saas_app.services.account_export.keeping import (
    ACCOUNT_EXPORTS,
    KEPT,
    CopyGone,
    ExportView,
    fetch_export,
    key_of,
    look_at_export,
    record_export,
    request_export,
    store_export,
)

__all__ = [
    "ACCOUNT_EXPORTS",
    "KEPT",
    "CopyGone",
    "ExportView",
    "as_zip",
    "collect_account",
    "fetch_export",
    "key_of",
    "look_at_export",
    "record_export",
    "request_export",
    "store_export",
]
