"""From what a command asks for to the request that curl would send."""

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from core.http_request import METHODS
from saas_app.services.intake.curl.address import Address, read_address
from saas_app.services.intake.curl.arguments import Call, NotConvertible
from saas_app.services.intake.curl.data import data_text, joined_data, url_encoded
from saas_app.services.intake.curl.marks import MARK, Marks
from saas_app.services.intake.curl.parts import Part, read_part

FORM = "application/x-www-form-urlencoded"
MAX_ADDRESSES = 100
# Every address of a command gets all its headers and data, so both together make the work.
MAX_REPEATED = 2_000
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_MEDIA_TYPES = {
    "json": "application/json", "xml": "application/xml", "csv": "text/csv", "txt": "text/plain",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "pdf": "application/pdf", "zip": "application/zip", "html": "text/html", "svg": "image/svg+xml",
    "mp3": "audio/mpeg", "wav": "audio/wav", "mp4": "video/mp4", "yaml": "application/yaml",
}  # fmt: skip


@dataclass(slots=True)
class Sent:
    """One request as it would leave curl; texts may hold marks.

    `text` is a body in full, `upload` the name of a file that is the body; at most one of `text`,
    `upload` and `parts` is there. `is_json` says that `--json` was used.
    """

    method: str
    address: Address
    headers: list[tuple[str, str]] = field(default_factory=list)
    text: str | None = None
    upload: str | None = None
    parts: list[Part] = field(default_factory=list)
    user: str | None = None
    bearer: str | None = None
    cookies: str = ""
    notes: list[str] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """The value of a header, or None."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)


def sent_requests(call: Call, stdin: str | None, marks: Marks) -> list[Sent]:
    """Return one request per address of a call.

    Raises:
        NotConvertible: curl itself would refuse, or a tool cannot send this.
    """
    if not call.urls:
        raise NotConvertible("The command has no address. Add the URL to call.")
    _check_size(call)
    urls = _known_addresses(call, marks)
    common = _common(call, stdin, marks)
    return [_sent(call, url, common, marks) for url in urls]


def _check_size(call: Call) -> None:
    given = (call.headers, call.data, call.forms, call.url_queries, call.cookies)
    repeated = sum(map(len, given))
    if len(call.urls) > MAX_ADDRESSES:
        raise NotConvertible(
            f"The command has {len(call.urls):,} addresses, and at most {MAX_ADDRESSES} of one "
            "command are read. A backslash at the end of a line joins it with the next one."
        )
    if len(call.urls) * repeated > MAX_REPEATED:
        raise NotConvertible(
            f"Each of the {len(call.urls):,} addresses gets {repeated:,} headers and data options, "
            "which is too much. Split it into several commands."
        )


def _known_addresses(call: Call, marks: Marks) -> list[str]:
    """Without the variables beside an address: those hold options, as in `curl $OPTS https://…`."""
    known = [url for url in call.urls if not MARK.fullmatch(url) or marks.value(marks.origin(url))]
    if not known:
        return call.urls
    for url in call.urls:
        if url not in known:
            call.notes.append(f"Left out {marks.as_written(url)}, which is not in the text.")
    return known


@dataclass(slots=True)
class _Common:
    """What all addresses of a call share, read once."""

    method: str
    headers: list[tuple[str, str]]
    removed: set[str]
    query: str
    notes: list[str]
    text: str | None = None
    upload: str | None = None
    parts: list[Part] = field(default_factory=list)


def _common(call: Call, stdin: str | None, marks: Marks) -> _Common:
    notes = list(call.notes)
    method = _method(call, marks)
    headers, removed = _headers(call, notes, marks)
    common = _Common(method, headers, removed, _query(call, stdin, marks), notes)
    _body(call, common, stdin, marks)
    return common


def _sent(call: Call, url: str, common: _Common, marks: Marks) -> Sent:
    address = read_address(url, marks, is_globbing="globoff" not in call.flags)
    sent = Sent(
        common.method,
        address,
        headers=list(common.headers),
        text=common.text,
        upload=common.upload,
        parts=common.parts,
        user=call.user if call.user is not None else address.user,
        bearer=call.bearer,
        notes=[*common.notes, *address.notes],
    )
    address.query = "&".join(piece for piece in (address.query, common.query) if piece)
    if call.upload is not None:
        _name_upload(marks.told(call.upload), address)
    _media_type(call, sent, common.removed)
    sent.cookies = _cookies(call, sent)
    return sent


def _method(call: Call, marks: Marks) -> str:
    has_body = bool(call.data or call.forms) and "get" not in call.flags
    if call.data and call.forms:
        raise NotConvertible("-d and -F cannot be used together; keep one of them.")
    if has_body and ("head" in call.flags or call.upload):
        raise NotConvertible("-I or -T cannot be used together with a body; keep one of them.")
    usual = "HEAD" if "head" in call.flags else "PUT" if call.upload else "GET"
    method = (call.method or ("POST" if has_body else usual)).upper()
    if method not in METHODS:
        raise NotConvertible(
            f"A tool cannot use the method {marks.as_written(method)}, only {', '.join(METHODS)}."
        )
    return method


def _headers(call: Call, notes: list[str], marks: Marks) -> tuple[list[tuple[str, str]], set[str]]:
    """The headers given, and the names of those that are taken away (`Name:`)."""
    headers: list[tuple[str, str]] = []
    removed: set[str] = set()
    for given in call.headers:
        if given.startswith("@"):
            raise NotConvertible(f"-H {given}: the headers are in a file. Write them out.")
        name, colon, value = given.partition(":")
        if not name and colon:  # HTTP/2's own, as browsers copy them
            pseudo = value.partition(":")[0]
            notes.append(f"Left out the header :{pseudo}: every request has its own.")
        elif colon and value.strip():
            headers.append((name.strip(), value.strip()))
        elif colon:
            removed.add(name.strip().lower())
        elif given.rstrip().endswith(";"):
            headers.append((given.strip()[:-1], ""))
        elif MARK.fullmatch(given.strip()):
            written = marks.as_written(given.strip())
            notes.append(f"Left out the header {written}, which is not in the text.")
        else:
            notes.append(f"Left out {_header_shown(given)}: it has no colon.")
    for name, value in headers:
        if not _HEADER_NAME.fullmatch(name) or _CONTROL.search(value):
            raise NotConvertible(
                f"There is a blank, line break or control character in {_header_shown(name)}. "
                "Check its quotes."
            )
    names = {name.lower() for name, _ in headers} | removed
    extra = {
        "User-Agent": call.user_agent,
        "Referer": call.referer and call.referer.removesuffix(";auto"),
        "Range": f"bytes={call.byte_range}" if call.byte_range else None,
    }
    headers += [(n, v) for n, v in extra.items() if v and n.lower() not in names]
    return headers, removed


def _header_shown(given: str) -> str:
    """A header that is not one, by its first word: the rest may be a secret."""
    found = re.match(r"[A-Za-z]+(?:-[A-Za-z]+)*(?=\s)", given.strip())
    return f"the header {found[0]}" if found else "a header"


def _query(call: Call, stdin: str | None, marks: Marks) -> str:
    """What the options add to the query of an address."""
    pieces: list[str] = []
    if "get" in call.flags:
        pieces += [data_text(data, stdin, marks) for data in call.data]
    for given in call.url_queries:
        is_raw = given.startswith("+")
        pieces.append(given[1:] if is_raw else url_encoded(given, stdin, marks))
    return "&".join(piece for piece in pieces if piece)


def _body(call: Call, common: _Common, stdin: str | None, marks: Marks) -> None:
    if call.upload is not None:
        _upload(marks.told(call.upload), common, stdin)
    elif call.forms:
        if "get" in call.flags:
            raise NotConvertible("-F and -G cannot be used together; keep one of them.")
        common.parts = [
            read_part(form.text, stdin, marks, is_literal=form.is_literal) for form in call.forms
        ]
        common.notes += [note for part in common.parts for note in part.notes]
    elif call.data and "get" not in call.flags:
        joined = joined_data(call.data, stdin, marks)
        origins = marks.origins(joined)
        if len(joined) == 1 and origins and origins[0].kind == "file":
            common.upload = origins[0].text
        else:
            common.text = joined


def _upload(name: str, common: _Common, stdin: str | None) -> None:
    """`-T`: a file, or standard input."""
    if name not in ("-", "."):
        common.upload = name
    elif stdin is not None and not MARK.fullmatch(stdin):
        common.text = stdin
    else:
        common.upload = "upload"


def _name_upload(name: str, address: Address) -> None:
    """Curl adds the name of the file to a path that ends in `/`."""
    if name not in ("-", ".") and (not address.path or address.path.endswith("/")):
        address.path = (address.path or "/") + quote(re.split(r"[/\\]", name)[-1])


def _media_type(call: Call, sent: Sent, removed: set[str]) -> None:
    """Add the Content-Type and Accept that curl adds by itself."""
    is_json = any(data.kind == "json" for data in call.data)
    has_type = sent.header("Content-Type") is not None or "content-type" in removed
    if is_json and sent.header("Accept") is None and "accept" not in removed:
        sent.headers.append(("Accept", "application/json"))
    if has_type or not (sent.text is not None or sent.upload):
        return
    if is_json:
        sent.headers.append(("Content-Type", "application/json"))
    elif sent.upload or call.upload is not None:
        named = sent.upload or "standard input"
        guessed = media_type_of(named)
        sent.notes.append(f"No Content-Type is given for {named}, so it is {guessed}.")
        sent.headers.append(("Content-Type", guessed))
    else:
        sent.headers.append(("Content-Type", FORM))


def media_type_of(filename: str) -> str:
    """The media type that a file's name suggests."""
    ending = filename.rpartition(".")[2].lower()
    return _MEDIA_TYPES.get(ending, "application/octet-stream")


def _cookies(call: Call, sent: Sent) -> str:
    """Cookies of `-b` and of a Cookie header; a `-b` without `=` names a file."""
    texts = []
    for given in call.cookies:
        if "=" in given or MARK.search(given):
            texts.append(given)
        else:
            sent.notes.append("-b with the name of a file: cookies from a file are left out.")
    header = sent.header("Cookie")
    sent.headers = [(n, v) for n, v in sent.headers if n.lower() != "cookie"]
    return "; ".join([*texts, *([header] if header else [])])
