"""What a service answers becomes a result that a model can read and act on."""

import base64
import json

import pytest

from core.http_request import ValueCredential
from mcp_runtime.tool_runner.answers import as_outcome
from mcp_runtime.tool_runner.http_request import OutgoingRequest
from mcp_runtime.tool_runner.masking import HIDDEN, Mask
from mcp_runtime.tool_runner.prepared_tool import PreparedHttpTool, ToolBroken
from mcp_runtime.tool_runner.upstream import Answer
from tests.mcp_runtime.tool_runner.tools import http_tool
from tests.upstreams.service import PIXEL

JSON = "application/json"


def answered(
    body: bytes | str = b"", kind: str = JSON, *, status: int = 200, is_cut: bool = False, **headers
) -> Answer:
    request = OutgoingRequest("GET", "https://api.example.com/x?k=secret-1", (), None, frozenset())
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        request=request,
        status=status,
        headers=tuple({"content-type": kind, **named}.items()),
        body=body.encode() if isinstance(body, str) else body,
        is_cut=is_cut,
        duration_ms=1.0,
    )


def shaped(answer: Answer, *, secrets: tuple[str, ...] = (), **tool):
    return as_outcome(answer, PreparedHttpTool(http_tool(**tool)), Mask(secrets))


def text_of(outcome) -> str:
    return "\n".join(block["text"] for block in outcome.content)


def test_an_object_is_shown_as_text_and_as_structured_content():
    outcome = shaped(answered('{"a": [1, null, "ü"]}'))
    assert text_of(outcome) == '{"a":[1,null,"ü"]}'
    assert outcome.structured == {"a": [1, None, "ü"]}
    assert (outcome.is_error, outcome.upstream_status) == (False, 200)


@pytest.mark.parametrize("body", ["[1,2]", '"x"', "1", "null", "true"])
def test_other_json_is_shown_as_text(body):
    outcome = shaped(answered(body))
    assert (text_of(outcome), outcome.structured) == (body, None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"a":1}', "application/vnd.api+json; charset=UTF-8"),
        ('{"a":1}', "text/json"),
        ('  {"a":1}', ""),
        (b'\xef\xbb\xbf{"a":1}', JSON),
        ('{"a":1}'.encode("utf-16"), "application/json; charset=utf-16"),
        ('{"a":1}'.encode("utf-16-be"), 'application/json; charset="utf-16-be"'),
    ],
)
def test_json_is_read_in_any_dress_and_charset(body, kind):
    assert shaped(answered(body, kind)).structured == {"a": 1}


def test_long_integers_keep_their_digits():
    assert text_of(shaped(answered('{"n":12345678901234567890123}'))) == (
        '{"n":12345678901234567890123}'
    )


@pytest.mark.parametrize("body", ["{", '{"a":NaN}', "<html>", '{"n":NaN,"m":1234567890123456789}'])
def test_what_only_claims_to_be_json_is_shown_as_text(body):
    outcome = shaped(answered(body))
    assert (text_of(outcome), outcome.structured, outcome.is_error) == (body, None, False)


@pytest.mark.parametrize("depth", [300, 900, 5000])
def test_json_that_is_nested_beyond_measure_is_still_an_answer(depth):
    body = "[" * depth + "]" * depth
    outcome = shaped(answered(body), secrets=("a-secret",))
    assert text_of(outcome) == body
    failure = shaped(answered(body, status=500), secrets=("a-secret",))
    assert failure.error_code == "http_500"


@pytest.mark.parametrize(
    ("body", "kind", "shown"),
    [
        ("grüße".encode("latin-1"), "text/plain; charset=ISO-8859-1", "grüße"),
        ("grüße".encode("cp1252"), 'text/plain; charset="windows-1252"', "grüße"),
        ("日本".encode("shift_jis"), "text/html; charset=Shift_JIS", "日本"),
        ("grüße".encode("utf-16"), "text/plain", "grüße"),
        (b"a\xffb", "text/plain; charset=utf-8", "a\ufffdb"),
        (b"abc", "text/plain; charset=zlib_codec", "abc"),
        (b"abc", "text/plain; charset=nonsense", "abc"),
        (b"616263", "text/plain; charset=hex", "616263"),
        ("<a>ü</a>".encode(), "application/atom+xml", "<a>ü</a>"),
        (b"a: 1", "application/yaml", "a: 1"),
        (b"plain words", "", "plain words"),
    ],
)
def test_text_is_decoded_by_the_charset_it_names(body, kind, shown):
    assert text_of(shaped(answered(body, kind))) == shown


@pytest.mark.parametrize("status", [200, 201, 204])
def test_an_answer_without_a_body_says_so(status):
    assert f"answered {status} " in text_of(shaped(answered(status=status)))


def test_images_and_audio_are_blocks_of_their_own():
    encoded = base64.b64encode(PIXEL).decode()
    image = shaped(answered(PIXEL, "image/png"))
    audio = shaped(answered(PIXEL, "audio/mpeg"))
    assert image.content == [{"type": "image", "data": encoded, "mimeType": "image/png"}]
    assert audio.content == [{"type": "audio", "data": encoded, "mimeType": "audio/mpeg"}]


