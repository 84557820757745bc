"""Commands written for cmd.exe and PowerShell."""

# ruff: noqa: E501 - a command stands as it is pasted

from tests.saas_app.services.intake.curl.cases.case import Case, form_of, json_of

_A = ("POST", "api.test/a")
_JSON = {"content-type": "application/json"}


def _windows(name: str, text: str, *request, **more) -> Case:
    return Case(name, text, *request, **more, with_curl=False)


WINDOWS = [
    _windows(
        "cmd: continued lines",
        'curl -X POST "https://api.test/a" ^\r\n  -H "X-A: 1" ^\r\n  -d "a=1&b=2"',
        *_A,
        headers={"x-a": "1"},
        body=form_of(("a", "1"), ("b", "2")),
    ),
    _windows(
        "cmd: escaped quotes",
        'curl "https://api.test/a" ^\n -H "Content-Type: application/json" -d "{\\"a\\": \\"b & c\\"}"',
        *_A,
        headers=_JSON,
        body=json_of({"a": "b & c"}),
    ),
    _windows(
        "cmd: doubled quotes",
        'curl "https://api.test/a" -H "Content-Type: application/json" -d "{""a"": ""b c""}"',
        *_A,
        body=json_of({"a": "b c"}),
    ),
    _windows(
        "cmd: carets",
        "curl https://api.test/a?x=1^&y=2 ^\n -d a=1",
        *_A,
        (("x", "1"), ("y", "2")),
        body=form_of(("a", "1")),
    ),
    _windows(
        "cmd: percent signs",
        'curl "https://api.test/a?q=50%%25&r=%E4%BD%A0" ^\n -d a=1',
        *_A,
        (("q", "50%"), ("r", "你")),
        body=form_of(("a", "1")),
    ),
    _windows(
        "cmd: a variable",
        'curl "https://api.test/a" ^\n -H "Authorization: Bearer %API_TOKEN%"',
        "GET",
        "api.test/a",
        headers={"authorization": "Bearer t"},
        values={"API_TOKEN": "t"},
    ),
    _windows(
        "cmd: a prompt",
        'C:\\Users\\me> curl "https://api.test/a" -d "a=1"',
        *_A,
        body=form_of(("a", "1")),
    ),
    _windows(
        "cmd: set before",
        'set TOKEN=t1\ncurl "https://api.test/a" ^\n -H "X-Api-Key: %TOKEN%"',
        "GET",
        "api.test/a",
        headers={"x-api-key": "t1"},
    ),
    _windows(
        "cmd: a copy of Chrome",
        'curl ^"https://api.test/a?x=1^&y=2^" ^\n  -H ^"accept: */*^" ^\n  -H ^"content-type: application/json^" ^\n'
        '  --data-raw ^"^{^\\^"a^\\^":^\\^"b^%^20c^\\^"^}^" ^\n  --compressed',
        *_A,
        (("x", "1"), ("y", "2")),
        body=json_of({"a": "b%20c"}),
    ),
    _windows(
        "cmd: a line break of Chrome",
        'curl ^"https://api.test/a^" ^\n  -H ^"content-type: text/plain^" ^\n  --data-raw ^"x^\n\ny^"',
        *_A,
        body=("text", "x\ny"),
    ),
    _windows(
        "cmd: echo of JSON",
        'echo {"a": "b c"} | curl -H "Content-Type: application/json" -d @- ^\n https://api.test/a',
        *_A,
        body=json_of({"a": "b c"}),
    ),
    _windows(
        "cmd: JSON in a variable",
        '@set "TOKEN=t1"\nset BODY={"a": 1}\necho %BODY%| curl --json @- ^\n -H "X-Api-Key: %TOKEN%" https://api.test/a',
        *_A,
        headers={"x-api-key": "t1"},
        body=json_of({"a": 1}),
    ),
    _windows(
        "PowerShell: a block comment",
        "<# Makes one.\n   curl.exe https://api.test/wrong #>\ncurl.exe https://api.test/a -d a=1 <# one #> -d b=2",
        *_A,
        body=form_of(("a", "1"), ("b", "2")),
    ),
    _windows(
        "PowerShell: a value into a pipe",
        "$body = '{\"a\": 1}'\n$body | curl.exe https://api.test/a --json '@-'",
        *_A,
        body=json_of({"a": 1}),
    ),
    _windows(
        "PowerShell: continued lines",
        "curl.exe -X POST 'https://api.test/a' `\n  -H 'X-A: 1' `\n  -d 'a=1&b=2'",
        *_A,
        headers={"x-a": "1"},
        body=form_of(("a", "1"), ("b", "2")),
    ),
    _windows(
        "PowerShell: single quotes",
        "curl.exe https://api.test/a --json '{\"a\": \"it''s\"}'",
        *_A,
        body=json_of({"a": "it's"}),
    ),
    _windows(
        "PowerShell: escaped quotes",
        "curl.exe https://api.test/a --json '{\\\"a\\\": 1}'",
        *_A,
        body=json_of({"a": 1}),
    ),
    _windows(
        "PowerShell: backticks in quotes",
        'curl.exe https://api.test/a -d "m=`"x`" `$y`tz"',
        *_A,
        body=form_of(("m", '"x" $y\tz')),
    ),
    _windows(
        "PowerShell: a variable",
        '$token = "t1"\ncurl.exe https://api.test/a -H "Authorization: Bearer $token"',
        "GET",
        "api.test/a",
        headers={"authorization": "Bearer t1"},
    ),
    _windows(
        "PowerShell: an environment variable",
        'curl.exe https://api.test/a -H "X-Api-Key: $env:API_KEY"',
        "GET",
        "api.test/a",
        headers={"x-api-key": "k"},
        values={"API_KEY": "k"},
    ),
    _windows(
        "PowerShell: a here-string",
        "curl.exe https://api.test/a --json @'\n{\"a\": 1}\n'@",
        *_A,
        body=json_of({"a": 1}),
    ),
    _windows(
        "PowerShell: a prompt",
        "PS C:\\x> curl.exe https://api.test/a -d a=1",
        *_A,
        body=form_of(("a", "1")),
    ),
]
