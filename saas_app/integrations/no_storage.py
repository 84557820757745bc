"""No store at all: what needs one says so."""

from collections.abc import Mapping

from core.errors import NotFound, UpstreamUnavailable
from saas_app.services.storage import Allowed, StoredObject, Upload

OFF = "Files are switched off on this site."


class NoStorage:
    """Refuses to keep anything."""

    name = "off"
    origin = ""

    async def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """Refuse."""
        raise UpstreamUnavailable(OFF, can_retry=False)

    async def get(self, key: str, *, most_bytes: int) -> StoredObject | None:
        """Find nothing."""
        return None

    async def delete(self, key: str) -> None:
        """Have nothing to delete."""

    def sign_put(self, key: str, *, content_type: str, size_bytes: int) -> Upload:
        """Refuse."""
        raise UpstreamUnavailable(OFF, can_retry=False)

    def sign_get(self, key: str, *, file_name: str = "") -> str:
        """Lead nowhere."""
        return ""

    def allowed(self, method: str, key: str, query: Mapping[str, str]) -> Allowed:
        """Know no address of ours."""
        raise NotFound("There is no such file.")
