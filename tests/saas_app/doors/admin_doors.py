"""The doors of the admin area: for all but operators there are none.

Old sessions, and admins who act in somebody's name, are tried in `test_admin_doors.py`.
"""

from tests.saas_app.doors.rows import ANYBODY, NOT_THERE, OPERATORS, column, door
from tests.saas_app.doors.seed import ORGANIZATION, SERVER

AT_BOB = "/admin/users/{member_id}"
AT_BRUNO = "/admin/users/{banned_id}"
AT_ACME = "/admin/organizations/{acme_id}"
AT_FEATURES = "/admin/features"
CONFLICT = column(f"{' '.join([NOT_THERE] * 7)} conflict")
BAN = {"reason": "Spam.", "last_day": ""}
LETTER = "audit_entry mail job"

ADMIN_DOORS = (
    door("AdminState.enter_admin", ANYBODY, at="/admin/users"),
    # people
    door("AdminUsersState.load_users", OPERATORS, at="/admin/users", shows="bob@example.com"),
    door("AdminUsersState.search_users", OPERATORS, "bob", at="/admin/users"),
    door("AdminUsersState.narrow_users", OPERATORS, "role", "admin", at="/admin/users"),
    door("AdminUserState.load_person", OPERATORS, at=AT_BOB, shows="bob@example.com"),
    door("AdminUserActsState.arrive_at_person", OPERATORS, at=AT_BOB),
    door("AdminUserActsState.ask", OPERATORS, "ban", at=AT_BOB),
    door("AdminUserActsState.cancel_ask", OPERATORS, at=AT_BOB),
    door("AdminUserActsState.ban", OPERATORS, BAN, at=AT_BOB,
         changes="user_account web_session audit_entry"),
    door("AdminUserActsState.unban", OPERATORS, at=AT_BRUNO, changes="user_account audit_entry"),
    door("AdminUserActsState.resend_letter", CONFLICT, at=AT_BOB),
    door("AdminUserActsState.reset_factors", OPERATORS, at=AT_BOB, changes=f"web_session {LETTER}"),
    door("AdminUserActsState.sign_out", OPERATORS, at=AT_BOB, changes="web_session audit_entry"),
    door("AdminUserActsState.grant", OPERATORS, at=AT_BOB, changes="user_account audit_entry"),
    door("AdminUserActsState.revoke", CONFLICT, at=AT_BOB),
    door("AdminUserActsState.end_account", OPERATORS, {"confirmation": "bob@example.com"},
         at=AT_BOB, changes=f"user_account organization {LETTER}"),
    door("AdminUserActsState.keep_account", CONFLICT, at=AT_BOB),
    # organizations
    door("AdminOrganizationsState.load_organizations", OPERATORS, at="/admin/organizations",
         shows=ORGANIZATION),
    door("AdminOrganizationsState.search_organizations", OPERATORS, "x", at="/admin/organizations"),
    door("AdminOrganizationsState.narrow_organizations", OPERATORS, "plan", "pro",
         at="/admin/organizations"),
    door("AdminOrganizationState.load_whole", OPERATORS, at=AT_ACME, shows=SERVER),
    door("AdminOrganizationState.ask_end", OPERATORS, at=AT_ACME),
    door("AdminOrganizationState.cancel_ask", OPERATORS, at=AT_ACME),
    door("AdminOrganizationState.end_organization", OPERATORS, {"confirmation": ORGANIZATION},
         at=AT_ACME, changes=f"organization server {LETTER}"),
    door("AdminOrganizationState.keep_organization", CONFLICT, at=AT_ACME),
    # the copy itself
    door("AdminFeaturesState.load_switches", OPERATORS, at=AT_FEATURES, shows="Marketing pages"),
    door("AdminFeaturesState.set_feature", OPERATORS, "marketing", False, at=AT_FEATURES,
         changes="feature_switch audit_entry"),
    door("AdminConfigurationState.load_configuration", OPERATORS, at="/admin/configuration",
         shows="MASTER_KEY"),
    door("AdminAuditState.load_acts", OPERATORS, at="/admin/audit", shows="Any admin"),
    door("AdminAuditState.choose_admin", OPERATORS, "", at="/admin/audit"),
)  # fmt: skip
