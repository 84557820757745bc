"""Every template in both forms: complete, harmless, and in the product's colours."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from saas_app.services.mail import rendering
from saas_app.services.mail.catalog import TEMPLATES
from saas_app.services.mail.cleaning import BREAK, LetterUnfit
from saas_app.services.mail.palette import DARK, LIGHT
from saas_app.services.mail.rendering import FOLDER, render, subject_of

HERE = "http://localhost:3000"
THEME = Path(__file__).parents[4] / "assets" / "theme.css"
EVIL = '"><script>alert(1)</script><a href="https://evil.example">&amp;'


class _Page(HTMLParser):
    """Collects tags, links and the text that is shown."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(str(dict(attrs)["href"]))

    def handle_data(self, data):
        self.text += data


def words_of(text: str) -> str:
    return " ".join(text.split())


def test_every_file_is_in_the_catalog_and_the_other_way_round():
    files = {path.stem for path in FOLDER.glob("*.jinja")} - {
        "layout.html", "layout.txt", "parts.html", "parts.txt",
    }  # fmt: skip
    assert files == set(TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_shows_all_of_its_values_in_both_forms(name):
    template = TEMPLATES[name]
    written = render(name, template.sample, web_url=HERE)
    html = words_of(_Page(written.html).text)
    links = _Page(written.html).links
    for value, text in template.sample.items():
        if not text:
            continue
        if value.endswith("link"):
            assert HERE + text in links, value
            assert HERE + text in written.text, value
        else:
            for line in filter(None, text.split("\n")):
                shown = words_of(line)
                assert shown in html, value
                plain = words_of(written.text.replace("\n>", "\n"))
                assert shown in plain, value


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_can_be_written_with_what_it_needs_alone(name):
    template = TEMPLATES[name]
    needed = {value: template.sample[value] for value in template.needs}
    written = render(name, needed, web_url=HERE)
    assert written.subject == subject_of(name, needed)
    assert "  " not in words_of(written.text)
    assert "None" not in written.html
    for part in (written.html, written.text):
        assert not re.search(r"[{}]{2}|\s[.,;]\s", _Page(part).text)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_link_of_the_html_is_in_the_text(name):
    written = render(name, TEMPLATES[name].sample, web_url=HERE)
    links = _Page(written.html).links
    assert links
    assert [link for link in links if link not in written.text] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_missing_value_is_told_and_not_left_blank(name):
    template = TEMPLATES[name]
    for needed in template.needs:
        values = {**template.sample, needed: ""}
        with pytest.raises(LetterUnfit, match=needed):
            render(name, values, web_url=HERE)


def test_a_value_that_a_template_uses_and_the_catalog_does_not_know_is_an_error():
    page = rendering._environment("html").from_string("{{ unheard_of }}")
    with pytest.raises(UndefinedError):
        page.render()


def test_there_is_no_such_template():
    with pytest.raises(LetterUnfit, match="layout"):
        render("layout.html", {}, web_url=HERE)


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_people_write_adds_no_tags_and_no_links(name):
    template = TEMPLATES[name]
    plain = _Page(render(name, template.sample, web_url=HERE).html)
    values = {
        key: value if key.endswith("link") or not value else f"{value} {EVIL}"
        for key, value in template.sample.items()
    }
    attacked = _Page(render(name, values, web_url=HERE).html)
    assert [tag for tag, _ in attacked.tags] == [tag for tag, _ in plain.tags]
    assert attacked.links == plain.links


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_people_write_adds_no_header_and_no_line(name):
    template = TEMPLATES[name]
    values = {
        key: value if key.endswith("link") or key == "message" or not value
        else f"{value}\r\nBcc: everybody@example.com\n\n\u2028Pay here\u202e\x00\x1b[31m"
        for key, value in template.sample.items()
    }  # fmt: skip
    written = render(name, values, web_url=HERE)
    for header in (written.subject, subject_of(name, values)):
        assert header.replace(BREAK, "").isprintable()
        assert len(header) <= 150
    assert not re.search(r"\n\n(Bcc:|Pay here)", written.text)
    assert not re.search("[\x00\x1b\u202e\u2028]", written.html + written.text)


def test_a_name_is_no_advertisement():
    values = {
        "organization": "WIN at https://evil.example now",
        "link": f"{HERE}/invitation?token=t",
    }
    written = render("invitation", values, web_url=HERE)
    for part in (written.subject, written.html, written.text):
        assert "evil.example" not in part
        assert "https://evil" not in part
        assert f"evil{BREAK}.example" in part


def test_an_ordinary_name_is_left_as_it_is():
    for name in ("J. R. Potter", "O'Brien & Söhne GmbH", "Version 2.5", "李小龙"):
        values = {"organization": name}
        assert name in render("invitation_revoked", values, web_url=HERE).text


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com/",
        "https:///nowhere",
        'https://example.com/"onclick="x',
        "https://example.com/a b",
        "https://example.com/\r\nBcc:x",
        "https://example.com/" + "x" * 2_000,
    ],
)
def test_a_link_leads_somewhere_on_the_web(link):
    with pytest.raises(LetterUnfit, match="A link in a message"):
        render("verify_email", {"link": link}, web_url=HERE)


