"""How often the doors may be tried: by account, by address, and by whoever has the right key."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from saas_app.services.attempts import places_of
from tests.cast import PASSWORD
from tests.saas_app.api.test_auth import ALICE, forget_cooldowns
from tests.saas_app.letters import letters

WRONG = {"email": ALICE["email"], "password": "wrong and long enough"}
GUESSES = 10


class CountedChecks:
    """Counts what reaches the hash."""

    def __init__(self, passwords):
        self._passwords, self.count = passwords, 0

    async def verify(self, password, encoded):
        self.count += 1
        return await self._passwords.verify(password, encoded)


@pytest.fixture
def checks(parts, monkeypatch):
    counted = CountedChecks(parts.passwords)
    monkeypatch.setattr(parts.password_door, "_passwords", counted)
    return counted


def refusal(answer):
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    return asked.get("error", [""])[0], int(asked.get("wait", ["0"])[0])


async def test_an_account_takes_ten_guesses_from_all_addresses_together(visitors, checks):
    """ASVS 6.3.1; the figure of this product: at most ten hashes in fifteen minutes."""
    attackers = [visitors(f"198.51.{number}.7") for number in range(30)]
    answers = await asyncio.gather(*(one.post("sign-in", WRONG) for one in attackers))
    assert checks.count == GUESSES
    refused = [refusal(answer) for answer in answers if "too_often" in answer.headers["location"]]
    assert len(refused) == 20
    assert all(800 < wait <= 905 for _code, wait in refused)


async def test_an_address_without_an_account_is_limited_just_the_same(visitors, checks):
    unknown = WRONG | {"email": "nobody@example.com"}
    answers = [await visitors(f"198.51.{n}.7").post("sign-in", unknown) for n in range(GUESSES + 1)]
    assert [refusal(answer)[0] for answer in answers] == ["wrong_credentials"] * GUESSES + [
        "too_often"
    ]
    assert checks.count == GUESSES


async def test_another_spelling_of_an_address_is_the_same_account_and_gives_no_more_guesses(
    visitors, checks
):
    juergen = ALICE | {"email": "j\u00fcrgen@b\u00fccher.example"}
    await visitors("198.51.100.9").sign_up(juergen)
    spelled = ["ju\u0308rgen@bu\u0308cher.example", "J\u00dcRGEN@xn--bcher-kva.example "]
    for email in spelled:
        answer = await visitors("198.51.101.9").post("sign-in", juergen | {"email": email})
        assert answer.headers["location"] == "/home"
    checks.count = 0
    for number in range(GUESSES + 2):
        wrong = WRONG | {"email": spelled[number % 2]}
        answer = await visitors(f"198.51.{number}.7").post("sign-in", wrong)
    assert refusal(answer)[0] == "too_often"
    assert checks.count == GUESSES


async def test_the_owner_gets_in_from_a_known_browser_while_the_account_is_attacked(
    browser, visitors
):
    """ASVS 6.1.1: no malicious lockout."""
    await browser.sign_up(ALICE)
    await browser.post("sign-out", {})
    for number in range(GUESSES + 2):
        await visitors(f"198.51.{number}.7").post("sign-in", WRONG)
    answer = await visitors("198.51.100.9").post("sign-in", ALICE)
    assert refusal(answer)[0] == "too_often"
    answer = await browser.post("sign-in", ALICE)
    assert answer.headers["location"] == "/home"
    answer = await visitors("198.51.101.9").post("sign-in", WRONG)
    assert refusal(answer)[0] == "too_often", "a known browser forgives no attacker"


async def test_a_known_browser_has_no_more_than_ten_guesses_either(browser, checks):
    await browser.sign_up(ALICE)
    checks.count = 0
    answers = [await browser.post("sign-in", WRONG) for _ in range(GUESSES + 1)]
    assert refusal(answers[-1])[0] == "too_often"
    assert checks.count == GUESSES


async def test_a_browser_that_knows_one_account_is_a_stranger_to_another(
    browser, visitors, database
):
    await visitors("198.51.100.9").sign_up(ALICE)
    await forget_cooldowns(database)
    await browser.sign_up({"name": "Mallory", "email": "m@example.com", "password": PASSWORD})
    for number in range(GUESSES):
        await visitors(f"198.51.{number}.7").post("sign-in", WRONG)
    assert refusal(await browser.post("sign-in", ALICE))[0] == "too_often"


async def test_a_right_password_forgives_the_wrong_ones_before_it(browser, visitors):
    await browser.sign_up(ALICE)
    for _ in range(2):
        stranger = visitors("198.51.100.9")
        for _ in range(GUESSES - 1):
            await stranger.post("sign-in", WRONG)
        answer = await stranger.post("sign-in", ALICE)
        assert answer.headers["location"] == "/home"
        stranger.client.cookies.clear()


async def test_one_address_tries_thirty_accounts_and_its_network_a_hundred(visitors, checks):
    """Credential stuffing: one guess each at many accounts."""
    one = visitors("198.51.100.1")
    for number in range(31):
        answer = await one.post("sign-in", WRONG | {"email": f"u{number}@example.com"})
    assert refusal(answer)[0] == "too_often"
    assert checks.count == 30
    for host in range(2, 11):
        visitor = visitors(f"198.51.100.{host}")
        for number in range(10):
            answer = await visitor.post(
                "sign-in", WRONG | {"email": f"v{host}{number}@example.com"}
            )
    assert refusal(answer)[0] == "too_often"
    assert checks.count <= 100


async def test_one_address_that_is_refused_uses_up_nothing_of_its_network(visitors):
    """Else one machine could keep all of its network out."""
    one = visitors("198.51.100.1")
    for number in range(120):
        answer = await one.post("sign-in", WRONG | {"email": f"u{number}@example.com"})
    assert refusal(answer)[0] == "too_often"
    answer = await visitors("198.51.100.2").post("sign-in", WRONG)
    assert refusal(answer)[0] == "wrong_credentials"


def test_ipv6_is_counted_by_64_and_by_48_and_this_machine_is_not():
    one, network = places_of("2001:db8:1:2:3:4:5:6")
    assert (one, network) == ("2001:db8:1:2::/64", "2001:db8:1::/48")
    assert places_of("2001:db8:1:2:ffff::1")[0] == one
    assert places_of("::ffff:203.0.113.7") == places_of("203.0.113.7")
    assert places_of("203.0.113.7") == ("203.0.113.7/32", "203.0.113.0/24")
    assert places_of("127.0.0.1") == places_of("::1") == ("", "")
    assert places_of("fe80::1%eth0")[0] == "fe80::/64"


async def test_one_mailbox_gets_one_letter_a_minute_and_five_an_hour(visitors, parts):
    for number in range(4):
        await visitors(f"198.51.{number}.7").post("sign-up", ALICE)
    assert len(await letters(parts)) == 1


async def test_sign_up_is_limited_by_address(visitors):
    one = visitors("198.51.100.1")
    for number in range(16):
        answer = await one.post("sign-up", ALICE | {"email": f"u{number}@example.com"})
    code, wait = refusal(answer)
    assert code == "too_often"
    assert 3500 < wait <= 3600
