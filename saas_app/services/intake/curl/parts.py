"""Reads `-F name=content` with its suffixes into the part of a multipart body it describes."""

import re
from dataclasses import dataclass

from saas_app.services.intake.curl.arguments import NotConvertible
from saas_app.services.intake.curl.marks import Marks

_QUOTED = r'"(?:[^"\\]|\\.)*"'
# A media type may have parameters of its own, such as `; charset=utf-8`.
_SUFFIX = re.compile(
    rf";\s*(type|filename|headers|encoder)="
    rf"({_QUOTED}|[^;]*(?:;(?!\s*(?:type|filename|headers|encoder)=)[^;]*)*)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: text (which may hold marks), or a file that the caller has to give."""

    name: str
    text: str
    is_file: bool = False
    media_type: str | None = None
    left_out: tuple[str, ...] = ()

    @property
    def notes(self) -> list[str]:
        """What a tool does not do for this part, in words."""
        said = {
            "headers": "headers of its own are left out",
            "encoder": "it is sent as it is, without the encoder",
        }
        return [f"-F {self.name}: {said[key]}." for key in said if key in self.left_out]


def read_part(given: str, stdin: str | None, marks: Marks, *, is_literal: bool) -> Part:
    """Return the part that one `-F` describes.

    Raises:
        NotConvertible: there is no `=`, or the part is one of curl's nested ones.
    """
    name, equals, content = given.partition("=")
    if not equals or not name:
        raise NotConvertible("-F: a form field is written name=content.")
    if is_literal:
        return Part(name, content)
    if content.startswith("(") or content.endswith("=)"):
        raise NotConvertible("-F with nested parts, =( … =), cannot be sent by a tool.")
    if content.startswith("@"):
        path, suffixes = _file_and_suffixes(content[1:])
        if "," in path and not content.startswith('@"'):
            raise NotConvertible("-F with several files in one part cannot be sent by a tool.")
        return Part(
            name,
            marks.told(suffixes.get("filename", path)),
            True,
            suffixes.get("type"),
            tuple(suffixes),
        )
    if content.startswith("<"):
        path, suffixes = _file_and_suffixes(content[1:])
        text = stdin if path == "-" and stdin is not None else marks.mark("file", marks.told(path))
        return Part(name, text, media_type=suffixes.get("type"), left_out=tuple(suffixes))
    text, suffixes = _text_and_suffixes(content)
    return Part(name, text, media_type=suffixes.get("type"), left_out=tuple(suffixes))


def _file_and_suffixes(text: str) -> tuple[str, dict[str, str]]:
    suffixes = dict(_SUFFIX.findall(text))
    path = _SUFFIX.sub("", text).strip()
    return _unquoted(path), {key: _unquoted(value) for key, value in suffixes.items()}


def _text_and_suffixes(text: str) -> tuple[str, dict[str, str]]:
    """Only quoted content may hold a `;`: otherwise it ends there, for curl too."""
    quoted = re.match(rf"({_QUOTED})(?=;|$)", text)
    content = quoted[1] if quoted else text.partition(";")[0]
    return _unquoted(content), _file_and_suffixes(text[len(content) :])[1]


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text
