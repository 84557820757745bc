"""All tables, one file per noun."""

from sqlmodel import SQLModel

from core.models.audit import AuditEntry
from core.models.call import Call, CallerKind, CallStatus
from core.models.intake import Intake
from core.models.job import Job, JobStatus
from core.models.key import ServerKey
from core.models.oauth import (
    AuthorizationCode,
    AuthorizationRequest,
    Consent,
    Grant,
    OAuthClient,
    RefreshToken,
    SigningKey,
)
from core.models.organization import Membership, Organization
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
from core.models.user import User, WebSession

metadata = SQLModel.metadata

__all__ = [
    "AccessPolicy",
    "AuditEntry",
    "AuthorizationCode",
    "AuthorizationRequest",
    "Call",
    "CallStatus",
    "CallerKind",
    "Consent",
    "DraftTool",
    "EnvironmentVariable",
    "Evidence",
    "Generation",
    "Grant",
    "Guest",
    "Intake",
    "Job",
    "JobStatus",
    "Membership",
    "OAuthClient",
    "Organization",
    "RefreshToken",
    "Server",
    "ServerKey",
    "SigningKey",
    "TestCase",
    "User",
    "Version",
    "WebSession",
    "metadata",
]
