"""Splits an address the way curl does, with marks, placeholders and globs left in place."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from saas_app.services.intake.curl.arguments import NotConvertible
from saas_app.services.intake.curl.marks import MARK, Marks

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_GLOB = re.compile(r"\{([^{}\s:/]*,[^{}\s]*)\}|\[(\d+-\d+(?::\d+)?|[A-Za-z]-[A-Za-z](?::\d+)?)\]")
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}|<[^<>/]*>|\{[A-Za-z_][\w -]*\}")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[^\s:/@\[\]<>{}]+)(?::\d{1,5})?")


@dataclass(slots=True)
class Address:
    """An address in its parts; `origin` is scheme and host, path and query are as written."""

    origin: str
    path: str
    query: str
    user: str | None
    notes: list[str]

    @property
    def is_templated(self) -> bool:
        """Whether the host itself is unknown: a variable or placeholder stands in it."""
        return bool(MARK.search(self.origin) or _TEMPLATE.search(self.origin)) or not _HOST.search(
            self.origin
        )


def read_address(text: str, marks: Marks, *, is_globbing: bool) -> Address:
    """Return the parts of one address.

    Raises:
        NotConvertible: the scheme is not http or https, or there is no host.
    """
    notes: list[str] = []
    text = text.strip()
    if is_globbing:
        text = _GLOB.sub(lambda found: _choice(found, marks, notes), text)
    text, hash_sign, _ = text.partition("#")
    if hash_sign:
        notes.append("The part after # is never sent.")
    rest, question, query = text.partition("?")
    scheme, rest = _scheme(rest, marks)
    authority, path = _authority_and_path(rest)
    user, at_sign, host = authority.rpartition("@")
    if not host:
        raise NotConvertible("The address has no host. Write it in full, with https://.")
    path = _without_dots(path)
    origin = f"{scheme}{host if MARK.search(host) else _lower(host)}"
    return Address(
        origin, path, query if question else "", unquote(user) if at_sign else None, notes
    )


def _choice(found: re.Match[str], marks: Marks, notes: list[str]) -> str:
    notes.append(f"curl would send one request for each of {found[0]}; a tool sends one.")
    return marks.mark("choice", found[0])


def choices(text: str) -> list[str]:
    """The values that a glob such as `{a,b}` or `[1-3]` stands for, the first ones at least."""
    if text.startswith("{"):
        return text[1:-1].split(",")
    first, last = text[1:-1].split(":")[0].split("-")
    return [first, last]


def _scheme(rest: str, marks: Marks) -> tuple[str, str]:
    found = _SCHEME.match(rest)
    if found is None:
        starts_with_base = MARK.match(rest) or _TEMPLATE.match(rest)
        following = rest[starts_with_base.end() :] if starts_with_base else rest
        is_whole_base = starts_with_base and (not following or following[0] in "/?")
        return ("" if is_whole_base and not _is_host(rest, marks) else "http://"), rest
    scheme = found[1].lower()
    if scheme not in ("http", "https"):
        raise NotConvertible(f"{scheme}:// is not a web address; only http and https are called.")
    return f"{scheme}://", rest[found.end() :].lstrip("/")


def _is_host(rest: str, marks: Marks) -> bool:
    """Whether a leading variable is named like a host and not like a whole address."""
    names = [o.text for o in marks.origins(rest[:1])] or _TEMPLATE.findall(rest)[:1]
    return any(re.search(r"host|domain|server(?!_?url)", name, re.I) for name in names)


def _authority_and_path(rest: str) -> tuple[str, str]:
    """A `/` inside `{{…}}` does not end the host."""
    at = 0
    while at < len(rest) and rest[at] != "/":
        found = _TEMPLATE.match(rest, at)
        at = found.end() if found else at + 1
    return rest[:at], rest[at:]


def _lower(host: str) -> str:
    return host if _TEMPLATE.search(host) else host.lower()


def _without_dots(path: str) -> str:
    """Remove `.` and `..` segments (RFC 3986 section 5.2.4), which curl does before it sends."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for index, segment in enumerate(segments):
        if segment in (".", ".."):
            if segment == ".." and len(kept) > 1:
                kept.pop()
            if index == len(segments) - 1:
                kept.append("")
        else:
            kept.append(segment)
    return "/".join(kept)
