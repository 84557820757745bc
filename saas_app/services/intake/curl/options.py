"""Curl's options: which take a value, and what becomes of each in a tool.

Names and arity follow curl's manual page (`docs/cmdline-opts`); those that shape the request are
read in `arguments.py`, the rest is harmless, worth a note, or the reason why a command is left out.
"""

from typing import Literal, NamedTuple

Effect = Literal["used", "harmless", "noted", "refused"]


class Option(NamedTuple):
    """One option: its long name, whether a value follows, and what it does here."""

    name: str
    takes_value: bool
    effect: Effect
    reason: str = ""


_USED_FLAGS = "get head next globoff basic insecure"
_USED_VALUES = (
    "request url header data data-ascii data-raw data-binary data-urlencode json form form-string"
    " url-query user oauth2-bearer cookie user-agent referer upload-file range"
)
_HARMLESS_FLAGS = (
    "location compressed silent show-error verbose include fail fail-with-body fail-early no-buffer"
    " progress-bar progress-meter styled-output parallel parallel-immediate remote-name"
    " remote-name-all remote-header-name remote-time remove-on-error create-dirs clobber raw"
    " ipv4 ipv6 http0.9 http1.0 http1.1 http2 http2-prior-knowledge http3 http3-only alpn npn"
    " keepalive sessionid tcp-nodelay tcp-fastopen tr-encoding tlsv1 tlsv1.0 tlsv1.1 tlsv1.2"
    " tlsv1.3 sslv2 sslv3 ssl ssl-reqd ssl-no-revoke ssl-revoke-best-effort ssl-allow-beast"
    " false-start cert-status doh-cert-status trace-time trace-ids retry-connrefused"
    " retry-all-errors disable post301 post302 post303 location-trusted junk-session-cookies"
    " ignore-content-length suppress-connect-headers form-escape list-only xattr"
    " disallow-username-in-url use-ascii crlf buffer skip-existing ca-native append follow"
    " proxy-ca-native mptcp tls-earlydata disable-eprt disable-epsv eprt epsv metalink out-null"
    " compressed-ssh ftp-create-dirs ftp-pasv ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc sasl-ir"
    " mail-rcpt-allowfails tftp-no-options ssl-auto-client-cert proxy-ssl-auto-client-cert"
    " proxy-ssl-allow-beast proxy-http2 socks5-basic socks5-gssapi socks5-gssapi-nec"
)
_HARMLESS_VALUES = (
    "output output-dir write-out dump-header stderr trace trace-ascii trace-config libcurl max-time"
    " connect-timeout retry retry-delay retry-max-time max-redirs max-filesize speed-limit"
    " speed-time limit-rate rate keepalive-time keepalive-cnt expect100-timeout cookie-jar"
    " happy-eyeballs-timeout-ms parallel-max parallel-max-host proto proto-default proto-redir"
    " ciphers tls13-ciphers curves sigalgs tls-max alt-svc hsts noproxy dns-servers"
    " dns-interface dns-ipv4-addr dns-ipv6-addr doh-url interface local-port create-file-mode"
    " cert-type key-type engine random-file egd-file etag-save ftp-account"
    " ftp-alternative-to-user ftp-method ftp-port ftp-ssl-ccc-mode hostpubmd5 hostpubsha256 krb"
    " login-options mail-auth mail-from mail-rcpt quote sasl-authzid service-name pubkey"
    " telnet-option tftp-blksize delegation ip-tos vlan-priority socks5-gssapi-service"
    " proxy-cacert proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile"
    " proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey proxy-service-name"
    " proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser upload-flags"
    " dump-ca-embed haproxy-clientip ipfs-gateway"
)
_PROXY = "goes through a proxy, which a tool does not; it calls the address directly"
_PROXY_FLAGS = (
    "proxytunnel proxy-insecure proxy-anyauth proxy-basic proxy-digest proxy-negotiate proxy-ntlm"
    " proxy-tlsv1 haproxy-protocol"
)
_PROXY_VALUES = "proxy proxy-user preproxy proxy1.0 socks4 socks4a socks5 socks5-hostname"
_CLIENT_KEY = "a tool cannot present a client certificate or key file"
_SIGNED = "this way of signing in needs several requests, or a signature calculated for each one"
_OTHER_HOST = "a tool connects only to where the address leads, for safety"
_LOCAL_FILE = "it needs a file of your own machine"
_OWN_CA = "certificates are checked against the public authorities"

