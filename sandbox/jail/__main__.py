"""Starts the zygote: `python -I -S /jail/sandbox/jail`, with nothing else on the path yet."""

import sys

sys.path[:0] = ["/jail", "/tools"]

from sandbox.jail.zygote import main  # noqa: E402 - the path is set first

if __name__ == "__main__":
    sys.exit(main())
