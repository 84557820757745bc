"""Acting in somebody's name: how it begins and ends, and all that is refused meanwhile."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlmodel import select

from core.access import actor_for
from core.admin_access import admin_of
from core.errors import Conflict, Forbidden, NotFound, NotFresh
from core.models import AuditEntry
from core.permissions import Origin, require_fresh, require_in_person
from core.sessions import SignedIn, holder_of, renew_session, start_session
from saas_app.services import (
    account_deletion,
    email_change,
    identities,
    invitations,
    joining,
    keys,
    members,
    organization_deletion,
    organization_keys,
    password_change,
    profile,
    server_state,
    servers,
    web_sessions,
)
from saas_app.services.admin.bans import NotOnAdmins
from saas_app.services.admin.impersonation import end_impersonation, start_impersonation
from saas_app.services.factors import backup_codes, passkeys, totp, trusted_devices
from tests.cast import NOW, make_server
from tests.people import FRESH, make_user, user_of

HOUR = timedelta(hours=1)


async def held(session, token: str) -> SignedIn:
    """Return who holds a token that is good."""
    holder = await holder_of(session, token, now=NOW)
    assert holder is not None
    return holder


@pytest.fixture
async def begun(session, cast, admin):
    return await start_impersonation(session, admin, cast.bob.user_id, now=NOW)


async def test_it_opens_a_session_that_says_so_and_lasts_an_hour_however_it_is_used(
    session, cast, admin, begun
):
    holder = await held(session, begun.token)
    assert (holder.user_id, holder.impersonator_id) == (cast.bob.user_id, admin.user_id)
    assert (holder.is_admin, holder.is_fresh(NOW)) == (False, False)
    almost = NOW + HOUR - timedelta(seconds=1)
    await renew_session(session, holder.session_id, now=almost)
    assert await holder_of(session, begun.token, now=almost) is not None
    assert await holder_of(session, begun.token, now=NOW + HOUR) is None


async def test_it_ends_with_the_admins_own_session_and_both_ends_are_on_record(
    session, cast, admin, begun, recorded
):
    own = await start_session(session, admin.user_id, now=NOW)
    holder = await held(session, begun.token)
    assert await end_impersonation(session, holder, own, origin=FRESH, now=NOW) == own
    assert await holder_of(session, begun.token, now=NOW) is None
    for act in ("admin.impersonation_started", "admin.impersonation_ended"):
        (entry,) = await recorded(act, cast.bob.user_id)
        assert (entry.user_id, entry.acting_as_id) == (admin.user_id, cast.bob.user_id)
        assert entry.ip_address == FRESH.ip_address


async def test_no_other_session_is_given_back(session, cast, admin, begun):
    holder = await held(session, begun.token)
    other = await make_user(session, "Other")
    other.is_admin = True
    of_other = await start_session(session, other.id, now=NOW)
    of_alice = await start_session(session, cast.alice.user_id, now=NOW)
    for token in (of_other, of_alice, "", "tks_made-up"):
        again = await start_impersonation(session, admin, cast.bob.user_id, now=NOW)
        holder = await held(session, again.token)
        assert await end_impersonation(session, holder, token, origin=FRESH, now=NOW) is None


async def test_ones_own_session_is_not_ended_as_somebody_elses(session, cast):
    own = await start_session(session, cast.bob.user_id, now=NOW)
    with pytest.raises(NotFound):
        await end_impersonation(session, await held(session, own), own, origin=FRESH, now=NOW)


async def test_nobody_acts_for_admins_for_the_banned_or_without_a_proof(
    session, cast, admin, stale, root
):
    bob = await user_of(session, cast.bob)
    with pytest.raises(NotFresh):
        await start_impersonation(session, stale, bob.id, now=NOW)
    with pytest.raises(NotOnAdmins):
        await start_impersonation(session, admin, root.id, now=NOW)
    with pytest.raises(NotFound):
        await start_impersonation(session, admin, uuid4(), now=NOW)
    bob.banned_at = NOW
    await session.flush()
    with pytest.raises(Conflict):
        await start_impersonation(session, admin, bob.id, now=NOW)


async def test_every_act_meanwhile_is_on_record_as_the_admins(session, cast, admin, begun):
    holder = await held(session, begun.token)
    origin = Origin(impersonator_id=holder.impersonator_id)
    await profile.rename_user(session, holder, name="Bobby", origin=origin, now=NOW)
    actor = await actor_for(session, holder.user_id, "acme", origin=origin)
    await servers.create_empty_server(session, actor, name="Made for him", now=NOW)
    done = await session.exec(select(AuditEntry).where(AuditEntry.acting_as_id == holder.user_id))
    acts = {entry.action: entry for entry in done.all()}
    assert {"account.renamed", "admin.impersonation_started"} < set(acts)
    assert any(action.startswith("server.") for action in acts)
    assert {entry.user_id for entry in acts.values()} == {admin.user_id}


async def _as_admin(world) -> None:
    admin = admin_of(world.holder, world.origin)
    await start_impersonation(world.session, admin, world.cast.bob.user_id, now=NOW)


CODES = backup_codes.NewCodes((), ())
KEY = organization_keys.WantedKey("x", ["servers:read"], "7")
FORBIDDEN = {
    "change_email": lambda w: email_change.ask_change(
        w.session, w.letters, w.holder, new_email="new@example.com", origin=w.origin, now=NOW
    ),
    "cancel_email_change": lambda w: email_change.cancel_change(
        w.session, w.holder, origin=w.origin, now=NOW
    ),
    "change_password": lambda w: password_change.own_account(w.session, w.holder),
    "add_app": lambda w: totp.begin_totp(
        w.session, w.letters.sealer, w.holder.user_id, origin=w.origin, now=NOW
    ),
    "make_codes": lambda w: backup_codes.keep_codes(
        w.session, w.letters, w.holder.user_id, CODES, origin=w.origin, now=NOW
    ),
    "remove_passkey": lambda w: passkeys.remove_passkey(
        w.session, w.letters, w.holder.user_id, uuid4(), origin=w.origin, now=NOW
    ),
    "rename_passkey": lambda w: passkeys.rename_passkey(
        w.session, w.holder.user_id, uuid4(), "x", origin=w.origin, now=NOW
    ),
    "forget_device": lambda w: trusted_devices.forget_device(
        w.session, w.holder.user_id, uuid4(), origin=w.origin, now=NOW
    ),
    "disconnect_google": lambda w: identities.disconnect_identity(
        w.session, w.letters, w.holder.user_id, uuid4(), origin=w.origin, now=NOW
    ),
    "end_sessions": lambda w: web_sessions.end_others(
        w.session, w.holder, origin=w.origin, now=NOW
    ),
    "delete_account": lambda w: account_deletion.schedule_account_deletion(
        w.session,
        w.holder.user_id,
        typed_email=w.holder.email,
        origin=w.origin,
        letters=w.letters,
        now=NOW,
    ),
    "make_server_key": lambda w: keys.create_key(
        w.session, w.actor, w.server.id, name="x", lifetime="7", now=NOW
    ),
    "make_organization_key": lambda w: organization_keys.create_organization_key(
        w.session, w.actor, KEY, letters=w.letters, now=NOW
    ),
    "delete_server": lambda w: server_state.delete_server(
        w.session, w.actor, w.server.id, typed_name=w.server.name, now=NOW
    ),
    "delete_organization": lambda w: organization_deletion.schedule_deletion(
        w.session, w.actor, typed_name="Acme", letters=w.letters, now=NOW
    ),
    "transfer": lambda w: members.transfer_ownership(
        w.session, w.actor, w.cast.bob.user_id, now=NOW
    ),
    "leave": lambda w: members.leave_organization(w.session, w.actor, now=NOW),
    "invite": lambda w: invitations.invite_by_link(w.session, w.actor, role="member", now=NOW),
    "join": lambda w: joining.accept_invitation(
        w.session, "token", holder=w.holder, origin=w.origin, now=NOW
    ),
    "confirm": lambda w: _require_in_person(w.holder),
    "be_fresh": lambda w: _require_fresh(w.origin),
    "be_in_person": lambda w: _require_in_person(w.origin),
    "act_for_a_third": _as_admin,
}


@pytest.mark.parametrize("act", FORBIDDEN)
async def test_what_is_forbidden_in_somebodys_name_is_refused_by_its_service(
    session, cast, admin, letters, sealer, act
):
    """As the owner of everything: nothing else stands in the way."""
    begun = await start_impersonation(session, admin, cast.alice.user_id, now=NOW)
    holder = await held(session, begun.token)
    origin = Origin(impersonator_id=holder.impersonator_id, is_fresh=True)
    world = SimpleNamespace(
        session=session,
        cast=cast,
        letters=letters,
        holder=holder,
        origin=origin,
        actor=replace(cast.alice, origin=origin),
        server=await make_server(session, cast.alice),
    )
    with pytest.raises((Forbidden, NotFound)) as refusal:
        await FORBIDDEN[act](world)
    is_admin_area = act == "act_for_a_third"
    assert ("nothing at this address" if is_admin_area else "somebody else's name") in str(
        refusal.value
    )


async def _require_fresh(origin) -> None:
    require_fresh(origin)


async def _require_in_person(who) -> None:
    require_in_person(who)
