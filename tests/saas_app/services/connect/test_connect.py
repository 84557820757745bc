"""Every emitted link and snippet, read back by an independent reader of its format."""

import base64
import json
import shlex
import tomllib
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

from saas_app.services.connect import Target, Way, connect_panel

URL = "https://mcp.example.com/mcp/0b1f/mcp"
ODD_NAME = "Bob's “Weather” & more: 100%"


def client(id_, *, way=Way.OAUTH, name="Weather", url=URL):
    found = [setup for setup in connect_panel(Target(name, url, way)) if setup.id == id_]
    assert len(found) == 1
    return found[0]


def code(setup, label):
    return next(snippet.code for snippet in setup.snippets if label in snippet.label)


def header(way, key="${TOOLKILN_KEY}"):
    return {"headers": {"Authorization": f"Bearer {key}"}} if way is Way.KEY else {}


def query(link):
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def test_every_client_of_the_panel_is_there_once():
    assert [setup.id for setup in connect_panel(Target("Weather", URL))] == [
        "claude",
        "claude-desktop",
        "claude-code",
        "chatgpt",
        "cursor",
        "vscode",
        "windsurf",
        "codex",
        "gemini",
        "goose",
        "lm-studio",
        "json",
        "python",
        "typescript",
    ]


@pytest.mark.parametrize("way", [Way.OAUTH, Way.OPEN])
def test_without_a_key_nothing_speaks_of_one(way):
    panel = connect_panel(Target(ODD_NAME, URL, way))
    assert panel
    for setup in panel:
        assert "TOOLKILN_KEY" not in repr(setup), setup.id
        assert "Bearer" not in repr(setup), setup.id


@pytest.mark.parametrize("way", list(Way))
def test_every_client_names_the_address(way):
    panel = connect_panel(Target(ODD_NAME, URL, way))
    assert panel
    for setup in panel:
        said = [setup.link, *(snippet.code for snippet in setup.snippets)]
        assert any(URL in unquote(text) for text in said), setup.id


def test_claude_opens_its_dialog_filled_in():
    setup = client("claude", name=ODD_NAME)
    parts = urlsplit(setup.link)
    assert (parts.netloc, parts.path) == ("claude.ai", "/customize/connectors")
    assert query(setup.link) == {
        "modal": "add-custom-connector",
        "connectorName": ODD_NAME,
        "connectorUrl": URL,
    }
    assert setup.is_possible


@pytest.mark.parametrize("id_", ["claude", "chatgpt"])
@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8800/mcp/1/mcp",
        "https://localhost/mcp/1/mcp",
        "https://192.168.1.5/mcp/1/mcp",
        "https://kiln.local/mcp/1/mcp",
        "http://mcp.example.com/mcp/1/mcp",
    ],
)
def test_hosted_clients_say_why_they_cannot_reach_a_local_address(id_, url):
    setup = client(id_, url=url)
    assert not setup.is_possible
    assert "public https address" in " ".join(setup.notes)


@pytest.mark.parametrize("id_", ["claude", "chatgpt"])
def test_hosted_clients_say_that_they_take_no_key(id_):
    setup = client(id_, way=Way.KEY)
    assert not setup.is_possible
    assert "no place for a key" in " ".join(setup.notes)


def test_claude_desktop_is_a_connector_where_that_can_work():
    assert query(client("claude-desktop").link)["connectorUrl"] == URL


def test_claude_desktop_bridges_where_it_cannot():
    local = client("claude-desktop", url="http://localhost:8800/mcp/1/mcp")
    entry = json.loads(code(local, "claude_desktop_config"))["mcpServers"]["weather"]
    assert entry == {
        "command": "npx",
        "args": ["-y", "mcp-remote", "http://localhost:8800/mcp/1/mcp"],
    }
    keyed = client("claude-desktop", way=Way.KEY, url="http://kiln.lan/mcp/1/mcp")
    entry = json.loads(code(keyed, "claude_desktop_config"))["mcpServers"]["weather"]
    assert entry["args"][2:] == [
        "http://kiln.lan/mcp/1/mcp",
        "--allow-http",
        "--header",
        "Authorization:${AUTHORIZATION}",
    ]
    assert entry["env"] == {"AUTHORIZATION": "Bearer ${TOOLKILN_KEY}"}


@pytest.mark.parametrize("way", [Way.OAUTH, Way.KEY])
def test_claude_code_is_one_command_and_a_project_file(way):
    setup = client("claude-code", way=way, name=ODD_NAME)
    words = shlex.split(code(setup, "Terminal"))
    options = ["--header", "Authorization: Bearer ${TOOLKILN_KEY}"] if way is Way.KEY else []
    slug = "bob-s-weather-more-100"
    assert words == ["claude", "mcp", "add", "--transport", "http", slug, URL, *options]
    file = json.loads(code(setup, ".mcp.json"))
    assert file == {"mcpServers": {slug: {"type": "http", "url": URL, **header(way)}}}


def test_chatgpt_opens_the_empty_form_and_the_address_is_copied():
    setup = client("chatgpt")
    assert setup.link == (
        "https://chatgpt.com/plugins#settings/Connectors"
        "?create-connector=true&redirectAfter=%2Fplugins"
    )
    assert setup.snippets[0].code == URL


