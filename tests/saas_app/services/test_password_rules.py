"""Which passwords are good enough, and what is said of them while they are typed."""

import pytest

from core.errors import Invalid
from saas_app.integrations.breached_passwords import NoBreaches
from saas_app.services.password_rules import WEAKEST_SCORE, WEIGHED_CHARACTERS, require_good, weigh

# Of the most common ones, those that are long enough to be allowed at all.
COMMON = (
    "1234567890",
    "password123",
    "password12",
    "password1!",
    "qwertyuiop",
    "1q2w3e4r5t",
    "123123123123",
    "0987654321",
    "iloveyou12",
    "sunshine123",
    "princess123",
    "football123",
    "baseball123",
    "superman123",
    "trustno1234",
    "welcome123",
    "letmein1234",
    "dragon12345",
    "monkey12345",
    "master12345",
    "shadow12345",
    "michael123",
    "jennifer123",
    "jordan2345",
    "liverpool1",
    "chelsea123",
    "manchester",
    "starwars123",
    "qwerty12345",
    "abcd123456",
    "1qaz2wsx3edc",
    "asdfghjkl;",
    "zxcvbnm123",
    "aaaaaaaaaa",
    "1111111111",
    "passw0rd123",
)


@pytest.mark.parametrize("password", COMMON)
async def test_common_passwords_are_refused(password):
    """ASVS 6.2.4."""
    with pytest.raises(Invalid, match=r"easy to guess|at least 10"):
        await require_good(password, NoBreaches(), about=())


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "seven blue kilns",
        "ünïcödé öfen glüht",
        "  spaces at both ends  ",
        "kjhgwerytpoimnb",
        "x9!kQ2#mZ7",
        "é" * 3 + " vase kiln glaze " * 7,
    ],
)
async def test_no_kind_of_character_is_demanded(password):
    """ASVS 6.2.5 and 6.2.9: no composition rules, and 64 characters and more are allowed."""
    await require_good(password, NoBreaches(), about=("Alice", "alice@example.com"))


@pytest.mark.parametrize(
    "password", ["alice@example.com", "Alice Smith", "alicesmith1", "toolkiln12"]
)
async def test_what_is_known_of_the_owner_is_no_password(password):
    about = ("Alice Smith", "alice@example.com")
    with pytest.raises(Invalid, match="easy to guess"):
        await require_good(password, NoBreaches(), about=about)


async def test_a_long_address_is_no_password_of_its_owner():
    address = "alexandra.maria.constantinopoulos@very-long-company-name.example.com"
    with pytest.raises(Invalid, match="easy to guess"):
        await require_good(address, NoBreaches(), about=("Alexandra", address))


async def test_nothing_is_cut_off():
    with pytest.raises(Invalid, match="at most 128"):
        await require_good("seven blue kilns glow " * 6, NoBreaches(), about=())


async def test_a_password_is_described_while_it_is_typed():
    assert (await weigh("")).word == ""
    short = await weigh("kiln")
    assert (short.score < WEAKEST_SCORE, short.suggestion) == (True, "6 more characters at least.")
    assert (await weigh("123456789")).suggestion == "1 more character at least."
    weak = await weigh("password123")
    assert (weak.word, "Many people" in weak.suggestion) == ("Very weak", True)
    strong = await weigh("correct horse battery staple")
    assert (strong.score, strong.word, strong.suggestion) == (4, "Strong", "")


async def test_a_very_long_text_is_weighed_by_its_start():
    start = "a" * WEIGHED_CHARACTERS
    assert (await weigh(start)).score < WEAKEST_SCORE
    assert await weigh(start + "x9!kQ2#mZ7") == await weigh(start)
