"""Arguments stand in the path, query, headers and cookies the way OpenAPI writes them."""

import pytest

from core.errors import Invalid
from mcp_runtime.tool_runner.styles import as_text, json_bytes
from tests.mcp_runtime.tool_runner.tools import API, built, header, http_tool, parameter

LIST = ["blue", "black"]
OBJECT = {"R": 100, "G": 200}

# The tables of OpenAPI 3.1, section 4.8.12.4, plus what it leaves open.
PATHS = [
    ("simple", False, "blue", "blue"),
    ("simple", False, LIST, "blue,black"),
    ("simple", True, LIST, "blue,black"),
    ("simple", False, OBJECT, "R,100,G,200"),
    ("simple", True, OBJECT, "R=100,G=200"),
    ("label", False, "blue", ".blue"),
    ("label", False, LIST, ".blue,black"),
    ("label", True, LIST, ".blue.black"),
    ("label", False, OBJECT, ".R,100,G,200"),
    ("label", True, OBJECT, ".R=100.G=200"),
    ("matrix", False, "blue", ";p=blue"),
    ("matrix", False, LIST, ";p=blue,black"),
    ("matrix", True, LIST, ";p=blue;p=black"),
    ("matrix", False, OBJECT, ";p=R,100,G,200"),
    ("matrix", True, OBJECT, ";R=100;G=200"),
]
QUERIES = [
    ("form", True, "", "p="),
    ("form", True, "blue", "p=blue"),
    ("form", False, "blue", "p=blue"),
    ("form", True, LIST, "p=blue&p=black"),
    ("form", False, LIST, "p=blue,black"),
    ("form", True, OBJECT, "R=100&G=200"),
    ("form", False, OBJECT, "p=R,100,G,200"),
    ("form", True, [], ""),
    ("form", False, [], ""),
    ("form", False, {}, ""),
    ("form", True, {"a": None, "b": 1}, "b=1"),
    ("spaceDelimited", False, LIST, "p=blue%20black"),
    ("spaceDelimited", False, OBJECT, "p=R%20100%20G%20200"),
    ("spaceDelimited", True, LIST, "p=blue&p=black"),
    ("pipeDelimited", False, LIST, "p=blue%7Cblack"),
    ("pipeDelimited", False, OBJECT, "p=R%7C100%7CG%7C200"),
    ("pipeDelimited", True, LIST, "p=blue&p=black"),
    ("deepObject", True, OBJECT, "p[R]=100&p[G]=200"),
    ("deepObject", True, {"a": {"b": 1}}, "p[a][b]=1"),
    ("deepObject", True, {"a": ["x", "y"]}, "p[a][]=x&p[a][]=y"),
    ("deepObject", True, {"a": [{"b": 1}, {"b": 2}]}, "p[a][0][b]=1&p[a][1][b]=2"),
    ("deepObject", True, {"a": None, "b": True}, "p[b]=true"),
    ("deepObject", True, {"a]&x": "1"}, "p[a]%26x]=1"),
    ("deepObject", True, "plain", "p=plain"),
    ("form", True, [{"a": 1}], "p=%7B%22a%22%3A1%7D"),
]
SCALARS = [
    (True, "true"),
    (False, "false"),
    (0, "0"),
    (-7, "-7"),
    (2**70, str(2**70)),
    (1.0, "1"),
    (1.5, "1.5"),
    (1e300, "1e+300"),
    ("", ""),
    (None, ""),
    ([1, "a"], '[1,"a"]'),
]
ODD = "a b&c=d#e?f/g%h+i;j,k'l\"m<n>o\\p^q`r{s|t}ü🎈"


@pytest.mark.parametrize(("style", "explode", "value", "written"), PATHS)
def test_a_path_parameter_is_written_in_its_style(style, explode, value, written):
    tool = http_tool(path="/x/{p}/y", parameters=(parameter("path", style=style, explode=explode),))
    assert built(tool, {"p": value}).url == f"{API}/x/{written}/y"


