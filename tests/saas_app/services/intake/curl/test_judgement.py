"""What a careful person would make of a command: secrets, arguments, names."""

import pytest

from core.http_request import BasicCredential, ValueCredential
from saas_app.services.intake.curl import read_curl


def only_tool(text):
    proposal = read_curl(text)
    assert not proposal.skipped
    assert len(proposal.tools) == 1
    return proposal.tools[0]


def properties(tool):
    return tool.input_schema["properties"]


def required(tool):
    return tool.input_schema.get("required", [])


def test_a_secret_in_several_commands_is_one_variable_and_its_value_is_in_no_tool():
    proposal = read_curl(
        "curl https://a.test/users -H 'Authorization: Bearer tok-12345'\n"
        "curl https://a.test/orders -H 'Authorization: Bearer tok-12345'\n"
    )
    assert [v.name for v in proposal.variables] == ["API_TOKEN"]
    assert proposal.variables[0].is_secret
    assert proposal.values == {"API_TOKEN": "tok-12345"}
    expected = ValueCredential(
        location="header", name="Authorization", value="Bearer {{API_TOKEN}}"
    )
    assert [tool.request.credentials for tool in proposal.tools] == [((expected,),)] * 2


def test_different_secrets_are_different_variables():
    proposal = read_curl(
        "curl https://a.test/a -H 'X-Api-Key: k1'\ncurl https://b.test/b -H 'X-Api-Key: k2'"
    )
    assert proposal.values == {"X_API_KEY": "k1", "X_API_KEY_2": "k2"}


@pytest.mark.parametrize("name", ["X-Studio-Key", "DD-Application-Key", "xi-key"])
def test_a_header_that_is_a_vendors_key_is_a_secret(name):
    proposal = read_curl(f"curl https://a.test/a -H '{name}: s3same'")
    assert list(proposal.values.values()) == ["s3same"]
    assert "s3same" not in proposal.tools[0].model_dump_json()


@pytest.mark.parametrize("name", ["X-Cache-Key", "X-Partition-Key", "Surrogate-Key"])
def test_a_header_with_a_key_that_opens_nothing_is_no_secret(name):
    assert read_curl(f"curl https://a.test/a -H '{name}: eu-1'").values == {}


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Authorization: Bearer <token>", "TOKEN"),
        ("Authorization: Bearer {{access_token}}", "ACCESS_TOKEN"),
        ("Authorization: Bearer {api_key}", "API_KEY"),
        ("Authorization: Bearer YOUR_ACCESS_TOKEN", "ACCESS_TOKEN"),
        ("Authorization: Bearer your-token-here", "TOKEN"),
        ("Authorization: Bearer xxxxxxxx", "API_TOKEN"),
        ("Authorization: Bearer sk-...", "API_TOKEN"),
        ("Authorization: Bearer $MY_TOKEN", "TOKEN"),
        ("Authorization: Bearer ACCESS_TOKEN", "ACCESS_TOKEN"),
        ("X-Api-Key: [API_KEY]", "API_KEY"),
        ("X-Api-Key: ********", "X_API_KEY"),
    ],
)
def test_a_placeholder_becomes_a_variable_without_a_value(header, name):
    proposal = read_curl(f"curl https://a.test/a -H '{header}'")
    assert [v.name for v in proposal.variables] == [name]
    assert proposal.variables[0].is_secret
    assert proposal.values == {}


def test_a_variable_given_in_the_text_has_its_value():
    proposal = read_curl('TOKEN=abc\ncurl https://a.test/a -H "Authorization: Bearer $TOKEN"')
    assert proposal.values == {"TOKEN": "abc"}


def test_the_output_of_a_command_is_asked_for_by_a_variable_that_says_so():
    proposal = read_curl('curl https://a.test/a -H "X-Api-Key: $(cat key.txt)"')
    assert [v.name for v in proposal.variables] == ["X_API_KEY"]
    assert "$(cat key.txt)" in proposal.variables[0].description
    assert proposal.values == {}


