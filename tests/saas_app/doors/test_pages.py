"""Every page, opened by everybody as a browser opens it: its loaders run, and nothing leaks."""

import pytest
from reflex_base.registry import RegistrationContext

from saas_app.state.base import AppState
from tests.saas_app.doors.rows import ANYBODY, SELF, SIGN_IN, YES, column, filled
from tests.saas_app.doors.seed import (
    ELSEWHERE,
    OPERATOR,
    ORGANIZATION,
    OWNER,
    PEOPLE,
    SECRETS,
    SIGNED_OUT,
    VALUE,
)
from tests.saas_app.tab import open_tabs

# Whoever is in no such organization is told that there is none, in the page.
TEAM = column("yes yes yes yes blank sign_in sign_in")
SERVER_PATH = "/o/[organization]/servers/[server_id]"

PAGES = {
    **dict.fromkeys(
        ("index", "404", "sign-in", "sign-up", "verify", "check-inbox", "verify-email", "banned",
         "forgot-password", "reset-password", "change-email", "invitation", "contact",
         "dev/gallery", "dev/identity", "dev/mail"), ANYBODY,
    ),
    **dict.fromkeys(
        ("confirm", "connect", "home", "onboarding", "organizations/new", "account/connections",
         "account/profile", "account/data", "account/notifications", "account/security",
         "account/sessions", "dev/outbox"), SELF,
    ),
    **dict.fromkeys(
        ("o/[organization]/servers", "o/[organization]/new", "o/[organization]/api-keys",
         "o/[organization]/settings", "o/[organization]/members", "o/[organization]/audit"), TEAM,
    ),
    **dict.fromkeys(
        (f"{SERVER_PATH}{part}".strip("/") for part in
         ("", "/tools", "/tools/[tool_id]", "/variables", "/tests", "/versions", "/keys",
          "/calls", "/settings")), TEAM,
    ),
}  # fmt: skip
PAGES |= dict.fromkeys(
    ("admin/users", "admin/users/[user_id]", "admin/organizations", "admin/audit",
     "admin/organizations/[organization_id]", "admin/features", "admin/configuration"),
    column("blank blank blank blank blank blank blank yes"),  # not even sent to sign in
)  # fmt: skip
TELLS = {"invitation"}  # the token in the address is the right to know who invites
NEEDS_A_CHALLENGE = {"verify"}  # whoever has begun nothing begins at the sign-in page
READS_ALL_MAIL = {("dev/outbox", OPERATOR)}


def address_of(page: str, ids: dict[str, str]) -> str:
    path = "/" if page == "index" else f"/{page}"
    for name, value in (("organization", "acme"), ("server_id", ids["server_id"]),
                        ("tool_id", ids["tool_id"]), ("user_id", ids["member_id"]),
                        ("organization_id", ids["acme_id"])):  # fmt: skip
        path = path.replace(f"[{name}]", value)
    query = "?token={invitation_token}" if page == "invitation" else ""
    return path + str(filled(query, ids))


def test_every_page_has_a_row(reflex_app):
    assert sorted(reflex_app._unevaluated_pages) == sorted(PAGES)


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_shows_nothing_to_whom_it_is_none_of_theirs(page, world, reflex_app):
    RegistrationContext.set(reflex_app._registration_context)
    path = address_of(page, world.seed.ids)
    loaders = reflex_app.get_load_events(path.partition("?")[0])
    async with open_tabs(reflex_app) as new_tab:
        for who in PEOPLE:
            tab = new_tab(f"tab-{who}")
            tab.ip = ELSEWHERE
            if who != SIGNED_OUT:
                tab.carry(world.seed.sessions[who])
            tab.sent.events.clear()
            before = world.contents()
            await tab.open(path, *loaders)
            assert world.contents() == before, who
            is_sent_away = any(one.startswith("/sign-in") for one in tab.redirects)
            must_sign_in = PAGES[page][who] == SIGN_IN or page in NEEDS_A_CHALLENGE
            assert is_sent_away is must_sign_in, who
            shown = str((await tab.state(AppState))._get_root_state().dict())
            assert VALUE not in shown, who
            if not may_see(page, who):
                assert [secret for secret in SECRETS if secret in shown] == [], who
                assert ORGANIZATION not in shown or TEAM[who] == YES, who


def may_see(page: str, who: str) -> bool:
    """Whether something of the owner's or of the organization's may be on the page."""
    if page.startswith("admin/"):
        return who == OPERATOR
    is_of_team = PAGES[page] is TEAM and TEAM[who] == YES
    is_own = who == OWNER and PAGES[page] is not ANYBODY
    return is_of_team or is_own or page in TELLS or (page, who) in READS_ALL_MAIL