@pytest.mark.parametrize(("style", "explode", "value", "written"), QUERIES)
def test_a_query_parameter_is_written_in_its_style(style, explode, value, written):
    tool = http_tool(parameters=(parameter("query", style=style, explode=explode),))
    assert built(tool, {"p": value}).url == API + (f"?{written}" if written else "")


@pytest.mark.parametrize(
    ("explode", "value", "written"),
    [
        (False, "blue", "blue"),
        (False, LIST, "blue,black"),
        (True, LIST, "blue,black"),
        (False, OBJECT, "R,100,G,200"),
        (True, OBJECT, "R=100,G=200"),
        (False, "ü & %", "ü & %"),
    ],
)
def test_a_header_is_written_simple_and_not_percent_encoded(explode, value, written):
    tool = http_tool(parameters=(parameter("header", name="X-P", explode=explode),))
    assert header(built(tool, {"p": value}), "X-P") == written


@pytest.mark.parametrize(
    ("explode", "value", "written"),
    [
        (True, "blue", "p=blue"),
        (False, LIST, "p=blue,black"),
        (True, LIST, "p=blue; p=black"),
        (False, OBJECT, "p=R,100,G,200"),
        (True, "a;b=c d", "p=a%3Bb%3Dc%20d"),
    ],
)
def test_a_cookie_is_written_as_a_form_field(explode, value, written):
    tool = http_tool(parameters=(parameter("cookie", explode=explode, allow_reserved=True),))
    assert header(built(tool, {"p": value}), "Cookie") == written


@pytest.mark.parametrize(("value", "written"), SCALARS)
def test_a_scalar_has_one_spelling(value, written):
    assert as_text(value) == written


def test_odd_characters_are_percent_encoded_in_path_and_query():
    tool = http_tool(
        path="/x/{p}",
        parameters=(parameter("path"), parameter("query", argument="q", name="q")),
    )
    encoded = (
        "a%20b%26c%3Dd%23e%3Ff%2Fg%25h%2Bi%3Bj%2Ck%27l%22m%3Cn%3Eo%5Cp%5Eq%60r%7Bs%7Ct%7D"
        "%C3%BC%F0%9F%8E%88"
    )
    assert built(tool, {"p": ODD, "q": ODD}).url == f"{API}/x/{encoded}?q={encoded}"


def test_reserved_characters_stay_where_they_may_but_never_end_the_value():
    tool = http_tool(parameters=(parameter("query", allow_reserved=True),))
    url = built(tool, {"p": "a/b:c?d,e;f=g@h[i]%2F j&k#l+m%zz"}).url
    assert url == f"{API}?p=a/b:c?d,e;f=g@h[i]%2F%20j%26k%23l%2Bm%25zz"


def test_reserved_characters_stay_in_a_path_but_do_not_start_the_query():
    tool = http_tool(path="/files/{p}", parameters=(parameter("path", allow_reserved=True),))
    assert built(tool, {"p": "a/b@c?d#e"}).url == f"{API}/files/a/b@c%3Fd%23e"


@pytest.mark.parametrize("location", ["path", "query", "header", "cookie"])
def test_a_parameter_with_a_media_type_travels_as_json(location):
    tool = http_tool(
        path="/{p}" if location == "path" else "",
        parameters=(parameter(location, media_type="application/json"),),
    )
    request = built(tool, {"p": {"a": [1]}})
    encoded = "%7B%22a%22%3A%5B1%5D%7D"
    if location == "header":
        assert header(request, "p") == '{"a":[1]}'
    elif location == "cookie":
        assert header(request, "Cookie") == f"p={encoded}"
    else:
        assert request.url == API + {"path": f"/{encoded}", "query": f"?p={encoded}"}[location]


@pytest.mark.parametrize("location", ["path", "query", "header", "cookie"])
def test_half_a_surrogate_pair_is_refused_in_words(location):
    tool = http_tool(path="/{p}" if location == "path" else "", parameters=(parameter(location),))
    with pytest.raises(Invalid, match="broken character"):
        built(tool, {"p": "a\ud800b"})


def test_json_keeps_long_integers_and_refuses_broken_characters():
    assert json_bytes({"n": 2**70}) == b'{"n":1180591620717411303424}'
    with pytest.raises(Invalid):
        json_bytes("\ud800")
