"""A call becomes exactly the request that its tool describes, whatever the arguments hold."""

import base64

import pytest

from core.errors import Invalid
from core.http_request import BaseUrl, BasicCredential, FixedValue, ValueCredential
from core.tool_spec import Variable
from mcp_runtime.tool_runner.templates import VariableMissing
from tests.mcp_runtime.tool_runner.tools import API, body, built, header, http_tool, parameter

BEARER = ValueCredential(location="header", name="Authorization", value="Bearer {{TOKEN}}")
KEY = ValueCredential(location="query", name="api_key", value="{{API_KEY}}")
BASIC = BasicCredential(username="{{USERNAME}}", password="{{PASSWORD}}")
CLIMBERS = ["..", ".", "a/../b", "../x", "a/..", "%2e%2e", "%2E.", "..%2fx", "..\\x", "a\\..\\b"]


def fixed(location, name, value):
    return FixedValue(location=location, name=name, value=value)


def in_path(value, *, path="/files/{p}/meta", **values):
    return built(http_tool(path=path, parameters=(parameter("path", **values),)), {"p": value}).url


@pytest.mark.parametrize(
    ("base", "path", "url"),
    [
        (API, "", API),
        (f"{API}/", "/x", f"{API}/x"),
        (API, "x", f"{API}/x"),
        (f"{API}/v1", "/x", f"{API}/v1/x"),
        (f"{API}/v1?k=1", "/x", f"{API}/v1/x?k=1"),
        (f"{API}/v1?k=1", "/x?a=b c", f"{API}/v1/x?k=1&a=b%20c"),
        (API, "/x#part", f"{API}/x"),
        (API, "/a b/ü%2F", f"{API}/a%20b/%C3%BC%2F"),
        (API, "/x/", f"{API}/x/"),
    ],
)
def test_the_path_is_put_behind_the_base(base, path, url):
    assert built(http_tool(url=base, path=path)).url == url


def test_parameters_follow_the_query_of_the_template():
    tool = http_tool(path="/x?v=1", parameters=(parameter("query"),))
    assert built(tool, {"p": "2"}).url == f"{API}/x?v=1&p=2"


@pytest.mark.parametrize("location", ["query", "header", "cookie"])
def test_an_argument_that_is_left_out_or_null_is_not_sent(location):
    tool = http_tool(parameters=(parameter(location),))
    for arguments in ({}, {"p": None}):
        request = built(tool, arguments)
        assert (request.url, request.headers) == (API, ())


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_a_part_of_the_path_cannot_be_left_out(value):
    with pytest.raises(Invalid, match="p is needed") as caught:
        in_path(value)
    assert caught.value.field == "p"


@pytest.mark.parametrize("value", CLIMBERS)
def test_an_argument_cannot_climb_out_of_its_place(value):
    with pytest.raises(Invalid, match=r"\.\."):
        in_path(value)


@pytest.mark.parametrize("value", ["..", "a/../b", "..;x/y", "%2e%2e/x", "a/%2e%2e%2fb", "..;/x"])
def test_an_argument_that_may_hold_slashes_cannot_climb_either(value):
    with pytest.raises(Invalid, match=r"\.\."):
        in_path(value, allow_reserved=True)


def test_two_arguments_cannot_make_a_step_upwards_together():
    tool = http_tool(
        path="/x/{p}{q}/y",
        parameters=(parameter("path"), parameter("path", argument="q", name="q")),
    )
    with pytest.raises(Invalid):
        built(tool, {"p": ".", "q": "."})
    assert built(tool, {"p": ".", "q": "x"}).url == f"{API}/x/.x/y"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a/b", "a%2Fb"),
        ("a%2Fb", "a%252Fb"),
        ("...", "..."),
        (".hidden", ".hidden"),
        ("a..b", "a..b"),
        ("x?y#z", "x%3Fy%23z"),
        ("a\r\nHost: x", "a%0D%0AHost%3A%20x"),
        ("\0", "%00"),
        ("//evil.example", "%2F%2Fevil.example"),
        ("@evil.example", "%40evil.example"),
    ],
)
def test_an_argument_stays_one_step_of_the_path(value, written):
    assert in_path(value) == f"{API}/files/{written}/meta"