def test_other_files_are_resources_whose_address_hides_secrets():
    outcome = shaped(answered(b"\0\1", "application/zip"), secrets=("secret-1",))
    assert outcome.content[1] == {
        "type": "resource",
        "resource": {
            "uri": f"https://api.example.com/x?k={HIDDEN}",
            "mimeType": "application/zip",
            "blob": "AAE=",
        },
    }


def test_bytes_without_a_type_are_a_file_and_svg_is_text():
    assert shaped(answered(b"\0\xff\1", "")).content[1]["type"] == "resource"
    assert text_of(shaped(answered("<svg/>", "image/svg+xml"))) == "<svg/>"


def test_a_file_that_is_too_long_is_described_instead():
    outcome = shaped(answered(b"\0" * 1_000_001, "application/zip"))
    assert "too long to pass on (at most 1,000,000 bytes)" in text_of(outcome)
    cut = shaped(answered(b"\0" * 10, "image/png", is_cut=True))
    assert "more than 10 bytes" in text_of(cut)


def test_a_selection_takes_a_part_of_the_answer():
    body = '{"items":[{"n":1,"x":0},{"n":2,"x":0}]}'
    outcome = shaped(answered(body), select="{ns: items[].n}")
    assert outcome.structured == {"ns": [1, 2]}
    assert text_of(shaped(answered(body), select="nothing")) == "null"


@pytest.mark.parametrize(
    "select",
    [
        "items[",
        "length(items.missing)",
        "sum(names)",
        "nope(@)",
        "(" * 999,
        "join('', items)",
        "join()",
    ],
)
def test_a_selection_that_cannot_be_applied_is_the_tools_fault(select):
    with pytest.raises(ToolBroken, match="selection"):
        shaped(answered('{"items":{"missing":1},"names":["a"]}'), select=select)


DOUBLED = " | ".join(["[@,@]"] * 40)


@pytest.mark.parametrize(
    "select",
    [
        DOUBLED,
        "[@,@]" + " | [@,@][]" * 30,
        f"{DOUBLED} | [0] == [1]",
        f"[{DOUBLED}, {DOUBLED}] | [0] == [1]",
        f"{DOUBLED} | to_string(@)",
        f"{DOUBLED} | contains(@, 'a')",
        "to_string(@)" + " | join('', [@,@])" * 40,
        "to_string(@)" + " | join(@, [@,@,@,@])" * 5,
        "[*]" + ".[@,@][]" * 30,
        "@" + " | map(&[@,@], @)[]" * 30,
        "[" + ",".join(["@[:]"] * 350) + "]",
        "[" + ",".join(["to_string(@)"] * 140) + "]",
    ],
)
def test_a_selection_cannot_blow_an_answer_up(select):
    with pytest.raises(ToolBroken, match="more out of the answer than fits"):
        shaped(answered(json.dumps(list(range(1000)))), select=select)


def test_the_value_that_a_selection_does_not_fit_is_not_written_out():
    with pytest.raises(ToolBroken, match=r"sum\(\) takes array-number, not list"):
        shaped(answered("[1]"), select=f"{DOUBLED} | sum(@)")


def test_a_selection_may_go_through_a_long_answer():
    items = [{"id": number, "tags": ["a", "b"], "size": number % 7} for number in range(20_000)]
    select = "sort_by([?contains(tags, 'a') && size > `2`], &id)[].{id: id, size: size} | length(@)"
    assert text_of(shaped(answered(json.dumps(items)), select=select)) == "11428"


@pytest.mark.parametrize("kind", ["text/html", "image/png", ""])
def test_a_selection_needs_json(kind):
    with pytest.raises(ToolBroken, match="needs JSON"):
        shaped(answered("words", kind), select="a")


def test_text_is_cut_between_two_characters_and_the_cut_is_named():
    outcome = shaped(answered("ü" * 1000, "text/plain"), max_bytes=1001)
    assert outcome.content[0]["text"] == "ü" * 500
    assert "the first 1,000 of 2,000 bytes" in outcome.content[1]["text"]


def test_text_that_fits_exactly_is_not_cut():
    assert len(shaped(answered("ü" * 500, "text/plain"), max_bytes=1000).content) == 1


def test_a_list_is_cut_to_whole_items():
    items = [{"n": n, "text": "x" * 50} for n in range(100)]
    for body, name in ((items, None), ({"total": 100, "items": items}, "items")):
        outcome = shaped(answered(json.dumps(body)), max_bytes=1000)
        shown = json.loads(outcome.content[0]["text"])
        kept = shown if name is None else shown[name]
        assert kept == items[: len(kept)]
        assert len(outcome.content[0]["text"]) <= 1000
        assert f"the first {len(kept)} of 100 items" in outcome.content[1]["text"]
        assert outcome.structured is None


