"""The programs, and how each shows that it is ready."""

import http.client
import time
from collections.abc import Callable, Mapping

from core.settings import Settings
from saas_app.jobs.health import is_alive
from saas_app.launch.processes import Program

SECONDS_TO_ANSWER = 5


def programs(settings: Settings, *, web: Program) -> list[Program]:
    """Return what runs beside the web program, and that; in development the sample API too."""
    started_at = time.time()
    return [
        *([] if settings.is_production else [_sample_api(settings)]),
        Program("runtime", "mcp_runtime", answers(settings.runtime_port, "/ready")),
        Program("jobs", "saas_app.jobs", lambda: is_alive(settings, since=started_at)),
        web,
    ]


def web_program(settings: Settings, environment: Mapping[str, str]) -> Program:
    """Return the web program that serves a finished build."""
    return Program(
        "web", "saas_app.web_server", answers(settings.web_port, "/api/ready"), environment
    )


def answers(port: int, path: str) -> Callable[[], bool]:
    """Return a check whether a local address answers with 200."""

    def check() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_ANSWER)
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
    return Program("sample API", "sample_api", answers(settings.sample_api_port, "/openapi.json"))
