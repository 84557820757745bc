"""A key of an organization, made in the browser and used by a program."""

import httpx2
from playwright.async_api import Page, expect

from tests.browser import screens
from tests.product import Product


async def test_a_key_is_made_used_and_revoked(newcomer: Page, product: Product):
    organization = newcomer.url.rstrip("/").removesuffix("/servers")
    await screens.arrive(newcomer, f"{organization}/api-keys")
    await newcomer.get_by_role("button", name="New key").first.click()
    await newcomer.get_by_role("textbox", name="Name").fill("Pipeline")
    await newcomer.get_by_role("button", name="Make key").click()
    await expect(newcomer.get_by_text("Choose at least one thing")).to_be_visible()
    await newcomer.get_by_label("Change servers").check()
    await newcomer.get_by_role("button", name="Make key").click()
    await expect(newcomer.get_by_text("Copy the key now")).to_be_visible()
    token = await newcomer.locator("#new-organization-key-value").input_value()
    await newcomer.get_by_role("button", name="I have copied it").click()

    headers = {"authorization": f"Bearer {token}"}
    address = f"{product.web_url}/api/v1"
    async with httpx2.AsyncClient(base_url=address, headers=headers) as program:
        made = await program.post("/servers", json={"name": "Made by a program"})
        assert made.status_code == 201, made.text
        assert (await program.head("/servers")).content == b""
        missing = await program.get("/nowhere")
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
        assert (await program.get("/openapi.json")).json()["servers"] == [{"url": address}]
        await screens.arrive(newcomer, f"{organization}/servers")
        await expect(newcomer.get_by_text("Made by a program")).to_be_visible()

        await screens.arrive(newcomer, f"{organization}/api-keys")
        await newcomer.get_by_role("button", name="Revoke").click()
        await newcomer.get_by_role("button", name="Revoke key").click()
        await expect(newcomer.get_by_text("Revoked", exact=True)).to_be_visible()
        assert (await program.get("/servers")).status_code == 401
