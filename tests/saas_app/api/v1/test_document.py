"""The API's own description: valid, complete, and read by our own importer."""

import jsonschema_rs
import orjson
import pytest
from openapi_pydantic import OpenAPI

from saas_app.api.v1.table import OPERATIONS
from saas_app.services.intake.recognise import read_source
from saas_app.services.key_scopes import SCOPES
from tests.saas_app.api.v1.world import BASE, DOCUMENT, problem_in


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_it_is_served_to_everybody(world):
    answer = await world.client.get(f"{BASE}/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == DOCUMENT
    assert answer.headers["content-type"] == "application/json"
    assert (await world.client.head(f"{BASE}/openapi.json")).content == b""
    assert problem_in(await world.client.post(f"{BASE}/openapi.json"))["status"] == 405


def test_it_is_valid():
    read = OpenAPI.model_validate(DOCUMENT)
    assert read.openapi == "3.1.0"
    for name, schema in DOCUMENT["components"]["schemas"].items():
        jsonschema_rs.meta.validate(schema)
        whole = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
        jsonschema_rs.validator_for(whole)  # all its references lead somewhere


def test_every_operation_is_in_it_with_its_scope():
    described = {
        (told["operationId"], method.upper(), path, tuple(told["security"][0]["organizationKey"]))
        for path, methods in DOCUMENT["paths"].items()
        for method, told in methods.items()
    }
    assert described == {
        (one.name, one.method, one.path, (one.scope,) if one.scope else ()) for one in OPERATIONS
    }
    assert {one.scope for one in OPERATIONS if one.scope} <= set(SCOPES)


def test_every_scope_opens_something():
    opened = {one.scope for one in OPERATIONS}
    assert opened - {""} == set(SCOPES)


def test_every_reference_in_it_leads_somewhere():
    text = orjson.dumps(DOCUMENT).decode()
    for name in DOCUMENT["components"]["schemas"]:
        text = text.replace(f'"#/components/schemas/{name}"', "")
    assert '"#/components/schemas/' not in text
    assert '"#/$defs/' not in text


def test_our_own_importer_makes_a_tool_of_every_operation():
    proposal = read_source(orjson.dumps(DOCUMENT).decode(), source_url=None)
    assert len(proposal.tools) == len(OPERATIONS)
    assert proposal.skipped == ()
