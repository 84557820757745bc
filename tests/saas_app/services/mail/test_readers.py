"""Who may read the mail of a development copy."""

from uuid import uuid4

import pytest

from core.environment import Environment
from core.errors import Forbidden, NotFound, SignedOut
from core.sessions import SignedIn
from saas_app.services.mail.readers import Visitor, mail_readable_by
from tests.cast import NOW
from tests.conftest import settings_with

STRANGERS = ("192.168.1.7", "203.0.113.7", "2001:db8::7", "", "localhost")


def signed_in(*, is_admin: bool = False) -> SignedIn:
    return SignedIn(
        session_id=uuid4(),
        user_id=uuid4(),
        email="bob@example.com",
        name="Bob",
        avatar_key="",
        is_email_verified=True,
        is_onboarded=True,
        is_admin=is_admin,
        authenticated_at=NOW,
        last_used_at=NOW,
        expires_at=NOW,
        access_version=0,
        impersonator_id=None,
    )


def visitor(ip_address="127.0.0.1", host="localhost:3000", *, forwarded=False, holder=None):
    return Visitor(ip_address, host, forwarded, holder)


@pytest.mark.parametrize("ip_address", ["127.0.0.1", "::1", "127.3.2.1"])
@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1:3000", "[::1]:3000", "LOCALHOST"])
def test_whoever_sits_at_the_machine_reads_all(tmp_path, ip_address, host):
    assert mail_readable_by(visitor(ip_address, host), settings_with(tmp_path)) is None


@pytest.mark.parametrize("ip_address", STRANGERS)
def test_a_stranger_on_the_network_reads_nothing(tmp_path, ip_address):
    with pytest.raises(SignedOut):
        mail_readable_by(visitor(ip_address), settings_with(tmp_path))


def test_over_the_network_people_read_their_own_and_admins_all(tmp_path):
    settings = settings_with(tmp_path)
    bob, admin = signed_in(), signed_in(is_admin=True)
    assert mail_readable_by(visitor("192.168.1.7", holder=bob), settings) == "bob@example.com"
    assert mail_readable_by(visitor("192.168.1.7", holder=admin), settings) is None


@pytest.mark.parametrize("host", ["evil.example:3000", "localhost.evil.example", "", "a@b:c"])
@pytest.mark.parametrize("holder", [None, signed_in(is_admin=True)])
def test_a_page_elsewhere_that_points_its_name_here_reads_nothing(tmp_path, host, holder):
    with pytest.raises(Forbidden):
        mail_readable_by(visitor(host=host, holder=holder), settings_with(tmp_path))


def test_behind_a_tunnel_everybody_comes_from_this_machine_and_nobody_is_trusted(tmp_path):
    settings = settings_with(
        tmp_path, public_url="https://kiln.tunnel.example", mcp_url="https://kiln.tunnel.example"
    )
    for through in (
        visitor(host="kiln.tunnel.example"),
        visitor(host="localhost:3000", forwarded=True),
    ):
        with pytest.raises(SignedOut):
            mail_readable_by(through, settings)


def test_production_has_no_such_thing(tmp_path):
    settings = settings_with(
        tmp_path, environment=Environment.PRODUCTION, public_url="https://localhost"
    )
    with pytest.raises(NotFound):
        mail_readable_by(visitor(holder=signed_in(is_admin=True)), settings)
