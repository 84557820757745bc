"""Where REST v1 is mounted."""

from functools import cache

import orjson
from starlette.routing import Route

from saas_app import resources
from saas_app.api.v1.front import BASE, RestApi
from saas_app.api.v1.openapi import document_of
from saas_app.api.v1.table import OPERATIONS


def rest_routes() -> list[Route]:
    """Return the routes that hand everything under the API's address to it."""

    @cache
    def document() -> bytes:
        address = f"{resources.get().settings.web_url}{BASE}"
        return orjson.dumps(document_of(OPERATIONS, address=address))

    api = RestApi(OPERATIONS, document)
    return [Route(BASE, api), Route(f"{BASE}/{{rest:path}}", api)]
