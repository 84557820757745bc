"""What is left of a server's values once the server is gone: in memory, in files, in logs."""

import re
import secrets
from contextlib import suppress

from sandbox.jail.tiers import Tier
from tests.sandbox.attacks.conftest import PROC, below, settled, workers_of
from tests.sandbox.attacks.test_theft import command_of, holds


async def test_a_secret_goes_with_its_worker(attack, client, supervisor, tier):
    """Once a server is forgotten, what lasts below the supervisor does not know what it held."""
    secret = f"canary-{secrets.token_hex(16)}"
    server = attack(
        "def tool(): return [len(env['OWN']), os.environ.get('OWN')]", env={"OWN": secret}
    )
    assert await server.value() == [len(secret), None]
    its_own = command_of(supervisor.process.pid)
    workers = workers_of(supervisor.process.pid)
    assert any(holds(pid, secret) for pid in reversed(workers)), "the scan finds it"
    client.forget(server.binding.lane, 1)
    await settled(lambda: is_forgotten(client, server))
    lasting = set(below(supervisor.process.pid)) - set(workers_of(supervisor.process.pid))
    others = [pid for pid in lasting if command_of(pid) != its_own]
    jails = tier is Tier.NAMESPACES
    assert len(others) >= 3 + jails, "the guard and its parent, the zygote and its jail"
    assert [command_of(pid) for pid in others if holds(pid, secret)] == []
    assert not [path for path in PROC.glob("[0-9]*/environ") if is_in(path, secret)]
    assert secret not in supervisor.log.read_text()


async def is_forgotten(client, server):
    return not (await client.status(server.binding.server))["workers"]


def is_in(path, secret):
    with suppress(OSError):  # its process ended meanwhile
        return secret.encode() in path.read_bytes()
    return False


async def test_no_process_leaves_its_memory_behind_in_a_file(attack, supervisor):
    assert await attack("def tool(): return 1").value() == 1
    for pid in (supervisor.process.pid, *below(supervisor.process.pid)):
        with suppress(OSError):  # it ended meanwhile
            limits = (PROC / str(pid) / "limits").read_text()
            assert re.search(r"Max core file size +0 +0 ", limits), command_of(pid)
