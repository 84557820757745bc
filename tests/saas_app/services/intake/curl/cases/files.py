"""Bodies from standard input, and multipart forms."""

# ruff: noqa: E501 - a command stands as it is pasted

from tests.saas_app.services.intake.curl.cases.case import Case, form_of, json_of, parts_of

_JSON = {"content-type": "application/json"}
_FILE = {"filename": "a.txt", "text": "first\nsecond\n"}

FILES_AND_FORMS = [
    Case(
        "standard input: echo",
        "echo '{\"a\":1}' | curl https://api.test/a --json @-",
        "POST",
        "api.test/a",
        body=json_of({"a": 1}),
    ),
    Case(
        "standard input: echo -n",
        "echo -n 'a=1&b=2' | curl https://api.test/a -d @-",
        "POST",
        "api.test/a",
        body=form_of(("a", "1"), ("b", "2")),
    ),
    Case(
        "standard input: printf",
        "printf '%s' 'a=1' | curl https://api.test/a -d @-",
        "POST",
        "api.test/a",
        body=form_of(("a", "1")),
    ),
    Case(
        "standard input: here-document",
        "curl https://api.test/a -H 'Content-Type: application/json' -d @- <<'EOF'\n{\n  \"a\": \"$1 it's\"\n}\nEOF",
        "POST",
        "api.test/a",
        body=json_of({"a": "$1 it's"}),
    ),
    Case(
        "standard input: here-document with a variable",
        'curl https://api.test/a --json @- <<EOF\n{"name": "${NAME}", "n": 1}\nEOF\n',
        "POST",
        "api.test/a",
        body=json_of({"name": "Ann", "n": 1}),
        arguments={"name": "Ann"},
        values={"NAME": "Ann"},
    ),
    Case(
        "standard input: cat and here-document",
        'cat <<-END | curl https://api.test/a --json @-\n\t{"a": 1}\n\tEND\n',
        "POST",
        "api.test/a",
        body=json_of({"a": 1}),
    ),
    Case(
        "standard input: here-string",
        "curl https://api.test/a --json @- <<< '{\"a\":1}'",
        "POST",
        "api.test/a",
        body=json_of({"a": 1}),
    ),
    Case(
        "a file as standard input",
        "curl https://api.test/a -H 'Content-Type: text/csv' --data-binary @- < a.txt",
        "POST",
        "api.test/a",
        body=("text", "first\nsecond\n"),
        arguments={"file": _FILE},
    ),
    Case(
        "line breaks of -d @-",
        "printf 'a=1\\n&b=2\\n' | curl https://api.test/a -d @-",
        "POST",
        "api.test/a",
        body=form_of(("a", "1"), ("b", "2")),
    ),
    Case(
        "standard input: -T",
        "echo 'a=1' | curl -T - https://api.test/up",
        "PUT",
        "api.test/up",
        headers={"content-type": "application/octet-stream"},
        body=("text", "a=1\n"),
        differs=frozenset({"content-type"}),
    ),
    Case(
        "-F text",
        "curl https://api.test/a -F a=1 -F 'b=x; y'",
        "POST",
        "api.test/a",
        body=parts_of(("a", None, None, "1"), ("b", None, None, "x")),
    ),
    Case(
        "-F file",
        "curl https://api.test/a -F 'doc=@a.txt;type=text/x-log;filename=b.log' -F n=1",
        "POST",
        "api.test/a",
        body=parts_of(("doc", "b.log", "text/x-log", "first\nsecond\n"), ("n", None, None, "1")),
        arguments={"doc": {"filename": "b.log", "text": "first\nsecond\n"}},
    ),
    Case(
        "-F with a type",
        "curl https://api.test/a -F 'meta={\"a\":1};type=application/json'",
        "POST",
        "api.test/a",
        body=parts_of(("meta", None, "application/json", '{"a":1}')),
    ),
    Case(
        "-F quoted",
        "curl https://api.test/a -F 'a=\"x;type=y\"'",
        "POST",
        "api.test/a",
        body=parts_of(("a", None, None, "x;type=y")),
    ),
    Case(
        "-F content of a file",
        "curl https://api.test/a -F 'note=<a.txt'",
        "POST",
        "api.test/a",
        body=parts_of(("note", None, None, "first\nsecond\n")),
        arguments={"note": "first\nsecond\n"},
    ),
    Case(
        "--form-string",
        "curl https://api.test/a --form-string 'to=@bob;type=x'",
        "POST",
        "api.test/a",
        body=parts_of(("to", None, None, "@bob;type=x")),
    ),
    Case(
        "a secret form field",
        "curl https://api.test/token -d grant_type=client_credentials -d client_id=me -d client_secret=s3",
        "POST",
        "api.test/token",
        body=form_of(
            ("grant_type", "client_credentials"), ("client_id", "me"), ("client_secret", "s3")
        ),
    ),
    Case(
        "a multipart body of a browser",
        "curl 'https://api.test/a' -H 'content-type: multipart/form-data; boundary=----W1' --data-raw"
        " $'------W1\\r\\nContent-Disposition: form-data; name=\"a\"\\r\\n\\r\\n1\\r\\n------W1--\\r\\n'",
        "POST",
        "api.test/a",
        body=parts_of(("a", None, None, "1")),
    ),
]
