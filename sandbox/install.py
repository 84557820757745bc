"""Installs everything that jails are made of ahead: `python -m sandbox.install`, as images do."""

import os

from core.sandbox_settings import SandboxSettings
from sandbox.jail_command import bubblewrap
from sandbox.tools_environment import cache_folder, install, prepare


def main() -> None:
    """Install both sets of packages into the cache."""
    settings = SandboxSettings()
    cache = settings.sandbox_cache or cache_folder()
    prepare(cache, bubblewrap(), uid=settings.sandbox_uid if os.getuid() == 0 else os.getuid())
    install(cache, "full")


if __name__ == "__main__":
    main()
