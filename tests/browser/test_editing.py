"""From a pasted source to an edited draft, in a real browser."""

from playwright.async_api import Page, expect

from tests.product import Product

TEXT = "Returns one kiln with its fuel, its size and the hottest it can get, in degrees Celsius."


async def studio(page: Page, product: Product) -> None:
    """Make a server of the sample API's document, by its address."""
    await page.get_by_role("link", name="New server").first.click()
    box = page.get_by_label("OpenAPI document, cURL commands, or an address")
    await box.fill(f"{product.sample_url}/openapi.json")
    await page.get_by_role("button", name="Find tools").click()
    await page.get_by_role("button", name="Create server with 8 tools").click()
    await expect(page.get_by_role("list", name="Tools").get_by_role("listitem")).to_have_count(8)


async def test_what_is_typed_at_full_speed_is_saved_to_the_last_letter(
    newcomer: Page, product: Product
):
    await studio(newcomer, product)
    await newcomer.get_by_role("link", name="get_kiln").click()
    description = newcomer.locator("#tool-description")
    await description.fill("")
    await description.press_sequentially(TEXT, delay=5)
    await expect(newcomer.get_by_text("Saved", exact=True)).to_be_visible()
    await expect(description).to_have_value(TEXT)
    # The last pause has passed when another field's change has been taken too.
    await newcomer.get_by_label("Selection").fill("name[")
    await expect(newcomer.get_by_text("This is not JMESPath")).to_be_visible()
    await newcomer.reload()
    await expect(description).to_have_value(TEXT)
    await expect(newcomer.get_by_label("Selection")).to_have_value("name[")
    await expect(newcomer.get_by_text("This is not JMESPath")).to_be_visible()


async def test_both_views_of_the_arguments_show_the_same(newcomer: Page, product: Product):
    await studio(newcomer, product)
    await newcomer.get_by_role("link", name="get_kiln").click()
    await newcomer.get_by_role("button", name="Add argument").click()
    name = newcomer.locator("#argument-argument-name")
    await name.fill("unit")
    await expect(newcomer.locator("#try").get_by_text("unit")).to_be_visible()
    await newcomer.get_by_role("link", name="JSON Schema").click()
    await expect(newcomer.locator(".cm-content")).to_contain_text('"unit"')
    await newcomer.go_back()
    await expect(name).to_have_value("unit")
    await newcomer.get_by_role("button", name="Remove unit").click()
    await expect(name).to_have_count(0)
    await newcomer.get_by_role("button", name="Undo").click()
    await expect(newcomer.locator("#argument-unit-name")).to_have_value("unit")


async def test_a_list_is_narrowed_by_its_address_and_what_is_deleted_comes_back(
    newcomer: Page, product: Product
):
    await studio(newcomer, product)
    rows = newcomer.get_by_role("list", name="Tools").get_by_role("listitem")
    await expect(newcomer.locator("#content")).to_be_focused()  # it has arrived
    await newcomer.get_by_label("Search tools").press_sequentially("firing")
    await expect(rows).to_have_count(5)
    await newcomer.reload()
    await expect(rows).to_have_count(5)
    await newcomer.get_by_label("Select all").click()
    await newcomer.get_by_role("button", name="Delete").click()
    await expect(newcomer.get_by_text("No tool matches")).to_be_visible()
    await newcomer.get_by_role("button", name="Undo").click()
    await expect(rows).to_have_count(5)


async def test_what_was_typed_stays_when_it_cannot_be_read(newcomer: Page):
    await newcomer.get_by_role("link", name="New server").first.click()
    box = newcomer.get_by_label("OpenAPI document, cURL commands, or an address")
    await box.fill("Something about cities")
    await newcomer.get_by_role("button", name="Find tools").click()
    await expect(newcomer.get_by_text("neither an OpenAPI document")).to_be_visible()
    await expect(box).to_have_value("Something about cities")
