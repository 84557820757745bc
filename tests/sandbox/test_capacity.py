"""How many calls a host runs at once follows from its memory, and from its container's."""

import pytest

from sandbox.capacity import most_calls


@pytest.mark.parametrize(
    ("machine_mib", "container", "calls"),
    [
        (24_000, None, 64),
        (8_000, None, 21),
        (8_000, "max", 21),
        (24_000, str(4 * 1024**3), 11),
        (512, None, 4),
    ],
)
def test_all_that_run_can_have_what_is_promised_them(tmp_path, machine_mib, container, calls):
    memory, limit = tmp_path / "meminfo", tmp_path / "memory.max"
    memory.write_text(f"MemTotal:  {machine_mib * 1024} kB\nMemFree: 1 kB\n")
    if container is not None:
        limit.write_text(container)
    assert most_calls(memory=memory, container=limit) == calls
