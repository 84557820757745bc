"""Starts the zygote: `python -I -S …/sandbox/jail DESCRIPTOR PACKAGES`, with no path set yet."""

import os
import sys

sys.path[:0] = [os.path.abspath(f"{__file__}/../../.."), sys.argv[2]]  # noqa: PTH100

from sandbox.jail.zygote import main  # noqa: E402 - the path is set first

if __name__ == "__main__":
    sys.exit(main())
