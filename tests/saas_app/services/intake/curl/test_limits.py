"""A paste of any shape costs a bounded amount of work."""

import itertools

import pytest

from core.errors import Invalid
from saas_app.services.intake.curl import read_curl
from saas_app.services.intake.curl.sent import MAX_ADDRESSES, MAX_REPEATED
from saas_app.services.intake.deadline import READING_SECONDS, Deadline
from saas_app.services.intake.names import tool_name


class CountingSet(set):
    """A set that knows how often it was asked."""

    asked = 0

    def __contains__(self, item):
        self.asked += 1
        return super().__contains__(item)


def test_commands_joined_by_mistake_are_left_out_with_the_reason():
    proposal = read_curl("curl https://a.test/x -H 'X-A: 1' \\\n" * 3000)
    assert not proposal.tools
    (skipped,) = proposal.skipped
    assert "5,999 addresses" in skipped.reason
    assert "backslash" in skipped.reason


@pytest.mark.parametrize(
    "option", ["-H 'X-A: 1' ", "-d a=1 ", "-F a=1 ", "--url-query a=1 ", "-b a=1 "]
)
def test_addresses_times_headers_and_data_are_limited(option):
    addresses = "".join(f"https://a.test/{number} " for number in range(MAX_ADDRESSES))
    many = MAX_REPEATED // MAX_ADDRESSES
    assert read_curl(f"curl {addresses} {option * many}").tools
    (skipped,) = read_curl(f"curl {addresses} {option * (many + 1)}").skipped
    assert "Split it" in skipped.reason


def test_a_text_of_very_many_commands_is_refused():
    with pytest.raises(Invalid, match="Paste fewer commands"):
        read_curl("curl https://a.test/x\n" * 2001)


@pytest.mark.parametrize(
    "text",
    [
        "curl https://a.test/x\n" * 100,
        "curl " + "https://a.test/x " * 100,
        "echo a\n" * 100 + "curl https://a.test/x",
    ],
)
def test_reading_ends_in_words_when_its_time_is_up(text):
    ticks = itertools.count()
    deadline = Deadline(lambda: float(next(ticks)))
    with pytest.raises(Invalid, match="longer than 10 seconds") as refusal:
        read_curl(text, deadline=deadline)
    assert refusal.value.field == "source"
    assert next(ticks) == READING_SECONDS + 2


def test_one_endpoint_with_very_many_keys_becomes_tools_of_a_few_each():
    text = "".join(f"curl https://a.test/x -H 'X-Api-Key: k{i}'\n" for i in range(50))
    proposal = read_curl(text)
    assert [len(tool.request.credentials) for tool in proposal.tools] == [10] * 5


def test_one_endpoint_with_very_many_arguments_becomes_several_tools():
    text = "".join(f"curl 'https://a.test/x?a{i}=1'\n" for i in range(250))
    counts = [len(tool.input_schema["properties"]) for tool in read_curl(text).tools]
    assert counts == [100, 100, 50]


def test_what_is_left_out_is_listed_up_to_a_length():
    proposal = read_curl("wget https://a.test\n" * 1000 + "curl https://a.test/x")
    assert len(proposal.skipped) == 101
    assert proposal.skipped[-1].what == "900 more"


def test_a_free_name_among_thousands_is_found_in_a_few_steps():
    taken = CountingSet()
    names = [tool_name("get_x", taken) for _ in range(5000)]
    assert len(set(names)) == 5000
    assert names[1] == "get_x_2"
    assert taken.asked < 5000 * 40
