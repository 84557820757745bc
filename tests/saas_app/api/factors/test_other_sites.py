"""The forms of second steps, as hostile sites send them."""

import httpx2
import pytest

from saas_app.api.routes import make_api
from tests.saas_app.api.factors.conftest import BASE


@pytest.mark.parametrize(
    "path",
    [
        "verify/code",
        "verify/passkey",
        "confirm",
        "passkeys",
        "passkeys/options",
        "passkeys/sign-in",
    ],
)
@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {}]
)
async def test_a_form_of_another_site_is_refused_asvs_3_5_1(parts, path, headers):
    transport = httpx2.ASGITransport(app=make_api())
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, headers=headers) as evil:
        answer = await evil.post(f"/api/auth/{path}", data={"code": "000000"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
