"""Compression is undone in bounded steps, as leniently as browsers do."""

import gzip
import zlib

import pytest

from core.errors import UpstreamUnavailable
from mcp_runtime.tool_runner.decoding import Decoder

TEXT = b"words and more words " * 500


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "": TEXT,
    "identity": TEXT,
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT),
    "GZIP , identity": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
}


def decoded(encoding: str, data: bytes, *, step: int, limit: int = 1_000_000) -> Decoder:
    decoder = Decoder(encoding, limit=limit)
    for start in range(0, len(data), step):
        decoder.feed(data[start : start + step])
    return decoder


@pytest.mark.parametrize("step", [1, 7, 100_000])
@pytest.mark.parametrize("encoding", PACKED)
def test_every_encoding_is_undone_however_it_arrives(encoding, step):
    decoder = decoded(encoding, PACKED[encoding], step=step)
    assert (decoder.result(), decoder.is_full) == (TEXT, False)


@pytest.mark.parametrize("step", [1, 2, 100_000])
def test_deflate_without_its_header_is_understood(step):
    assert decoded("deflate", raw_deflate(TEXT), step=step).result() == TEXT


@pytest.mark.parametrize("step", [1, 100_000])
def test_gzip_in_several_members_is_one_text(step):
    packed = gzip.compress(TEXT) + gzip.compress(b"more")
    assert decoded("gzip", packed, step=step).result() == TEXT + b"more"


@pytest.mark.parametrize("rest", [b"\0" * 20, b"garbage"])
@pytest.mark.parametrize("step", [1, 100_000])
def test_what_follows_a_whole_gzip_text_is_not_looked_at(rest, step):
    assert decoded("gzip", gzip.compress(TEXT) + rest, step=step).result() == TEXT


def test_what_is_not_compressed_the_way_it_says_is_refused():
    for encoding in ("gzip", "deflate"):
        with pytest.raises(UpstreamUnavailable, match="not compressed the way it says"):
            decoded(encoding, b"plain words, nothing else", step=100)


def test_bytes_are_kept_to_the_limit():
    plain = decoded("", TEXT, step=1000, limit=1500)
    packed = decoded("gzip", gzip.compress(b"\0" * 10_000_000), step=100_000, limit=1500)
    assert (len(plain.result()), plain.is_full) == (1500, True)
    assert (len(packed.result()), packed.is_full) == (1500, True)
    exact = decoded("", TEXT, step=1000, limit=len(TEXT))
    assert (exact.result(), exact.is_full) == (TEXT, False)
