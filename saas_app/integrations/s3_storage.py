"""S3-compatible stores (Amazon S3, Cloudflare R2, MinIO), by boto3 off the event loop."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from core.errors import NotFound, UpstreamUnavailable
from core.settings import Settings
from saas_app.services.storage import (
    READ_FOR,
    WRITE_FOR,
    Allowed,
    StoredObject,
    Upload,
    checked_key,
)

NOT_THERE = frozenset({"NoSuchKey", "404", "NotFound"})


class S3Storage:
    """One bucket. Nobody but the product has a right to it; browsers come with signed addresses.

    Signing is computed here and asks nobody. Type and length are signed into a PUT, since R2 has no
    POST policies, so a browser can write nothing else than what was allowed.
    """

    name = "s3"

    def __init__(self, settings: Settings) -> None:
        assert settings.s3_access_key_id is not None  # noqa: S101 - the caller has looked
        assert settings.s3_secret_access_key is not None  # noqa: S101
        self._bucket = settings.s3_bucket
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint or None,
            region_name=settings.s3_region,
            aws_access_key_id=settings.s3_access_key_id.get_secret_value(),
            aws_secret_access_key=settings.s3_secret_access_key.get_secret_value(),
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=3,
                read_timeout=20,
                retries={"mode": "standard", "total_max_attempts": 3},
                # Newer defaults add checksums that some compatible stores refuse.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        parts = urlsplit(self._client.meta.endpoint_url)
        self.origin = f"{parts.scheme}://{parts.netloc}"

    async def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """Write the object."""
        await self._ask(
            self._client.put_object, Key=checked_key(key), Body=content, ContentType=content_type
        )

    async def get(self, key: str, *, most_bytes: int) -> StoredObject | None:
        """Read the object; its length is looked at before the content is."""
        found = await self._ask(self._client.get_object, Key=checked_key(key))
        if found is None:
            return None
        body = found["Body"]
        try:
            if found["ContentLength"] > most_bytes:
                return None
            content = await asyncio.to_thread(body.read)
        finally:
            body.close()
        return StoredObject(content, found.get("ContentType", ""))

    async def delete(self, key: str) -> None:
        """Delete the object."""
        await self._ask(self._client.delete_object, Key=checked_key(key))

    def sign_put(self, key: str, *, content_type: str, size_bytes: int) -> Upload:
        """Sign a PUT; the browser itself sends the length that was signed."""
        address = self._client.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": checked_key(key),
                "ContentType": content_type,
                "ContentLength": size_bytes,
            },
            ExpiresIn=int(WRITE_FOR.total_seconds()),
        )
        return Upload(address, {"Content-Type": content_type})

    def sign_get(self, key: str, *, file_name: str = "") -> str:
        """Sign a GET; the store itself is told how to name a download."""
        parameters = {"Bucket": self._bucket, "Key": checked_key(key)}
        if file_name:
            named = f"attachment; filename*=UTF-8''{quote(file_name)}"
            parameters["ResponseContentDisposition"] = named
        return self._client.generate_presigned_url(
            "get_object", Params=parameters, ExpiresIn=int(READ_FOR.total_seconds())
        )

    def allowed(self, method: str, key: str, query: Mapping[str, str]) -> Allowed:  # noqa: ARG002 - as the Protocol has it
        """Know no address of ours."""
        raise NotFound("There is no such file.")

    async def _ask(self, call: Any, **parameters: Any) -> Any:
        """Call the store; None when what is asked for is not there."""
        try:
            return await asyncio.to_thread(call, Bucket=self._bucket, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_THERE:
                return None
            raise _unavailable(can_retry=_status(error) >= 500) from error
        except BotoCoreError as error:
            raise _unavailable(can_retry=True) from error


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"].get("HTTPStatusCode", 0))


def _unavailable(*, can_retry: bool) -> UpstreamUnavailable:
    advice = "Try again in a moment." if can_retry else "Tell whoever runs this site."
    return UpstreamUnavailable(f"The file store did not do it. {advice}", can_retry=can_retry)
