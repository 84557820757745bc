"""Bodies are written as their media type demands: JSON, forms, multipart, text, files."""

import base64
from email import message_from_bytes
from email.message import Message

import pytest

from core.errors import Invalid
from core.http_request import Body, BodyProperty, is_json
from mcp_runtime.tool_runner.bodies import FORM, encode_body
from mcp_runtime.tool_runner.templates import Templates, VariableMissing
from tests.mcp_runtime.tool_runner.tools import body

PNG = bytes(range(256))


def encoded(spec: Body, arguments=None, variables=None):
    return encode_body(spec, arguments or {}, Templates(variables or {}))


def content(spec: Body, arguments=None, variables=None) -> bytes:
    written = encoded(spec, arguments, variables)
    assert written is not None
    return written.content


def whole(media_type: str, **values) -> Body:
    return Body(media_type=media_type, argument="body", **values)


def parts_of(written) -> list[Message]:
    raw = f"Content-Type: {written.content_type}\r\n\r\n".encode() + written.content
    message = message_from_bytes(raw)
    assert message.is_multipart()
    return list(message.get_payload())  # pyright: ignore[reportArgumentType, reportReturnType]


@pytest.mark.parametrize(
    ("media_type", "answer"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/vnd.api+json", True),
        ("text/json", True),
        ("*/*", True),
        ("application/jsonp", False),
        ("text/plain", False),
        ("application/x-ndjson", False),
    ],
)
def test_json_is_recognised_in_any_dress(media_type, answer):
    assert is_json(media_type) is answer


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": [1, None, {"b": True}]}, b'{"a":[1,null,{"b":true}]}'),
        ([], b"[]"),
        ("text", b'"text"'),
        (None, b"null"),
        (2**70, b"1180591620717411303424"),
        ("ü", '"ü"'.encode()),
    ],
)
def test_a_whole_json_body_is_the_argument(value, written):
    assert content(whole("application/json"), {"body": value}) == written


def test_a_body_of_any_type_is_sent_as_json():
    assert encoded(whole("*/*"), {"body": 1}).content_type == "application/json"  # pyright: ignore[reportOptionalMemberAccess]


@pytest.mark.parametrize(
    ("media_type", "value", "written", "content_type"),
    [
        ("text/plain", "grüße", "grüße".encode(), "text/plain; charset=utf-8"),
        ("text/csv; charset=UTF-8", "a,b", b"a,b", "text/csv; charset=UTF-8"),
        ("application/xml", "<a/>", b"<a/>", "application/xml"),
        (FORM, {"a": [1, 2], "b": {"c": 1}, "d": None}, b"a=1&a=2&b=%7B%22c%22%3A1%7D", FORM),
        (FORM, "a=1&b=2", b"a=1&b=2", FORM),
        ("application/x-ndjson", [{"a": 1}, 2], b'{"a":1}\n2\n', "application/x-ndjson"),
        ("application/x-ndjson", '{"a":1}\n', b'{"a":1}\n', "application/x-ndjson"),
    ],
)
def test_a_whole_body_takes_the_shape_of_its_type(media_type, value, written, content_type):
    made = encoded(whole(media_type), {"body": value})
    assert (made.content, made.content_type) == (written, content_type)  # pyright: ignore[reportOptionalMemberAccess]


def test_nothing_is_sent_for_a_whole_body_that_is_left_out():
    assert encoded(whole("application/json")) is None


def test_properties_are_laid_over_the_fixed_object_and_leave_it_untouched():
    spec = Body(
        media_type="application/json",
        fixed={"kind": "{{KIND}}", "deep": {"kept": [1, "{{KIND}}"], "flat": 1}},
        properties=(
            BodyProperty(argument="a", path=("deep", "a")),
            BodyProperty(argument="b", path=("deep", "flat", "b")),
            BodyProperty(argument="c", path=("c",)),
        ),
    )
    written = b'{"kind":"x","deep":{"kept":[1,"x"],"flat":{"b":2},"a":1}}'
    assert content(spec, {"a": 1, "b": 2}, {"KIND": "x"}) == written
    assert content(spec, {"a": 1, "b": 2}, {"KIND": "x"}) == written


def test_null_is_sent_where_it_was_given_and_nothing_where_it_was_not():
    assert content(body("application/json", "a", "b"), {"a": None}) == b'{"a":null}'


def test_a_body_without_anything_in_it_is_sent_only_when_it_is_required():
    assert encoded(body("application/json", "a")) is None
    assert content(body("application/json", "a", is_required=True)) == b"{}"
    assert content(body("application/json", fixed=[1])) == b"[1]"
    assert content(body(FORM, "a", is_required=True)) == b""


def test_a_fixed_text_body_takes_its_variables():
    made = encoded(Body(media_type="text/plain", fixed="Hi {{NAME}}"), {}, {"NAME": "Ann"})
    assert made.content == b"Hi Ann"  # pyright: ignore[reportOptionalMemberAccess]
    with pytest.raises(VariableMissing):
        encoded(Body(media_type="text/plain", fixed="Hi {{NAME}}"))


def test_form_fields_take_the_style_of_each():
    spec = Body(
        media_type=FORM,
        fixed={"grant": "{{G}}"},
        properties=(
            BodyProperty(argument="a", path=("a",)),
            BodyProperty(argument="b", path=("b",), explode=False),
            BodyProperty(argument="c", path=("c",), style="deepObject"),
            BodyProperty(argument="d", path=("d",), media_type="application/json"),
            BodyProperty(argument="e", path=("e",), allow_reserved=True),
        ),
    )
    arguments = {"a": ["1", "2"], "b": [1, 2], "c": {"x": 1}, "d": [1], "e": "a/b c&d"}
    written = b"grant=a%26b&a=1&a=2&b=1,2&c[x]=1&d=%5B1%5D&e=a/b%20c%26d"
    assert content(spec, arguments, {"G": "a&b"}) == written