@pytest.mark.parametrize("way", [Way.OAUTH, Way.KEY])
def test_cursor_reads_its_entry_from_base64(way):
    setup = client("cursor", way=way, name=ODD_NAME)
    parts = urlsplit(setup.link)
    assert (parts.scheme, parts.netloc, parts.path) == (
        "cursor",
        "anysphere.cursor-deeplink",
        "/mcp/install",
    )
    entry = {"url": URL, **header(way, "${env:TOOLKILN_KEY}")}
    web = setup.more_links[0][1]
    assert web.startswith("https://cursor.com/en/install-mcp?")
    for link in (setup.link, web):
        asked = query(link)
        assert asked["name"] == "bob-s-weather-more-100"
        assert json.loads(base64.b64decode(asked["config"], validate=True)) == entry
    assert json.loads(code(setup, "mcp.json")) == {"mcpServers": {asked["name"]: entry}}


@pytest.mark.parametrize("way", [Way.OAUTH, Way.KEY])
def test_vs_code_and_insiders_read_json_from_the_link(way):
    setup = client("vscode", way=way)
    entry = {"type": "http", "url": URL, **header(way, "${input:toolkiln_key}")}
    links = (setup.link, setup.more_links[0][1])
    for link, scheme in zip(links, ("vscode", "vscode-insiders"), strict=True):
        start, _, packed = link.partition("?")
        assert start == f"{scheme}:mcp/install"
        asked = json.loads(unquote(packed))
        inputs = asked.pop("inputs", [])
        assert asked == {"name": "weather", **entry}
        assert [one["id"] for one in inputs] == (["toolkiln_key"] if way is Way.KEY else [])
    file = json.loads(code(setup, ".vscode/mcp.json"))
    assert file["servers"] == {"weather": entry}
    assert [one["password"] for one in file.get("inputs", [])] == [True] * (way is Way.KEY)


def test_vs_codes_command_survives_the_shell():
    words = shlex.split(code(client("vscode"), "Terminal"))
    assert words[:2] == ["code", "--add-mcp"]
    assert json.loads(words[2]) == {"name": "weather", "type": "http", "url": URL}


@pytest.mark.parametrize("way", [Way.OAUTH, Way.KEY])
def test_windsurf_calls_the_address_server_url(way):
    file = json.loads(code(client("windsurf", way=way), "mcp_config.json"))
    entry = {"serverUrl": URL, **header(way, "${env:TOOLKILN_KEY}")}
    assert file == {"mcpServers": {"weather": entry}}


@pytest.mark.parametrize("way", list(Way))
def test_codex_has_commands_and_toml(way):
    setup = client("codex", way=way)
    commands = [shlex.split(line) for line in code(setup, "Terminal").splitlines()]
    key = ["--bearer-token-env-var", "TOOLKILN_KEY"] if way is Way.KEY else []
    assert commands[0] == ["codex", "mcp", "add", "weather", "--url", URL, *key]
    login = [["codex", "mcp", "login", "weather"]] if way is Way.OAUTH else []
    assert commands[1:] == login
    entry = {"url": URL} | ({"bearer_token_env_var": "TOOLKILN_KEY"} if key else {})
    assert tomllib.loads(code(setup, "config.toml")) == {"mcp_servers": {"weather": entry}}


@pytest.mark.parametrize("way", [Way.OAUTH, Way.KEY])
def test_gemini_calls_the_address_http_url(way):
    setup = client("gemini", way=way)
    words = shlex.split(code(setup, "Terminal"))
    options = ["--header", "Authorization: Bearer ${TOOLKILN_KEY}"] if way is Way.KEY else []
    assert words == ["gemini", "mcp", "add", "--transport", "http", "weather", URL, *options]
    file = json.loads(code(setup, "settings.json"))
    assert file == {"mcpServers": {"weather": {"httpUrl": URL, **header(way)}}}


def test_goose_has_a_link_and_yaml():
    setup = client("goose", name=ODD_NAME)
    assert (urlsplit(setup.link).scheme, urlsplit(setup.link).netloc) == ("goose", "extension")
    assert query(setup.link) == {
        "url": URL,
        "type": "streamable_http",
        "timeout": "300",
        "id": "bob-s-weather-more-100",
        "name": ODD_NAME,
    }
    entry = yaml.safe_load(code(setup, "config.yaml"))["extensions"]["bob-s-weather-more-100"]
    assert (entry["name"], entry["uri"], entry["type"]) == (ODD_NAME, URL, "streamable_http")
    keyed = client("goose", way=Way.KEY)
    assert keyed.link == ""
    entry = yaml.safe_load(code(keyed, "config.yaml"))["extensions"]["weather"]
    assert entry["headers"] == {"Authorization": "Bearer ${TOOLKILN_KEY}"}
    assert entry["env_keys"] == ["TOOLKILN_KEY"]


@pytest.mark.parametrize("name", ["123", "null", "on", "true", "1e3", "~"])
def test_goose_reads_any_name_as_a_name(name):
    setup = client("goose", name=name)
    extensions = yaml.safe_load(code(setup, "config.yaml"))["extensions"]
    assert list(extensions) == [query(setup.link)["id"]]


@pytest.mark.parametrize("way", [Way.OAUTH, Way.KEY])
def test_lm_studio_reads_its_entry_from_base64(way):
    setup = client("lm-studio", way=way)
    assert setup.link.startswith("lmstudio://add_mcp?")
    asked = query(setup.link)
    entry = {"url": URL, **header(way)}
    assert json.loads(base64.b64decode(asked["config"], validate=True)) == entry
    assert json.loads(code(setup, "mcp.json")) == {"mcpServers": {asked["name"]: entry}}


@pytest.mark.parametrize("way", [Way.OAUTH, Way.KEY])
def test_other_clients_get_plain_json(way):
    file = json.loads(code(client("json", way=way), "mcp.json"))
    assert file == {"mcpServers": {"weather": {"type": "http", "url": URL, **header(way)}}}


def test_a_name_of_no_letters_still_has_a_slug():
    assert Target("天气", URL).slug == "toolkiln"
