"""What a command carries that is secret is in no tool, no message and no row."""

import pytest

from core.access import intake_for
from core.errors import Invalid
from saas_app.services.intake.curl import read_curl
from saas_app.services.intakes import read_pasted, take_source
from tests.cast import NOW

SECRET = "hunter2-4eC39HqLyj"
SHAPED = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"

TEXTS = [
    f"curl https://a.test/x \\\n  # sign in\n  -H 'Authorization: Bearer {SECRET}'",
    f"curl https://a.test/x \\\n  # -d a=1 \\\n  # old\n  -H 'X-Api-Key: {SECRET}' \\\n  -d b=1",
    f"curl https://a.test/x \\ # sign in\n  -H 'Authorization: Bearer {SECRET}'",
    f"mytool login --token {SECRET}\ncurl https://a.test/x",
    f"{SECRET}\ncurl https://a.test/x",
    f"curl https://a.test/x\n-H 'Authorization: Bearer {SECRET}'",
    f"echo {SECRET} | login --with-token\ncurl https://a.test/x",
    f"curl https://a.test/x | tool --password {SECRET}",
    f"curl https://a.test/x -H 'Authorization Bearer {SECRET}'",
    f"curl https://a.test/x -H '{SECRET}'",
    f"curl https://a.test/x\ncurl https://a.test/y -H 'Bearer {SECRET}: x'",
    f"curl https://a.test/x -b {SECRET}",
    f"curl https://a.test/x -b 'a=1; {SECRET}'",
    f"curl https://a.test/x\ncurl https://a.test/y -F {SECRET}",
    f"curl https://a.test/x#access_token={SECRET}",
    f"# Authorization: Bearer {SECRET}\ncurl https://a.test/x",
    f"# curl https://a.test --token {SECRET}\ncurl https://a.test/x",
    f"Sign in with token={SECRET}:\ncurl https://a.test/x",
    f"# Uses {SECRET} to sign in\ncurl https://a.test/x -H 'X-Api-Key: {SECRET}'",
    f"curl 'https://a.test/x?q={SECRET}' -H 'X-Api-Key: {SECRET}'",
    f"curl https://a.test/x/{SECRET}/y -H 'X-Api-Key: {SECRET}'",
    f'curl https://a.test/x -H \'X-Api-Key: {SECRET}\' --json \'{{"a": [{{"b": "{SECRET}"}}]}}\'',
    f"curl https://a.test/x -H 'X-Trace: of {SECRET}' -u me:{SECRET}",
    f'curl https://a.test/x --json \'{{"password": "{SECRET}", oops}}\'',
    f"SECRET_KEY={SECRET}\ncurl https://a.test/x?q=$SECRET_KEY",
    f"SECRET_KEY='{SECRET}&x=%1'\ncurl https://a.test/x -d q=$SECRET_KEY",
    f'TOKEN={SECRET}\ncurl https://a.test/x -F q=$TOKEN -H "X-Foo: $TOKEN" -b a=$TOKEN',
    f'TOKEN={SECRET}\ncurl https://a.test/x --json \'{{"q": ["\'$TOKEN\'"], "r": "\'$TOKEN\'"}}\'',
    f"AUTH_HEADER='X-Foo: {SECRET}'\ncurl https://a.test/x -H \"$AUTH_HEADER\"",
    f"curl https://a.test/x\ncurl --{SECRET} https://a.test/y -H 'X-Api-Key: {SECRET}'",
]


@pytest.mark.parametrize("secret", [SECRET, SHAPED])
@pytest.mark.parametrize("text", TEXTS)
def test_a_secret_is_nowhere_but_among_the_values(text, secret):
    proposal = read_curl(text.replace(SECRET, secret))
    assert proposal.tools
    assert secret not in str(proposal.model_copy(update={"values": {}}))


async def test_a_secret_is_nowhere_in_what_is_kept_in_the_open(session, cast, sealer):
    proposal = await read_pasted("\n\n".join(TEXTS))
    intake_id = await take_source(
        session, cast.alice, proposal, source_url="", sealer=sealer, now=NOW
    )
    intake = await intake_for(session, cast.alice, intake_id)
    assert SECRET not in str(intake.proposal)


@pytest.mark.parametrize(
    "text",
    [
        f"curl -H 'Authorization Bearer {SHAPED}'",
        f"curl https://a.test -X {SHAPED}",
        f"curl https://a.test --{SHAPED}",
        f"curl https://a.test -F {SHAPED}",
        f"curl ftp://a.test -H 'Authorization: Bearer {SECRET}' # {SECRET}",
        f"curl --digest -u me:{SECRET} https://a.test\nmytool --token {SECRET}",
    ],
)
async def test_a_refusal_repeats_no_secret(text):
    with pytest.raises(Invalid) as refusal:
        await read_pasted(text)
    assert SHAPED not in refusal.value.message
    assert SECRET not in refusal.value.message


@pytest.mark.parametrize("text", TEXTS[:3])
def test_a_command_goes_on_behind_a_comment_between_its_lines(text):
    proposal = read_curl(text)
    assert not proposal.skipped
    (tool,) = proposal.tools
    assert tool.request.credentials
    assert SECRET in proposal.values.values()


def test_a_comment_ends_a_command_before_another_program():
    proposal = read_curl("curl https://a.test/x # first\njq .\ncurl https://a.test/y")
    assert [tool.request.path for tool in proposal.tools] == ["/x", "/y"]
    assert [skipped.what for skipped in proposal.skipped] == ["line 2: jq"]


def test_of_another_program_only_the_name_is_shown():
    proposal = read_curl("mytool login --token abc\n/usr/bin/other x\ncurl https://a.test/x")
    assert [one.what for one in proposal.skipped] == ["line 1: mytool", "line 2: /usr/bin/other"]


def test_an_argument_whose_value_was_secret_has_to_be_given():
    (tool,) = read_curl(f"curl 'https://a.test/x?q={SECRET}' -H 'X-Api-Key: {SECRET}'").tools
    assert tool.input_schema["properties"] == {"q": {"type": "string"}}
    assert tool.input_schema["required"] == ["q"]


@pytest.mark.parametrize(
    "comment",
    [
        "Get a token",
        "Auth: sign in",
        "The token: $TOKEN",
        "Send Authorization: Bearer <token>",
        "Set password=***",
    ],
)
def test_words_about_secrets_stay(comment):
    (tool,) = read_curl(f"# {comment}\ncurl https://a.test/x").tools
    assert tool.description.startswith(comment)
