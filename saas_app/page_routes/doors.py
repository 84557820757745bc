"""The pages of signing up, in and back in."""

import reflex as rx

from saas_app.pages.account_email import confirm_email_page
from saas_app.pages.banned import banned_page
from saas_app.pages.confirm import confirm_page
from saas_app.pages.forgot_password import forgot_password_page, reset_password_page
from saas_app.pages.sign_in import sign_in_page
from saas_app.pages.sign_up import check_inbox_page, sign_up_page
from saas_app.pages.verify import verify_page
from saas_app.pages.verify_email import verify_email_page
from saas_app.state.account_email import ConfirmEmailState
from saas_app.state.banned import BannedState
from saas_app.state.confirm import ConfirmState
from saas_app.state.forgot_password import ForgotPasswordState, ResetPasswordState
from saas_app.state.outbox import OutboxHintState
from saas_app.state.sign_in import SignInState
from saas_app.state.sign_up import InboxState, SignUpState
from saas_app.state.verify import VerifyState
from saas_app.state.verify_email import VerifyEmailState
from saas_app.state.ways import WaysState


def add_door_pages(app: rx.App) -> None:
    """Add the pages of signing in: path, page, title, what loads it."""
    for path, page, title, load in (
        ("/sign-in", sign_in_page, "Sign in", [SignInState.arrive, WaysState.look_for_ways]),
        (
            "/sign-up",
            sign_up_page,
            "Sign up",
            [SignUpState.arrive_to_sign_up, WaysState.look_for_ways],
        ),
        ("/verify", verify_page, "Confirm that it is you", VerifyState.arrive_to_verify),
        ("/confirm", confirm_page, "Confirm that it is you", ConfirmState.arrive_to_confirm),
        (
            "/check-inbox",
            check_inbox_page,
            "Check your inbox",
            [OutboxHintState.look, InboxState.wait_for_letter],
        ),
        (
            "/verify-email",
            verify_email_page,
            "Confirm your address",
            VerifyEmailState.look_at_link,
        ),
        (
            "/forgot-password",
            forgot_password_page,
            "Forgot password",
            ForgotPasswordState.arrive_forgetful,
        ),
        (
            "/reset-password",
            reset_password_page,
            "New password",
            ResetPasswordState.look_at_reset,
        ),
        (
            "/change-email",
            confirm_email_page,
            "Change of address",
            ConfirmEmailState.look_at_change,
        ),
        ("/banned", banned_page, "Banned", BannedState.look_at_ban),
    ):
        app.add_page(page, route=path, title=f"{title} · Toolkiln", on_load=load)
