"""How tools are told apart, merged and named."""

import pytest

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


def test_the_same_endpoint_with_other_values_is_one_tool():
    proposal = read_curl(
        "curl 'https://a.test/users/42?full=true&page=1'\n"
        "curl 'https://a.test/users/43?full=true&limit=5'"
    )
    (tool,) = proposal.tools
    assert properties(tool)["user_id"] == {"type": "integer", "examples": [42, 43]}
    assert properties(tool)["full"] == {"type": "boolean", "default": True}
    assert properties(tool)["page"] == {"type": "integer"}
    assert properties(tool)["limit"] == {"type": "integer"}
    assert required(tool) == ["user_id"]
    assert any("became one tool: get_user" in note for note in proposal.notes)


def test_the_same_json_endpoint_is_one_tool_whose_types_fit_both():
    (tool,) = read_curl(
        'curl https://a.test/u --json \'{"a":1,"b":"x"}\'\n'
        'curl https://a.test/u --json \'{"a":"one","c":true}\''
    ).tools
    assert properties(tool)["a"] == {"type": ["integer", "string"], "examples": [1, "one"]}
    assert required(tool) == ["a"]
    assert set(properties(tool)) == {"a", "b", "c"}


def test_an_endpoint_with_and_without_a_key_works_either_way():
    (tool,) = read_curl("curl https://a.test/u\ncurl https://a.test/u -H 'X-Api-Key: k1'").tools
    assert [len(way) for way in tool.request.credentials] == [1, 0]


def test_commands_of_one_host_share_one_base_address():
    proposal = read_curl(
        "curl https://a.test/api/v2/users\ncurl https://a.test/api/v2/orders/1\n"
        "curl https://b.test/v1/x"
    )
    bases = [tool.request.base.url for tool in proposal.tools]
    assert bases == ["https://a.test/api/v2", "https://a.test/api/v2", "https://b.test/v1"]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("curl https://a.test/users", "list_users"),
        ("curl https://a.test/v1/users/42", "get_user"),
        ("curl https://a.test/users/42/orders", "list_user_orders"),
        ("curl https://a.test/users -d a=1", "create_user"),
        ("curl -X PUT https://a.test/categories/5", "update_category"),
        ("curl -X PATCH https://a.test/users/5", "update_user"),
        ("curl -X DELETE https://a.test/addresses/5", "delete_address"),
        ("curl https://a.test/orders/5/cancel -d a=1", "cancel_order"),
        ("curl https://a.test/login -d a=1", "login"),
        ("curl https://a.test/sendMessage -d a=1", "send_message"),
        ("curl https://a.test/status", "get_status"),
        ("curl https://a.test/3/movie/11", "get_movie"),
        ("curl https://a.test/api/chat.postMessage -d a=1", "chat_post_message"),
        ("curl https://a.test", "get_root"),
        ("curl 'https://a.test/x[1-3].json'", "get_x"),
        ("curl 'https://a.test/daily-report-{a,b}.csv'", "get_daily_report"),
        ("curl 'https://a.test/v{1,2}/users'", "list_users"),
        ("curl -I https://a.test/files/5", "check_file"),
    ],
)
def test_a_tool_has_a_readable_name(command, name):
    assert only_tool(command).name == name


def test_the_comment_above_a_command_names_it():
    proposal = read_curl(
        "#!/bin/bash\n# ------\n# List all the users\n# (newest first)\ncurl https://a.test/u\n\n"
        "# An unrelated remark\n\ncurl https://a.test/orders"
    )
    first, second = proposal.tools
    assert (first.name, first.title) == ("list_all_users", "List all the users")
    assert "(newest first)" in first.description
    assert second.name == "list_orders"


def test_names_are_unique():
    proposal = read_curl(
        "curl https://a.test/users\ncurl https://b.test/users\ncurl https://c.test/users"
    )
    assert [tool.name for tool in proposal.tools] == ["list_users", "list_users_2", "list_users_3"]


@pytest.mark.parametrize(
    ("method", "hints"),
    [
        ("GET", (True, False, True)),
        ("HEAD", (True, False, True)),
        ("POST", (False, False, False)),
        ("PUT", (False, True, True)),
        ("PATCH", (False, True, False)),
        ("DELETE", (False, True, True)),
    ],
)
def test_the_method_says_what_a_tool_does(method, hints):
    found = only_tool(f"curl -X {method} https://a.test/a").annotations
    assert (found.read_only, found.destructive, found.idempotent) == hints


def test_graphql_keeps_its_document_and_takes_variables():
    tool = only_tool(
        'curl https://a.test/graphql --json \'{"query":"query GetUser($id: ID!, $n: Int = 5,'
        ' $tags: [String!]) { user(id: $id) { name } }","variables":{"id":"7"}}\''
    )
    assert tool.name == "get_user"
    assert tool.annotations.read_only
    assert properties(tool) == {
        "id": {"type": "string", "default": "7"},
        "n": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
    }
    assert list(tool.request.body.fixed) == ["query"]
    assert {p.path for p in tool.request.body.properties} == {
        ("variables", "id"),
        ("variables", "n"),
        ("variables", "tags"),
    }


def test_a_graphql_mutation_changes_things():
    tool = only_tool(
        'curl https://a.test/graphql --json \'{"query":"mutation { deleteUser(id: 5) { id } }"}\''
    )
    assert tool.name == "delete_user"
    assert not tool.annotations.read_only
    assert tool.annotations.destructive


def test_two_graphql_operations_are_two_tools():
    proposal = read_curl(
        'curl https://a.test/graphql --json \'{"query":"{ users { id } }"}\'\n'
        'curl https://a.test/graphql --json \'{"query":"{ orders { id } }"}\''
    )
    assert [tool.name for tool in proposal.tools] == ["users", "orders"]


@pytest.mark.parametrize("separator", ["\n", "; ", " && ", " || ", " & ", "\n\n# next\n"])
def test_several_commands_are_several_tools(separator):
    proposal = read_curl(f"curl https://a.test/users{separator}curl https://a.test/orders")
    assert len(proposal.tools) == 2


def test_next_and_several_addresses_are_several_tools():
    proposal = read_curl(
        "curl https://a.test/users https://a.test/orders --next -d a=1 https://a.test/items"
    )
    assert [tool.name for tool in proposal.tools] == ["list_users", "list_orders", "create_item"]


def test_the_source_is_named_after_its_host():
    assert read_curl("curl https://api.stripe.com/v1/charges").name == "Stripe"
    assert read_curl("curl localhost:8000/a").name == "localhost"


def test_a_line_of_a_document_names_the_command_below():
    proposal = read_curl(
        "1. List users\ncurl https://a.test/u\nFetch one order:\ncurl https://a.test/o"
    )
    assert [tool.title for tool in proposal.tools] == ["List users", "Fetch one order"]
    assert not proposal.skipped


def test_a_function_of_a_script_is_looked_into():
    proposal = read_curl("check() { curl -s https://a.test/health; }\ncheck")
    assert [tool.name for tool in proposal.tools] == ["get_health"]
