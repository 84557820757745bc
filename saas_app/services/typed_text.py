"""What people type, refused at the fronts where it holds what no database keeps."""

from core.errors import Invalid


def require_storable(given: object) -> None:
    """Refuse text that cannot be kept, however deep it stands in what a front was given.

    PostgreSQL has no character NUL, and half of a surrogate pair is no character anywhere.

    Raises:
        Invalid: there is such text.
    """
    waiting = [given]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if not _is_storable(one):
                raise Invalid(
                    "That text holds a character that cannot be stored (NUL, or a broken emoji). "
                    "Remove it and try again."
                )
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one


def _is_storable(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
