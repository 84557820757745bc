"""The colours that meet on screen can be read, in light and in dark."""

import re
from pathlib import Path

import pytest

THEME = Path(__file__).parents[3] / "assets" / "theme.css"
DECLARED = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
PAPERS = ("canvas", "surface", "raised", "sunken", "hover")
BODY = ("ink", "ink-soft")
SMALL = ("ink-faint", "ember-ink", "proven", "attention", "broken")
METHODS = ("method-get", "method-post", "method-put")
ON_SOLID = (("on-ember", "ember"), ("on-ember", "ember-hover"))
ON_DANGER = (("on-danger", "danger"), ("on-danger", "danger-hover"))
WASHES = ("ember-wash", "proven-wash", "attention-wash", "broken-wash")
ON_WASH = (
    ("ember-ink", "ember-wash"),
    ("proven", "proven-wash"),
    ("attention", "attention-wash"),
    ("broken", "broken-wash"),
)


def _values() -> dict[str, dict[str, str]]:
    found = DECLARED.findall(THEME.read_text(encoding="utf-8"))
    return {
        "light": {name: light for name, light, _ in found},
        "dark": {name: dark for name, _, dark in found},
    }


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _pairs() -> list[tuple[str, str, float]]:
    body = [(ink, paper, 7.0) for ink in BODY for paper in (*PAPERS, *WASHES)]
    small = [(ink, paper, 4.5) for ink in (*SMALL, *METHODS) for paper in PAPERS]
    solid = [(ink, paper, 4.5) for ink, paper in (*ON_SOLID, *ON_DANGER, *ON_WASH)]
    edges = [(edge, paper, 3.0) for edge in ("line-strong", "ember") for paper in PAPERS]
    return body + small + solid + edges


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper", "least"), _pairs())
def test_a_pair_has_enough_contrast(theme: str, ink: str, paper: str, least: float):
    values = _values()[theme]
    assert contrast(values[ink], values[paper]) >= least


def test_black_on_white_has_the_greatest_contrast_there_is():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


def test_every_colour_is_offered_as_a_class():
    css = THEME.read_text(encoding="utf-8")
    offered = set(re.findall(r"--color-([\w-]+): var\(--\1\);", css))
    assert set(_values()["light"]) <= offered