def test_a_token_fetched_by_another_command_is_a_variable_and_that_command_a_tool():
    proposal = read_curl(
        "TOKEN=$(curl -s https://a.test/login -d user=ann | jq -r .token)\n"
        'curl https://a.test/me -H "Authorization: Bearer $TOKEN"'
    )
    assert [tool.name for tool in proposal.tools] == ["login", "get_me"]
    assert [v.name for v in proposal.variables] == ["TOKEN"]
    assert proposal.values == {}


def test_basic_credentials_are_two_variables():
    proposal = read_curl("curl -u ann:s3cret https://a.test/a")
    expected = BasicCredential(username="{{USERNAME}}", password="{{PASSWORD}}")
    assert proposal.tools[0].request.credentials == ((expected,),)
    assert proposal.values == {"USERNAME": "ann", "PASSWORD": "s3cret"}


def test_a_key_in_the_place_of_a_user_is_one_secret():
    proposal = read_curl("curl https://a.test/a -u key_123:")
    expected = BasicCredential(username="{{API_KEY}}", password="")
    assert proposal.tools[0].request.credentials == ((expected,),)


@pytest.mark.parametrize(
    "text",
    [
        "curl 'https://a.test/a?api_key=SECRET99'",
        "curl 'https://a.test/a?access_token=SECRET99'",
        "curl https://a.test/a -H 'X-Auth-Token: SECRET99'",
        "curl https://a.test/a -H 'Ocp-Apim-Subscription-Key: SECRET99'",
        "curl https://a.test/a -b 'PHPSESSID=SECRET99'",
        "curl https://a.test/a -d client_secret=SECRET99",
        "curl https://a.test/a -F password=SECRET99",
        'curl https://a.test/a --json \'{"a":{"b":{"apiKey":"SECRET99","c":1}}}\'',
        'curl https://a.test/a --json \'{"a":[{"password":"SECRET99"}]}\'',
        "curl https://a.test/a --oauth2-bearer SECRET99",
        "curl https://u:SECRET99@a.test/a",
        'curl https://hooks.slack.com/services/T0/B0/SECRET99 --json \'{"text":"x"}\'',
        'curl https://discord.com/api/webhooks/123/SECRET99 --json \'{"content":"x"}\'',
        "curl 'https://a.test/a?x=ghp_SECRET99SECRET99SECRET99SECRET99SECR'",
        "curl https://a.test/a -d x=sk_live_SECRET99SECRET99",
        'SECRET=SECRET99; curl https://a.test/a -H "Authorization: Token $SECRET"',
    ],
)
def test_a_secret_is_in_no_tool(text):
    proposal = read_curl(text)
    assert len(proposal.tools) == 1
    assert "SECRET99" not in proposal.tools[0].model_dump_json()
    assert not any("SECRET99" in v.model_dump_json() for v in proposal.variables)
    assert not any("SECRET99" in note for note in proposal.notes)


def test_ids_in_a_path_are_arguments_named_after_what_they_identify():
    tool = only_tool("curl https://a.test/v1/users/42/orders/cus_NffrFeUfNV2Hib")
    assert tool.request.path == "/users/{user_id}/orders/{order_id}"
    assert tool.request.base.url == "https://a.test/v1"
    assert properties(tool)["user_id"] == {"type": "integer", "default": 42}
    assert properties(tool)["order_id"] == {"type": "string", "default": "cus_NffrFeUfNV2Hib"}


def test_what_changes_something_is_never_aimed_by_default():
    tool = only_tool("curl -X DELETE https://a.test/users/42")
    assert properties(tool) == {"user_id": {"type": "integer", "examples": [42]}}
    assert required(tool) == ["user_id"]


def test_query_values_are_defaults_and_placeholders_are_required():
    tool = only_tool("curl 'https://a.test/s?q=<words>&page=2&exact=true&city=Oslo'")
    assert required(tool) == ["q"]
    assert properties(tool)["page"] == {"type": "integer", "default": 2}
    assert properties(tool)["exact"] == {"type": "boolean", "default": True}
    assert properties(tool)["city"] == {"type": "string", "default": "Oslo"}


