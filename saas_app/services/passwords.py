"""Password hashing: argon2id at OWASP's cost, a bounded number at once, never on the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from core.models import User
from core.tokens import digest_of

AT_ONCE = 2  # 19 MiB and about 40 ms each: more callers wait instead of starving the process


def password_mark(user: User) -> str:
    """Return what tells one password of a user from the next, and nothing of either."""
    return digest_of(user.password_hash or "")[:16]


class Passwords:
    """Hashes and verifies; both take about 40 ms of one core."""

    def __init__(self) -> None:
        self._hash = PasswordHash([Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1)])
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._nobody = self._hash.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Return the encoded hash to store."""
        return await self._loop.run_in_executor(self._pool, self._hash.hash, password)

    async def verify(self, password: str, encoded: str | None) -> bool:
        """Whether the password is right; without a user it takes as long and says no."""
        known = encoded or self._nobody
        try:
            is_right = await self._loop.run_in_executor(
                self._pool, self._hash.verify, password, known
            )
        except UnknownHashError:
            return False
        return is_right and encoded is not None

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()
