"""The letters that were asked for, as the web app's own resources open them."""

from saas_app.resources import Resources
from tests.letters import Posted, posted


async def letters(parts: Resources) -> list[Posted]:
    """All letters, oldest first."""
    async with parts.database.read() as session:
        return await posted(session, parts.sealer)


async def newest(parts: Resources, template: str) -> Posted:
    """The newest letter of a template."""
    return [one for one in await letters(parts) if one.template == template][-1]
