"""What the importer has to tell besides the tools: what was left out, and what was chosen."""

from collections import Counter

from saas_app.services.intake.proposal import Skipped


class Findings:
    """Collects one line per loss, and one line for what repeats over many operations."""

    def __init__(self) -> None:
        self._skipped: dict[Skipped, None] = {}
        self._bodies: list[tuple[str, str, list[str]]] = []
        self._headers: dict[str, list[str]] = {}

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Everything that was left out, each once."""
        return tuple(self._skipped)

    def skip(self, what: str, reason: str) -> None:
        """Something became no tool, or lost a part."""
        self._skipped[Skipped(what=what, reason=reason)] = None

    def several_bodies(self, what: str, chosen: str, passed_over: list[str]) -> None:
        """A body could have been sent in other forms than the chosen one."""
        self._bodies.append((what, chosen, passed_over))

    def ignored_header(self, what: str, name: str) -> None:
        """A header parameter that OpenAPI tells readers to ignore."""
        self._headers.setdefault(name, []).append(what)

    def notes(self) -> list[str]:
        """What concerns many operations, in a few sentences."""
        notes = []
        if self._bodies:
            what, chosen, others = self._bodies[0]
            kinds = Counter(chosen for _, chosen, _ in self._bodies)
            taken = ", ".join(f"{kind} for {times}" for kind, times in kinds.most_common(3))
            notes.append(
                f"{_operations(len(self._bodies))} could take several kinds of body; taken was "
                f"{taken} (for example {what}: {chosen} rather than {', '.join(others[:3])})."
            )
        for name, operations in self._headers.items():
            notes.append(
                f"The header parameter {name} of {_operations(len(operations))} is left out, as "
                "OpenAPI asks: security schemes and media types say what it holds."
            )
        return notes


def _operations(number: int) -> str:
    return "1 operation" if number == 1 else f"{number} operations"
