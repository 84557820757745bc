"""Names that every client accepts: at most 64 of A-Z a-z 0-9 _ -, unique and readable."""

import hashlib
import re
import unicodedata

MAX_LENGTH = 64


def tool_name(wanted: str, taken: set[str]) -> str:
    """Return a valid name close to `wanted` that is not in `taken`, and add it there.

    Comparison ignores case, since some clients do.
    """
    return _unique(_clean(wanted) or "tool", taken)


def is_name(wanted: str) -> bool:
    """Whether anything of a text can be in a name; nothing of one in Chinese letters can."""
    return bool(_clean(wanted))


def argument_name(wanted: str, taken: set[str]) -> str:
    """Like `tool_name`, for one argument of a tool."""
    return _unique(_clean(wanted) or "value", taken)


def variable_name(wanted: str) -> str:
    """Return `wanted` as an environment variable name, e.g. `X-Api-Key` as `X_API_KEY`."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", _ascii(wanted))
    name = re.sub(r"[^A-Z0-9]+", "_", words.upper()).strip("_")
    if not name or not name[0].isalpha():
        name = f"VALUE_{name}".rstrip("_")
    return name[:MAX_LENGTH].rstrip("_")


def _clean(wanted: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", _ascii(wanted)).strip("_-")


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _unique(name: str, taken: set[str]) -> str:
    number = 1
    if _numbered(name, 1).lower() in taken:
        number = _free_number(name, taken)
    candidate = _numbered(name, number)
    taken.add(candidate.lower())
    return candidate


def _free_number(name: str, taken: set[str]) -> int:
    """A number after a taken one; sources of thousands of equal names are too many to count."""
    used, free = 1, 2
    while _numbered(name, free).lower() in taken:
        used, free = free, free * 2
    while free - used > 1:
        middle = (used + free) // 2
        if _numbered(name, middle).lower() in taken:
            used = middle
        else:
            free = middle
    return free


def _numbered(name: str, number: int) -> str:
    return _fit(name, f"_{number}" if number > 1 else "")


def _fit(name: str, ending: str) -> str:
    """Shorten a name to the limit; a digest of the whole keeps cut names apart and stable."""
    if len(name) + len(ending) <= MAX_LENGTH:
        return name + ending
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: MAX_LENGTH - len(ending) - 7].rstrip('_-')}_{digest}{ending}"
