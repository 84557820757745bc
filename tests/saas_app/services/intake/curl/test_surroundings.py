"""A command is found in lists, in loops and conditions, and behind the program that starts it."""

import pytest

from saas_app.services.intake.curl import looks_like_curl, read_curl


@pytest.mark.parametrize(
    "text",
    [
        "1. curl https://a.test/users",
        "2) curl https://a.test/users \\\n   -H 'X-A: 1'",
        "- curl https://a.test/users",
        "* $ curl https://a.test/users",
        "• `curl https://a.test/users`",
        "`curl https://a.test/users`",
        "$ curl https://a.test/users",
        "  $ curl https://a.test/users",
        "if curl https://a.test/users; then",
        "if ! curl -f https://a.test/users; then exit 1; fi",
        "while curl https://a.test/users; do",
        "until curl https://a.test/users; do",
        "watch curl https://a.test/users",
        "watch -n 5 'curl -s https://a.test/users'",
        "timeout 5 curl https://a.test/users",
        "kubectl exec -it pod -- curl https://a.test/users",
        "docker exec box curl https://a.test/users",
        "docker run --rm curlimages/curl -s https://a.test/users",
        "ssh me@host 'curl https://a.test/users'",
        'bash -c "curl https://a.test/users"',
    ],
)
def test_a_command_is_found_where_it_stands(text):
    assert looks_like_curl(text)
    proposal = read_curl(text)
    assert [tool.name for tool in proposal.tools] == ["list_users"]
    assert not proposal.skipped


@pytest.mark.parametrize(
    "text",
    [
        "echo $(curl https://a.test/users)",
        '[ "$(curl -s https://a.test/users)" = ok ] && exit',
        "Run `curl https://a.test/users` now.",
    ],
)
def test_a_command_inside_of_another_is_found(text):
    assert looks_like_curl(text)
    assert [tool.name for tool in read_curl(text).tools] == ["list_users"]


@pytest.mark.parametrize("text", ["Use curl to try it.", "- a curl in the hair", "docker run curl"])
def test_a_sentence_with_the_word_is_no_command(text):
    assert not looks_like_curl(text)


def test_a_comment_of_several_lines_describes_the_command_below():
    (tool,) = read_curl("<# List users.\n   All of them. #>\ncurl.exe https://a.test/u").tools
    assert tool.title == "List users"
    assert "All of them." in tool.description
