"""Pictures of people and organizations: taken from the browser, looked at, and drawn anew.

A browser writes what it cropped under a key that it was given, and nothing else. What is shown
later was decoded and encoded here, so it holds a picture and nothing besides.
"""

import asyncio
import io
import secrets
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta

from PIL import Image, UnidentifiedImageError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_act, record_own_act
from core.database import Database
from core.errors import Invalid, NotFound
from core.models import FilePurpose, Organization, StoredFile, User
from core.permissions import Actor, Origin, Permission
from core.sessions import SignedIn
from saas_app.services.limits import Limit
from saas_app.services.storage import Storage, Upload

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 16_000_000
SIDE = 256
KINDS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
FORMATS = ("PNG", "JPEG", "WEBP")
UPLOADS = Limit("picture uploads", 30, timedelta(hours=1))  # each keeps 5 MB for a while
UPLOAD_KEPT = timedelta(hours=1)
SHOWN_FOR = timedelta(hours=2)  # as long as signed addresses of a replaced picture are still about


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload that a browser may make now, and the key it is finished by."""

    key: str
    upload: Upload


@dataclass(frozen=True, slots=True)
class Announced:
    """What a browser wants to send."""

    purpose: FilePurpose
    content_type: str
    size_bytes: int


async def begin_picture(
    session: AsyncSession, storage: Storage, user: SignedIn, wanted: Announced, *, now: datetime
) -> Begun:
    """Allow the user's browser one upload.

    Raises:
        Invalid: it is of no kind that is taken, or too large.
        UpstreamUnavailable: files are switched off.
    """
    content_type, size_bytes = wanted.content_type, wanted.size_bytes
    ending = KINDS.get(content_type)
    if ending is None:
        raise Invalid("Choose a PNG, JPEG or WebP picture.", field="picture")
    if not 0 < size_bytes <= MOST_BYTES:
        raise Invalid("A picture has at most 5 MB.", field="picture")
    key = f"uploads/{secrets.token_hex(16)}.{ending}"
    upload = storage.sign_put(key, content_type=content_type, size_bytes=size_bytes)
    session.add(
        _file(key, wanted.purpose, user, content_type=content_type, size_bytes=size_bytes, now=now)
    )
    return Begun(key, upload)


async def draw_uploaded(
    database: Database, storage: Storage, user: SignedIn, *, key: str, purpose: FilePurpose
) -> bytes:
    """Return the picture of a finished upload, drawn anew; it is asked for outside transactions.

    Raises:
        NotFound: the user was allowed no such upload, or it never arrived.
        Invalid: it is no picture, or one too large to be looked at.
    """
    async with database.read() as session:
        mine = select(StoredFile).where(
            StoredFile.key == key,
            StoredFile.user_id == user.user_id,
            StoredFile.purpose == purpose,
        )
        row = (await session.exec(mine)).first()
    if row is None or not key.startswith("uploads/"):
        raise NotFound("That upload does not exist. Choose the picture again.")
    found = await storage.get(key, most_bytes=MOST_BYTES)
    if found is None:
        raise NotFound("The picture did not arrive. Choose it again.")
    return await asyncio.to_thread(drawn, found.content)


async def keep_picture(
    database: Database,
    storage: Storage,
    user: SignedIn,
    picture: bytes,
    *,
    purpose: FilePurpose,
    now: datetime,
) -> str:
    """Store a drawn picture under a key of its own and return that.

    Its row is there first, with an end, so that the clean-up takes a picture that is never shown.
    """
    key = f"{purpose.value}s/{secrets.token_hex(16)}.webp"
    row = _file(key, purpose, user, content_type="image/webp", size_bytes=len(picture), now=now)
    async with database.write() as session:
        session.add(row)
    await storage.put(key, picture, content_type="image/webp")
    return key


async def set_avatar(
    session: AsyncSession, user: SignedIn, *, key: str, origin: Origin, now: datetime
) -> None:
    """Show a kept picture as the user's; the one before goes. An empty key takes it away.

    Raises:
        NotFound: it was kept too long ago.
    """
    row = await session.get_one(User, user.user_id)
    await _retire(session, row.avatar_key, now=now)
    row.avatar_key = key
    if key:
        await _keep_for_good(session, key)
    record_own_act(session, row.id, "avatar.changed", now=now, origin=origin, has_picture=bool(key))


async def set_logo(session: AsyncSession, actor: Actor, *, key: str, now: datetime) -> None:
    """Show a kept picture as the organization's logo; an empty key takes it away.

    Raises:
        NotFound: it was kept too long ago.
    """
    actor.require(Permission.ORGANIZATION_EDIT)
    row = await session.get_one(Organization, actor.organization_id)
    await _retire(session, row.logo_key, now=now)
    row.logo_key = key
    if key:
        file = await _keep_for_good(session, key)
        file.user_id, file.organization_id = None, row.id
    record_act(session, actor, "logo.changed", subject=row.id, now=now, has_picture=bool(key))


def drawn(content: bytes) -> bytes:
    """Return a square WebP of what a file shows, without anything else that was in it.

    Raises:
        Invalid: it is no PNG, JPEG or WebP, is broken, or has too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise Invalid("A picture has at most 16 million pixels.", field="picture")
            square = _square(picture.convert("RGBA"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError,
            Image.DecompressionBombWarning) as error:  # fmt: skip
        raise Invalid("That file is no PNG, JPEG or WebP picture.", field="picture") from error
    out = io.BytesIO()
    square.save(out, "WEBP", quality=85, method=4)
    return out.getvalue()


def _square(picture: Image.Image) -> Image.Image:
    """Cut the middle out and bring it to size."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    middle = picture.crop((left, top, left + side, top + side))
    return middle.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


async def _retire(session: AsyncSession, key: str, *, now: datetime) -> None:
    """Let the clean-up delete a picture that nothing shows any more."""
    old = await _file_of(session, key) if key else None
    if old is not None:
        old.delete_at = now + SHOWN_FOR


async def _keep_for_good(session: AsyncSession, key: str) -> StoredFile:
    file = await _file_of(session, key)
    if file is None:
        raise NotFound("That picture is not there any more. Choose it again.")
    file.delete_at = None
    return file


async def _file_of(session: AsyncSession, key: str) -> StoredFile | None:
    return (await session.exec(select(StoredFile).where(StoredFile.key == key))).first()


def _file(
    key: str,
    purpose: FilePurpose,
    user: SignedIn,
    *,
    content_type: str,
    size_bytes: int,
    now: datetime,
) -> StoredFile:
    """Return the row of a file that the clean-up takes soon, unless something shows it."""
    return StoredFile(
        key=key,
        purpose=purpose,
        user_id=user.user_id,
        content_type=content_type,
        size_bytes=size_bytes,
        created_at=now,
        delete_at=now + UPLOAD_KEPT,
    )
