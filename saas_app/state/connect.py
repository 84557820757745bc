"""The consent page: shows what an MCP client asks for; the decision itself is a native form."""

import reflex as rx

from core.clock import now_utc
from core.consents import MayNotConnect, pending_request
from core.errors import DomainError
from saas_app import resources
from saas_app.state.base import AppState
from saas_app.state.markers import member

SCOPES = {"tools": "List its tools and call them, as you"}
IMPERSONATED = "You act in somebody else's name, and cannot let a client in for them."
EXPLANATIONS = {
    "wrong_browser": "This request was started in another browser. Start again there.",
    "may_not_connect": "The owner of this server has not given you access. Ask them to add you.",
    "already_decided": "This request has been answered already. Start again from your client.",
    "request_gone": "This request has ended. Start again from your client.",
    "forbidden": "The form had become too old. Try again.",
}


class ConnectState(AppState):
    """One authorization request, in words."""

    request_token: str = ""
    client_name: str = ""
    client_uri: str = ""
    redirect_host: str = ""
    is_loopback: bool = False
    server_name: str = ""
    server_organization: str = ""
    scopes: list[str] = []
    trouble: str = ""
    is_ready: bool = False
    may_only_refuse: bool = False

    @rx.event
    @member
    async def arrive(self) -> None:
        """Show the request that the address names, or why it cannot be answered."""
        asked = self.router.url.query_parameters
        self.client_name, self.is_ready, self.may_only_refuse = "", False, False
        holder = await self._holder()
        self.request_token = str(asked.get("request", ""))
        self.trouble = EXPLANATIONS.get(str(asked.get("error", "")), "")
        if holder.impersonator_id is not None:
            self.trouble, self.is_ready = IMPERSONATED, True
            return
        try:
            async with resources.get().database.read() as session:
                request = await pending_request(
                    session, self.request_token, user_id=holder.user_id, now=now_utc()
                )
        except DomainError as refusal:
            self.trouble, self.is_ready = refusal.message, True
            self.may_only_refuse = isinstance(refusal, MayNotConnect)
            return
        self.client_name, self.client_uri = request.client_name, request.client_uri
        self.redirect_host, self.is_loopback = request.redirect_host, request.is_loopback
        self.server_name, self.server_organization = request.server_name, request.organization_name
        self.scopes = [SCOPES.get(scope, scope) for scope in request.scopes]
        self.is_ready = True
