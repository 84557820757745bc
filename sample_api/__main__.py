"""Serves the sample API beside the product, in development."""

import uvicorn

from core.settings import load_settings
from sample_api.app import make_app


def main() -> None:
    """Serve until stopped."""
    settings = load_settings()
    port = settings.sample_api_port
    app = make_app(f"http://localhost:{port}")
    uvicorn.run(app, host=settings.host, port=port, log_level="warning")


if __name__ == "__main__":
    main()
