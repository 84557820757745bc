"""A Reflex plugin: a page talks to whatever address it was loaded from.

Reflex bakes the port of the build into the page. With this, one build serves on every port and
behind every proxy, so an image is built once and two copies share one build. While developing,
the page comes from Vite's port; there Vite passes what is not a page on to the backend, so forms,
cookies and the websocket have one origin as well.
"""

from typing import Any

from reflex.config import get_config
from reflex.plugins import Plugin

from core.errors import DomainError

VITE_CONFIG = "vite.config.js"
VITE_SERVER = "  server: {\n"
PASSED_ON = ("/api/", "/storage/", "/_event", "/ping", "/_health")
STATE_MODULE = "utils/state.js"
OWN_PORT = "endpoint.port = window.location.port;"
OWN_HOST = "endpoint.hostname = frontend_hostname;"
CHANGES = {
    OWN_HOST: f"{OWN_HOST}\n    {OWN_PORT}",
    'endpoint.port = "";': OWN_PORT,
}


class ReflexChanged(DomainError):
    """The place that is changed is not there any more; look at the new version of Reflex."""

    code = "reflex_changed"


class SameOrigin(Plugin):
    """Adds the page's own port to the page's own host name, which Reflex uses already."""

    def pre_compile(self, **context: Any) -> None:
        """Ask for the changes of what Reflex generates."""
        context["add_modify_task"](STATE_MODULE, use_own_port)
        config = get_config()
        if config.frontend_port != config.backend_port:
            context["add_modify_task"](
                VITE_CONFIG, lambda source: pass_on(source, port=config.backend_port)
            )


def use_own_port(source: str) -> str:
    """Return the state module with the port taken from the page."""
    if OWN_PORT in source:
        return source
    for before, after in CHANGES.items():
        source = _replace_once(source, before, after, where=STATE_MODULE)
    return source


def pass_on(source: str, *, port: int | None) -> str:
    """Return Vite's settings with the backend's paths passed on to its port."""
    if "proxy: {" in source:
        return source
    target = f"http://127.0.0.1:{port}"
    rules = "".join(
        f'      "{path}": {{ target: "{target}", ws: {str(path == "/_event").lower()} }},\n'
        for path in PASSED_ON
    )
    added = f"{VITE_SERVER}    proxy: {{\n{rules}    }},\n"
    return _replace_once(source, VITE_SERVER, added, where=VITE_CONFIG)


def _replace_once(source: str, before: str, after: str, *, where: str) -> str:
    if source.count(before) != 1:
        raise ReflexChanged(f"{where} of Reflex no longer says {before!r} once.")
    return source.replace(before, after)
