"""The pages that exist in development alone."""

import reflex as rx

from saas_app.pages.gallery import gallery_page
from saas_app.pages.local_identity import local_identity_page
from saas_app.pages.mail_preview import mail_preview_page
from saas_app.pages.outbox import outbox_page
from saas_app.state.local_identity import LocalIdentityState
from saas_app.state.mail_preview import MailPreviewState
from saas_app.state.outbox import OutboxState


def add_development_pages(app: rx.App) -> None:
    app.add_page(gallery_page, route="/dev/gallery", title="Gallery · Toolkiln")
    app.add_page(
        local_identity_page,
        route="/dev/identity",
        title="Local identity · Toolkiln",
        on_load=LocalIdentityState.arrive_to_choose,
    )
    app.add_page(
        outbox_page, route="/dev/outbox", title="Outbox · Toolkiln", on_load=OutboxState.load_outbox
    )
    app.add_page(
        mail_preview_page,
        route="/dev/mail",
        title="Mail templates · Toolkiln",
        on_load=MailPreviewState.load_preview,
    )
