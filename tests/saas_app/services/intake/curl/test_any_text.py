"""Whatever is pasted is read or refused in words; nothing else happens."""

import shlex

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from saas_app.services.intake.curl import looks_like_curl, read_curl
from saas_app.services.intake.curl.bash import bash_tokens
from saas_app.services.intake.curl.commands import read_script
from saas_app.services.intake.curl.marks import Marks
from saas_app.services.intake.deadline import Deadline

# Text as it arrives: no NUL, no halves of surrogate pairs, none of the private marks.
PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\u200b\ufeff"))
PLAIN = PLAIN.filter(lambda text: all(ord(char) < 0x100000 for char in text))
SHELL = st.sampled_from(
    [
        *(
            "curl ",
            "curl.exe ",
            "-d ",
            "-H ",
            "-F ",
            "-u ",
            "--json ",
            "-X ",
            "-G ",
            "-T ",
            "--next ",
        ),
        *(
            "'",
            '"',
            "\\",
            "\n",
            "`",
            "`\n",
            "^",
            "^\n",
            "$",
            "$'",
            "${",
            "$(",
            ")",
            "}",
            "{",
            "[",
            "“",
        ),
        *(
            "%A%",
            ";",
            "|",
            "&&",
            "&",
            "<<EOF\n",
            "EOF\n",
            "<",
            ">",
            "#",
            "@-",
            "@a",
            "=",
            ":",
            "/",
            "?",
        ),
        *("https://a.test/", " ", "a", "1", "-", "{{x}}", "<id>", "$TOKEN", "A=", "echo "),
        *("multipart/form-data", "Content-Type: application/json", "Authorization: Bearer "),
        *("Cookie: a=b", '{"query":"{a}"}'),
    ]
)


def field_of_refusal(text):
    try:
        read_curl(text)
    except Invalid as refusal:
        return refusal.field
    return "source"


@given(st.lists(PLAIN, min_size=1, max_size=5))
@settings(deadline=None)
def test_words_quoted_for_the_shell_are_read_back(words):
    text = shlex.join(words)
    tokens = bash_tokens(text, Marks())
    assert [token.text for token in tokens if token.kind == "word"] == words


@given(st.lists(PLAIN, max_size=4))
@example(["^\n"])
@example(["a'^\n"])
@settings(deadline=None)
def test_arguments_quoted_for_the_shell_reach_curl_unchanged(words):
    text = "curl " + shlex.join(["https://a.test", *words])
    commands = read_script(text, Deadline()).commands
    assert [command.words for command in commands] == [["https://a.test", *words]]


@given(st.lists(SHELL, max_size=40).map("".join))
@settings(max_examples=1500, deadline=None)
@example("curl " + "$(" * 500)
@example("curl a.test --json '" + "[" * 2000 + "]" * 2000 + "'")
@example("curl a.test --json '" + '{"a":' * 500 + "1" + "}" * 500 + "'")
@example("A=$(" * 300 + "curl a.test" + ")" * 300)
@example('curl a.test -d "' + '\\"' * 100_000)
@example("curl \ud800 a.test -d \ud800=1")
@example("curl a.test -H 'Authorization: " + "x" * 79 + "!'")
def test_no_text_does_anything_but_become_a_proposal_or_a_refusal(text):
    looks_like_curl(text)
    assert field_of_refusal("curl https://a.test " + text) == "source"
    assert field_of_refusal(text) == "source"


@given(st.text())
@settings(deadline=None)
def test_text_of_any_kind_is_read_or_refused(text):
    for start in ("", "curl ", "curl https://a.test -d ", "curl.exe -H ", 'curl ^\n "'):
        assert field_of_refusal(start + text) == "source"
