"""The doors of an organization: members, invitations, keys, settings, the record."""

from tests.saas_app.doors.rows import (
    ANYBODY,
    MANAGE,
    OWN,
    PAGE,
    PAGE_MANAGE,
    SELF,
    VIEW,
    column,
    door,
)
from tests.saas_app.doors.seed import ORGANIZATION

AT_MEMBERS = "/o/acme/members"
AT_KEYS = "/o/acme/api-keys"
AT_SETTINGS = "/o/acme/settings"
AT_INVITATION = "/invitation?token={invitation_token}"
NEW_KEY = {"name": "Mine", "servers:read": True, "lifetime": "30"}
ACCESS = "membership audit_entry user_account"
# Leaving is everybody's own to decide.
LEAVE = column("yes yes yes yes not_found sign_in sign_in")
# Nobody else is shown whom it could be transferred to.
HEIRS = column("yes not_found not_found not_found not_found sign_in sign_in")
ASK_KEYS = column("yes yes forbidden forbidden not_found sign_in sign_in")
LIST_KEYS = column("yes yes blank blank blank sign_in sign_in")

ORGANIZATION_DOORS = (
    door("AppState.enter", PAGE, shows=ORGANIZATION),
    # At the address of another's organization it offers what is in none.
    door("CommandMenuState.offer", PAGE, shows="hidden_tool"),
    # members
    door("MembersState.load_members", VIEW, shows="bob@example.com", at=AT_MEMBERS),
    door("MembersState.search_members", SELF, "bob", at=AT_MEMBERS),
    door("MembersState.change_role", MANAGE, "{member_id}", "viewer", changes=ACCESS,
         at=AT_MEMBERS),
    door("MembersState.ask_remove", SELF, "{member_id}", "Bob", at=AT_MEMBERS),
    door("MembersState.cancel_remove", SELF, at=AT_MEMBERS),
    door("MembersState.remove", MANAGE, changes=ACCESS, at=AT_MEMBERS,
         after=(("MembersState.ask_remove", "{target_id}", "Tim"),)),
    # invitations
    door("InvitationsState.load_invitations", PAGE_MANAGE, shows="invited@hidden.example",
         at=AT_MEMBERS),
    door("InvitationsState.ask_invite", SELF, at=AT_MEMBERS),
    door("InvitationsState.ask_link", SELF, at=AT_MEMBERS),
    door("InvitationsState.close_forms", SELF, at=AT_MEMBERS),
    door("InvitationsState.invite", MANAGE, {"emails": "new@example.com", "role": "member"},
         changes="invitation audit_entry mail job", at=AT_MEMBERS),
    door("InvitationsState.make_link", MANAGE, {"role": "member"},
         changes="invitation audit_entry", at=AT_MEMBERS),
    door("InvitationsState.send_again", MANAGE, "{invitation_id}",
         changes="invitation audit_entry mail job", at=AT_MEMBERS),
    door("InvitationsState.ask_revoke", SELF, "{invitation_id}", "x", at=AT_MEMBERS),
    door("InvitationsState.cancel_revoke", SELF, at=AT_MEMBERS),
    door("InvitationsState.revoke", MANAGE, changes="invitation audit_entry mail job",
         at=AT_MEMBERS, after=(("InvitationsState.ask_revoke", "{invitation_id}", "x"),)),
    door("InvitationState.arrive", ANYBODY, at=AT_INVITATION),
    door("InvitationState.accept", column("idle idle idle idle yes sign_in sign_in"),
         changes=f"{ACCESS} invitation", at=AT_INVITATION),
    door("InvitationState.decline", ANYBODY, changes="invitation audit_entry", at=AT_INVITATION),
    # keys
    door("OrganizationKeysState.load_organization_keys", LIST_KEYS, shows="Hidden pipeline",
         at=AT_KEYS),
    door("OrganizationKeysState.ask_new_key", ASK_KEYS, at=AT_KEYS, needs_proof=True),
    door("OrganizationKeysState.close_new_key", SELF, at=AT_KEYS),
    door("OrganizationKeysState.create_key", MANAGE, NEW_KEY, at=AT_KEYS, needs_proof=True,
         changes="organization_key audit_entry mail job"),
    door("OrganizationKeysState.ask_rotate", ASK_KEYS, "{organization_key_id}", "x", at=AT_KEYS,
         needs_proof=True),
    door("OrganizationKeysState.ask_revoke_key", SELF, "{organization_key_id}", "x", at=AT_KEYS),
    door("OrganizationKeysState.cancel_asked", SELF, at=AT_KEYS),
    door("OrganizationKeysState.rotate", MANAGE, at=AT_KEYS, needs_proof=True,
         changes="organization_key audit_entry mail job",
         after=(("OrganizationKeysState.ask_revoke_key", "{organization_key_id}", "x"),)),
    door("OrganizationKeysState.revoke_asked", MANAGE, at=AT_KEYS,
         changes="organization_key audit_entry",
         after=(("OrganizationKeysState.ask_revoke_key", "{organization_key_id}", "x"),)),
    # settings
    door("OrganizationState.load_organization", VIEW, shows=ORGANIZATION, at=AT_SETTINGS),
    door("OrganizationState.rename", MANAGE, {"name": "Mine"}, changes="organization audit_entry",
         at=AT_SETTINGS),
    door("OrganizationState.change_slug", MANAGE, {"slug": "mine"},
         changes="organization audit_entry", at=AT_SETTINGS),
    door("OrganizationState.ask_transfer", SELF, {"new_owner": "{member_id}"}, at=AT_SETTINGS),
    door("OrganizationState.ask_leave", SELF, at=AT_SETTINGS),
    door("OrganizationState.ask_delete", SELF, at=AT_SETTINGS),
    door("OrganizationState.cancel", SELF, at=AT_SETTINGS),
    door("OrganizationState.transfer", HEIRS, changes=ACCESS, at=AT_SETTINGS, needs_proof=True,
         after=(("OrganizationState.load_organization",),
                ("OrganizationState.ask_transfer", {"new_owner": "{member_id}"}))),
    door("OrganizationState.leave", LEAVE, changes=ACCESS,
         may_change="invitation oauth_grant server", at=AT_SETTINGS, needs_proof=True),
    door("OrganizationState.delete", OWN, {"confirmation": ORGANIZATION}, at=AT_SETTINGS,
         needs_proof=True, changes="organization audit_entry mail job server"),
    door("OrganizationState.keep", OWN, at=AT_SETTINGS,
         changes="organization audit_entry server",
         after=(("OrganizationState.delete", {"confirmation": ORGANIZATION}),)),
    door("NewOrganizationState.arrive", SELF, at="/organizations/new"),
    door("NewOrganizationState.name_it", SELF, "Mine", at="/organizations/new"),
    door("NewOrganizationState.type_slug", SELF, "mine", at="/organizations/new"),
    door("NewOrganizationState.create", SELF, {"name": "Mine", "slug": "mine"},
         changes="organization membership audit_entry", at="/organizations/new"),
    # the logo
    door("LogoState.load_logo", VIEW, at=AT_SETTINGS),
    door("LogoState.begin_logo", MANAGE, "image/png", 1000, changes="stored_file", at=AT_SETTINGS),
    door("LogoState.finish_logo",
         column("not_found not_found forbidden forbidden not_found sign_in sign_in"),
         at=AT_SETTINGS),
    door("LogoState.remove_logo", MANAGE, changes="audit_entry", at=AT_SETTINGS),
    door("LogoState.refuse_logo", SELF, "x", at=AT_SETTINGS),
    # the record
    door("AuditState.load_audit", PAGE_MANAGE, shows="203.0.113.7", at="/o/acme/audit"),
    door("AuditState.filter_acts", SELF, {"action": "x"}, at="/o/acme/audit"),
)  # fmt: skip
