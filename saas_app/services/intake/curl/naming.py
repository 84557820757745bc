"""Readable names: from the comment above a command, or from its method and path."""

import re
from urllib.parse import unquote

_VERSION = re.compile(r"v?\d+(?:\.\d+)*|api|rest|json|xml|\d{4}-\d{2}(?:-\d{2})?", re.I)
_ARGUMENT = re.compile(r"\{[^{}]*\}")
_VERBS = {
    "login", "logout", "search", "send", "cancel", "activate", "deactivate", "upload", "download",
    "query", "verify", "confirm", "refund", "capture", "archive", "restore", "publish", "approve",
    "reject", "close", "reopen", "start", "stop", "pause", "resume", "run", "execute", "retry",
    "sync", "import", "export", "validate", "translate", "subscribe", "unsubscribe", "register",
    "authenticate", "merge", "lock", "unlock", "assign", "invite", "accept", "decline", "delete",
    "create", "update", "generate", "ping", "echo", "post", "get", "list", "add", "remove", "set",
    "find", "fetch", "check", "test", "submit", "complete", "enable", "disable", "copy", "move",
}  # fmt: skip
_ONE = {"GET": "get", "HEAD": "check", "PUT": "update", "PATCH": "update", "DELETE": "delete",
        "POST": "post", "OPTIONS": "describe", "TRACE": "trace"}  # fmt: skip
_LINE_LIMIT = 70


def title_from_comment(comment: str) -> str:
    """The title that a comment gives, or nothing when it is prose too long for one."""
    first = comment.split("\n", 1)[0].strip()
    first = re.sub(r"^(?:\d+[.):]|[-*•])\s*", "", first).rstrip(":. ")
    if len(first) > _LINE_LIMIT or not re.search(r"[^\W\d_]{2}", first):
        return ""
    return first[:1].upper() + first[1:]


def name_from_title(title: str) -> str:
    """A tool name in the words of a title, without its filler."""
    words = re.findall(r"[A-Za-z0-9]+", title.replace("'", "").lower())
    kept = [word for word in words if word not in ("the", "a", "an")] or words
    return "_".join(kept[:8])


def title_from_name(name: str) -> str:
    """`list_users` as `List users`."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def name_from_request(method: str, path: str) -> str:
    """A name such as `list_users` or `cancel_order` from a method and a path template."""
    segments = [segment for segment in path.split("/") if segment]
    has_id_last = bool(segments) and "{" in segments[-1]
    # Of `report-{id}.csv` the rest is a noun; `v{id}` is as little one as `v1`.
    plain = [_ARGUMENT.sub("", segment) for segment in segments]
    nouns = [_snake(unquote(s)) for s in plain if not _VERSION.fullmatch(s) and s != "v"]
    nouns = [noun for noun in nouns if noun]
    if not nouns:
        return {"GET": "get_root"}.get(method, f"{_ONE[method]}_root")
    parents, last = [singular(noun) for noun in nouns[:-1]][-2:], nouns[-1]
    # `chat.postMessage` says what it does after its dot.
    spoken = last.split("_")[: 2 if "." in segments[-1] else 1]
    if _VERBS & set(spoken) and not has_id_last:
        return "_".join([last, *parents[-1:]])
    if has_id_last:
        return "_".join([_ONE[method], *parents, singular(last)])
    if last != singular(last) and method in ("GET", "POST"):
        verb, noun = ("list", last) if method == "GET" else ("create", singular(last))
        return "_".join([verb, *parents, noun])
    return "_".join([_ONE[method], *parents, last])


def singular(word: str) -> str:
    """The singular of an English plural, well enough for a name."""
    if re.search(r"(?:ss|us|is|news|series|status)$", word, re.I) or len(word) < 4:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if re.search(r"(?:x|ch|sh|ss|zz)es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def name_of_service(host: str) -> str:
    """A name for the whole source from a host: `api.stripe.com` as `Stripe`."""
    bare = re.sub(r":\d+$", "", host)
    if re.fullmatch(r"[\d.]+|\[.*\]", bare) or "." not in bare:
        return bare or "API"
    labels = [label for label in bare.split(".")[:-1] if label not in ("api", "www", "co", "com")]
    label = labels[-1] if labels else bare.split(".")[0]
    return label[:1].upper() + label[1:]


def _snake(segment: str) -> str:
    segment = re.sub(r"\.(?:json|xml|php|html|csv)$", "", segment)
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", segment)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
