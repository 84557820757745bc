"""V16.5.1, V16.5.3: whatever is sent, the answer is a refusal and not a failure."""

import httpx2
import pytest

from saas_app.api.routes import make_api
from saas_app.services.local_paths import local_path
from saas_app.state.calls import CallsState
from tests.cast import make_server
from tests.saas_app.visitor import HERE


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """It is about what is sent."""
    return request.param


@pytest.fixture
async def client(parts):
    transport = httpx2.ASGITransport(app=make_api())
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


@pytest.mark.parametrize("signature", ["", "é", "\N{SNOWMAN}" * 64, "0" * 64])
async def test_v5_3_2_a_signature_that_is_none_opens_no_file(client, signature):
    query = {"expires": "9999999999", "signature": signature}
    for method in ("GET", "HEAD", "PUT"):
        answer = await client.request(method, "/storage/avatars/a.webp", params=query)
        assert answer.status_code == 404


@pytest.mark.parametrize("length", ["-1", "1.5", "²", "9" * 5_000])
@pytest.mark.parametrize("path", ["options", ""])
async def test_v16_5_1_a_length_that_is_no_number_is_refused_in_words(client, path, length):
    headers = HERE | {"content-length": length.encode()}
    address = f"/api/auth/passkeys/{path}".rstrip("/")
    answer = await client.post(address, content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("digits", ["9" * 5_000, "00001" * 1_000])
async def test_v16_5_1_a_page_number_that_is_too_long_is_the_first_page(
    tab, database, committed_cast, session_of, digits
):
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice)
    tab.carry(await session_of(committed_cast.alice))
    await tab.open(f"/o/acme/servers/{server.id}/calls?page={digits}", CallsState.load_calls)
    state = await tab.state(CallsState)
    assert (state.is_calls_ready, state.calls_page, state.load_failure) == (True, 1, "")


ELSEWHERE = [
    "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example",
    "/.//evil.example", "/a/..//evil.example", "/%2e//evil.example", "///evil.example",
    "javascript:alert(1)", "evil.example", "/\n/evil.example", "http:evil.example", "", "/" * 3_000,
]  # fmt: skip
OF_THE_API = [
    "/api/auth/google/start?intent=connect", "/api/o/acme/audit.csv", "/storage/avatars/a.webp",
    "/API/auth/google/start", "/a/../api/auth/google/start", "/%61pi/auth/google/start",
    "/api\N{FULLWIDTH SOLIDUS}auth",
]  # fmt: skip


@pytest.mark.parametrize("wanted", [*ELSEWHERE, *OF_THE_API, None, 5, ["/a"]])
def test_v3_7_2_a_way_back_leads_to_a_page_of_ours_and_nowhere_else(wanted):
    assert local_path(wanted, fallback="/home") == "/home"


@pytest.mark.parametrize(
    "wanted",
    ["/home", "/o/acme/servers?q=a//b", "/connect?request=a.b~c", "/invitation?token=tki_x", "/",
     "/o/acme/api-keys", "/account/security#passkeys"],
)  # fmt: skip
def test_v3_7_2_a_way_back_to_a_page_of_ours_is_kept(wanted):
    assert local_path(wanted, fallback="/x") == wanted
