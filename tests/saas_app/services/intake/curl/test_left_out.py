"""What a proposal says of all that became no tool or lost something."""

import pytest

from core.errors import Invalid
from saas_app.services.intake.curl import read_curl


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("curl --frobnicate https://a.test", "no option --frobnicate"),
        ("curl -@ https://a.test", "no option -@"),
        ("curl https://a.test -d", "needs a value"),
        ("curl --digest -u a:b https://a.test", "signature"),
        ("curl --aws-sigv4 aws:amz:us-east-1:s3 https://a.test", "signature"),
        ("curl --unix-socket /run/x.sock http://a.test", "safety"),
        ("curl --cert me.pem https://a.test", "certificate"),
        ("curl --netrc https://a.test", "file"),
        ("curl -K config.txt", "file"),
        ("curl -H @headers.txt https://a.test", "file"),
        ("curl ftp://a.test/x", "ftp"),
        ("curl -X PURGE https://a.test", "PURGE"),
        ("curl -d a=1 -F b=2 https://a.test", "together"),
        ("curl -I -d a=1 https://a.test", "together"),
        ("curl -X POST", "no address"),
        ("curl https://", "no host"),
        ("curl -F nothing https://a.test", "name=content"),
        ("curl -F 'a=@b,c' https://a.test", "several files"),
        ("curl https://a.test -H 'Authorization: AWS4-HMAC-SHA256 Credential=x'", "calculated"),
        ("curl https://a.test -H 'a b: c'", "header"),
        ("curl -Uri https://a.test -Method Post", "PowerShell"),
        ("xargs curl < urls.txt", "Only curl commands"),
        ("for i in 1 2; do wget https://a.test; done", "Only curl commands"),
    ],
)
def test_what_cannot_be_converted_is_listed_with_its_reason(command, said):
    proposal = read_curl(f"{command}\ncurl https://ok.test/fine")
    assert [tool.name for tool in proposal.tools] == ["get_fine"]
    assert proposal.skipped
    assert any(said in skipped.reason for skipped in proposal.skipped)


def test_what_is_skipped_is_named_by_its_line():
    proposal = read_curl("curl https://a.test/a\n\n\ncurl --digest https://a.test/b")
    assert [skipped.what for skipped in proposal.skipped] == ["command 2 (line 4)"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("curl -k https://a.test", "always checks the certificate"),
        ("curl -x http://proxy:80 https://a.test", "proxy"),
        ("curl --resolve a.test:443:1.2.3.4 https://a.test", "for safety"),
        ("curl -b jar.txt https://a.test", "from a file"),
        ("curl https://a.test -H 'sec-fetch-mode: cors'", "sec-fetch-mode"),
        ("curl https://a.test -H 'Host: other.test'", "other.test"),
        ("curl https://a.test -b '_ga=1; a=2'", "_ga"),
        ("curl https://a.test | jq .", "jq"),
        ("curl https://a.test/#top", "never sent"),
        ("curl https://a.test -d '{\"a\":1}'", "application/json"),
        ("curl https://a.test -F 'a=1;headers=\"X-A: 1\"'", "-F a: headers of its own"),
        ("curl https://a.test -F 'a=@b.png;encoder=base64'", "-F a: it is sent as it is"),
        ("echo a | curl -T - https://a.test/b", "application/octet-stream"),
    ],
)
def test_what_is_left_out_of_a_tool_is_noted(command, said):
    proposal = read_curl(command)
    assert len(proposal.tools) == 1
    assert any(said in note for note in proposal.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no curl command"),
        ("wget https://a.test", "no curl command"),
        ("curl https://a.test\ncurl 'https://b.test", "Line 2: a single quote"),
        ('curl https://a.test \\\n -d "x', "Line 2: a double quote"),
        ("curl https://a.test -d $'x", "Line 1"),
        ('curl https://a.test -H "X: $(date"', "Line 1"),
        ("curl https://a.test -d @- <<EOF\nx", "<<EOF"),
        ("curl.exe https://a.test -d 'x", "single quote"),
        ('curl https://a.test ^\n -d "x', "double quote"),
        ("curl " + "x" * 1_000_001, "Paste fewer"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_in_words(text, said):
    with pytest.raises(Invalid) as refusal:
        read_curl(text)
    assert said in refusal.value.message
    assert refusal.value.field == "source"
