"""Scripts that keep bodies, headers, addresses and options in variables."""

# ruff: noqa: E501 - a command stands as it is pasted

from tests.saas_app.services.intake.curl.cases.case import Case, form_of, json_of

_A = ("POST", "api.test/a")
_JSON = "-H 'Content-Type: application/json'"
_BEARER = {"authorization": "Bearer tok-1"}

SCRIPTS = [
    Case(
        "a JSON body in a variable",
        f'BODY=\'{{"a":1,"b":{{"c":"x"}}}}\'\ncurl https://api.test/a {_JSON} -d "$BODY"',
        *_A,
        body=json_of({"a": 1, "b": {"c": "x"}}),
    ),
    Case(
        "a JSON body in a variable that holds another",
        f'NAME=Ann N=7\nBODY="{{\\"name\\": \\"$NAME\\", \\"n\\": $N, \\"s\\": \\"$N\\"}}"\ncurl https://api.test/a {_JSON} -d "$BODY"',
        *_A,
        body=json_of({"name": "Ann", "n": 7, "s": "7"}),
    ),
    Case(
        "a JSON body as a here-document in a variable",
        f'BODY=$(cat <<\'EOF\'\n{{\n  "it": "isn\'t (so"\n}}\nEOF\n)\ncurl https://api.test/a {_JSON} -d "$BODY"',
        *_A,
        body=json_of({"it": "isn't (so"}),
    ),
    Case(
        "a JSON body as a here-document in its place",
        f'ID=5\ncurl https://api.test/a {_JSON} -d "$(cat <<EOF\n{{"id": $ID, "it": "isn\'t"}}\nEOF\n)"',
        *_A,
        body=json_of({"id": 5, "it": "isn't"}),
    ),
    Case(
        "a JSON body read from a here-document",
        f"read -r -d '' BODY <<'EOF'\n{{\"a\": 1}}\nEOF\ncurl https://api.test/a {_JSON} -d \"$BODY\"",
        *_A,
        body=json_of({"a": 1}),
    ),
    Case(
        "a JSON body in a variable as standard input",
        'BODY=\'{"a":1}\'\necho "$BODY" | curl https://api.test/a --json @-',
        *_A,
        body=json_of({"a": 1}),
    ),
    Case(
        "a JSON body in a variable as a here-string",
        'BODY=\'{"a":1}\'\ncurl https://api.test/a --json @- <<< "$BODY"',
        *_A,
        body=json_of({"a": 1}),
    ),
    Case(
        "an object in a variable inside of a JSON body",
        'USER_=\'{"name":"Ann"}\' NONE=null TAGS=\'["a","b"]\'\ncurl https://api.test/a --json "{\\"user\\": $USER_, \\"none\\": $NONE, \\"tags\\": $TAGS}"',
        *_A,
        body=json_of({"user": {"name": "Ann"}, "none": None, "tags": ["a", "b"]}),
    ),
    Case(
        "a form in a variable",
        "DATA='a=1&b=2'\ncurl https://api.test/a -d \"$DATA\"",
        *_A,
        body=form_of(("a", "1"), ("b", "2")),
    ),
    Case(
        "a form in a variable beside a field",
        "DATA='a=1&b=2' E='x%20y'\ncurl https://api.test/a -d \"$DATA&c=$E\"",
        *_A,
        body=form_of(("a", "1"), ("b", "2"), ("c", "x y")),
    ),
    Case(
        "a form that grows",
        'DATA="a=1"\nDATA+="&b=2"\nDATA="$DATA&c=3"\ncurl https://api.test/a -d "$DATA"',
        *_A,
        body=form_of(("a", "1"), ("b", "2"), ("c", "3")),
    ),
    Case(
        "one field of a form in a variable",
        "DATA='a=1'\ncurl https://api.test/a -d \"$DATA\"",
        *_A,
        body=form_of(("a", "1")),
    ),
    Case(
        "a header in a variable",
        "AUTH='Authorization: Bearer tok-1'\ncurl -H \"$AUTH\" https://api.test/a",
        "GET",
        "api.test/a",
        headers=_BEARER,
    ),
    Case(
        "a header in a variable that holds another",
        'TOKEN=tok-1\nAUTH="Authorization: Bearer $TOKEN"\ncurl -H "$AUTH" https://api.test/a',
        "GET",
        "api.test/a",
        headers=_BEARER,
    ),
    Case(
        "a variable under another name",
        'SECRET_TOKEN=tok-1\nTOKEN=$SECRET_TOKEN\ncurl -H "Authorization: Bearer $TOKEN" https://api.test/a',
        "GET",
        "api.test/a",
        headers=_BEARER,
    ),
    Case(
        "options in an array",
        "ARGS=(-s -H 'X-A: 1' # one\n  -H 'X-B: 2 3')\ncurl \"${ARGS[@]}\" https://api.test/a",
        "GET",
        "api.test/a",
        headers={"x-a": "1", "x-b": "2 3"},
    ),
    Case(
        "options in an array that grows",
        'AUTH="Authorization: Bearer tok-1"\ndeclare -a ARGS=()\nARGS+=(-H "$AUTH")\nARGS+=(-d a=1)\ncurl "${ARGS[@]}" https://api.test/a',
        *_A,
        headers=_BEARER,
        body=form_of(("a", "1")),
    ),
    Case(
        "options in a variable without quotes",
        "OPTS='-s -X PUT -d a=1'\ncurl $OPTS https://api.test/a",
        "PUT",
        "api.test/a",
        body=form_of(("a", "1")),
    ),
    Case(
        "a whole address in a variable",
        'URL="https://api.test/a/7?x=1&y=2"\ncurl "$URL"',
        "GET",
        "api.test/a/7",
        (("x", "1"), ("y", "2")),
    ),
    Case(
        "an address in a variable before a query",
        'URL=https://api.test/a\ncurl "$URL?x=1"',
        "GET",
        "api.test/a",
        (("x", "1"),),
    ),
    Case(
        "an address made of variables",
        'HOST=api.test\nBASE="https://$HOST/v1/"\ncurl "${BASE}users/$ID"',
        "GET",
        "api.test/v1/users/7",
        values={"ID": "7"},
        arguments={"id": "7"},
    ),
    Case(
        "a query in a variable",
        "Q='x=1&y=a%20b'\ncurl \"https://api.test/a?$Q\"",
        "GET",
        "api.test/a",
        (("x", "1"), ("y", "a b")),
    ),
    Case(
        "a file's name in a variable",
        'FILE=data.json\ncurl https://api.test/a --json "@$FILE"',
        *_A,
        body=json_of({"from": "file"}),
        arguments={"body": {"from": "file"}},
    ),
    Case(
        "PowerShell: a JSON body in a variable",
        "$body = '{\"a\": 1}'\ncurl.exe https://api.test/a -H 'Content-Type: application/json' -d $body",
        *_A,
        body=json_of({"a": 1}),
        with_curl=False,
    ),
    Case(
        "PowerShell: a here-string in a variable",
        '$id = 7\n$body = @"\n{\n  "id": $id, "it": "isn\'t"\n}\n"@\ncurl.exe https://api.test/a --json $body',
        *_A,
        body=json_of({"id": 7, "it": "isn't"}),
        with_curl=False,
    ),
    Case(
        "PowerShell: a header in a variable",
        '$token = "tok-1"\n$auth = "Authorization: Bearer $token"\ncurl.exe https://api.test/a -H $auth',
        "GET",
        "api.test/a",
        headers=_BEARER,
        with_curl=False,
    ),
]
