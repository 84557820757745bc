"""What changed between two texts, line by line."""

from hypothesis import given
from hypothesis import strategies as st

from saas_app.components.diff import diff_lines

texts = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12).map("\n".join)


def test_equal_texts_have_no_lines_to_show():
    assert diff_lines("one\ntwo", "one\ntwo") == []


def test_a_changed_line_is_removed_then_added():
    lines = diff_lines("one\ntwo\nthree", "one\nTWO\nthree")
    assert [(line["kind"], line["text"]) for line in lines] == [
        ("same", "one"),
        ("removed", "two"),
        ("added", "TWO"),
        ("same", "three"),
    ]


def test_lines_far_from_a_change_are_skipped():
    before = "\n".join(str(number) for number in range(20))
    lines = diff_lines(before, before + "\nlast", context=2)
    assert [line["kind"] for line in lines] == ["skipped", "same", "same", "added"]
    assert lines[-1]["new"] == "21"


@given(texts, texts)
def test_with_all_lines_kept_both_texts_can_be_read_back(before: str, after: str):
    lines = diff_lines(before, after, context=100)
    if before.splitlines() == after.splitlines():
        return
    old = [line["text"] for line in lines if line["kind"] in {"same", "removed"}]
    new = [line["text"] for line in lines if line["kind"] in {"same", "added"}]
    assert old == before.splitlines()
    assert new == after.splitlines()
