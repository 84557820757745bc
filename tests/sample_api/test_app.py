"""The sample API keeps what its document promises."""

import httpx2
import pytest

from sample_api.app import KEY, make_app

BOOKING = {"kiln_id": "k1", "program": "glaze", "date": "2026-12-01"}


@pytest.fixture
async def studio():
    transport = httpx2.ASGITransport(app=make_app("http://studio"))
    async with httpx2.AsyncClient(transport=transport, base_url="http://studio") as client:
        yield client


async def test_every_operation_of_the_document_is_there(studio):
    document = (await studio.get("/openapi.json")).json()
    assert document["paths"]
    for path, item in document["paths"].items():
        for method in ("get", "post", "patch", "delete"):
            if method in item:
                address = "/v1" + path.format(kilnId="k1", number=101)
                answer = await studio.request(method, address, headers={"x-studio-key": KEY})
                assert answer.status_code not in (404, 405, 500), (method, path)


async def test_a_firing_is_booked_with_the_key_and_found_again(studio):
    refused = await studio.post("/v1/firings", json=BOOKING)
    assert refused.status_code == 401
    booked = await studio.post("/v1/firings", json=BOOKING, headers={"x-studio-key": KEY})
    assert booked.status_code == 201
    found = await studio.get(f"/v1/firings/{booked.json()['id']}")
    assert found.json()["date"] == "2026-12-01"


async def test_a_wrong_booking_names_its_fields(studio):
    answer = await studio.post("/v1/firings", json=[], headers={"x-studio-key": KEY})
    assert set(answer.json()["fields"]) == {"kiln_id", "program", "date"}
