"""Variables, arrays and here-documents of a script, and what stays unknown."""

import pytest

from core.errors import Invalid
from core.http_request import ValueCredential
from saas_app.services.intake.curl import read_curl


def only_tool(text):
    proposal = read_curl(text)
    assert not proposal.skipped
    (tool,) = proposal.tools
    return tool


def test_a_body_in_a_variable_becomes_its_arguments():
    tool = only_tool('BODY=\'{"a":1,"b":"x"}\'\ncurl https://a.test/x --json "$BODY"')
    assert list(tool.input_schema["properties"]) == ["a", "b"]


def test_a_variable_that_changes_is_read_where_it_stands():
    proposal = read_curl(
        'ID=1 BODY=\'{"a":1}\'\ncurl https://a.test/x?id=$ID --json "$BODY"\n'
        'ID=2 BODY=\'{"b":2}\'\ncurl https://a.test/y?id=$ID --json "$BODY"'
    )
    defaults = [
        {name: schema["default"] for name, schema in tool.input_schema["properties"].items()}
        for tool in proposal.tools
    ]
    assert defaults == [{"id": 1, "a": 1}, {"id": 2, "b": 2}]


def test_a_secret_that_changes_is_two_variables():
    proposal = read_curl(
        'TOKEN=one-1\ncurl https://a.test/x -H "Authorization: Bearer $TOKEN"\n'
        'TOKEN=two-2\ncurl https://a.test/y -H "Authorization: Bearer $TOKEN"\n'
        'curl https://a.test/z -H "Authorization: Bearer $TOKEN"'
    )
    assert proposal.values == {"TOKEN": "one-1", "TOKEN_2": "two-2"}
    used = [tool.request.credentials[0][0].value for tool in proposal.tools]
    assert used == ["Bearer {{TOKEN}}", "Bearer {{TOKEN_2}}", "Bearer {{TOKEN_2}}"]


def test_a_base_address_that_changes_is_two_variables():
    proposal = read_curl(
        "BASE=https://a.test\ncurl $BASE/x\nBASE=https://b.test\ncurl $BASE/y\ncurl $BASE/z"
    )
    assert [tool.request.base.variable for tool in proposal.tools] == ["BASE", "BASE_2", "BASE_2"]


def test_a_header_in_a_variable_is_the_credential_it_holds():
    proposal = read_curl("AUTH='Authorization: Bearer tok-1'\ncurl https://a.test/x -H \"$AUTH\"")
    expected = ValueCredential(
        location="header", name="Authorization", value="Bearer {{API_TOKEN}}"
    )
    assert proposal.tools[0].request.credentials == ((expected,),)
    assert proposal.values == {"API_TOKEN": "tok-1"}
    assert not proposal.notes


def test_a_header_that_is_not_in_the_text_is_named_as_it_is_written():
    proposal = read_curl('curl https://a.test/x -H "$AUTH"')
    assert proposal.notes == (
        "Command 1 (line 1): Left out the header $AUTH, which is not in the text.",
    )


@pytest.mark.parametrize("text", ["curl https://$HOST.a.test/x -H 'Host: $X'", 'curl -H "$A: 1" x'])
def test_no_message_holds_a_mark(text):
    proposal = read_curl(text + "\ncurl https://a.test/x")
    said = [*proposal.notes, *(one.reason for one in proposal.skipped)]
    assert not any(ord(char) >= 0x100000 for line in said for char in line)


def test_an_array_that_is_not_in_the_text_leaves_the_command_out():
    proposal = read_curl('curl "${ARGS[@]}" https://a.test/x\ncurl https://a.test/y')
    assert [tool.request.path for tool in proposal.tools] == ["/y"]
    assert "${ARGS[@]}" in proposal.skipped[0].reason


@pytest.mark.parametrize("given", ["$OPTS", "$@", "$1"])
def test_options_that_are_not_in_the_text_are_left_out_with_a_note(given):
    proposal = read_curl(f"curl -s {given} https://a.test/x")
    assert [tool.name for tool in proposal.tools] == ["get_x"]
    assert any("not in the text" in note for note in proposal.notes)


def test_a_whole_address_in_a_variable_names_its_tool():
    tool = only_tool("URL=https://a.test/users\ncurl $URL")
    assert (tool.name, tool.request.base.url) == ("list_users", "https://a.test")


def test_a_base_address_in_a_variable_stays_one():
    tool = only_tool("BASE=https://a.test/v1\ncurl $BASE/users")
    assert (tool.request.base.variable, tool.request.path) == ("BASE", "/users")


def test_a_password_in_an_address_in_a_variable_is_a_secret():
    proposal = read_curl("BASE=https://me:hunter2-x@a.test\ncurl $BASE/users")
    assert proposal.values == {"USERNAME": "me", "PASSWORD": "hunter2-x"}
    assert "hunter2-x" not in str(proposal.model_copy(update={"values": {}}))


@pytest.mark.parametrize(
    "assignment",
    ["$body = @{a = 1} | ConvertTo-Json", "$body = @{ a = 1 }", "$body = [Guid]::NewGuid()"],
)
def test_what_powershell_computes_is_asked_for(assignment):
    proposal = read_curl(f"{assignment}\ncurl.exe https://a.test/x --json $body")
    (tool,) = proposal.tools
    assert "default" not in tool.input_schema["properties"]["body"]
    assert tool.input_schema["required"] == ["body"]


def test_variables_that_hold_each_other_many_times_over_are_refused():
    lines = ["A0='{\"a\": 1}'", *(f'A{n}="$A{n - 1}$A{n - 1}"' for n in range(1, 60))]
    with pytest.raises(Invalid, match="too many times"):
        read_curl("\n".join([*lines, "curl https://a.test/x -d $A59"]))


def test_a_quoted_number_stays_a_text():
    tool = only_tool('ID=7\ncurl https://a.test/x --json "{\\"id\\": \\"$ID\\"}"')
    assert tool.input_schema["properties"]["id"] == {"type": "string", "default": "7"}
