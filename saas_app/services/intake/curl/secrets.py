"""Judges by name and by shape what is a secret, what a placeholder, what a session."""

import re
from itertools import pairwise

_SECRET_WORDS = {
    "apikey", "appkey", "accesskey", "secret", "secretkey", "token", "accesstoken", "authtoken",
    "apitoken", "password", "passwd", "passphrase", "pwd", "auth", "authorization", "credential",
    "credentials", "signature", "sig", "jwt", "appid", "bearer", "apisecret", "clientsecret",
    "privatekey", "pat", "accountkey", "authkey", "apipassword",
}  # fmt: skip
_SECRET_PAIRS = {
    ("api", "key"), ("app", "key"), ("access", "key"), ("private", "key"), ("subscription", "key"),
    ("auth", "key"), ("secret", "key"), ("account", "key"), ("license", "key"), ("master", "key"),
    ("session", "id"), ("functions", "key"), ("server", "key"), ("service", "key"),
}  # fmt: skip
# A token that turns pages or counts is no secret, and neither is a word about tokens.
_OTHER_TOKENS = {
    "next", "page", "continuation", "cursor", "sync", "start", "max", "min", "prev", "previous",
    "type", "limit", "count", "length", "idempotency", "pagination", "expires", "mode", "method",
    "url", "uri", "scheme", "style", "format", "device", "hint", "symbol", "address", "name",
}  # fmt: skip
# Headers that end in a key which opens nothing: it finds, sorts or groups.
_OTHER_KEYS = {
    "idempotency", "cache", "surrogate", "partition", "shard", "sort", "routing", "group", "object",
    "primary", "foreign", "row", "record", "item", "entity", "public", "dedup", "deduplication",
}  # fmt: skip
_SHAPE = re.compile(
    r"(?:sk|pk|rk|whsec)_(?:live|test)_\w{8,}|sk-[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}"
    r"|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*|AKIA[0-9A-Z]{16}"
    r"|AIza[\w-]{30,}|ya29\.[\w-]{10,}|SG\.[\w-]{10,}\.[\w-]{10,}|shp(?:at|ss|ca)_\w{20,}"
    r"|hf_\w{20,}|npm_\w{20,}|dop_v1_\w{20,}|key-[0-9a-f]{32}|EAA[A-Za-z0-9]{40,}"
    r"|\d{8,10}:[A-Za-z0-9_-]{35}"
)
HIDDEN = "••••"
# `Authorization: Bearer x`, `"password": "x"`, `token=x`, `--token x`, `Bearer x`.
_SAID = re.compile(
    r"""(?P<before>(?<![\w$-])(?:(?P<name>[\w-]{1,40})["']?[ \t]*[:=][ \t]*["']?"""
    r"""|--?(?P<option>[\w-]{1,40})[ \t]+["']?)(?:(?:bearer|basic|token)[ \t]+)?+"""
    r"""|\b(?:bearer|basic)[ \t]+)(?P<value>[^\s"'&,;<>]{4,})""",
    re.I,
)
_WORD = re.compile(r"[^\W\d_]{1,12}[.!?)]*")
_SESSION = re.compile(
    r"sess|(?:^|[._-])sid(?:$|[._-])|auth|token|jwt|csrf|xsrf|login|remember|credential|secret"
    r"|identity|sso",
    re.I,
)
_TRACKER = re.compile(
    r"_ga.*|_gid|_gat.*|__utm.*|_fbp|_fbc|_gcl_.*|_hj.*|ajs_.*|amplitude.*|mp_.*|optimizely.*"
    r"|_pk_.*|__hs.*|hubspotutk|_clck|_clsk|OptanonConsent|intercom-.*|__stripe_.*|_dd_s",
    re.I,
)
_BRACKETED = re.compile(
    r"\{\{\s*([^{}]+?)\s*\}\}|<([^<>/!?]+)>|\$\{(\w+)\}|\$([A-Za-z_]\w*)|%([A-Z_]{3,})%"
)
_EMBEDDED = re.compile(r"\{\{\s*[A-Za-z_$][\w .$-]*\}\}")
_SINGLE_BRACED = re.compile(r"\{([A-Za-z_][\w .-]*)\}|\[([A-Za-z_][\w .-]*)\]")
_SPOKEN = re.compile(
    r"(?:(?:insert|replace|enter|put|paste|add)[-_](?:with[-_])?)?(?:your[-_]|(?-i:your(?=[A-Z])))"
    r"([\w.-]+?)(?:[-_]here)?"
    r"|(?:insert|enter|paste)[-_]([\w-]+?)[-_]here|YOUR ([A-Z ]+)",
    re.I,
)
_LOOSELY_SPOKEN = re.compile(r"(?:(?:your|my|the)[-_ ])?([\w -]+?)(?:[-_ ](?:goes )?here)?", re.I)
_REDACTED = re.compile(r"[xX*.•…#_-]{3,}|x{3,}(?:[-_.]x{2,})*|redacted|changeme|todo|\.\.\.", re.I)
_CAPITALS = re.compile(r"[A-Z]+(?:[_-][A-Z]+)*")
_CUT_SHORT = re.compile(r"[\w-]{2,12}[_-]?(?:\.{3}|…|\*{3,}|x{4,}|X{4,})")


