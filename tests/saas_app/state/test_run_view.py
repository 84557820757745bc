"""What the sandbox tells of a run, as the page draws it."""

from saas_app.state.run_view import LiveRun, RunView, lines_of, run_view

RUN = {
    "output": [["stdout", "one\n"], ["stderr", "two\n"]],
    "connections": [
        {"host": "a.test", "port": 443, "sent": 10, "received": 2_000, "duration_ms": 3.2,
         "refused": "", "is_open": False, "number": 1},
        {"host": "b.test", "port": 80, "sent": 0, "received": 0, "duration_ms": 0.0,
         "refused": "b.test is not among the hosts that this server may reach.",
         "is_open": False, "number": 2},
        {"host": "c.test", "port": 80, "sent": 0, "received": 0, "duration_ms": 0.0,
         "refused": "c.test is not a public address.", "is_open": False, "number": 3},
    ],
    "is_cold": True, "waited_ms": 0.2, "started_ms": 80.0, "ran_ms": 5.0, "cpu_ms": 2.5,
    "memory_kib": 40_960,
}  # fmt: skip


def test_a_request_has_no_run():
    assert run_view(None) == RunView()


def test_a_run_is_put_in_words():
    view = run_view(RUN)
    assert view.output == "one\ntwo\n"
    assert [(one["stream"], one["text"]) for one in view.lines] == [
        ("stdout", "one"),
        ("stderr", "two"),
    ]
    assert (view.memory, view.cpu, view.waited, view.started) == ("40.0 MiB", "2 ms", "", "80 ms")
    assert [one.place for one in view.connections] == ["a.test:443", "b.test:80", "c.test:80"]
    assert view.has_refusals


def test_a_host_is_offered_only_where_the_list_is_what_keeps_it_out():
    view = run_view(RUN)
    assert [one.allows for one in view.connections] == ["", "b.test", ""]
    assert view.offers_hosts
    assert not run_view(RUN | {"connections": RUN["connections"][:1]}).offers_hosts


def test_an_address_that_no_list_opens_is_not_offered():
    told = [
        RUN["connections"][1]
        | {"host": host, "refused": f"{host} is not among the hosts that this server may reach."}
        for host in ("169.254.169.254", "10.0.0.1", "::1", "9.9.9.9")
    ]
    allowed = [one.allows for one in run_view({"connections": told}).connections]
    assert allowed == ["", "", "", "9.9.9.9"]


def test_a_line_is_of_one_stream_and_keeps_its_number():
    pieces = [("stdout", "a"), ("stdout", "b\n\nc"), ("stderr", "d\n"), ("stdout", "e")]
    lines = [(one["stream"], one["text"]) for one in lines_of(pieces, most=10)]
    assert lines == [
        ("stdout", "ab"), ("stdout", ""), ("stdout", "c"), ("stderr", "d"), ("stdout", "e"),
    ]  # fmt: skip
    assert [one["number"] for one in lines_of(pieces, most=2)] == [3, 4]


def test_a_run_that_goes_on_shows_each_connection_as_it_is_by_now():
    live = LiveRun()
    live.hear("stdout", "one\n")
    live.hear("connection", RUN["connections"][0] | {"is_open": True})
    assert live.has_news
    assert [one.is_open for one in live.view().connections] == [True]
    assert not live.has_news
    live.hear("connection", RUN["connections"][0])
    live.hear("connection", RUN["connections"][1])
    view = live.view()
    assert [(one.place, one.is_open) for one in view.connections] == [
        ("a.test:443", False),
        ("b.test:80", False),
    ]
    assert [one["text"] for one in view.lines] == ["one"]
    assert view.has_refusals
