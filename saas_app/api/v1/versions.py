"""Versions: listed, read, published from the draft, and made live again."""

from datetime import datetime

from pydantic import Field

from core.access import VersionHead
from core.clock import now_utc
from core.ids import as_uuid
from core.tool_spec import ServerSpec
from saas_app import resources
from saas_app.api.v1.contract import (
    Given,
    Nothing,
    Operation,
    Page,
    PageQuery,
    Preparation,
    Request,
    Shown,
)
from saas_app.api.v1.paging import page_of
from saas_app.services import versions
from saas_app.services.published import read_version as find_version
from saas_app.services.tools.python.before_publishing import (
    Looked,
    look_at_all,
    note_looks,
    start_looks,
)


class VersionItem(Shown):
    """A version in a list."""

    number: int
    note: str
    author: str = Field(description="Empty when the author's account is gone.")
    is_live: bool = Field(description="Whether clients see it.")
    contract_hash: str = Field(description="Of what clients rely on: names and schemas.")
    created_at: datetime


class VersionShown(Shown):
    """A version, whole."""

    number: int
    note: str
    is_live: bool
    content_hash: str
    contract_hash: str
    created_at: datetime
    spec: ServerSpec


class VersionGiven(Given):
    """What to say about the version."""

    note: str = ""


class Published(Shown):
    """What came of publishing."""

    number: int
    warnings: list[str] = Field(description="What does not stop it and will fail calls.")


class RolledBack(Shown):
    """Which version clients see now."""

    live_number: int


async def list_versions(asked: Request) -> Page[VersionItem]:
    """List versions, newest first."""
    history = await versions.version_history(asked.session, asked.actor, asked.server_id)

    def item(head: VersionHead) -> VersionItem:
        fields = {
            name: getattr(head, name) for name in VersionItem.model_fields if name != "is_live"
        }
        return VersionItem(**fields, is_live=head.id == history.live_id)

    return page_of(
        history.versions,
        item,
        asked.query,
        place=lambda head: (head.number,),
        like=(0,),
        is_backwards=True,
    )


async def read_version(asked: Request) -> VersionShown:
    """Show a version."""
    version, is_live = await find_version(
        asked.session, asked.actor, asked.server_id, number=asked.number("number")
    )
    return VersionShown(
        number=version.number,
        note=version.note,
        is_live=is_live,
        content_hash=version.content_hash,
        contract_hash=version.contract_hash,
        created_at=version.created_at,
        spec=ServerSpec.model_validate(version.spec),
    )


async def prepare_publishing(asked: Preparation) -> Looked:
    """Have code looked at that nobody has looked at as it is."""
    parts, server_id = resources.get(), as_uuid(asked.path["server_id"])
    async with parts.database.read() as session:
        looks = await start_looks(
            session, asked.actor, server_id, sealer=parts.sealer, now=now_utc()
        )
    return await look_at_all(parts.settings, looks)


async def publish_version(asked: Request) -> Published:
    """Make the draft the next version."""
    await note_looks(asked.session, asked.actor, asked.prepared)
    published = await versions.publish_version(
        asked.session, asked.actor, asked.server_id, note=asked.body.note, now=asked.now
    )
    return Published(number=published.number, warnings=list(published.warnings))


async def roll_back(asked: Request) -> RolledBack:
    """Make a version live again."""
    number = asked.number("number")
    await versions.roll_back(
        asked.session, asked.actor, asked.server_id, number=number, now=asked.now
    )
    return RolledBack(live_number=number)


VERSIONS = "/servers/{server_id}/versions"
VERSION = f"{VERSIONS}/{{number}}"
TAG = "Versions"
OPERATIONS = (
    Operation(
        "list_versions", "GET", VERSIONS, "servers:read", "Versions, newest first",
        list_versions, Page[VersionItem], query=PageQuery, tag=TAG,
    ),
    Operation(
        "read_version", "GET", VERSION, "servers:read", "One version",
        read_version, VersionShown, tag=TAG,
    ),
    Operation(
        "publish_version", "POST", VERSIONS, "servers:publish", "Publish the draft",
        publish_version, Published, status=201, body=VersionGiven, tag=TAG,
        prepare=prepare_publishing,
        description="Clients see it within a second. Tools below the server's evidence bar are"
        " refused: to publish them all the same is a person's decision, made in the browser.",
    ),
    Operation(
        "roll_back", "POST", f"{VERSION}/roll-back", "servers:publish", "Make a version live again",
        roll_back, RolledBack, body=Nothing, tag=TAG,
        description="The draft stays as it is.",
    ),
)  # fmt: skip
