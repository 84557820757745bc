"""Security schemes as credentials of requests, and as the secret variables that fill them."""

from collections import Counter
from typing import Any

from core.http_request import BasicCredential, Credential, ValueCredential
from core.tool_spec import Variable
from saas_app.services.intake.names import variable_name
from saas_app.services.intake.openapi import swagger2
from saas_app.services.intake.openapi.document import (
    BrokenReference,
    CannotConvert,
    Dialect,
    Document,
    as_list,
    as_object,
    as_text,
)
from saas_app.services.intake.openapi.wording import shortened

Alternatives = tuple[tuple[Credential, ...], ...]

_MAX_DESCRIPTION = 600
# Schemes whose header depends on a challenge or on the request, which a template cannot give.
_COMPUTED = frozenset(
    ("digest", "hoba", "mutual", "negotiate", "scram-sha-1", "scram-sha-256", "vapid", "dpop")
)
_ENDINGS = {
    "apiKey": ("API_KEY",),
    "basic": ("USERNAME", "PASSWORD"),
    "oauth2": ("ACCESS_TOKEN",),
    "openIdConnect": ("ACCESS_TOKEN",),
}


_SINGLE = ("API_KEY", "ACCESS_TOKEN", "TOKEN")
_SECRETS = frozenset(("KEY", "TOKEN", "SECRET"))


class Security:
    """The schemes of a document: what each operation must carry, and the variables for it."""

    def __init__(self, document: Document, *, prefix: str) -> None:
        self._document = document
        self._schemes, self._broken = _read_schemes(document)
        self._names = _names(self._schemes, prefix)
        self._alternatives: list[tuple[frozenset[str], ...]] = []
        self.undefined: dict[str, None] = {}

    def credentials_for(self, operation: dict[str, Any]) -> Alternatives:
        """Return the alternatives an operation accepts; its own list replaces the document's.

        The runtime takes the first set whose variables have values, so “none at all” stands last.

        Raises:
            CannotConvert: every alternative needs something that a tool cannot present.
        """
        wanted = as_list(operation.get("security", self._document.root.get("security")))
        possible: dict[frozenset[str], tuple[Credential, ...]] = {}
        reasons: list[str] = []
        for requirement in wanted:
            try:
                names = self._known(as_object(requirement))
                possible.setdefault(frozenset(names), self._set(names))
            except CannotConvert as problem:
                reasons.append(problem.reason)
        if wanted and not possible:
            raise CannotConvert(" ".join(dict.fromkeys(reasons)))
        if possible:
            self._alternatives.append(tuple(possible))
        if not any(possible.values()):
            return ()
        return tuple(sorted(possible.values(), key=lambda credentials: not credentials))

    def variables(self) -> list[Variable]:
        """The secret variables of every scheme in use; optional where an operation can do without.

        A variable is required when half of the operations that ask for anything cannot do without:
        a second key that a few of them want should not stand in the way of all others.
        """
        used = {name for sets in self._alternatives for names in sets for name in names}
        asking = [sets for sets in self._alternatives if any(sets)]
        times = Counter(name for sets in asking for name in frozenset.intersection(*sets))
        needed = {name for name, number in times.items() if 2 * number >= len(asking)}
        return [
            Variable(
                name=variable,
                description=_describe(self._schemes[name], position),
                is_required=name in needed,
            )
            for name in self._schemes
            if name in used
            for position, variable in enumerate(self._names[name])
        ]

    def _known(self, requirement: dict[str, Any]) -> list[str]:
        """Names of the schemes to send; those the document fails to define are noted and left."""
        for name in requirement:
            if name not in self._schemes:
                self.undefined[f"{name}: {self._broken.get(name, 'it is not defined')}"] = None
        return [name for name in requirement if name in self._schemes]

    def _set(self, names: list[str]) -> tuple[Credential, ...]:
        found = [_credential(self._schemes[name], name, self._names[name]) for name in names]
        if len(set(map(_place, found))) < len(found):
            both = " and ".join(f"“{name}”" for name in names)
            raise CannotConvert(f"{both} are to be sent together, but in the same place.")
        return tuple(found)


def _read_schemes(document: Document) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    is_old = document.dialect is Dialect.SWAGGER_2
    raw = (
        document["securityDefinitions"]
        if is_old
        else as_object(document["components"].get("securitySchemes"))
    )
    schemes, broken = {}, {}
    for name, node in raw.items():
        try:
            scheme = document.follow(node)
        except BrokenReference as problem:
            broken[name] = problem.reason
            continue
        schemes[name] = swagger2.security_scheme(scheme) if is_old else scheme
    return schemes, broken


def _kind(scheme: dict[str, Any]) -> str:
    kind = as_text(scheme.get("type"))
    if kind != "http":
        return kind
    return "basic" if as_text(scheme.get("scheme")).lower() == "basic" else "http"


