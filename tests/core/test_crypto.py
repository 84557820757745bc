"""Sealed values open for their row, under a known key, unchanged; and for nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import CannotOpen, Sealer

OLD, NEW = b"o" * 32, b"n" * 32


@given(st.binary(max_size=200), st.text(max_size=50))
def test_what_was_sealed_opens_again(plain, row):
    sealer = Sealer((NEW,))
    assert sealer.open(sealer.seal(plain, bound_to=row), bound_to=row) == plain


def test_a_value_does_not_open_in_another_row():
    sealer = Sealer((NEW,))
    sealed = sealer.seal(b"secret", bound_to="variable/1")
    with pytest.raises(CannotOpen):
        sealer.open(sealed, bound_to="variable/2")


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_goes_unnoticed(position, flip):
    sealer = Sealer((NEW,))
    sealed = bytearray(sealer.seal(b"secret", bound_to="row"))
    sealed[position % len(sealed)] ^= flip
    with pytest.raises(CannotOpen):
        sealer.open(bytes(sealed), bound_to="row")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01abcd", b"\x02" + b"x" * 60])
def test_rubbish_does_not_open(sealed):
    with pytest.raises(CannotOpen):
        Sealer((NEW,)).open(sealed, bound_to="row")


def test_after_a_rotation_old_values_open_and_new_ones_use_the_new_key():
    sealed = Sealer((OLD,)).seal(b"secret", bound_to="row")
    rotated = Sealer((NEW, OLD))
    assert rotated.open(sealed, bound_to="row") == b"secret"
    assert not rotated.is_current(sealed)
    assert rotated.is_current(rotated.seal(b"secret", bound_to="row"))
    with pytest.raises(CannotOpen):
        Sealer((NEW,)).open(sealed, bound_to="row")


def test_keys_for_other_uses_differ_by_purpose_and_from_the_sealing_key():
    sealer = Sealer((NEW,))
    assert len({sealer.derived_key("a"), sealer.derived_key("b"), NEW}) == 3