def test_a_path_of_ours_becomes_an_address():
    written = render("verify_email", {"link": "/verify-email?token=t"}, web_url=HERE)
    assert f"{HERE}/verify-email?token=t" in written.text


def test_a_span_and_a_moment_read_well():
    for expires, words in (
        ("14 days", "works once, for 14 days."),
        ("1 hour", "works once, for 1 hour."),
        ("9 December 2026, 14:05 UTC", "works once, until 9 December 2026, 14:05 UTC."),
    ):
        values = {"link": "/a", "expires": expires}
        assert words in words_of(render("verify_email", values, web_url=HERE).text)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_message_suits_mail_programs(name):
    written = render(name, TEMPLATES[name].sample, web_url=HERE)
    tags = _Page(written.html).tags
    assert len(written.html) < 100_000  # what is longer, Gmail cuts off
    names = [tag for tag, _ in tags]
    assert {"script", "img", "link", "form", "iframe", "svg"}.isdisjoint(names)
    assert names.count("h1") == 1
    assert ("html", {"lang": "en", "dir": "ltr"}) in tags
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in tags
    for tag, attributes in tags:
        if tag == "table" and "sunken" not in str(attributes.get("class")):
            assert attributes.get("role") == "presentation"
    for line in written.text.split("\n"):
        assert len(line) <= 72 or "://" in line
    assert "url(" not in written.html


def test_the_colours_are_those_of_the_product():
    theme = THEME.read_text()
    for name, light in LIGHT.items():
        token = f"--{name.replace('_', '-')}: light-dark({light}, {DARK[name]});"
        assert token in theme, name


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_colour_that_shows_has_its_dark_value(name):
    html = render(name, TEMPLATES[name].sample, web_url=HERE).html
    dark = html[html.index("prefers-color-scheme: dark") : html.index("</style>")]
    body = html[html.index("<body") :]
    coloured = re.findall(r"<[a-z]+[^>]*(?:[\s;\"]color|background-color|border):\s*[^>]*>", body)
    assert coloured
    for tag in coloured:
        classes = re.search(r'class="([^"]+)"', tag)
        assert classes, tag
        assert any(f".{word} " in dark for word in classes[1].split()), tag


def test_warnings_and_letters_about_money_cannot_be_muted():
    mutable = {name for name, template in TEMPLATES.items() if template.is_mutable}
    assert mutable == {"export_ready"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_message_that_can_be_muted_says_where_and_no_other_does(name):
    template = TEMPLATES[name]
    text = words_of(render(name, template.sample, web_url=HERE).text)
    assert ("/account/notifications" in text) is template.is_mutable
    assert not (template.is_mutable and "cannot be switched off" in text)


def test_an_account_and_an_organization_are_deleted_in_their_own_words():
    values = {"expires": "9 December 2026", "link": "/account/data", "organization": ""}
    account = render("deletion_scheduled", values, web_url=HERE)
    assert account.subject == "Your account will be deleted on 9 December 2026"
    organization = render("deletion_scheduled", {**values, "organization": "Acme"}, web_url=HERE)
    assert organization.subject == "Acme will be deleted on 9 December 2026"
    assert "Your account will" not in words_of(organization.text)