def _names(schemes: dict[str, dict[str, Any]], prefix: str) -> dict[str, tuple[str, ...]]:
    """Name the variables after the API and the kind of secret, or the scheme where kinds repeat."""
    endings = {name: _ENDINGS.get(_kind(scheme), ("TOKEN",)) for name, scheme in schemes.items()}
    times = Counter(endings.values())
    taken: set[str] = set()
    names = {}
    for name, parts in endings.items():
        middle = f"{variable_name(name)}_" if times[parts] > 1 else ""
        names[name] = tuple(_unique(prefix, middle, part, taken) for part in parts)
    return names


def _unique(prefix: str, middle: str, ending: str, taken: set[str]) -> str:
    # MY_API_KEY_API_KEY says nothing that MY_API_KEY does not.
    words = middle.rstrip("_").split("_")
    says_it = ending in _SINGLE and not _SECRETS.isdisjoint(words)
    tail = "_".join(words) if says_it else f"{middle}{ending}"
    name = variable_name(f"{prefix}_{tail}".lower())
    wanted, number = name, 2
    while name in taken:
        name, number = f"{wanted[:60]}_{number}", number + 1
    taken.add(name)
    return name


def _credential(scheme: dict[str, Any], name: str, variables: tuple[str, ...]) -> Credential:
    kind = _kind(scheme)
    value = f"{{{{{variables[0]}}}}}"
    if kind == "basic":
        return BasicCredential(username=value, password=f"{{{{{variables[1]}}}}}")
    if kind == "apiKey":
        return _api_key(scheme, name, value)
    if kind in ("oauth2", "openIdConnect"):
        return ValueCredential(location="header", name="Authorization", value=f"Bearer {value}")
    if kind == "http":
        return _http(scheme, name, value)
    if kind == "mutualTLS":
        raise CannotConvert(f"“{name}” asks for a client certificate, which tools cannot present.")
    raise CannotConvert(f"The security scheme “{name}” is of the unknown type “{kind}”.")


def _place(credential: Credential) -> tuple[str, str]:
    if isinstance(credential, BasicCredential):
        return "header", "authorization"
    is_header = credential.location == "header"
    return credential.location, credential.name.lower() if is_header else credential.name


def _api_key(scheme: dict[str, Any], name: str, value: str) -> ValueCredential:
    place, key = scheme.get("in"), as_text(scheme.get("name"))
    if not key or place not in ("query", "header", "cookie"):
        raise CannotConvert(f"The security scheme “{name}” does not say where its key goes.")
    return ValueCredential(location=place, name=key, value=value)


def _http(scheme: dict[str, Any], name: str, value: str) -> ValueCredential:
    method = as_text(scheme.get("scheme"))
    if not method or method.lower() in _COMPUTED:
        raise CannotConvert(f"“{name}” is HTTP {method or 'without a scheme'}, not supported yet.")
    method = "Bearer" if method.lower() == "bearer" else method
    return ValueCredential(location="header", name="Authorization", value=f"{method} {value}")


def _describe(scheme: dict[str, Any], position: int) -> str:
    kind = _kind(scheme)
    what = {
        "basic": ("User name for HTTP Basic.", "Password for HTTP Basic.")[position],
        "apiKey": _describe_key(scheme),
        "oauth2": _describe_oauth(scheme),
        "openIdConnect": "OpenID Connect access token, sent as a bearer token. Provider: "
        f"{as_text(scheme.get('openIdConnectUrl')) or 'not given'}.",
    }.get(kind, f"Token for the {as_text(scheme.get('scheme')) or 'bearer'} scheme.")
    return shortened(f"{what}\n\n{as_text(scheme.get('description'))}", _MAX_DESCRIPTION)


def _describe_key(scheme: dict[str, Any]) -> str:
    key, place = as_text(scheme.get("name")), as_text(scheme.get("in"))
    place = {"query": "query parameter"}.get(place, place)
    text = f"Key sent in the {place} {key}."
    if key.lower() == "authorization":
        text += " Give the whole value, with a word such as Bearer if the API wants one."
    return text


def _describe_oauth(scheme: dict[str, Any]) -> str:
    flows = [as_object(flow) for flow in as_object(scheme.get("flows")).values()]
    sources = [
        as_text(flow.get("tokenUrl")) or as_text(flow.get("authorizationUrl")) for flow in flows
    ]
    scopes = dict.fromkeys(scope for flow in flows for scope in as_object(flow.get("scopes")))
    text = "OAuth 2 access token, sent as a bearer token."
    if any(sources):
        text += f" It comes from {' or '.join(dict.fromkeys(filter(None, sources)))}."
    if scopes:
        text += f" Scopes: {', '.join(_first_few(scopes))}."
    return text


def _first_few(scopes: dict[str, None]) -> list[str]:
    """The first few scopes; some APIs have hundreds."""
    names = list(scopes)
    return [*names[:12], f"and {len(names) - 12} more"] if len(names) > 12 else names
