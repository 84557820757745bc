"""The templates of mail with made-up values, for whoever writes them."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from core.errors import NotFound
from saas_app import resources
from saas_app.services.mail.catalog import TEMPLATES
from saas_app.services.mail.rendering import render
from saas_app.state.addresses import asked, with_query
from saas_app.state.base import AppState
from saas_app.state.mail_views import TextPart, View, parts_of, view_asked
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
    template_choices: list[list[str]] = []
    template_name: str = ""
    template_title: str = ""
    template_subject: str = ""
    template_values: str = ""
    template_mute: str = ""
    template_text: list[TextPart] = []
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
        self.template_subject, self.template_text = written.subject, parts_of(written.text)
        self.template_values = ", ".join((*template.needs, *(f"{one}?" for one in template.may)))
        self.template_mute = "People can mute it." if template.is_mutable else ""
        address = with_query(HERE, template=template.name)
        frame = f"/api/dev/mail-templates/{template.name}"
        self.template_view = view_asked(url, address, frame=frame)
        self.templates = [
            TemplateRow(
                one.name, one.title, with_query(HERE, template=one.name), one.name == template.name
            )
            for one in TEMPLATES.values()
        ]
        self.template_choices = [[one.name, one.title] for one in TEMPLATES.values()]

    @rx.event
    @public
    async def choose_template(self, name: str) -> EventSpec:
        """Show another template."""
        return rx.redirect(with_query(HERE, template=str(name)))
