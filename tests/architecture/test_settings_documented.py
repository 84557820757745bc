"""`.env.example` and the settings say the same."""

import re
from pathlib import Path

import pytest

from core.settings import Settings

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / ".env.example"


def documented() -> dict[str, str]:
    lines = EXAMPLE.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z0-9_]+=", line))


def filled_by_compose() -> set[str]:
    """What the compose file takes from `.env` for itself, besides settings."""
    return set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))


def test_every_setting_is_documented_and_nothing_else_is():
    settings = {name.upper() for name in Settings.model_fields}
    assert set(documented()) == settings | filled_by_compose()
    assert {"DOMAIN", "ACME_EMAIL"} == filled_by_compose() - settings


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_the_example_holds_the_default(name):
    default = Settings.model_fields[name].default
    assert documented()[name.upper()] == ("" if default is None else str(default))


def test_a_copy_of_the_example_changes_nothing(tmp_path):
    copied = Settings(_env_file=EXAMPLE)  # pyright: ignore[reportCallIssue]
    assert copied == Settings(_env_file=None)  # pyright: ignore[reportCallIssue]


def test_a_comment_stands_above_every_setting():
    lines = EXAMPLE.read_text().splitlines()
    settings = [place for place, line in enumerate(lines) if re.match(r"[A-Z0-9_]+=", line)]
    grouped = ("POSTGRES_", "S3_")
    bare = [
        lines[place]
        for place in settings
        if not lines[place - 1].startswith("#") and not lines[place].startswith(grouped)
    ]
    assert bare == []