_REASONS: tuple[tuple[str, bool, Effect, str], ...] = (
    (_USED_FLAGS, False, "used", ""),
    (_USED_VALUES, True, "used", ""),
    (_HARMLESS_FLAGS, False, "harmless", ""),
    (_HARMLESS_VALUES, True, "harmless", ""),
    (_PROXY_FLAGS, False, "noted", _PROXY),
    (_PROXY_VALUES, True, "noted", _PROXY),
    ("doh-insecure", False, "noted", "certificates are always checked"),
    ("cacert capath crlfile pinnedpubkey", True, "noted", _OWN_CA),
    ("resolve connect-to", True, "noted", _OTHER_HOST),
    ("path-as-is", False, "noted", "a tool takes the steps . and .. out of an address"),
    ("continue-at", True, "noted", "an answer is always read from its start"),
    ("time-cond etag-compare", True, "noted", "the condition is left out"),
    ("unix-socket abstract-unix-socket", True, "refused", _OTHER_HOST),
    ("cert key pass tlsuser tlspassword tlsauthtype ech", True, "refused", _CLIENT_KEY),
    ("digest ntlm ntlm-wb negotiate anyauth", False, "refused", _SIGNED),
    ("aws-sigv4", True, "refused", _SIGNED),
    ("netrc netrc-optional", False, "refused", "the name and password are in a file (.netrc)"),
    ("netrc-file config", True, "refused", _LOCAL_FILE),
    ("variable", True, "refused", "curl's own variables are not read; write the values out"),
    ("request-target", True, "refused", "the target differs from the address"),
    ("manual version help", False, "refused", "it sends no request"),
)
OPTIONS = {
    name: Option(name, takes_value, effect, reason)
    for names, takes_value, effect, reason in _REASONS
    for name in names.split()
}
SHORT = {
    "0": "http1.0", "1": "tlsv1", "2": "sslv2", "3": "sslv3", "4": "ipv4", "6": "ipv6",
    "a": "append", "A": "user-agent", "b": "cookie", "B": "use-ascii", "c": "cookie-jar",
    "C": "continue-at", "d": "data", "D": "dump-header", "e": "referer", "E": "cert", "f": "fail",
    "F": "form", "g": "globoff", "G": "get", "h": "help", "H": "header", "i": "include",
    "I": "head", "j": "junk-session-cookies", "J": "remote-header-name", "k": "insecure",
    "K": "config", "l": "list-only", "L": "location", "m": "max-time", "M": "manual",
    "n": "netrc", "N": "no-buffer", "o": "output", "O": "remote-name", "p": "proxytunnel",
    "P": "ftp-port", "q": "disable", "Q": "quote", "r": "range", "R": "remote-time",
    "s": "silent", "S": "show-error", "t": "telnet-option", "T": "upload-file", "u": "user",
    "U": "proxy-user", "v": "verbose", "V": "version", "w": "write-out", "x": "proxy",
    "X": "request", "y": "speed-time", "Y": "speed-limit", "z": "time-cond", "Z": "parallel",
    "#": "progress-bar", ":": "next",
}  # fmt: skip
# PowerShell 5 has a `curl` of its own with options such as -Uri.
WEB_REQUEST = {"uri", "method", "headers", "body", "contenttype", "usebasicparsing", "outfile"}


def option_named(name: str) -> Option | None:
    """The option of a long name, which may be shortened as long as it stays unambiguous."""
    if name in OPTIONS:
        return OPTIONS[name]
    longer = [option for known, option in OPTIONS.items() if known.startswith(name)]
    return longer[0] if len(longer) == 1 and name else None
