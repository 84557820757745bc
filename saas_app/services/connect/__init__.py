"""How each client connects to a server: links and snippets, exactly as the client reads them."""

from saas_app.services.connect.panel import connect_panel
from saas_app.services.connect.target import ClientSetup, Snippet, Target, Way

__all__ = ["ClientSetup", "Snippet", "Target", "Way", "connect_panel"]
