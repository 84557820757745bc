"""Finds the base address of a request, and the one that all tools of a host share."""

import re
from urllib.parse import unquote

from core.http_request import BaseUrl
from core.tool_spec import HttpTool
from saas_app.services.intake.curl.address import Address
from saas_app.services.intake.curl.draft import Draft, plain_name
from saas_app.services.intake.curl.hiding import SHORTEST
from saas_app.services.intake.curl.marks import MARK
from saas_app.services.intake.curl.paths import UNKNOWN
from saas_app.services.intake.curl.secrets import is_secret_name, placeholder, secret_shape

_LEADING = re.compile(
    r"(?:/(?:api|rest|v\d+(?:\.\d+)?|\d{1,2}(?:\.\d+)?|\d{4}-\d{2}(?:-\d{2})?)(?=/))+", re.I
)
# Addresses whose path is itself the secret; the group is what to hide.
_HOOKS = re.compile(r"(?:/services/|/api/webhooks/\d+/)([\w-]+(?:/\w+)*)")
_HOOK_HOSTS = ("hooks.slack.com", "discord.com", "discordapp.com")


def base_of(address: Address, draft: Draft) -> tuple[BaseUrl, str]:
    """Return the base address, and the part of the path that follows it.

    A path cannot hold a variable, so what is secret in it moves to the base, which can.
    """
    base = _host_part(address, draft)
    if base.variable is not None:
        return base, address.path
    prefix, rest = _secret_part(address.path, draft)
    return BaseUrl(url=base.url + prefix), rest


def _host_part(address: Address, draft: Draft) -> BaseUrl:
    """The scheme and host; one unknown that is all of both is a variable for the whole address."""
    origin, marks = address.origin, draft.marks
    if not address.is_templated:
        return BaseUrl(url=origin)
    shown = marks.as_written(origin)
    said = f"Address of the API, in the original command {shown}."
    if origin.startswith("http"):
        template = draft.book.template(origin, "HOST", is_secret=False, description=said)
        return BaseUrl(url=template)
    known = MARK.sub(lambda found: marks.value(marks.origin(found[0])) or found[0], origin)
    name = plain_name(draft.name_of_unknown(origin)) or "BASE_URL"
    if MARK.search(known) or UNKNOWN.search(known):
        return BaseUrl(variable=draft.book.plain(name, said))
    url = known if known.startswith("http") else f"http://{known}"
    return BaseUrl(url=url, variable=draft.book.plain(name, said, value=url))


def _secret_part(path: str, draft: Draft) -> tuple[str, str]:
    """The path up to and including its secret as a template, and the rest; often all is rest."""
    said = f"Secret part of the address of {draft.host}."
    hook = _HOOKS.match(path) if draft.host in _HOOK_HOSTS else None
    if hook and not UNKNOWN.search(hook[0]):
        template = draft.book.secret(hook[1], "WEBHOOK_SECRET", said)
        return path[: hook.start(1)] + template, path[hook.end() :]
    segments = path.split("/")
    for index, segment in enumerate(segments):
        if (template := _secret_segment(segment, draft, said)) is not None:
            before = draft.book.template("/".join(segments[:index]), "PATH", is_secret=False)
            return f"{before}/{template}", "".join(f"/{rest}" for rest in segments[index + 1 :])
    return "", path


def _secret_segment(segment: str, draft: Draft, said: str) -> str | None:
    if found := secret_shape(segment):
        hidden = draft.book.secret(found[0], "PATH_TOKEN", said)
        return segment[: found.start()] + hidden + segment[found.end() :]
    if len(segment) >= SHORTEST and (name := draft.book.name_of(unquote(segment))):
        return "{{" + name + "}}"
    unknowns = UNKNOWN.findall(segment)
    names = [draft.name_of_unknown(one) or one.strip("{}:<>$") for one in unknowns]
    names += [placeholder(segment) or ""]
    if not any(is_secret_name(name) or draft.book.has(name) for name in names):
        return None
    braced = re.sub(r"(?<!\{)\{(\w+)\}(?!\})|^:(\w+)", r"{{\1\2}}", segment)
    return draft.book.template(braced, "PATH_TOKEN", is_secret=True, description=said)


def common_base(tools: list[HttpTool]) -> list[HttpTool]:
    """Move leading segments such as `/api/v2` to the base where all tools of a host share them."""
    paths: dict[str, list[str]] = {}
    for tool in tools:
        if tool.request.base.variable is None:
            paths.setdefault(tool.request.base.url, []).append(tool.request.path)
    prefixes = {url: _shared_prefix(known) for url, known in paths.items()}
    return [_with_prefix(tool, prefixes.get(tool.request.base.url, "")) for tool in tools]


def _shared_prefix(paths: list[str]) -> str:
    found = [match[0] if (match := _LEADING.match(path)) else "" for path in paths]
    first = found[0].split("/")
    while first and not all(f"{p}/".startswith("/".join(first) + "/") for p in found):
        first.pop()
    return "/".join(first)


def _with_prefix(tool: HttpTool, prefix: str) -> HttpTool:
    base = tool.request.base
    if not prefix or base.variable is not None:
        return tool
    request = tool.request.model_copy(
        update={
            "base": BaseUrl(url=base.url + prefix),
            "path": tool.request.path[len(prefix) :],
        }
    )
    return tool.model_copy(update={"request": request})
