"""Real documents of many makers: every operation is accounted for, and its request is right.

A sample of every document's operations, all of them among the slow tests, is called against a local
service through the runtime's own runner, and what arrives is compared with what the document
demands (`demands.py`).
"""

import base64
import functools
import itertools
import ssl
import sys
from collections import defaultdict, deque
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import httpx2
import pytest

from core.http_request import BaseUrl
from core.tool_spec import HttpTool
from mcp_runtime.tool_runner.calls import ToolCall
from mcp_runtime.tool_runner.http_runner import HttpRunner
from mcp_runtime.tool_runner.prepared_tool import PreparedHttpTool
from mcp_runtime.tool_runner.runner import ToolRunner
from mcp_runtime.tool_runner.upstream import Upstreams
from saas_app.services.intake.openapi import looks_like_openapi, read_openapi
from saas_app.services.intake.openapi.reading import parse
from saas_app.services.intake.proposal import Proposal
from tests.openapi_documents import PublicDocument, fetch_all, public_documents
from tests.saas_app.services.intake.openapi.building import accepts, check
from tests.saas_app.services.intake.openapi.comparing import compare, compare_body, path_of
from tests.saas_app.services.intake.openapi.demands import Source, Upload, demand, text
from tests.saas_app.services.intake.openapi.listening import Service, listening
from tests.saas_app.services.intake.openapi.sample_values import (
    AWKWARD,
    PLAIN,
    NotSampled,
    Sampler,
)

SAMPLES = [20, pytest.param(sys.maxsize, marks=pytest.mark.slow, id="all")]
NOBODY = UUID(int=1)
DOCUMENTS = public_documents()


@pytest.fixture(scope="module", autouse=True)
def _documents() -> None:
    fetch_all()


@pytest.fixture(scope="module")
def ssl_context() -> ssl.SSLContext:
    """One for all runners: loading the roots takes longer than most documents."""
    return httpx2.create_ssl_context(trust_env=False)


@functools.lru_cache(maxsize=1)
def imported(public: PublicDocument) -> tuple[Proposal, Source]:
    """The proposal and the raw document; tests of one document follow each other."""
    written = public.text()
    return read_openapi(written), Source(parse(written))


def test_the_corpus_is_wide():
    makers = {document.package.name for document in DOCUMENTS}
    sizes = [document.operations for document in DOCUMENTS]
    versions = {document.version[:3] for document in DOCUMENTS}
    assert len(DOCUMENTS) >= 40
    assert len(makers) >= 15
    assert versions == {"2.0", "3.0", "3.1"}
    assert sum(size > 1000 for size in sizes) >= 3
    assert sum(size == 1 for size in sizes) >= 3


@pytest.mark.parametrize("public", DOCUMENTS, ids=lambda public: public.name)
def test_every_operation_is_a_tool_or_is_listed(public: PublicDocument):
    proposal, source = imported(public)
    assert looks_like_openapi(public.text())
    operations = source.operations()
    assert len(operations) == public.operations
    made = _matched(proposal, source)
    told = {skipped.what for skipped in proposal.skipped}
    for method, path in operations:
        assert (method, path) in made or f"{method.upper()} {path}" in told
    for tool in proposal.tools:
        check(tool.input_schema)
        check(tool.output_schema or {})
        assert tool.input_schema["additionalProperties"] is False
    names = [variable.name for variable in proposal.variables]
    assert len(set(names)) == len(names)
    used = set().union(*(tool.request.variables() for tool in proposal.tools))
    assert used <= set(names)


