"""An OpenAPI document of any version: its dialect, and what its references point at."""

from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from core.errors import Invalid

ANNOTATIONS_BESIDE_A_REFERENCE = ("summary", "description")


class CannotConvert(Exception):
    """Why a part of the document cannot become (part of) a tool, in words fit for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BrokenReference(CannotConvert):
    """A `$ref` that leads nowhere inside this document."""


class Dialect(StrEnum):
    """The families of versions that differ in how they are read."""

    SWAGGER_2 = "2.0"
    OPENAPI_30 = "3.0"
    OPENAPI_31 = "3.1"


class Document:
    """A parsed document that knows its dialect and follows references within itself."""

    def __init__(self, root: dict[str, Any], *, source_url: str | None = None) -> None:
        self.root = root
        self.dialect = _dialect(root)
        self.source_url = source_url
        self._found: dict[str, Any] = {}

    def __getitem__(self, key: str) -> dict[str, Any]:
        """An object at the top level; an absent or malformed one is empty."""
        return as_object(self.root.get(key))

    @property
    def title(self) -> str:
        """The API's name as its maker gives it, or an empty string."""
        return as_text(self["info"].get("title"))

    def at(self, reference: str) -> Any:
        """Return what a local reference points at.

        Raises:
            BrokenReference: it leads into another file, or nowhere.
        """
        if reference not in self._found:
            self._found[reference] = self._look_up(reference)
        return self._found[reference]

    def follow(self, node: Any) -> dict[str, Any]:
        """Return the object that a node is, or that its chain of references ends at.

        Beside a reference, OpenAPI 3.1 lets `summary` and `description` replace the target's.

        Raises:
            BrokenReference: the chain leaves the document, goes in a circle or ends at no object.
        """
        seen: set[str] = set()
        beside: dict[str, Any] = {}
        while isinstance(node, dict) and isinstance(reference := node.get("$ref"), str):
            if reference in seen:
                raise BrokenReference(f"The reference {reference} goes round in a circle.")
            seen.add(reference)
            if self.dialect is Dialect.OPENAPI_31:
                own = {k: node[k] for k in ANNOTATIONS_BESIDE_A_REFERENCE if k in node}
                beside = {**own, **beside}
            node = self.at(reference)
        if not isinstance(node, dict):
            raise BrokenReference(
                f"The reference {min(seen)} does not point at an object."
                if seen
                else "Something stands where an object should be."
            )
        return {**node, **beside} if beside else node

    def _look_up(self, reference: str) -> Any:
        if self.source_url and reference.startswith(f"{self.source_url}#"):
            reference = reference[len(self.source_url) :]
        if not reference.startswith("#"):
            raise BrokenReference(f"{reference} is in another file, which is not read.")
        if reference not in ("#", "#/") and not reference.startswith("#/"):
            raise BrokenReference(f"{reference} is an anchor; only JSON pointers are followed.")
        node: Any = self.root
        for step in reference[2:].split("/") if len(reference) > 2 else ():
            node = _step(node, unquote(step).replace("~1", "/").replace("~0", "~"), reference)
        return node


def _step(node: Any, step: str, reference: str) -> Any:
    if isinstance(node, dict) and step in node:
        return node[step]
    if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
        return node[int(step)]
    raise BrokenReference(f"{reference} does not exist in this document.")


def _dialect(root: dict[str, Any]) -> Dialect:
    version = str(root.get("openapi", root.get("swagger", root.get("swaggerVersion", ""))))
    if not version:
        raise Invalid(
            "This is not an OpenAPI document: it has neither a key “openapi” nor “swagger”.",
            field="source",
        )
    if "openapi" in root and version.startswith("3"):
        return Dialect.OPENAPI_30 if version == "3" or version.startswith("3.0") else _NEWEST
    if "swagger" in root and version.startswith("2"):
        return Dialect.SWAGGER_2
    raise Invalid(
        f"Version {version} of OpenAPI is not supported; 2.0, 3.0 and 3.1 are.", field="source"
    )


_NEWEST = Dialect.OPENAPI_31


def as_object(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one: documents are full of odd nulls."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """The value if it is text, without blanks around it and NUL in it, else an empty string."""
    return value.replace("\0", "").strip() if isinstance(value, str) else ""