def test_alternatives_in_an_address_are_the_choices_of_an_argument():
    proposal = read_curl("curl 'https://a.test/{cats,dogs}'")
    (schema,) = properties(proposal.tools[0]).values()
    assert schema == {"type": "string", "enum": ["cats", "dogs"], "default": "cats"}
    assert any("one request for each" in note for note in proposal.notes)


def test_json_properties_keep_their_structure():
    tool = only_tool(
        """curl https://a.test/u --json '{"name":"Ann","tags":["a"],"at":{"zip":null,"n":1.5}}'"""
    )
    assert properties(tool)["name"] == {"type": "string", "default": "Ann"}
    assert properties(tool)["tags"] == {
        "type": "array",
        "items": {"type": "string"},
        "default": ["a"],
    }
    assert properties(tool)["at"] == {
        "type": "object",
        "properties": {"zip": {}, "n": {"type": "number"}},
        "default": {"zip": None, "n": 1.5},
    }


def test_one_secret_in_an_object_leaves_its_neighbours_as_arguments():
    tool = only_tool('curl https://a.test/u --json \'{"auth":{"user":"ann","password":"x99"}}\'')
    assert tool.request.body.fixed == {"auth": {"password": "{{PASSWORD}}"}}
    assert [p.path for p in tool.request.body.properties] == [("auth", "user")]


def test_a_new_idempotency_key_is_left_to_each_call():
    tool = only_tool("curl https://a.test/pay -H 'Idempotency-Key: 7f1' -d amount=5")
    assert "default" not in properties(tool)["idempotency_key"]
    assert "idempotency_key" not in required(tool)


def test_files_are_file_arguments():
    tool = only_tool("curl https://a.test/u -F 'doc=@a.pdf' -F 'img=@b.png' -F 'img=@c.png'")
    assert required(tool) == ["doc", "img"]
    assert properties(tool)["doc"]["properties"]["base64"]
    assert properties(tool)["img"]["type"] == "array"
    assert all(part.is_file for part in tool.request.body.properties)


def test_a_variable_that_signs_in_stays_a_variable_in_the_path():
    proposal = read_curl(
        'curl "https://a.test/2010-04-01/Accounts/$ACCOUNT_SID/Messages.json" -d Body=hi'
        ' -u "$ACCOUNT_SID:$AUTH_TOKEN"'
    )
    (tool,) = proposal.tools
    assert tool.request.base.url == "https://a.test/2010-04-01/Accounts/{{ACCOUNT_SID}}"
    assert tool.request.path == "/Messages.json"
    assert list(properties(tool)) == ["Body"]


def test_capitals_in_a_path_are_to_be_filled_in():
    tool = only_tool("curl https://a.test/repos/OWNER/REPO/issues")
    assert tool.request.path == "/repos/{owner}/{repo}/issues"
    assert required(tool) == ["owner", "repo"]


def test_a_host_to_be_filled_in_is_a_plain_variable():
    proposal = read_curl("curl https://{account}.a.test/tickets -u {email}/token:{api_token}")
    (tool,) = proposal.tools
    assert tool.request.base.url == "https://{{ACCOUNT}}.a.test"
    known = {variable.name: variable.is_secret for variable in proposal.variables}
    assert known == {"EMAIL": True, "API_TOKEN": True, "ACCOUNT": False}


def test_all_cookies_in_one_variable_are_a_credential():
    (tool,) = read_curl('curl https://a.test/me -H "Cookie: $COOKIES"').tools
    expected = ValueCredential(location="header", name="Cookie", value="{{COOKIES}}")
    assert tool.request.credentials == ((expected,),)


def test_broken_json_is_one_argument_of_any_type():
    tool = only_tool("curl https://a.test/x -H 'Content-Type: application/json' -d '{\"a\": oops}'")
    assert "type" not in properties(tool)["body"]
    assert "oops" in properties(tool)["body"]["description"]
    assert required(tool) == ["body"]


def test_a_comma_too_many_is_forgiven():
    tool = only_tool("curl https://a.test/x --json '{\"a\": [1, 2,], }'")
    assert properties(tool)["a"]["default"] == [1, 2]