@pytest.mark.parametrize("size", SAMPLES)
@pytest.mark.parametrize("public", DOCUMENTS, ids=lambda public: public.name)
async def test_what_arrives_is_what_the_document_demands(
    public: PublicDocument, size: int, ssl_context: ssl.SSLContext
):
    proposal, source = imported(public)
    tools = _matched(proposal, source)
    sample = list(tools)[:: max(1, len(tools) // size)]
    tried = 0
    async with listening() as service:
        here = frozenset({("127.0.0.1", service.port)})
        upstreams = Upstreams(here, ssl_context=ssl_context)
        try:
            for where, is_full in itertools.product(sample, (True, False)):
                trial = _Trial(source, where, tools[where], proposal, service)
                tried += await trial.runs(ToolRunner(HttpRunner(upstreams)), is_full=is_full)
        finally:
            await upstreams.close()
    assert tried >= 2 * len(sample) * 0.7


def _matched(proposal: Proposal, source: Source) -> dict[tuple[str, str], HttpTool]:
    """Tools by method and path, as the document writes it.

    Some tell operations apart by a query or a fragment in the path; a fragment is never sent, so
    of those the tools stand in the document's order.
    """
    waiting: dict[Any, deque[HttpTool]] = defaultdict(deque)
    for tool in proposal.tools:
        query = tuple((f.name, f.value) for f in tool.request.fixed if f.location == "query")
        waiting[tool.request.method.lower(), tool.request.path, query].append(tool)
    found = {}
    for method, path in source.operations():
        plain, _, query = path.partition("#")[0].partition("?")
        queue = waiting[method, plain, tuple(parse_qsl(query, keep_blank_values=True))]
        if queue:
            found[method, path] = queue.popleft()
    return found


class _Trial:
    """One operation, called once."""

    def __init__(
        self,
        source: Source,
        where: tuple[str, str],
        tool: HttpTool,
        proposal: Proposal,
        service: Service,
    ) -> None:
        self.source, self.where, self.tool, self.service = source, where, tool, service
        self.variables = {v.name: f"value-of-{v.name}" for v in proposal.variables}
        self.defaults = {v.name: v.default for v in proposal.variables}
        self.arguments: dict[str, Any] = {}

    async def runs(self, runner: ToolRunner, *, is_full: bool) -> bool:
        """Whether values could be made up; if so, the request must be right."""
        try:
            values = self._values(is_full=is_full)
            body = self._body(is_full=is_full)
        except NotSampled:
            return False
        if not accepts(self.tool, self.arguments):
            return False
        base = self.source.base(*self.where)
        self._check_base(base)
        tool = self._moved(path_of(base))
        call = ToolCall(PreparedHttpTool(tool), self.arguments, self.variables, NOBODY)
        outcome = await runner.run(call)
        assert outcome.upstream_status == 200, outcome.content
        wanted = demand(self.source, *self.where, values)
        wanted.steps = path_of(base).split("/") + wanted.steps[1:]
        arrived = self.service.arrived[-1]
        compare(arrived, wanted, set(self.variables.values()))
        compare_body(arrived, self.source, self.where, body)
        self._check_accept(arrived.header("accept") or "")
        return True

    def _values(self, *, is_full: bool) -> dict[tuple[str, str], Any]:
        described = self.source.parameters(*self.where)
        arguments = {(p.location, p.name): p.argument for p in self.tool.request.parameters}
        assert set(arguments) == set(described)
        values = {}
        for key, parameter in described.items():
            is_needed = key[0] == "path" or parameter.get("required") is True
            if not (is_needed or is_full):
                continue
            value = self._parameter(key[0], parameter)
            if value in ([], {}, None, "") or _is_deep(value, parameter):
                if is_needed:
                    raise NotSampled
                continue
            values[key] = value
            self.arguments[arguments[key]] = self._given(arguments[key], parameter, value)
        return values

    def _parameter(self, place: str, parameter: dict[str, Any]) -> Any:
        content = parameter.get("content")
        schema = (
            next(iter(content.values())).get("schema")
            if content
            else parameter.get("schema", parameter if self.source.is_old else {})
        )
        words = AWKWARD if place in ("path", "query") else PLAIN
        return Sampler(self.source, is_full=True).value(schema, text=words)

    def _given(self, argument: str, parameter: dict[str, Any], value: Any) -> Any:
        """The argument for a value; a separator without a style is the caller's to write."""
        shown = self.tool.input_schema["properties"][argument]
        if self.source.is_old and isinstance(value, list) and shown.get("type") == "string":
            separators = {"ssv": " ", "tsv": "\t", "pipes": "|"}
            between = separators.get(parameter.get("collectionFormat", ""), ",")
            return between.join(text(item) for item in value)
        return value

    def _body(self, *, is_full: bool) -> Any:
        body = self.tool.request.body
        value = self._body_value(is_full=is_full)
        if body is None:
            assert value is None
            return None
        if value is None and not body.is_required:
            return None
        if "json" in body.media_type and _holds_upload(value):
            raise NotSampled  # JSON has no way to say raw bytes
        if body.argument is not None:
            self.arguments[body.argument] = _as_argument(value)
            return value
        if not isinstance(value, dict):
            raise NotSampled
        arguments = {field.path[0]: field.argument for field in body.properties}
        for name, item in value.items():
            self.arguments[arguments[name]] = _as_argument(item)
        return value if value or body.is_required else None

    def _body_value(self, *, is_full: bool) -> Any:
        sampler = Sampler(self.source, is_full=is_full)
        if self.source.is_old:
            fields = self.source.form_parameters(*self.where)
            for field in fields.values():
                if field["in"] == "body":
                    return sampler.value(field.get("schema"))
            wanted = {n: f for n, f in fields.items() if is_full or f.get("required") is True}
            return {name: sampler.value(field) for name, field in wanted.items()} or None
        content, body = self.source.content(*self.where), self.tool.request.body
        if body is None:
            assert not content
            return None
        chosen = body.media_type.split(";")[0].lower()
        names = {name.split(";")[0].strip().lower(): name for name in content}
        name = names.get(chosen) or next(n for n in content if "*" in n)
        return sampler.value(content[name].get("schema") or {"type": "string"})

    def _check_base(self, base: str | None) -> None:
        made = self.tool.request.base
        if base is None:
            assert made.variable is not None
            assert self.defaults[made.variable] is None
        else:
            assert made.url == base
            assert made.variable is None or self.defaults[made.variable] == base

    def _moved(self, path: str) -> HttpTool:
        """The tool, calling the local service instead."""
        here = BaseUrl(url=f"http://127.0.0.1:{self.service.port}{path}")
        request = self.tool.request.model_copy(update={"base": here})
        return self.tool.model_copy(update={"request": request})

    def _check_accept(self, accept: str) -> None:
        offered = self.source.success_types(*self.where)
        asked = [part.strip() for part in accept.split(", ")]
        if offered:
            assert set(asked) <= {name.strip() for name in offered}
            has_json = any("json" in name for name in offered)
            assert not has_json or all("json" in name for name in asked)


def _as_argument(value: Any) -> Any:
    if isinstance(value, Upload):
        content = base64.b64encode(value.content).decode()
        return {"base64": content, "filename": value.filename}
    if isinstance(value, list):
        return [_as_argument(item) for item in value]
    return value


def _holds_upload(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_holds_upload, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Upload)


def _is_deep(value: Any, parameter: dict[str, Any]) -> bool:
    """Whether a value has more levels than OpenAPI says how to write outside of JSON."""
    if "content" in parameter or not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return any(isinstance(item, dict | list | Upload) for item in inner)
