"""Runs a module that ends when whoever started it ends: `python -m saas_app.launch.leash MODULE`.

The launcher holds the other end of this process's standard input. However the launcher goes, by
`kill -9` too, the system closes that end, and what runs here is told to stop. Works on Linux and
macOS alike, and asks nothing of the module.
"""

import os
import runpy
import signal
import sys
import threading
import time

SECONDS_TO_STOP = 15


def main() -> None:
    """Watch the leash from a thread and run the module as the main program."""
    module, *arguments = sys.argv[1:]
    threading.Thread(target=_stop_when_let_go, daemon=True, name="leash").start()
    sys.argv = [module, *arguments]
    sys.path[0] = os.getcwd()  # noqa: PTH109 - `python -m` puts the working folder there as text
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _stop_when_let_go() -> None:
    descriptor = sys.stdin.fileno()
    while os.read(descriptor, 4096):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_STOP)
    os._exit(1)


if __name__ == "__main__":
    main()