@pytest.mark.parametrize("value", ["//evil.example", "@evil.example", ":80@evil.example", "\\evil"])
def test_an_argument_never_changes_the_host(value):
    url = in_path(value, path="{p}", allow_reserved=True)
    assert url.startswith(f"{API}/")


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "a\x7fb", "a\x0bb"])
def test_a_line_break_or_control_character_cannot_travel_in_a_header(value):
    tool = http_tool(parameters=(parameter("header", name="X-P"),))
    with pytest.raises(Invalid, match="line breaks or control characters") as caught:
        built(tool, {"p": value})
    assert caught.value.field == "p"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\0b"])
def test_a_variable_cannot_break_a_header_either(value):
    tool = http_tool(fixed=(fixed("header", "X-V", "{{V}}"),))
    with pytest.raises(Invalid, match="line break") as caught:
        built(tool, {}, {"V": value})
    assert value not in caught.value.message


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "X Y", "X:Y", ""])
def test_headers_of_the_connection_and_odd_names_are_refused(name):
    with pytest.raises(Invalid, match="cannot send the header"):
        built(http_tool(fixed=(fixed("header", name, "x"),)))


def test_a_header_parameter_cannot_name_the_host():
    tool = http_tool(parameters=(parameter("header", name="Host"),))
    with pytest.raises(Invalid, match="cannot send the header"):
        built(tool, {"p": "evil.example"})


def test_fixed_values_stand_where_they_belong():
    tool = http_tool(
        fixed=(
            fixed("query", "v[a]", "1 2&3"),
            fixed("header", "X-Version", " 7 "),
            fixed("cookie", "c", "a;b c"),
            fixed("cookie", "d", "1"),
        )
    )
    request = built(tool)
    assert request.url == f"{API}?v[a]=1%202%263"
    assert header(request, "X-Version") == "7"
    assert header(request, "Cookie") == "c=a%3Bb%20c; d=1"


def test_variables_are_filled_into_fixed_values_but_never_into_arguments():
    tool = http_tool(
        fixed=(fixed("query", "tenant", "t-{{TENANT}}"),), parameters=(parameter("query"),)
    )
    request = built(tool, {"p": "{{TENANT}}"}, {"TENANT": "a/b"})
    assert request.url == f"{API}?p=%7B%7BTENANT%7D%7D&tenant=t-a%2Fb"


def test_the_value_of_a_variable_is_not_read_as_a_template():
    tool = http_tool(fixed=(fixed("query", "a", "{{A}}"),))
    assert built(tool, {}, {"A": "{{B}}", "B": "secret"}).url == f"{API}?a=%7B%7BB%7D%7D"


def test_an_optional_variable_without_a_value_drops_what_it_stands_in():
    tool = http_tool(fixed=(fixed("header", "X-Tenant", "{{TENANT}}"),))
    optional = Variable(name="TENANT", is_required=False)
    assert built(tool, definitions=(optional,)).headers == ()
    with pytest.raises(VariableMissing, match="TENANT"):
        built(tool, definitions=(Variable(name="TENANT"),))


def test_all_missing_variables_are_named_once_and_what_helps_is_said():
    tool = http_tool(fixed=(fixed("query", "a", "{{ONE}}-{{TWO}}-{{ONE}}"),))
    with pytest.raises(VariableMissing, match="the variables ONE, TWO of its server") as caught:
        built(tool)
    assert "owner of the server" in caught.value.message
    assert caught.value.names == ("ONE", "TWO")


