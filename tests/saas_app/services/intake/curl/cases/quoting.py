"""How the shells of Linux and macOS quote, and what terminals and documents add."""

# ruff: noqa: E501 - a command stands as it is pasted

from tests.saas_app.services.intake.curl.cases.case import Case, form_of, json_of

_A = ("POST", "api.test/a")

QUOTING = [
    Case(
        "single quotes",
        "curl 'https://api.test/a' -d 'm=\\n$x`y`\"'",
        *_A,
        body=form_of(("m", '\\n$x`y`"')),
    ),
    Case(
        "double quotes",
        'curl "https://api.test/a" -d "m=\\"\\$x\\\\ \'q\' \\n"',
        *_A,
        body=form_of(("m", "\"$x\\ 'q' \\n")),
    ),
    Case(
        "backslashes",
        "curl https://api.test/a -d m=a\\ b\\&c\\'",
        *_A,
        body=("form", [("c'", ""), ("m", "a b")]),
    ),
    Case(
        "pieces side by side",
        "curl https://api.test/a -d m='a b'\"c d\"e\\ f",
        *_A,
        body=form_of(("m", "a bc de f")),
    ),
    Case(
        "a quote inside single quotes",
        "curl https://api.test/a --json '{\"m\":\"it'\\''s\"}'",
        *_A,
        body=json_of({"m": "it's"}),
    ),
    Case(
        "ANSI-C quotes",
        "curl https://api.test/a -H 'Content-Type: text/plain' -d $'t\\tn\\nq\\'x\\x41o\\101u\\u00fcU\\U0001F600'",
        *_A,
        body=("text", "t\tn\nq'xAoAuüU😀"),
    ),
    Case(
        "bytes in ANSI-C quotes",
        "curl https://api.test/a -H 'Content-Type: text/plain' -d $'\\xe4\\xbd\\xa0'",
        *_A,
        body=("text", "你"),
    ),
    Case(
        "surrogates as browsers write them",
        "curl https://api.test/a -H 'Content-Type: text/plain' -d $'\\ud83d\\ude00'",
        *_A,
        body=("text", "😀"),
        with_curl=False,
    ),
    Case(
        "continued lines",
        "curl \\\n  -X POST \\\n  https://api.test/a \\\n  -d a=1 \\\n  -d b=2\n",
        *_A,
        body=form_of(("a", "1"), ("b", "2")),
    ),
    Case(
        "continuation in the middle of a word",
        "curl https://api.test/\\\na -d a=1",
        *_A,
        body=form_of(("a", "1")),
    ),
    Case(
        "continuation in double quotes",
        'curl https://api.test/a -d "a=1\\\n2"',
        *_A,
        body=form_of(("a", "12")),
    ),
    Case(
        "blanks after a continuation",
        "curl https://api.test/a \\  \n -d a=1",
        *_A,
        body=form_of(("a", "1")),
        with_curl=False,
    ),
    Case(
        "Windows line ends",
        "curl https://api.test/a \\\r\n  -d a=1\r\n",
        *_A,
        body=form_of(("a", "1")),
        with_curl=False,
    ),
    Case(
        "line breaks in quotes",
        "curl https://api.test/a --json '{\n  \"a\": 1\n}'",
        *_A,
        body=json_of({"a": 1}),
    ),
    Case(
        "comments",
        "# one\ncurl https://api.test/a -d a=1 # two -d b=2\n# three",
        *_A,
        body=form_of(("a", "1")),
    ),
    Case(
        "a number sign inside a word",
        "curl https://api.test/a -d a=1#2",
        *_A,
        body=form_of(("a", "1#2")),
    ),
    Case(
        "a prompt",
        "$ curl https://api.test/a -d a=1",
        *_A,
        body=form_of(("a", "1")),
        with_curl=False,
    ),
    Case(
        "a prompt with user and host",
        "me@box:~/x$ curl https://api.test/a -d a=1",
        *_A,
        body=form_of(("a", "1")),
        with_curl=False,
    ),
    Case(
        "a second prompt",
        "$ curl https://api.test/a \\\n> -d a=1 \\\n> -d b=2",
        *_A,
        body=form_of(("a", "1"), ("b", "2")),
        with_curl=False,
    ),
    Case(
        "a code fence",
        "```bash\ncurl https://api.test/a -d a=1\n```",
        *_A,
        body=form_of(("a", "1")),
        with_curl=False,
    ),
    Case(
        "a pipe to jq",
        "curl -s https://api.test/a -d a=1 | jq '.items[] | .id' > out.json",
        *_A,
        body=form_of(("a", "1")),
    ),
    Case(
        "output redirected",
        "curl https://api.test/a -d a=1 > out.txt 2>&1",
        *_A,
        body=form_of(("a", "1")),
    ),
    Case(
        "errors redirected",
        "curl https://api.test/a -d a=1 2>/dev/null",
        *_A,
        body=form_of(("a", "1")),
    ),
    Case(
        "an assignment before",
        'ID=7 && curl "https://api.test/users/$ID"',
        "GET",
        "api.test/users/7",
    ),
    Case(
        "an exported assignment",
        "export KEY='k 1'\ncurl https://api.test/a -H \"X-Api-Key: $KEY\"",
        "GET",
        "api.test/a",
        headers={"x-api-key": "k 1"},
    ),
    Case("a default of a variable", 'curl "${BASE:-http://api.test}/a"', "GET", "api.test/a"),
    Case(
        "sudo and a path to curl",
        "env /usr/bin/curl https://api.test/a -d a=1",
        *_A,
        body=form_of(("a", "1")),
    ),
    Case(
        "typographic quotes",
        "curl “https://api.test/a” -H ‘Content-Type: application/json’ -d ‘{“a”: “it’s”}’",
        *_A,
        body=json_of({"a": "it's"}),
        with_curl=False,
    ),
    Case(
        "typographic quotes inside straight ones",
        "curl https://api.test/a --json '{“a”: 1}'",
        *_A,
        body=json_of({"a": 1}),
        with_curl=False,
    ),
    Case(
        "typographic dashes",
        "curl –X POST https://api.test/a —data a=1",
        *_A,
        body=form_of(("a", "1")),
        with_curl=False,
    ),
    Case(
        "blanks that do not break",
        "curl\u00a0https://api.test/a\u00a0-d a=1",
        *_A,
        body=form_of(("a", "1")),
        with_curl=False,
    ),
    Case(
        "a copy of Chrome",
        "curl 'https://api.test/a?x=1' \\\n  -H 'accept: application/json' \\\n"
        "  -H 'content-type: application/json' \\\n  -b 'sid=1' \\\n"
        "  -H 'sec-ch-ua-mobile: ?0' \\\n  --data-raw $'{\"m\":\"it\\'s \\u0021\"}' \\\n  --compressed",
        *_A,
        (("x", "1"),),
        {"accept": "application/json"},
        cookies=(("sid", "1"),),
        body=json_of({"m": "it's !"}),
        differs=frozenset({"accept-encoding", "sec-ch-ua-mobile"}),
    ),
    Case(
        "a copy of Postman",
        "curl --location --request POST 'https://api.test/a' \\\n--header 'X-A: 1' \\\n"
        '--form \'a="1"\' \\\n--form \'b="x \\"y\\""\'',
        *_A,
        headers={"x-a": "1"},
        body=("parts", [("a", None, None, "1"), ("b", None, None, 'x "y"')]),
    ),
    Case(
        "a copy of Postman with a form",
        "curl --location 'https://api.test/a' \\\n--header 'Content-Type: application/x-www-form-urlencoded' \\\n"
        "--data-urlencode 'a=1 2' \\\n--data-urlencode 'b=x'",
        *_A,
        body=form_of(("a", "1 2"), ("b", "x")),
    ),
]
