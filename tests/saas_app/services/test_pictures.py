"""Pictures: what is taken, what is drawn of it, and who may set which."""

import io

import pytest
from PIL import Image
from sqlmodel import select

from core.errors import Forbidden, Invalid, NotFound, UpstreamUnavailable
from core.models import AuditEntry, FilePurpose, Organization, StoredFile, User
from core.permissions import Origin
from core.sessions import holder_of, start_session
from saas_app.integrations.no_storage import NoStorage
from saas_app.services import pictures
from saas_app.services.pictures import SIDE, Announced, drawn
from tests.cast import NOW

AVATAR = FilePurpose.AVATAR


def a_picture(kind: str = "PNG", size: tuple[int, int] = (300, 200), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 80, 30)).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_a_small_square(kind):
    made = Image.open(io.BytesIO(drawn(a_picture(kind))))
    assert (made.format, made.size) == ("WEBP", (SIDE, SIDE))


def test_nothing_else_that_was_in_the_file_stays():
    hidden = Image.Exif()
    hidden[0x010E] = "where I live <script>alert(1)</script>"
    assert b"where I live" in a_picture("JPEG", exif=hidden)
    assert b"where I live" not in drawn(a_picture("JPEG", exif=hidden))


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg onload=alert(1)>", b"GIF89a", b"%PDF-1.7", a_picture()[:60], a_picture("BMP")],
)
def test_what_is_no_picture_is_refused_on_its_field(content):
    with pytest.raises(Invalid) as refused:
        drawn(content)
    assert refused.value.field == "picture"


def test_a_picture_with_too_many_pixels_is_not_decoded():
    with pytest.raises(Invalid, match="pixels"):
        drawn(a_picture(size=(8000, 4000)))


@pytest.fixture
async def people(database, committed_cast):
    """Sessions of the cast, by name."""
    found = {}
    async with database.write() as session:
        for name in ("alice", "bob", "mallory"):
            user_id = getattr(committed_cast, name).user_id
            token = await start_session(session, user_id, now=NOW)
            await session.flush()
            found[name] = await holder_of(session, token, now=NOW)
    return found


@pytest.fixture
def a_logo(session):
    """Returns a function that writes the row of a picture which nothing shows yet."""

    async def add(actor):
        key = f"logos/{actor.organization_id.hex}.webp"
        session.add(
            StoredFile(
                key=key, purpose=FilePurpose.LOGO, user_id=actor.user_id, size_bytes=3,
                content_type="image/webp", created_at=NOW, delete_at=NOW,
            )
        )  # fmt: skip
        return key

    return add


async def begun(database, storage, user, content: bytes, content_type: str = "image/png"):
    wanted = Announced(AVATAR, content_type, len(content))
    async with database.write() as session:
        return await pictures.begin_picture(session, storage, user, wanted, now=NOW)


async def test_an_upload_is_drawn_and_shown_and_the_one_before_goes(database, parts, people):
    alice = people["alice"]
    keys = []
    for _ in range(2):
        one = await begun(database, parts.storage, alice, a_picture())
        await parts.storage.put(one.key, a_picture(), content_type="image/png")
        picture = await pictures.draw_uploaded(
            database, parts.storage, alice, key=one.key, purpose=AVATAR
        )
        key = await pictures.keep_picture(
            database, parts.storage, alice, picture, purpose=AVATAR, now=NOW
        )
        async with database.write() as session:
            await pictures.set_avatar(session, alice, key=key, origin=Origin(), now=NOW)
        keys.append(key)
    async with database.read() as session:
        assert (await session.get_one(User, alice.user_id)).avatar_key == keys[1]
        files = {file.key: file for file in (await session.exec(select(StoredFile))).all()}
        acts = (await session.exec(select(AuditEntry.action))).all()
    assert files[keys[0]].delete_at == NOW + pictures.SHOWN_FOR
    assert files[keys[1]].delete_at is None
    assert acts.count("avatar.changed") == 2


async def test_nobody_finishes_anothers_upload(database, parts, people):
    one = await begun(database, parts.storage, people["alice"], a_picture())
    await parts.storage.put(one.key, a_picture(), content_type="image/png")
    with pytest.raises(NotFound):
        await pictures.draw_uploaded(
            database, parts.storage, people["mallory"], key=one.key, purpose=AVATAR
        )
    with pytest.raises(NotFound):
        await pictures.draw_uploaded(
            database, parts.storage, people["alice"], key=one.key, purpose=FilePurpose.LOGO
        )


async def test_an_upload_that_never_arrived_is_told(database, parts, people):
    one = await begun(database, parts.storage, people["alice"], a_picture())
    with pytest.raises(NotFound, match="did not arrive"):
        await pictures.draw_uploaded(
            database, parts.storage, people["alice"], key=one.key, purpose=AVATAR
        )


@pytest.mark.parametrize(
    ("content_type", "size"),
    [("image/svg+xml", 10), ("text/html", 10), ("image/png", 0), ("image/png", 6 * 1024 * 1024)],
)
async def test_only_small_pictures_may_be_sent(database, parts, people, content_type, size):
    async with database.write() as session:
        with pytest.raises(Invalid):
            await pictures.begin_picture(
                session,
                parts.storage,
                people["alice"],
                Announced(AVATAR, content_type, size),
                now=NOW,
            )


async def test_a_picture_that_is_never_shown_is_left_to_the_clean_up(database, parts, people):
    key = await pictures.keep_picture(
        database, parts.storage, people["alice"], a_picture(), purpose=AVATAR, now=NOW
    )
    async with database.read() as session:
        file = (await session.exec(select(StoredFile))).one()
    assert (file.key, file.delete_at) == (key, NOW + pictures.UPLOAD_KEPT)


async def test_a_picture_has_its_row_before_the_store_takes_it(database, people):
    with pytest.raises(UpstreamUnavailable):
        await pictures.keep_picture(
            database, NoStorage(), people["alice"], a_picture(), purpose=AVATAR, now=NOW
        )
    async with database.read() as session:
        assert len((await session.exec(select(StoredFile))).all()) == 1


async def test_the_logo_is_for_those_who_may_edit_the_organization(session, cast, a_logo):
    key = await a_logo(cast.alice)
    await pictures.set_logo(session, cast.alice, key=key, now=NOW)
    assert (await session.get_one(Organization, cast.acme.id)).logo_key == key
    file = (await session.exec(select(StoredFile).where(StoredFile.key == key))).one()
    assert (file.organization_id, file.user_id, file.delete_at) == (cast.acme.id, None, None)
    for actor in (cast.bob, cast.vera):
        with pytest.raises(Forbidden):
            await pictures.set_logo(session, actor, key="", now=NOW)
    await pictures.set_logo(session, cast.mallory, key=await a_logo(cast.mallory), now=NOW)
    assert (await session.get_one(Organization, cast.acme.id)).logo_key == key


async def test_a_picture_that_went_meanwhile_is_not_shown(session, cast):
    with pytest.raises(NotFound):
        await pictures.set_logo(session, cast.alice, key="logos/a.webp", now=NOW)
