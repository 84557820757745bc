"""Where a client may have a browser sent: what may be registered, and what matches it later."""

import re
from urllib.parse import SplitResult, urlencode, urlsplit

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_LENGTH = 2000
SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,63}")
# Printable ASCII without what browsers and parsers read differently, and without wildcards.
ALLOWED_CHARACTERS = re.compile(r"[!$&-)+-;=?@A-Z\[\]_a-z~%]+")
# Schemes that run, read or open something in the browser or the system instead of an application.
REFUSED_SCHEMES = frozenset(
    (
        # Of browsers.
        *("about", "blob", "brave", "data", "edge", "feed", "filesystem", "intent", "jar"),
        *("javascript", "mhtml", "mk", "resource", "urn", "vbscript", "view-source", "vivaldi"),
        *("web+ap", "webcal", "webcals", "ws", "wss", "wyciwyg"),
        # Of the system: settings, help, search, shops that install, calls, messages.
        *("ldap", "ldaps", "search", "shell", "help", "hcp", "its", "res", "jnlp", "steam"),
        *("market", "appstore", "macappstore", "itms", "itmss", "content", "callto", "facetime"),
        *("facetime-audio", "geo", "maps", "magnet", "mailto", "message", "mms", "mmsto"),
        *("prefs", "app-prefs", "shortcuts", "sip", "sips", "sms", "smsto", "tel"),
        # Of files and machines elsewhere: opening one can hand out the person's password hash.
        *("afp", "cifs", "dav", "davs", "file", "ftp", "ftps", "gopher", "news", "nfs", "nntp"),
        *("rdp", "rlogin", "rsync", "scp", "sftp", "smb", "snews", "ssh", "svn", "telnet"),
        *("tn3270", "vnc", "webdav", "webdavs", "x-man-page"),
    )
)
# Whole families of them; Windows alone has some hundred that begin with ms-.
REFUSED_FAMILIES = re.compile(
    r"(ms|microsoft|win|windows|android|chrome|firefox|moz|opera|itms|x-apple|search|git|svn)[-+]"
)


def redirect_problem(uri: str) -> str | None:
    """Return why a redirect address may not be registered, or None when it may.

    Allowed are https, http to this machine (RFC 8252 section 7.3), and schemes that belong to an
    application (section 7.1); those in use are mostly not reverse domain names, so any name passes
    that has no meaning of its own to a browser.
    """
    if len(uri) > MAX_LENGTH or not ALLOWED_CHARACTERS.fullmatch(uri):
        return "it is too long or holds characters that are not allowed, such as * or #"
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018 - refuses one that is no number
    except ValueError:
        return "it cannot be read as an address"
    scheme = parts.scheme
    if not SCHEME.fullmatch(scheme) or scheme in REFUSED_SCHEMES or REFUSED_FAMILIES.match(scheme):
        return "its scheme is not allowed"
    if parts.username is not None or parts.password is not None:
        return "it holds a user name"
    if parts.scheme == "https":
        return None if parts.hostname else "it has no host"
    if parts.scheme == "http":
        return None if parts.hostname in LOOPBACK_HOSTS else "http is for loopback addresses only"
    if not (parts.netloc or parts.path):
        return "it names no place in the application"
    return None


def redirect_matches(registered: str, requested: str) -> bool:
    """Whether a requested address is the registered one; on loopback the port may differ.

    A native client listens on whatever port is free (RFC 8252 section 7.3).
    """
    if registered == requested:
        return True
    if redirect_problem(requested) is not None:
        return False
    ours, theirs = urlsplit(registered), urlsplit(requested)
    return is_loopback(registered) and _without_port(ours) == _without_port(theirs)


def is_loopback(uri: str) -> bool:
    """Whether an address stays on the person's own machine."""
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS


def with_parameters(uri: str, parameters: dict[str, str | None]) -> str:
    """Return the address with parameters added to its query; the rest stays byte for byte."""
    given = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{uri}{'&' if '?' in uri else '?'}{given}"


def _without_port(parts: SplitResult) -> tuple[str, str | None, str, str]:
    return parts.scheme, parts.hostname, parts.path or "/", parts.query
