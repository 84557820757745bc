"""Sources to begin with when one has none at hand; each is a real service that asks for no key."""

from pathlib import Path

from core.errors import NotFound

FOLDER = Path(__file__).parent
FILES = {"weather": "open_meteo.yaml", "commands": "countries.sh"}


def sample_source(name: str) -> str:
    """Return the text of a bundled source: `weather` (OpenAPI) or `commands` (cURL).

    Raises:
        NotFound: there is no such example.
    """
    if name not in FILES:
        raise NotFound("There is no such example.")
    return (FOLDER / FILES[name]).read_text()
