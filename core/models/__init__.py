"""All tables, one file per noun."""

from sqlmodel import SQLModel

from core.models.audit import AuditEntry
from core.models.call import Call, CallerKind, CallStatus
from core.models.factor import BackupCode, Identity, Passkey, TotpFactor, TrustedDevice
from core.models.feature_switch import FeatureSwitch
from core.models.intake import Intake
from core.models.job import Job, JobStatus
from core.models.key import ServerKey
from core.models.limit import LimitCounter
from core.models.mail import Mail, MailStatus
from core.models.oauth import (
    AuthorizationCode,
    AuthorizationRequest,
    Consent,
    Grant,
    OAuthClient,
    RefreshToken,
    SigningKey,
)
from core.models.organization import (
    IdempotentRequest,
    Invitation,
    Membership,
    Organization,
    OrganizationKey,
)
from core.models.server import (
    AccessPolicy,
    DraftTool,
    EnvironmentVariable,
    Evidence,
    Generation,
    Guest,
    Server,
    TestCase,
    Version,
)
from core.models.store import StoreEntry, StoreUsage
from core.models.stored_file import FilePurpose, StoredFile
from core.models.user import EmailChange, OneTimeToken, SignInChallenge, User, WebSession

metadata = SQLModel.metadata

__all__ = [
    "AccessPolicy",
    "AuditEntry",
    "AuthorizationCode",
    "AuthorizationRequest",
    "BackupCode",
    "Call",
    "CallStatus",
    "CallerKind",
    "Consent",
    "DraftTool",
    "EmailChange",
    "EnvironmentVariable",
    "Evidence",
    "FeatureSwitch",
    "FilePurpose",
    "Generation",
    "Grant",
    "Guest",
    "IdempotentRequest",
    "Identity",
    "Intake",
    "Invitation",
    "Job",
    "JobStatus",
    "LimitCounter",
    "Mail",
    "MailStatus",
    "Membership",
    "OAuthClient",
    "OneTimeToken",
    "Organization",
    "OrganizationKey",
    "Passkey",
    "RefreshToken",
    "Server",
    "ServerKey",
    "SignInChallenge",
    "SigningKey",
    "StoreEntry",
    "StoreUsage",
    "StoredFile",
    "TestCase",
    "TotpFactor",
    "TrustedDevice",
    "User",
    "Version",
    "WebSession",
    "metadata",
]
