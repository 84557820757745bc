"""Secrets stay hidden wherever a request or an answer is shown, in every spelling."""

import base64
import json
from html import escape
from urllib.parse import quote_plus

import pytest

from core.http_request import BasicCredential, BodyProperty, FixedValue, ValueCredential
from mcp_runtime.tool_runner.bodies import FORM
from mcp_runtime.tool_runner.exchange import exchange_of
from mcp_runtime.tool_runner.masking import HIDDEN, Mask
from tests.mcp_runtime.tool_runner.tools import body, built, http_tool

SECRETS = [
    "sk_live_0123456789",
    'p@ss w"rd/ü+%;&=\\x',
    "line\none",
    "pasted-with-a-line-break\n",
    " padded ",
    "ab",
    "ключ-секрет",
]
PLACES = {
    "query": {"fixed": (FixedValue(location="query", name="k", value="a{{S}}b"),)},
    "cookie": {"fixed": (FixedValue(location="cookie", name="k", value="a{{S}}b"),)},
    "bearer": {
        "credentials": (
            (ValueCredential(location="header", name="Authorization", value="Bearer {{S}}"),),
        )
    },
    "basic": {"credentials": ((BasicCredential(username="u", password="{{S}}"),),)},
    "json": {"method": "POST", "body": body("application/json", fixed={"k": ["x{{S}}"]})},
    "form": {"method": "POST", "body": body(FORM, fixed={"k": "x{{S}}"})},
    "multipart": {"method": "POST", "body": body("multipart/form-data", fixed={"k": "x{{S}}"})},
    "text": {"method": "POST", "body": body("text/plain", fixed="x{{S}}")},
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("place", PLACES)
def test_an_exchange_never_shows_a_secret(place, secret):
    if place == "bearer" and "\n" in secret.strip():
        secret = secret.replace("\n", "-")  # a line break inside is refused, not sent
    request = built(http_tool(**PLACES[place]), {}, {"S": secret})
    assert secret in request.secrets

    shown = str(exchange_of(request, None, Mask(request.secrets), duration_ms=1.0))

    encoded = base64.b64encode(f"u:{secret}".encode()).decode()
    for form in (secret.strip(), quote_plus(secret.strip()), encoded, encoded.rstrip("=")):
        assert form not in shown.replace("'k'", "").replace("multipart/form-data", "")
    assert HIDDEN in shown


def test_a_secret_inside_another_is_hidden_with_it():
    assert Mask(["abc", "abcdef"]).in_text("abcdef-abc") == f"{HIDDEN}-{HIDDEN}"


def test_an_empty_secret_hides_nothing():
    assert Mask(["", " "]).in_text("a b") == "a b"


def test_short_secrets_are_hidden_in_requests_but_do_not_blot_out_answers():
    mask = Mask(["ab"])
    assert mask.in_text("k=ab") == f"k={HIDDEN}"
    assert mask.in_answer("abba") == "abba"


@pytest.mark.parametrize("secret", ["sk/live+0123", 'quo"ted-secret', "grüße-secret"])
def test_an_answer_shows_no_secret_in_text_or_percent_encoded(secret):
    mask = Mask([secret])
    for text in (secret, quote_plus(secret), f"x{secret}y"):
        assert HIDDEN in mask.in_answer(text)
        assert secret not in mask.in_answer(text)


LONG = 'sk/live"0123456789 ü'


@pytest.mark.parametrize(
    "echo",
    [
        json.dumps({"k": LONG}),
        json.dumps({"k": LONG}, ensure_ascii=False).replace("/", "\\/"),
        f"<input value='{escape(LONG)}'>",
        base64.b64encode(LONG.encode()).decode(),
        base64.urlsafe_b64encode(LONG.encode()).decode().rstrip("="),
        *(base64.b64encode(f"{x}{LONG}; and more".encode()).decode() for x in ("", "u", "u:")),
    ],
)  # fmt: skip
def test_an_answer_shows_no_secret_escaped_or_in_base64(echo):
    shown = Mask([LONG]).in_answer(echo)
    assert HIDDEN in shown
    assert "0123456789" not in shown
    for before in range(3):
        assert base64.b64encode(b" " * before + b"0123456789")[4:12].decode() not in shown


def test_the_start_of_a_secret_at_the_end_of_a_cut_answer_is_hidden():
    mask = Mask(["sk_live_0123456789"])
    assert mask.in_answer("key=sk_live_0123", is_cut=True) == f"key={HIDDEN}"
    assert mask.in_answer("key=sk_live_0123") == "key=sk_live_0123"
    assert mask.in_answer("key=sk_l", is_cut=True) == "key=sk_l"


def test_a_short_secret_is_hidden_where_an_answer_gives_it_alone():
    value = {"pin": "12ab", "text": "it is 12ab", "n": 12, "two": "ab"}
    assert Mask(["12ab", "ab"]).in_value(value) == {**value, "pin": HIDDEN}


def test_values_are_masked_at_any_depth_in_keys_and_in_numbers():
    mask = Mask(["secret-1", "12345678"])
    value = {"a": ["xsecret-1", 1, None, {"secret-1": True}], "n": 12345678, "b": 1.5}
    assert mask.in_value(value) == {
        "a": [f"x{HIDDEN}", 1, None, {HIDDEN: True}],
        "n": HIDDEN,
        "b": 1.5,
    }


@pytest.mark.parametrize("between", ["", "\0", "\ud800", "\ud800\ud800"])
def test_a_secret_in_the_parts_of_two_values_stays_apart(between):
    mask, half = Mask(["secret-1"]), f"{between}secret"
    value = [f"a{between}", {half: "-1"}, f"-1{between}", [], f"secret-1{between}", "", {}]
    assert mask.in_value(value) == [*value[:4], f"{HIDDEN}{between}", "", {}]


def test_argument_values_are_not_secret():
    spec = http_tool(
        method="POST",
        body=body("application/json", "a"),
        fixed=(FixedValue(location="header", name="X-K", value="{{S}}"),),
    )
    request = built(spec, {"a": "visible"}, {"S": "hidden-value"})
    shown = exchange_of(request, None, Mask(request.secrets), duration_ms=1.0)["request"]
    assert shown["body"] == '{"a":"visible"}'
    assert ["X-K", HIDDEN] in shown["headers"]


def test_a_body_that_is_not_text_is_only_counted():
    file = BodyProperty(argument="f", path=("f",), is_file=True)
    spec = http_tool(
        method="POST", body=body("multipart/form-data").model_copy(update={"properties": (file,)})
    )
    request = built(spec, {"f": {"base64": "//79"}})
    shown = exchange_of(request, None, Mask(()), duration_ms=1.0)["request"]["body"]
    assert "bytes that are not text" in shown


@pytest.mark.parametrize("at", [1, 5, 17])
def test_a_secret_that_comes_in_two_pieces_is_hidden_and_nothing_else_waits(at):
    mask, secret = Mask(["sk_live_0123456789"]), "sk_live_0123456789"
    shown, held = mask.in_part(f"key {secret[:at]}")
    assert (shown, held) == ("key ", secret[:at])
    assert mask.in_part(f"{held}{secret[at:]} end\n") == (f"{HIDDEN} end\n", "")


def test_a_secret_in_two_pieces_that_starts_with_another_one_is_hidden_whole():
    mask = Mask(["admin1", "admin1-and-more", "1xyz99"])
    shown, held = mask.in_part("key=admin1")
    assert (shown, held) == ("key=", "admin1")
    assert mask.in_part(f"{held}-and-more\n") == (f"{HIDDEN}\n", "")
    assert mask.in_part(f"{held}\n") == (f"{HIDDEN}\n", "")
    assert mask.in_answer("key=admin1-and-m", is_cut=True) == f"key={HIDDEN}"


@pytest.mark.parametrize("secret", ["ab" * 4_000, f"{'a' * 500}b" * 20, f"{'a' * 7_999}b"])
def test_of_a_long_secret_that_repeats_itself_no_piece_is_shown(secret):
    mask = Mask([secret])
    for at in (1, 70, 501, len(secret) - 1):
        shown, held = mask.in_part(f"key {secret[:at]}")
        again, rest = mask.in_part(f"{held}{secret[at:]} end\n")
        assert shown + again + mask.in_answer(rest) == f"key {HIDDEN} end\n"
