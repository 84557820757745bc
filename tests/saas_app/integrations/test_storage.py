"""One contract for every store: the disk behind our route, and an S3-compatible server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import boto3
import httpx2
import pytest
import time_machine
from botocore.config import Config
from pydantic import SecretStr

from core.clock import now_utc
from core.crypto import Sealer
from core.errors import Invalid, UpstreamUnavailable
from core.settings import Settings
from saas_app import resources
from saas_app.api.routes import make_api
from saas_app.integrations.s3_storage import S3Storage
from saas_app.resources import make_storage
from saas_app.services.storage import Storage
from tests.conftest import MASTER_KEY, settings_with
from tests.product import free_ports
from tests.s3_server import KEY_ID, SECRET, running_s3

KEY = "avatars/0f1e2d3c.webp"
PICTURE = b"RIFF....WEBP"
BUCKET = "pictures"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """Stores know no database."""
    return request.param


@pytest.fixture(scope="session")
def s3_endpoint():
    with running_s3() as server:
        client = boto3.client(
            "s3",
            endpoint_url=server.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}),
        )
        client.create_bucket(Bucket=BUCKET)
        yield server.endpoint


def s3_settings(folder, endpoint: str) -> Settings:
    return settings_with(
        folder,
        s3_endpoint=endpoint,
        s3_region="us-east-1",
        s3_bucket=BUCKET,
        s3_access_key_id=SecretStr(KEY_ID),
        s3_secret_access_key=SecretStr(SECRET),
    )


@dataclass(slots=True)
class Store:
    """A store, and the browser that its addresses are for."""

    storage: Storage
    browser: httpx2.AsyncClient
    is_disk: bool


@pytest.fixture(params=["disk", "s3"])
async def store(request, parts, tmp_path) -> AsyncIterator[Store]:
    if request.param == "disk":
        transport = httpx2.ASGITransport(app=make_api(), raise_app_exceptions=False)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://localhost:3000"
        ) as browser:
            yield Store(parts.storage, browser, is_disk=True)
        return
    endpoint = await asyncio.to_thread(request.getfixturevalue, "s3_endpoint")
    settings = s3_settings(tmp_path, endpoint)
    async with httpx2.AsyncClient() as browser:
        yield Store(S3Storage(settings), browser, is_disk=False)


async def test_what_is_put_is_got_and_what_is_deleted_is_gone(store):
    await store.storage.put(KEY, PICTURE, content_type="image/webp")
    found = await store.storage.get(KEY, most_bytes=1000)
    assert (found.content, found.content_type) == (PICTURE, "image/webp")
    assert await store.storage.get(KEY, most_bytes=3) is None
    await store.storage.delete(KEY)
    assert await store.storage.get(KEY, most_bytes=1000) is None
    await store.storage.delete(KEY)


async def test_a_signed_address_reads_its_object_and_no_other(store):
    await store.storage.put(KEY, PICTURE, content_type="image/webp")
    await store.storage.put("avatars/other.webp", b"other", content_type="image/webp")
    address = store.storage.sign_get(KEY)
    answer = await store.browser.get(address)
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/webp"
    for wrong in (
        address.replace("0f1e2d3c", "other"),
        address[:-4] + "0000",
        urlsplit(address)._replace(query="").geturl(),
    ):
        assert (await store.browser.get(wrong)).status_code in (400, 403, 404)


async def test_a_named_address_is_a_download(store):
    await store.storage.put("exports/a.zip", b"zip", content_type="application/zip")
    answer = await store.browser.get(store.storage.sign_get("exports/a.zip", file_name="My ü.zip"))
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''My%20%C3%BC.zip"


async def test_a_browser_writes_what_was_allowed(store):
    upload = store.storage.sign_put(KEY, content_type="image/png", size_bytes=4)
    answer = await store.browser.put(upload.address, content=b"\x89PNG", headers=upload.headers)
    assert answer.status_code == 200
    found = await store.storage.get(KEY, most_bytes=1000)
    assert (found.content, found.content_type) == (b"\x89PNG", "image/png")


@pytest.mark.parametrize(
    ("content", "content_type", "change"),
    [
        (b"\x89PNG and more", "image/png", ""),
        (b"\x89P", "image/png", ""),
        (b"\x89PNG", "text/html", ""),
        (b"\x89PNG", "image/png", "other key"),
        (b"\x89PNG", "image/png", "no signature"),
    ],
)
async def test_a_browser_writes_nothing_else(store, content, content_type, change):
    key = "avatars/kept.webp"
    await store.storage.put(key, b"before", content_type="image/webp")
    signed_for = "avatars/mine.webp" if change == "other key" else key
    upload = store.storage.sign_put(signed_for, content_type="image/png", size_bytes=4)
    address = upload.address
    if change == "other key":
        address = address.replace("mine", "kept")
    if change == "no signature":
        address = urlsplit(address)._replace(query="").geturl()
    answer = await store.browser.put(
        address, content=content, headers={"Content-Type": content_type}
    )
    assert answer.status_code >= 400
    assert (await store.storage.get(key, most_bytes=1000)).content == b"before"


async def test_addresses_expire(parts):
    transport = httpx2.ASGITransport(app=make_api(), raise_app_exceptions=False)
    await parts.storage.put(KEY, PICTURE, content_type="image/webp")
    upload = parts.storage.sign_put(KEY, content_type="image/png", size_bytes=4)
    address = parts.storage.sign_get(KEY)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000") as browser:
        with time_machine.travel(now_utc() + timedelta(minutes=7), tick=False):
            refused = await browser.put(upload.address, content=b"\x89PNG", headers=upload.headers)
            assert refused.status_code == 403
            assert (await browser.get(address)).status_code == 200
        with time_machine.travel(now_utc() + timedelta(hours=2), tick=False):
            assert (await browser.get(address)).status_code == 403


def test_a_signed_s3_address_says_when_it_ends(tmp_path):
    address = S3Storage(s3_settings(tmp_path, "https://s3.example.com")).sign_get(KEY)
    assert "X-Amz-Expires=3600" in address
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in address


@pytest.mark.parametrize(
    "key",
    [
        "../secret.txt",
        "/etc/passwd.txt",
        "a/../b.txt",
        "avatars/.hidden.txt",
        "avatars/A.png",
        "x.png",
        "avatars/a b.png",
        "avatars/" + "a" * 300 + ".png",
        "avatars/a.png\0",
    ],
)
async def test_a_key_never_leads_out_of_its_folder(store, key):
    with pytest.raises(Invalid):
        await store.storage.put(key, b"x", content_type="text/plain")
    with pytest.raises(Invalid):
        store.storage.sign_put(key, content_type="text/plain", size_bytes=1)


async def test_what_could_run_is_downloaded_and_sandboxed(parts):
    await parts.storage.put("exports/page.html", b"<script>", content_type="text/html")
    transport = httpx2.ASGITransport(app=make_api())
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000") as browser:
        answer = await browser.get(parts.storage.sign_get("exports/page.html"))
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_store_that_does_not_answer_is_an_expected_state(tmp_path):
    (port,) = free_ports(1)
    storage = S3Storage(s3_settings(tmp_path, f"http://127.0.0.1:{port}"))
    with pytest.raises(UpstreamUnavailable) as refused:
        await storage.put(KEY, PICTURE, content_type="image/webp")
    assert refused.value.can_retry


async def test_a_store_that_is_off_says_so_and_finds_nothing(tmp_path):
    off = make_storage(settings_with(tmp_path, storage="off"), Sealer((b"k" * 32,)))
    with pytest.raises(UpstreamUnavailable, match="switched off"):
        await off.put(KEY, PICTURE, content_type="image/webp")
    assert await off.get(KEY, most_bytes=10) is None
    assert off.sign_get(KEY) == ""


def test_the_settings_choose_the_store(tmp_path):
    assert resources.build(settings_with(tmp_path)).storage.name == "disk"
    chosen = s3_settings(tmp_path, "https://s3.example.com")
    assert resources.build(chosen).storage.name == "s3"
    assert chosen.model_copy(update={"storage": "disk"}).storage_driver == "disk"
    assert MASTER_KEY not in repr(chosen)
