"""The user's picture and the organization's logo, from the browser's crop to what is shown."""

from typing import Any, TypedDict

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from core.models import FilePurpose, Organization
from core.permissions import Permission
from saas_app import resources
from saas_app.services import pictures
from saas_app.services.storage import OFF
from saas_app.state.base import AppState
from saas_app.state.markers import member


class UploadOffer(TypedDict):
    """Where the browser may write what it cropped; one that it waits for in vain is counted."""

    key: str
    address: str
    content_type: str
    refusals: int


NO_OFFER = UploadOffer(key="", address="", content_type="", refusals=0)


class PictureState(AppState, mixin=True):
    """What both kinds of picture share."""

    offer: UploadOffer = NO_OFFER
    shown: str = ""
    is_picture_ready: bool = False
    is_storage_off: bool = False

    def _show_picture(self, key: str) -> None:
        self.offer, self.shown = NO_OFFER, address_of(key)
        self.is_storage_off = resources.get().storage.name == OFF
        self.is_picture_ready = True

    async def _begin(self, purpose: FilePurpose, content_type: object, size_bytes: object) -> None:
        self._clear_problems("picture")
        holder = await self._holder()
        parts = resources.get()
        await parts.limiter.spend(
            pictures.UPLOADS, str(holder.user_id), now=now_utc(), field="picture"
        )
        size = size_bytes if isinstance(size_bytes, int) else 0
        async with parts.database.write() as session:
            begun = await pictures.begin_picture(
                session,
                parts.storage,
                holder,
                pictures.Announced(purpose, str(content_type), size),
                now=now_utc(),
            )
        self.offer = UploadOffer(
            key=begun.key,
            address=begun.upload.address,
            content_type=str(content_type),
            refusals=0,
        )

    async def _stored(self, purpose: FilePurpose) -> str:
        """Draw the finished upload anew and keep it; return its key."""
        holder, parts = await self._holder(), resources.get()
        key, self.offer = self.offer["key"], NO_OFFER
        picture = await pictures.draw_uploaded(
            parts.database, parts.storage, holder, key=key, purpose=purpose
        )
        return await pictures.keep_picture(
            parts.database, parts.storage, holder, picture, purpose=purpose, now=now_utc()
        )

    def _refuse(self, error: Exception, *, handler: str, request_id: str) -> EventSpec | None:
        """Let the browser wait no longer, beside telling why."""
        self.offer = UploadOffer(**{**NO_OFFER, "refusals": self.offer["refusals"] + 1})
        return super()._refuse(error, handler=handler, request_id=request_id)

    def _refuse_picture(self, reason: object) -> None:
        self.offer = NO_OFFER
        self.problems = {**self.problems, "picture": str(reason)[:200]}


class AvatarState(PictureState, AppState):
    """The user's own picture."""

    @rx.event
    @member
    async def load_avatar(self) -> None:
        """Show the picture there is."""
        self._clear_problems("picture")
        self._show_picture((await self._holder()).avatar_key)

    @rx.event
    @member
    async def begin_avatar(self, content_type: Any, size_bytes: Any) -> None:
        """Offer the browser a place for what it cropped."""
        await self._begin(FilePurpose.AVATAR, content_type, size_bytes)

    @rx.event
    @member
    async def finish_avatar(self) -> None:
        """Show what the browser has written."""
        await self._set(await self._stored(FilePurpose.AVATAR))
        self._say("Your picture is changed.")

    @rx.event
    @member
    async def remove_avatar(self) -> None:
        """Go back to the first letter."""
        await self._set("")
        self._say("Your picture is gone.")

    @rx.event
    @member
    def refuse_avatar(self, reason: str) -> None:
        """Say at the picture why it was not taken."""
        self._refuse_picture(reason)

    async def _set(self, key: str) -> None:
        holder = await self._holder()
        async with resources.get().database.write() as session:
            await pictures.set_avatar(
                session, holder, key=key, origin=self._origin(holder), now=now_utc()
            )
        self.shown = self.user_picture = address_of(key)


class LogoState(PictureState, AppState):
    """The organization's logo."""

    @rx.event
    @member
    async def load_logo(self) -> None:
        """Show the logo there is."""
        self._clear_problems("picture")
        async with self._looking() as (session, actor):
            key = (await session.get_one(Organization, actor.organization_id)).logo_key
        self._show_picture(key)

    @rx.event
    @member
    async def begin_logo(self, content_type: Any, size_bytes: Any) -> None:
        """Offer the browser a place for what it cropped."""
        await self._require_editor()
        await self._begin(FilePurpose.LOGO, content_type, size_bytes)

    @rx.event
    @member
    async def finish_logo(self) -> None:
        """Show what the browser has written."""
        await self._require_editor()
        await self._set(await self._stored(FilePurpose.LOGO))
        self._say("The logo is changed.")

    @rx.event
    @member
    async def remove_logo(self) -> None:
        """Go back to the mark of all organizations."""
        await self._set("")
        self._say("The logo is gone.")

    @rx.event
    @member
    def refuse_logo(self, reason: str) -> None:
        """Say at the logo why it was not taken."""
        self._refuse_picture(reason)

    async def _require_editor(self) -> None:
        """Refuse whoever may not set the logo, before anything is written."""
        async with self._looking() as (_session, actor):
            actor.require(Permission.ORGANIZATION_EDIT)

    async def _set(self, key: str) -> None:
        async with self._acting() as (session, actor):
            await pictures.set_logo(session, actor, key=key, now=now_utc())
        self.shown = self.organization_logo = address_of(key)


def address_of(key: str) -> str:
    """Return where a browser reads a stored picture, or nothing where there is none."""
    return resources.get().storage.sign_get(key) if key else ""