def test_json_without_a_list_is_cut_as_text_and_said_to_be_incomplete():
    outcome = shaped(answered(json.dumps({"a": "ü" * 2000})), max_bytes=1000)
    assert len(outcome.content[0]["text"].encode()) <= 1000
    assert "not complete JSON" in outcome.content[1]["text"]


def test_an_answer_that_went_on_beyond_what_is_read_says_so():
    outcome = shaped(answered("x" * 2000, "text/plain", is_cut=True))
    assert "answered more than 10,000,000 bytes" in outcome.content[1]["text"]


OUTPUT = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def test_structured_content_is_what_the_output_schema_promises():
    assert shaped(answered('{"a":1}'), output_schema=OUTPUT).structured == {"a": 1}


@pytest.mark.parametrize(
    ("body", "problem"), [('{"a":"x"}', "a: "), ("{}", "required"), ("[1]", "not a whole JSON")]
)
def test_an_answer_unlike_the_output_schema_is_shown_and_marked(body, problem):
    outcome = shaped(answered(body), output_schema=OUTPUT)
    assert (outcome.is_error, outcome.structured) == (True, None)
    assert outcome.error_code == "unlike_output_schema"
    assert outcome.content[0]["text"] == body
    assert problem in outcome.content[1]["text"]


def test_a_promised_list_is_wrapped_into_an_object():
    schema = {"type": "array", "items": {"type": "integer"}}
    outcome = shaped(answered("[1,2]"), output_schema=schema)
    assert outcome.structured == {"result": [1, 2]}
    assert not outcome.is_error


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (400, {}, "400 Bad Request"),
        (401, {}, "check the value of TOKEN"),
        (403, {}, "check the value of TOKEN"),
        (404, {}, "nothing is there"),
        (422, {}, "Check the arguments"),
        (429, {"retry_after": "7"}, "try again after 7 seconds"),
        (429, {"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}, "after Wed, 21 Oct 2026"),
        (429, {}, "try again later"),
        (500, {}, "fault is the service's"),
        (503, {}, "503 Service Unavailable"),
        (599, {}, "answered 599 to"),
    ],
)
def test_a_failure_says_what_helps(status, headers, words):
    credential = ValueCredential(location="header", name="A", value="{{TOKEN}}")
    answer = answered('{"error":"no such city"}', status=status, **headers)
    outcome = shaped(answer, credentials=((credential,),))
    assert outcome.is_error
    assert (outcome.error_code, outcome.upstream_status) == (f"http_{status}", status)
    assert words in text_of(outcome)
    assert 'It said: {"error":"no such city"}' in text_of(outcome)


def test_a_refused_call_without_credentials_says_that_none_were_sent():
    assert "sends no credentials" in text_of(shaped(answered(status=401)))


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("<h1>Oh</h1><script>x()</script><p>no  way</p>", "text/html", "It said: Oh no way"),
        (b"\0\1", "application/zip", "(a file of type application/zip, 2 bytes)"),
        ("{", JSON, "It said: {"),
        ("x" * 5000, "text/plain", "x" * 2000),
    ],
)
def test_a_failure_quotes_the_gist_of_what_was_said(body, kind, said):
    text = text_of(shaped(answered(body, kind, status=500)))
    assert said in text
    assert len(text) < 2300


SECRET = 'sk/live"0123'


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps({"k": SECRET, SECRET: [SECRET]}), JSON),
        (json.dumps({"k": SECRET}).replace("/", "\\/"), JSON),
        ('{"k":"\\u0073k/live\\"0123"}', JSON),
        (json.dumps({"k": SECRET}).encode("utf-16"), "application/json; charset=utf-16"),
        (f"key={SECRET}", "text/plain"),
        ("url?k=sk%2Flive%220123", "text/plain"),
        (SECRET.encode("utf-16"), "text/plain"),
        (f"<p>{SECRET}</p>", "text/html"),
    ],
)
def test_a_secret_that_the_service_echoes_is_hidden(status, body, kind):
    outcome = shaped(answered(body, kind, status=status), secrets=(SECRET,))
    shown = json.dumps([outcome.content, outcome.structured])
    assert "live" not in shown
    assert HIDDEN in json.loads(shown)[0][0]["text"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_that_is_not_followed_names_the_target_without_secrets(status):
    answer = answered(status=status, location="https://x.example/?k=secret-1")
    outcome = shaped(answer, secrets=("secret-1",))
    assert f"points to https://x.example/?k={HIDDEN}" in text_of(outcome)
    assert "should correct the address" in text_of(outcome)
    assert outcome.error_code == f"http_{status}"


def test_see_other_means_that_the_request_was_accepted():
    outcome = shaped(answered(status=303, location="/jobs/1"))
    assert "it has accepted the request" in text_of(outcome)
    assert not outcome.is_error


def test_not_modified_is_no_redirect():
    outcome = shaped(answered(status=304))
    assert "edirect" not in text_of(outcome)
    assert "304 Not Modified" in text_of(outcome)
