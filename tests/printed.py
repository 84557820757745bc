"""Runs the client commands that the demo prints, with stand-ins that note what they are given."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

CLIENTS = ("claude", "codex", "gemini")
STAND_IN = """#!/bin/sh
{ printf '%s\\n' "$TOOLKILN_KEY" "$@"; } >"$0.noted"
"""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a person reads, and what each client gets by the command for it."""

    mcp_url: str
    page_url: str
    key: str
    noted: dict[str, list[str]]


def read_printed(text: str, folder: Path) -> Printed:
    """Find what stands in the text and run each of its commands in a shell."""
    for client in CLIENTS:
        (folder / client).write_text(STAND_IN)
        (folder / client).chmod(0o755)
    commands = re.findall(rf"^ +((?:export|{'|'.join(CLIENTS)}) .*)$", text, re.MULTILINE)
    path = {"PATH": f"{folder}:/usr/bin:/bin"}
    subprocess.run(["sh", "-euc", "\n".join(commands)], env=path, cwd=folder, check=True)
    return Printed(
        mcp_url=_after("live at", text),
        page_url=_after("See it:", text),
        key=_after("Key:", text),
        noted={client: (folder / f"{client}.noted").read_text().splitlines() for client in CLIENTS},
    )


def _after(words: str, text: str) -> str:
    found = re.search(rf"{re.escape(words)}\s+(\S+)", text)
    assert found is not None, text
    return found[1]
