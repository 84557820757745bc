"""Signing in and up: checks what was typed before the browser posts it."""

import secrets
from typing import Any

import reflex as rx

from core.errors import Invalid
from saas_app import resources
from saas_app.services import accounts
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import public

EXPLANATIONS = {
    "wrong_credentials": "That address and password do not match.",
    "email_taken": "There is an account with that address. Sign in instead.",
    "invalid": "Something in the form was not accepted. Check it and try again.",
    "forbidden": "The form had become too old. Try again.",
}


class SignInState(AppState):
    """The fields' problems, and the word that lets the browser post the form."""

    approval: str = ""
    next_path: str = ""
    trouble: str = ""

    @rx.event
    @public
    def arrive(self) -> None:
        """Remember where the visitor wanted to go, and explain a post that was refused."""
        asked = self.router.url.query_parameters
        self.problems, self.approval = {}, ""
        self.next_path = str(asked.get("next", ""))
        self.trouble = EXPLANATIONS.get(str(asked.get("error", "")), "")

    @rx.event
    @public
    async def check_sign_in(self, fields: dict[str, Any]) -> None:
        """Say what is wrong, or let the browser post the form."""
        self.problems, self.trouble = {}, ""
        email, password = text_in(fields, "email"), text_in(fields, "password")
        accounts.parse_email(email)
        if not password:
            raise Invalid("Enter your password.", field="password")
        parts = resources.get()
        await accounts.authenticate(parts.database, parts.passwords, email=email, password=password)
        self.approval = secrets.token_hex(8)

    @rx.event
    @public
    async def check_sign_up(self, fields: dict[str, Any]) -> None:
        """Say what is wrong, or let the browser post the form."""
        self.problems, self.trouble = {}, ""
        form = accounts.SignUpForm.parse(fields)
        async with resources.get().database.read() as session:
            await accounts.require_free_email(session, form.email)
        self.approval = secrets.token_hex(8)
