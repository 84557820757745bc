"""The programs, and how each shows that it is ready."""

import http.client
import sys
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from core.sandbox_protocol import ask_status
from core.settings import Settings, secret_names
from saas_app.jobs.health import is_alive
from saas_app.launch.processes import Program

SECONDS_TO_ANSWER = 5


def programs(settings: Settings, *, web: Program) -> list[Program]:
    """Return what runs beside the web program, and that; in development the sample API too."""
    started_at = time.time()
    return [
        *([] if settings.is_production else [_sample_api(settings)]),
        *([_sandbox(settings)] if sys.platform.startswith("linux") else []),
        Program(
            "runtime", "mcp_runtime", answers(settings.direct_url(settings.runtime_port), "/ready")
        ),
        Program("jobs", "saas_app.jobs", lambda: is_alive(settings, since=started_at)),
        web,
    ]


def web_program(settings: Settings, environment: Mapping[str, str]) -> Program:
    """Return the web program that serves a finished build."""
    is_ready = answers(settings.direct_url(settings.web_port), "/api/ready")
    return Program("web", "saas_app.web_server", is_ready, environment)


def answers(address: str, path: str) -> Callable[[], bool]:
    """Return a check whether a path of a local address, http://host:port, answers with 200."""
    place = urlsplit(address)

    def check() -> bool:
        connection = http.client.HTTPConnection(
            place.hostname or "", place.port, timeout=SECONDS_TO_ANSWER
        )
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return check


def _sample_api(settings: Settings) -> Program:
    """Return the API that newcomers try the product on."""
    address = settings.direct_url(settings.sample_api_port)
    return Program("sample API", "sample_api", answers(address, "/openapi.json"))


def _sandbox(settings: Settings) -> Program:
    """Return the program that runs Python tools; it is ready when it says how it is.

    It needs none of the product's secrets, so it gets none. HTTP tools go on without it.
    """
    return Program(
        "sandbox",
        "sandbox",
        lambda: ask_status(settings.data_dir) is not None,
        withheld=secret_names(),
        comes_back=True,
    )