def test_a_form_value_cannot_start_another_field():
    assert content(body(FORM, "a"), {"a": "1&admin=true\r\n"}) == b"a=1%26admin%3Dtrue%0D%0A"


def test_multipart_parts_carry_fields_json_and_files():
    spec = Body(
        media_type="multipart/form-data",
        fixed={"k": "{{K}}"},
        properties=(
            BodyProperty(argument="text", path=("text",)),
            BodyProperty(argument="tags", path=("tags",)),
            BodyProperty(argument="meta", path=("meta",)),
            BodyProperty(argument="file", path=("file",), is_file=True, media_type="image/png"),
        ),
    )
    file = {"filename": "a.png", "base64": base64.b64encode(PNG).decode()}
    arguments = {"text": "ü", "tags": ["x", 1], "meta": {"a": 1}, "file": file}
    parts = parts_of(encoded(spec, arguments, {"K": "v"}))

    names = [part.get_param("name", header="content-disposition") for part in parts]
    assert names == ["k", "text", "tags", "tags", "meta", "file"]
    assert [p.get_payload(decode=True) for p in parts[:5]] == [
        b"v",
        "ü".encode(),
        b"x",
        b"1",
        b'{"a":1}',
    ]
    assert parts[4].get_content_type() == "application/json"
    assert parts[5].get_content_type() == "image/png"
    assert parts[5].get_filename() == "a.png"
    assert parts[5].get_payload(decode=True) == PNG


def test_several_files_are_parts_of_one_name_and_a_missing_one_is_none():
    spec = Body(
        media_type="multipart/form-data",
        properties=(
            BodyProperty(argument="files", path=("files",), is_file=True),
            BodyProperty(argument="other", path=("other",), is_file=True),
        ),
    )
    parts = parts_of(encoded(spec, {"files": ["one", {"text": "two"}], "other": None}))
    assert [p.get_payload(decode=True) for p in parts] == [b"one", b"two"]
    assert {p.get_content_type() for p in parts} == {"application/octet-stream"}


@pytest.mark.parametrize("name", ['a"; filename="b', "a\r\nX-Evil: 1", 'a"\r\n\r\nbody'])
def test_a_file_name_cannot_add_headers_to_its_part(name):
    spec = Body(
        media_type="multipart/form-data",
        properties=(BodyProperty(argument="f", path=("f",), is_file=True),),
    )
    made = encoded(spec, {"f": {"text": "x", "filename": name}})
    (part,) = parts_of(made)
    assert sorted(part.keys()) == ["Content-Disposition", "Content-Type"]
    assert part.get_payload(decode=True) == b"x"


@pytest.mark.parametrize("kind", ["text/x\r\nX-Evil: 1", "täxt/plain", "a\0b"])
def test_the_media_type_of_a_file_cannot_add_headers(kind):
    spec = whole("application/octet-stream", is_file=True)
    with pytest.raises(Invalid, match="not a media type") as caught:
        encoded(spec, {"body": {"text": "x", "media_type": kind}})
    assert caught.value.field == "body"


def test_a_value_that_holds_the_boundary_of_another_body_does_not_end_its_part():
    first = encoded(body("multipart/form-data", "a"), {"a": "x"})
    boundary = first.content_type.partition("boundary=")[2]  # pyright: ignore[reportOptionalMemberAccess]
    value = f"x\r\n--{boundary}--\r\n"
    (part,) = parts_of(encoded(body("multipart/form-data", "a"), {"a": value}))
    assert part.get_payload(decode=True) == value.encode()


@pytest.mark.parametrize(
    ("media_type", "file", "written", "content_type"),
    [
        ("image/png", {"base64": "AAE="}, b"\0\1", "image/png"),
        ("image/png", {"base64": "AAE=", "media_type": "image/gif"}, b"\0\1", "image/png"),
        ("image/*", {"base64": " AA\nE= ", "media_type": "image/gif"}, b"\0\1", "image/gif"),
        ("image/*", {"text": "x"}, b"x", "application/octet-stream"),
        ("application/octet-stream", {"text": "x", "media_type": "a/b"}, b"x", "a/b"),
        ("application/octet-stream", "ü", "ü".encode(), "application/octet-stream"),
        ("application/octet-stream", {"text": ""}, b"", "application/octet-stream"),
    ],
)
def test_a_file_is_the_whole_body(media_type, file, written, content_type):
    made = encoded(whole(media_type, is_file=True), {"body": file})
    assert (made.content, made.content_type) == (written, content_type)  # pyright: ignore[reportOptionalMemberAccess]


@pytest.mark.parametrize("file", [{"base64": "a"}, {"base64": "é"}, {}, 5, {"base64": "AA=A"}])
def test_a_broken_file_is_refused_and_named(file):
    with pytest.raises(Invalid, match="base64") as caught:
        encoded(whole("application/octet-stream", is_file=True), {"body": file})
    assert caught.value.field == "body"


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", FORM, "multipart/mixed"])
def test_half_a_surrogate_pair_is_refused_in_words(media_type):
    with pytest.raises(Invalid, match="broken character"):
        encoded(body(media_type, "a"), {"a": "\ud800"})
