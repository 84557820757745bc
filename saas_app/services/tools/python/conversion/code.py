"""Collects the lines of a function, with the helpers and imports that they need."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from saas_app.services.tools.python.conversion.helpers import HELPERS, closure, source_of
from saas_app.services.tools.python.conversion.texts import code_of

WIDTH = 92
INDENT = "    "


@dataclass(slots=True)
class Code:
    """The body of a function while it is written."""

    lines: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    _helpers: set[str] = field(default_factory=set)

    def add(self, *lines: str, within: str = "") -> None:
        """Add lines, within a condition where there is one."""
        if within:
            self.lines.append(f"if {within}:")
        self.lines += [f"{INDENT}{line}" if within else line for line in lines]

    def use(self, helper: str) -> str:
        """Return a helper's name and have it written."""
        self._helpers.add(helper)
        return helper

    def as_json(self, value: str) -> str:
        """Return the code that writes a value as JSON."""
        return f"{self.use('as_json')}({value})"

    def head(self) -> str:
        """Return the imports."""
        needed = {line for name in closure(self._helpers) for line in HELPERS[name].imports}
        return "\n".join(_merged(self.imports | needed))

    def tail(self) -> list[str]:
        """Return the helpers."""
        return [source_of(name) for name in closure(self._helpers)]


@dataclass(slots=True)
class Fields:
    """The fields of a query, a form or a cookie: a list of `name=value`, in their order.

    Args:
        code: where they are written.
        name: the variable that holds the list.
        is_certain: whether there is always one of them.
    """

    code: Code
    name: str
    is_certain: bool = False
    _is_begun: bool = False
    _pending: list[tuple[str, str]] = field(default_factory=list)

    def add_plain(self, name: str, value: str, *, is_certain: bool = False) -> None:
        """Add a field that `fields_of` writes, unless its value is None."""
        self._pending.append((name, value))
        self.is_certain |= is_certain

    def add(self, one: str, *, within: str = "") -> None:
        """Add a field that is written already, under a condition where there is one."""
        if within:
            self.flush()
            self.begin()
            self.code.add(f"{self.name}.append({one})", within=within)
        else:
            self.is_certain = True
            self._pending.append(("", one))

    def extend(self, several: str, *, within: str = "") -> None:
        """Add a list of fields."""
        self.flush()
        if within:
            self.begin()
        self.code.add(f"{self.name} {'+=' if self._is_begun else '='} {several}", within=within)
        self._is_begun = True

    def flush(self) -> None:
        """Write what was added since."""
        runs, self._pending = list(_runs(self._pending)), []
        if not runs:
            return
        start = f"{self.name} {'+=' if self._is_begun else '='} "
        self._is_begun = True
        if len(runs) == 1 and runs[0][0][0]:
            self.code.lines += dict_lines(f"{start}{self.code.use('fields_of')}(", runs[0], ")")
            return
        items = [item for run in runs for item in self._items(run)]
        self.code.lines += bracketed(f"{start}[", items, "]")

    def _items(self, run: list[tuple[str, str]]) -> list[str]:
        if not run[0][0]:
            return [one for _, one in run]
        pairs = ", ".join(f"{code_of(name)}: {value}" for name, value in run)
        return [f"*{self.code.use('fields_of')}({{{pairs}}})"]

    def joined(self, separator: str) -> str:
        """Return the code that joins the fields, once all of them are written."""
        self.flush()
        return f"'{separator}'.join({self.name})" if self._is_begun else ""

    def begin(self) -> None:
        """Write an empty list, unless there is one."""
        if not self._is_begun:
            self.code.add(f"{self.name} = []")
            self._is_begun = True


def dict_of(name: str, value: str) -> str:
    """Return a dictionary with one entry as code."""
    return f"{{{code_of(name)}: {value}}}"


def dict_lines(before: str, entries: list[tuple[str, str]], after: str) -> list[str]:
    """Return a dictionary as code, on one line where it fits."""
    pairs = [f"{code_of(name)}: {value}" for name, value in entries]
    return bracketed(f"{before}{{", pairs, f"}}{after}")


def bracketed(before: str, items: list[str], after: str) -> list[str]:
    """Return items between brackets, on one line where they fit."""
    line = f"{before}{', '.join(items)}{after}"
    if len(line) <= WIDTH:
        return [line]
    return [before, *(f"{INDENT}{item}," for item in items), after]


def _runs(pending: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Yield neighbours that are written alike: as a dictionary of names, or one by one."""
    run: list[tuple[str, str]] = []
    for entry in pending:
        is_alike = run and bool(entry[0]) is bool(run[0][0])
        if run and (not is_alike or (entry[0] and entry[0] in dict(run))):
            yield run
            run = []
        run.append(entry)
    if run:
        yield run


def _merged(lines: set[str]) -> list[str]:
    """Return import lines in order, those from one module on one line."""
    plain = sorted(line for line in lines if line.startswith("import "))
    froms: dict[str, list[str]] = {}
    for line in lines - set(plain):
        _, module, _, name = line.split(" ", 3)
        froms.setdefault(module, []).append(name)
    return [*plain, *(f"from {m} import {', '.join(sorted(froms[m]))}" for m in sorted(froms))]
