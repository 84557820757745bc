"""How many calls a host runs at once follows from its memory, and from its container's."""

import pytest

from sandbox.capacity import most_calls


@pytest.mark.parametrize(
    ("machine_mib", "bounds", "calls"),
    [
        (24_000, [], 64),
        (8_000, [], 21),
        (8_000, ["max"], 21),
        (24_000, ["max", str(4 * 1024**3), str(8 * 1024**3)], 11),
        (512, [], 4),
    ],
)
def test_all_that_run_can_have_what_is_promised_them(tmp_path, machine_mib, bounds, calls):
    memory = tmp_path / "meminfo"
    memory.write_text(f"MemTotal:  {machine_mib * 1024} kB\nMemFree: 1 kB\n")
    files = [tmp_path / str(number) for number in range(len(bounds) + 1)]  # the last is not there
    for file, bound in zip(files, bounds, strict=False):
        file.write_text(bound)
    assert most_calls(files, memory=memory) == calls