def is_secret_name(name: str) -> bool:
    """Whether a header, query, form or JSON name announces a secret."""
    words = [w.lower() for w in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]
    joined = "".join(words)
    if _OTHER_TOKENS & set(words):
        return False
    return (
        bool(_SECRET_WORDS & set(words))
        or any(pair in _SECRET_PAIRS for pair in pairwise(words))
        or joined in _SECRET_WORDS
    )


def is_secret(name: str, value: str) -> bool:
    """Whether a value is one to keep out of a tool, by its name or its shape."""
    if value.lower() in ("", "0", "1", "true", "false"):
        return False
    if name.lower() in ("key", "k") and (len(value) >= 16 or placeholder(value, is_strict=False)):
        return True
    return is_secret_name(name) or _SHAPE.search(value) is not None


def is_secret_header(name: str, value: str) -> bool:
    """Like `is_secret`; and in a header `X-Vendor-Key` is the key of that vendor."""
    words = re.split(r"[-_]", name.lower())
    is_key = len(words) > 1 and words[-1] == "key" and not _OTHER_KEYS & set(words)
    return is_secret(name, value) or (is_key and value != "")


def secret_shape(value: str) -> re.Match[str] | None:
    """The part of a value that has the form which a known service gives its secrets."""
    return _SHAPE.search(value)


def without_secrets(text: str) -> str:
    """A text for people, such as a comment or a message, without the secrets it tells."""
    return _SAID.sub(_without_value, _SHAPE.sub(HIDDEN, text))


def _without_value(found: re.Match[str]) -> str:
    name, value = found["name"] or found["option"], found["value"]
    is_open = value.startswith(("$", "{")) or placeholder(value, is_strict=False) is not None
    # "Auth: sign in" is a sentence; what follows a scheme, a quote or an equals sign is a value.
    is_word = _WORD.fullmatch(value) and re.search(r":[ \t]+$", found["before"])
    if is_open or is_word or (name is not None and not is_secret_name(name)):
        return found[0]
    return found["before"] + HIDDEN


def is_session_cookie(name: str) -> bool:
    """Whether a cookie looks like the one that proves who is signed in."""
    return _SESSION.search(name) is not None


def is_tracking_cookie(name: str) -> bool:
    """Whether a cookie belongs to a visitor counter or an advertiser."""
    return _TRACKER.fullmatch(name) is not None


def placeholder(value: str, *, is_strict: bool = True) -> str | None:
    """The name inside a value that only stands for one, such as `<token>` or `YOUR_API_KEY`.

    Args:
        value: the whole value.
        is_strict: only forms that cannot be real; else also `API_KEY`, `{key}` or `xxxx`, which
            are placeholders where a secret is expected.

    Returns:
        The name, empty when the placeholder says nothing, or None for a real value.
    """
    text = value.strip()
    if not text or len(text) > 80:
        return None
    if found := _BRACKETED.fullmatch(text):
        return next(group for group in found.groups() if group)
    if found := _SPOKEN.fullmatch(text):
        return next(group for group in found.groups() if group)
    return None if is_strict else _loose_placeholder(text)


def _loose_placeholder(text: str) -> str | None:
    if found := _SINGLE_BRACED.fullmatch(text):
        return found[1] or found[2]
    if re.search(r"[-_ ]", text) and (found := _LOOSELY_SPOKEN.fullmatch(text)):
        spoken = found[1] != text and is_secret_name(found[1].replace(" ", "_"))
        if spoken:
            return found[1]
    if _REDACTED.fullmatch(text) or _CUT_SHORT.fullmatch(text):
        return ""
    if _CAPITALS.fullmatch(text) and is_secret_name(text):
        return text
    return "" if text.lower() in ("token", "secret", "password", "apikey", "api-key") else None


def holds_placeholder(text: str) -> bool:
    """Whether a text has a placeholder inside that nothing else could be; `<b>` may be HTML."""
    return _EMBEDDED.search(text) is not None
