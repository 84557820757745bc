"""Shapes of answers: what is held to them and what is not."""

import pytest

from saas_app.services.answer_shape import json_in, mismatches, shape_of

PARIS = {"id": 1, "name": "Paris", "tags": ["a"], "mayor": None, "at": {"lat": 48.8}}


def differences(recorded, now):
    return list(mismatches(shape_of(recorded), now))


@pytest.mark.parametrize(
    "now",
    [
        PARIS,
        {**PARIS, "id": 2.5, "name": "Rome"},
        {**PARIS, "new": True},
        {**PARIS, "tags": []},
        {**PARIS, "mayor": {"name": "Anne"}},
    ],
)
def test_other_values_new_keys_and_empty_lists_keep_the_shape(now):
    assert differences(PARIS, now) == []


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ([], "The answer is array, was object"),
        ({**PARIS, "id": "1"}, "id is string, was number"),
        ({**PARIS, "id": True}, "id is boolean, was number"),
        ({**PARIS, "name": None}, "name is null, was string"),
        ({**PARIS, "at": {}}, "at.lat is missing"),
        ({**PARIS, "tags": ["a", 2]}, "tags[1] is number, was string"),
        ({k: v for k, v in PARIS.items() if k != "tags"}, "tags is missing"),
    ],
)
def test_missing_keys_and_other_types_are_named(now, words):
    assert differences(PARIS, now) == [words]


def test_items_of_a_list_are_one_shape_whose_keys_are_those_they_share():
    recorded = [{"id": 1, "a": "x"}, {"id": None, "b": [1]}, {"id": 2, "b": [{"c": 1}]}]
    assert differences(recorded, [{"id": 7}, {"id": None, "a": "y", "b": []}]) == []
    assert differences(recorded, [{"a": "x"}]) == ["[0].id is missing"]
    assert differences(recorded, [{"id": 1, "b": ["x"]}]) == [
        "[0].b[0] is string, was number or object"
    ]


def test_lists_that_were_empty_accept_anything():
    assert differences({"items": []}, {"items": [1, "a"]}) == []
    assert differences([[], [1]], [["a"]]) == ["[0][0] is string, was number"]


@pytest.mark.parametrize(
    ("content", "structured", "value"),
    [
        ((), {"id": 1}, {"id": 1}),
        (({"type": "text", "text": '{"id": 1}'},), None, {"id": 1}),
        (({"type": "text", "text": "plain"},), None, "plain"),
        (
            ({"type": "image", "data": "aaaa", "mimeType": "image/png"},),
            None,
            [{"type": "image", "mimeType": "image/png"}],
        ),
    ],
)
def test_what_is_compared_is_the_richest_reading_of_the_answer(content, structured, value):
    assert json_in(content, structured) == value
