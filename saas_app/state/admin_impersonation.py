"""What pages tell of acting in somebody's name."""

from saas_app.services.admin.impersonation import FORBIDDEN as FORBIDDEN