def test_the_first_credentials_with_values_are_sent_and_no_others():
    tool = http_tool(credentials=((BEARER,), (KEY,), (BASIC,)))
    values = {"API_KEY": "k/1", "USERNAME": "u", "PASSWORD": "p"}
    request = built(tool, {}, values)
    assert request.url == f"{API}?api_key=k%2F1"
    assert request.headers == ()
    assert request.secrets == {"k/1"}


def test_credentials_of_one_set_travel_together():
    tool = http_tool(credentials=((BEARER, KEY),))
    request = built(tool, {}, {"TOKEN": "t", "API_KEY": "k"})
    assert (request.url, header(request, "Authorization")) == (f"{API}?api_key=k", "Bearer t")
    with pytest.raises(VariableMissing, match="variable API_KEY of"):
        built(tool, {}, {"TOKEN": "t"})


def test_credentials_may_be_absent_only_where_the_service_allows_it():
    assert built(http_tool(credentials=((BEARER,), ()))).headers == ()
    with pytest.raises(VariableMissing, match="TOKEN"):
        built(http_tool(credentials=((BEARER,),)))


def test_basic_credentials_are_encoded_and_every_form_of_them_is_secret():
    request = built(http_tool(credentials=((BASIC,),)), {}, {"USERNAME": "ünï", "PASSWORD": "p:w"})
    encoded = base64.b64encode("ünï:p:w".encode()).decode()
    assert header(request, "Authorization") == f"Basic {encoded}"
    assert request.secrets == {"ünï", "p:w", encoded}


def test_plain_variables_are_not_secret():
    tool = http_tool(fixed=(fixed("query", "t", "{{TENANT}}"),), credentials=((BEARER,),))
    plain = Variable(name="TENANT", is_secret=False)
    request = built(tool, {}, {"TENANT": "acme", "TOKEN": "tok"}, (plain, Variable(name="TOKEN")))
    assert request.secrets == {"tok"}


def test_the_base_comes_from_its_variable_when_that_has_a_value():
    tool = http_tool(base=BaseUrl(url=API, variable="BASE"), path="/x")
    assert built(tool).url == f"{API}/x"
    assert built(tool, {}, {"BASE": " https://eu.example.com/api/ "}).url.startswith(
        "https://eu.example.com/api/x"
    )


def test_a_base_that_only_a_variable_holds_is_needed():
    with pytest.raises(VariableMissing, match="BASE"):
        built(http_tool(base=BaseUrl(variable="BASE")))


@pytest.mark.parametrize(
    "address",
    [
        "ftp://x.example",
        "x.example",
        "https://",
        "https:///x",
        "https://x.example:99999",
        "https://x.example:0",
        "https://[::1",
        "https://x.example/a b",
        "https://x.example/#f",
        "https://x.example\\@y.example",
        "https://x.example\r\n.y",
        "https://u:p@x.example",
        "javascript:alert(1)",
    ],
)
def test_a_base_that_is_no_web_address_is_refused_without_repeating_it(address):
    tool = http_tool(base=BaseUrl(variable="BASE"))
    with pytest.raises(Invalid, match="BASE") as caught:
        built(tool, {}, {"BASE": address})
    assert address == "https://" or address not in caught.value.message


def test_defaults_travel_only_where_the_tool_says_so():
    values = {"properties": {"p": {"default": "d"}}, "parameters": (parameter("query"),)}
    assert built(http_tool(**values)).url == API
    assert built(http_tool(**values, sends_defaults=True)).url == f"{API}?p=d"
    assert built(http_tool(**values, sends_defaults=True), {"p": "x"}).url == f"{API}?p=x"


def test_the_body_decides_about_its_content_type():
    tool = http_tool(
        method="POST",
        fixed=(fixed("header", "content-type", "text/plain"),),
        body=body("application/json", "a"),
    )
    request = built(tool, {"a": 1})
    assert header(request, "Content-Type") == "application/json"
    assert request.content == b'{"a":1}'
