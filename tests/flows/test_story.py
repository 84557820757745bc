"""The whole story without a browser: from signing up to a server that clients call."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastmcp import Client as KeyClient
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from core.sessions import cookie_name
from saas_app import resources
from saas_app.resources import Resources
from saas_app.state.base import AppState
from saas_app.state.calls import CallsState
from saas_app.state.connect import ConnectState
from saas_app.state.keys import KeysState
from saas_app.state.new_server import NewServerState
from saas_app.state.onboarding import OnboardingState
from saas_app.state.overview import OverviewState
from saas_app.state.proposal import ProposalState
from saas_app.state.server import ServerState
from saas_app.state.servers import ServersState
from saas_app.state.tool import ToolState
from saas_app.state.tools import ToolsState
from saas_app.state.trying import TryingState
from saas_app.state.variables import VariablesState
from saas_app.state.versions import VersionsState
from sample_api.app import KEY as STUDIO_KEY
from sample_api.document import document
from tests.browser.hosted import soon
from tests.cast import PASSWORD
from tests.mcp_person import signing_in_client
from tests.saas_app.letters import newest
from tests.saas_app.tab import Tab

SERVER = "Kiln desk"
LEFT_OUT = "list_glazes"
BOOKING = {"kiln_id": "k2", "program": "bisque", "date": "2026-12-01"}


class Person:
    """Ada: a tab that loads each page as the app says, and the forms that her browser posts."""

    def __init__(self, app: Any, tab: Tab, browser: httpx2.AsyncClient) -> None:
        self._app, self._tab, self.browser = app, tab, browser
        self.do, self.sees = tab.fire, tab.state

    async def visit(self, address: str) -> None:
        await self._tab.open(address, *self._app.get_load_events(address.partition("?")[0]))

    async def follow(self) -> str:
        """Go where the app has just told the tab to go."""
        address = self._tab.redirects[-1]
        await self.visit(address)
        return address

    async def sign_up(self) -> None:
        form = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
        asked = await self.browser.post("/api/auth/sign-up", data=form)
        assert (asked.status_code, asked.headers["location"]) == (303, "/check-inbox")
        letter = await newest(resources.get(), "verify_email")
        link = {"token": letter.token}
        answer = await self.browser.post("/api/auth/verify-email", data=link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/home")
        self._tab.carry(self.browser.cookies[cookie_name(is_secure=False)])
        await self.visit("/home")

    async def allow(self, asked: str) -> None:
        """Read what a client asks for, and press Allow."""
        question = await self.browser.get(asked)
        address = question.headers["location"]
        await self.visit(address.removeprefix(str(self.browser.base_url).rstrip("/")))
        shown = await self.sees(ConnectState)
        assert (shown.client_name, shown.server_name) == ("Desk robot", SERVER)
        form = {"request": parse_qs(urlsplit(address).query)["request"][0], "decision": "allow"}
        done = await self.browser.post("/api/oauth/consent", data=form, follow_redirects=True)
        assert done.text == "You may close this page."

    async def was_told(self) -> str:
        return (await self.sees(AppState)).notices[-1]["text"]


@pytest.fixture
def ada(reflex_app: Any, tab: Tab, browser: httpx2.AsyncClient) -> Person:
    return Person(reflex_app, tab, browser)


async def test_a_document_becomes_a_live_server_that_is_looked_after(ada: Person, parts: Resources):
    await ada.sign_up()
    assert await ada.follow() == "/onboarding"
    await ada.do(OnboardingState.finish, {"name": "Ada", "organization_name": "Ada's kilns"})
    assert await ada.follow() == "/home"
    assert await ada.follow() == "/o/ada/servers"
    assert (await ada.sees(ServersState)).total == 0

    here = await _make_a_server_of_what_is_pasted(ada, parts)
    await _give_the_key_of_the_api(ada, here)
    await _edit_and_try_a_tool(ada, here)

    await ada.visit(f"{here}/versions")
    await ada.do(VersionsState.publish, {"note": "The desk's first tools"})
    assert await ada.was_told() == "Version 1 is live."
    await ada.visit(here)
    address = (await ada.sees(ServerState)).server_address
    assert address in (await ada.sees(OverviewState)).setup.snippets[0].code

    key = await _make_a_key(ada, here)
    for mode in ("auto", "legacy"):  # both eras of the protocol
        async with KeyClient(address, auth=key, mode=mode) as client:
            firings = await client.call_tool("list_firings", {"kiln_id": "k2"})
            assert firings.structured_content is not None
            assert firings.structured_content["total"] >= 1

    async with _signed_in(address, ada) as client:
        booked = await client.call_tool("book_firing", BOOKING)
        assert booked.structured_content is not None
        assert booked.structured_content["status"] == "booked"
        await _the_calls_are_on_record(ada, here)
        await _a_change_reaches_the_client_and_is_taken_back(ada, here, client)
        await _a_pause_is_told_to_the_client(ada, here, client)

    await _a_revoked_key_opens_nothing(ada, here, address, key)


async def _make_a_server_of_what_is_pasted(ada: Person, parts: Resources) -> str:
    """Paste the sample API's document, leave one tool out, and return the server's path."""
    await ada.visit("/o/ada/new")
    source = document(f"http://localhost:{parts.settings.sample_api_port}")
    await ada.do(NewServerState.take_text, json.dumps(source))
    assert (await ada.sees(NewServerState)).recognised == "An OpenAPI document"
    await ada.do(NewServerState.find)
    await ada.follow()
    proposed = await ada.sees(ProposalState)
    assert (proposed.total, proposed.picked_count) == (8, 8)
    await ada.do(ProposalState.toggle, LEFT_OUT)
    await ada.do(ProposalState.create, {"name": SERVER})
    tools_page = await ada.follow()
    assert (await ada.sees(ToolsState)).total == 7
    return tools_page.removesuffix("/tools")


async def _give_the_key_of_the_api(ada: Person, here: str) -> None:
    await ada.visit(f"{here}/variables")
    (variable,) = (await ada.sees(VariablesState)).rows
    assert not variable["is_set"]
    await ada.do(VariablesState.set_value, {"name": variable["name"], "value": STUDIO_KEY})
    (variable,) = (await ada.sees(VariablesState)).rows
    assert variable["is_set"]


async def _edit_and_try_a_tool(ada: Person, here: str) -> None:
    """Edit a tool, call it through the draft address, and keep the answer as a test case."""
    await ada.visit(f"{here}/tools")
    rows = {row["name"]: row for row in (await ada.sees(ToolsState)).rows}
    await ada.visit(rows["book_firing"]["href"])
    await ada.do(ToolState.save, "description", "Books a firing for a potter of the studio.")
    assert (await ada.sees(ToolState)).saving == "saved"

    await ada.do(TryingState.type_value, "program", '"bisque"')  # as its list of choices says
    await ada.do(TryingState.run, BOOKING)
    tried = await ada.sees(TryingState)
    assert (tried.outcome, tried.status_code) == ("ok", 201)
    assert '"kiln_id":"k2"' in tried.request_body
    assert STUDIO_KEY not in str(tried.request_headers)
    await ada.do(TryingState.save_case, {"name": "Books a kiln"})
    assert (await ada.sees(TryingState)).saved_as == "Books a kiln"
    await ada.do(ToolState.weigh)
    assert (await ada.sees(ToolState)).evidence == "proven"


async def _make_a_key(ada: Person, here: str) -> str:
    await ada.visit(f"{here}/keys")
    await ada.do(KeysState.create, {"name": "Nightly report", "lifetime": "30"})
    key = (await ada.sees(KeysState)).new_key
    await ada.visit(f"{here}/keys")
    assert (await ada.sees(KeysState)).new_key == ""
    return key


@asynccontextmanager
async def _signed_in(address: str, ada: Person) -> AsyncIterator[Client]:
    """An official client that comes through OAuth."""
    async with (
        signing_in_client(address, ada.allow, name="Desk robot") as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        yield client


async def _the_calls_are_on_record(ada: Person, here: str) -> None:
    async def recorded() -> list[tuple[str, str]]:
        await ada.visit(f"{here}/calls")
        rows = (await ada.sees(CallsState)).calls
        return [(row.tool, row.caller) for row in rows]

    calls = [("book_firing", "OAuth"), ("list_firings", "Key"), ("list_firings", "Key")]
    await soon(recorded, calls)


async def _a_change_reaches_the_client_and_is_taken_back(
    ada: Person, here: str, client: Client
) -> None:
    """Publish a breaking change, see it arrive within a second, and roll it back."""

    async def required() -> list[str]:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert LEFT_OUT not in tools
        return tools["list_kilns"].input_schema.get("required", [])

    await ada.visit(f"{here}/tools")
    rows = {row["name"]: row for row in (await ada.sees(ToolsState)).rows}
    await ada.visit(rows["list_kilns"]["href"])
    await ada.do(ToolState.save_argument, "fuel", "is_required", True)
    await ada.visit(f"{here}/versions")
    assert (await ada.sees(VersionsState)).coming_breaks == 1
    assert await required() == []
    await ada.do(VersionsState.publish, {"note": ""})
    await soon(required, ["fuel"])

    await ada.do(VersionsState.ask_roll_back, "1")
    await ada.do(VersionsState.roll_back)
    assert await ada.was_told() == "Version 1 is live again."
    await soon(required, [])


async def _a_pause_is_told_to_the_client(ada: Person, here: str, client: Client) -> None:
    async def refusal() -> str:
        try:
            await client.list_tools()
        except MCPError as refused:
            return refused.error.message
        return ""

    await ada.visit(f"{here}/settings")
    await ada.do(ServerState.pause)
    await soon(refusal, f"{SERVER} is paused by its owner. Try again later.")
    await ada.do(ServerState.resume)
    await soon(refusal, "")


async def _a_revoked_key_opens_nothing(ada: Person, here: str, address: str, key: str) -> None:
    async def status() -> int:
        headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json, text/event-stream",
        }
        listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        return (await ada.browser.post(address, json=listing, headers=headers)).status_code

    await ada.visit(f"{here}/keys")
    assert await status() == httpx2.codes.OK
    (row,) = (await ada.sees(KeysState)).keys
    await ada.do(KeysState.ask_revoke, row.id, row.name)
    await ada.do(KeysState.revoke)
    await soon(status, httpx2.codes.UNAUTHORIZED)
