"""What all forms of signing in share: their problems, the check for people, the strength meter."""

from typing import Any
from urllib.parse import quote

import reflex as rx
from reflex.event import EventSpec

from core.errors import DomainError, NotFresh, SignedOut
from core.sessions import Browser
from saas_app import resources
from saas_app.services.browser_cookies import BrowserCookie, value_in
from saas_app.services.limits import in_words
from saas_app.services.password_rules import weigh
from saas_app.state.addresses import asked, number_in, way_back
from saas_app.state.base import AppState, text_in
from saas_app.state.explanations import OTHER_WAYS
from saas_app.state.markers import public

WIDGET_FIELD = "cf-turnstile-response"
EXPLANATIONS = {
    "wrong_credentials": "That address and password do not match.",
    "invalid": "Something in the form was not accepted. Check it and try again.",
    "forbidden": "The form had become too old. Try again.",
    "challenge_over": "That took too long. Try again.",
    "feature_off": "Nobody can sign up here at the moment.",
    "not_human": "Confirm that you are a person, then send the form again.",
    "upstream_unavailable": "The check that you are a person does not answer. Try again soon.",
    "link_over": "This link was used already or is too old.",
    "password_moved": "The password was changed meanwhile. Enter the current one again.",
    **OTHER_WAYS,
}


class DoorState(AppState):
    """Parent of the states behind forms that guess, mail or set a password."""

    approval: str = ""
    next_path: str = ""
    trouble: str = ""
    widget_key: str = ""
    widget_round: int = 0
    strength: int = 0
    strength_word: str = ""
    strength_advice: str = ""

    @rx.var
    def next_quoted(self) -> str:
        """Where to go on to, as it stands behind `next=` in an address."""
        return quote(self.next_path, safe="/")

    @rx.event
    @public
    async def weigh_password(self, typed: dict[str, Any]) -> None:
        """Say how hard to guess a new password is; it is neither kept nor passed on."""
        about = [text_in(typed, name)[:255] for name in ("name", "email")]
        found = await weigh(text_in(typed, "password"), about=[text for text in about if text])
        self.strength, self.strength_word = found.score, found.word
        self.strength_advice = found.suggestion

    def _begin(self) -> None:
        """Show an empty form, and why a post before it was refused."""
        url = self.router.url
        self.problems, self.approval = {}, ""
        self.strength, self.strength_word, self.strength_advice = 0, "", ""
        self.next_path = way_back(url, fallback="")
        self.widget_key = resources.get().settings.turnstile_site_key
        self.trouble = explain(asked(url, "error"), wait=asked(url, "wait"))

    def _check(self) -> None:
        """Forget what the last check found."""
        self.problems, self.trouble = {}, ""

    def _refuse(self, error: Exception, *, handler: str, request_id: str) -> EventSpec | None:
        """Show what belongs to no field above the form, and ask the widget for a new answer."""
        self.widget_round += 1
        has_a_way = isinstance(error, SignedOut | NotFresh)
        if isinstance(error, DomainError) and error.field is None and not has_a_way:
            self.trouble = error.message
            return None
        return super()._refuse(error, handler=handler, request_id=request_id)

    def _address(self) -> str:
        """Return the caller's IP address."""
        return self.router.session.client_ip

    def _browser(self) -> Browser:
        """Return from where the visitor comes."""
        return Browser(self.router.headers.user_agent, self._address())

    def _cookie(self, cookie: BrowserCookie) -> str:
        """Return one of our cookies as the socket came with it."""
        is_secure = resources.get().settings.is_secure
        return value_in(self.router.headers.cookie, cookie, is_secure=is_secure)


def explain(code: str, *, wait: str = "") -> str:
    """Return what the code of a refused post means; nothing for what is no code of ours."""
    if code == "too_often":
        seconds = number_in(wait, most_digits=5)  # a day, at most
        return f"Too many attempts. Try again {in_words(seconds) if seconds else 'later'}."
    return EXPLANATIONS.get(code, "")
