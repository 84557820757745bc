"""The templates of mail with made-up values, for whoever writes them."""

from dataclasses import dataclass

import reflex as rx

from core.errors import NotFound
from saas_app import resources
from saas_app.services.mail.catalog import MUTABLE, TEMPLATES
from saas_app.services.mail.rendering import render
from saas_app.state.addresses import asked, with_query
from saas_app.state.base import AppState
from saas_app.state.mail_views import View, view_asked
from saas_app.state.markers import public

HERE = "/dev/mail"


@dataclass(frozen=True)
class TemplateRow:
    """A template in the list."""

    name: str
    title: str
    href: str
    is_open: bool


class MailPreviewState(AppState):
    """All templates, and the one that the address names."""

    templates: list[TemplateRow] = []
    template_name: str = ""
    template_title: str = ""
    template_subject: str = ""
    template_values: str = ""
    template_mute: str = ""
    template_text: str = ""
    template_view: View = View()

    @rx.event
    @public
    async def load_preview(self) -> None:
        """Show a template; its values are made up, so there is nothing to hide."""
        settings, url = resources.get().settings, self.router.url
        if settings.is_production:
            raise NotFound("There is no such page.")
        name = asked(url, "template")
        template = TEMPLATES.get(name) or next(iter(TEMPLATES.values()))
        written = render(template.name, template.sample, web_url=settings.web_url)
        self.template_name, self.template_title = template.name, template.title
        self.template_subject, self.template_text = written.subject, written.text
        self.template_values = ", ".join((*template.needs, *(f"{one}?" for one in template.may)))
        kind = MUTABLE.get(template.muted_by)
        self.template_mute = f"People can mute it ({kind[0]})." if kind else ""
        address = with_query(HERE, template=template.name)
        frame = f"/api/dev/mail-templates/{template.name}"
        self.template_view = view_asked(url, address, frame=frame)
        self.templates = [
            TemplateRow(
                one.name, one.title, with_query(HERE, template=one.name), one.name == template.name
            )
            for one in TEMPLATES.values()
        ]
