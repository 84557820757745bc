"""What tools do and what comes of it: arguments, results, errors, output, variables, the store."""

import asyncio

import pytest

from core.sandbox_protocol import Share

# One organization alone may have all of this.
WIDE = Share(calls=64, waiting=1_000)


@pytest.mark.parametrize("kind", ["async def", "def"])
async def test_a_tool_is_called_with_its_arguments(host, kind):
    server = host(f"""
        {kind} tool(a: int, b: int = 2) -> dict:
            return {{"sum": a + b}}
    """)
    assert await server.value(a=1) == {"sum": 3}
    assert await server.value(a=1, b=5) == {"sum": 6}


@pytest.mark.parametrize(
    ("returned", "value"),
    [
        ("None", None),
        ("[1, 2.5, True]", [1, 2.5, True]),
        ("{'when': __import__('datetime').date(2026, 1, 2)}", {"when": "2026-01-02"}),
        ("{'id': __import__('uuid').UUID(int=1)}", {"id": "00000000-0000-0000-0000-000000000001"}),
        ("{1, 1}", [1]),
        ("(1, 2)", [1, 2]),
        ("__import__('decimal').Decimal('1.5')", 1.5),
    ],
)
async def test_plain_data_comes_back_as_it_is(host, returned, value):
    assert await host(f"def tool(): return {returned}").value() == value


async def test_text_is_text(host):
    answer = await host("def tool(): return 'hello'").call()
    assert answer["content"] == [{"type": "text", "text": "hello"}]


async def test_a_picture_is_a_picture(host):
    answer = await host("""
        from PIL import Image as Pictures
        def tool():
            return Pictures.new("RGB", (2, 2))
    """).call()
    assert answer["content"][0]["mimeType"] == "image/png"


async def test_several_blocks_stay_apart(host):
    answer = await host("""
        from toolkiln import Image
        def tool():
            return [{"type": "text", "text": "one"}, Image(b"\\x89PNG....")]
    """).call()
    assert [block["type"] for block in answer["content"]] == ["text", "image"]


async def test_the_name_of_a_function_may_be_long_and_is_told_in_part(host):
    name = "f" * 1_000_000
    error = await host(f"def {name}(): 1 / 0\ndef tool(): {name}()").error()
    assert error["message"] == "ZeroDivisionError: division by zero"
    assert error["trace"][-1]["function"] == "f" * 160


async def test_what_is_written_to_nowhere_is_written(host):
    """Libraries open it to be rid of what others print."""
    server = host("""
        import contextlib, os
        def tool():
            with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
                print("unheard")
            return "done"
    """)
    answer = await server.call()
    assert (answer["content"][0]["text"], answer["output"]) == ("done", [])


async def test_what_cannot_be_said_in_json_is_named(host):
    error = await host("def tool(): return {'f': tool}").error()
    assert error["kind"] == "NotSerializable"
    assert "function" in error["message"]


@pytest.mark.parametrize(
    "returned", ["'\\ud800'", "[10 ** 400]", "float('inf')", "nested(600)", "nested(10 ** 5)"]
)
async def test_what_json_has_no_room_for_is_refused_and_nothing_ends(host, returned):
    server = host(
        f"""
        calls = []
        def nested(depth):
            value = []
            for _ in range(depth):
                value = [value]
            return value
        def tool(plain):
            calls.append(1)
            return len(calls) if plain else {returned}
        """
    )
    assert (await server.error(plain=False))["kind"] == "NotSerializable"
    assert await server.value(plain=True) == 2


async def test_too_much_is_refused_before_it_is_sent(host):
    error = await host("def tool(): return 'x' * 2_000_000").error()
    assert error["kind"] == "OutputTooLarge"


async def test_a_tool_error_is_told_in_its_own_words(host):
    error = await host("""
        def tool():
            raise ToolError("There is no such city.")
    """).error()
    assert (error["kind"], error["message"]) == ("ToolError", "There is no such city.")


@pytest.mark.parametrize(
    ("raised", "kind", "message"),
    [
        ("Busy('later')", "ToolError", "later"),
        ("OutOfMemory()", "MemoryLimit", "OutOfMemory"),
        ("ValueError('\\ud800')", "Exception", "ValueError: ?"),
        ("ToolError('x' * 5_000)", "ToolError", "x" * 2_000),
        ("SyntaxError('no', ('<tool tool>', 1, 1, 'x' * 500))", "Exception", None),
    ],
)
async def test_no_class_of_a_tool_passes_for_one_of_ours(host, raised, kind, message):
    error = await host(f"""
        class Busy(ToolError): pass
        class OutOfMemory(MemoryError): pass
        def tool():
            raise {raised}
    """).error()
    assert error["kind"] == kind
    assert message is None or error["message"] == message


async def test_an_exception_says_where_it_happened(host):
    error = await host("""
        def helper(x):
            return 1 / x

        def tool():
            return helper(0)
    """).error()
    assert error["message"] == "ZeroDivisionError: division by zero"
    assert [(frame["line"], frame["code"]) for frame in error["trace"]] == [
        (6, "return helper(0)"),
        (3, "return 1 / x"),
    ]


async def test_code_that_is_no_python_says_which_line(host):
    error = await host("def tool(:\n    pass").error()
    assert error["message"].startswith("SyntaxError")
    assert error["trace"][0]["line"] == 1


async def test_a_missing_function_is_named(host):
    error = await host("def other(): pass").error()
    assert "no function called tool" in error["message"]


async def test_a_broken_tool_breaks_no_other(host):
    server = host(
        """
        def fine(): return 1
        def broken(): raise SystemExit
        """,
        "fine",
        "broken",
    )
    assert (await server.error("broken"))["message"] == "SystemExit"
    assert await server.value("fine") == 1


async def test_what_it_prints_is_kept_and_heard_at_once(host):
    server = host("""
        import sys
        def tool():
            print("one")
            sys.stderr.write("two")
            raise ToolError("no")
    """)
    answer = await server.call()
    whole = "".join(text for _, text in answer["output"])
    assert whole == "one\ntwo"
    assert answer["output"] == [list(piece) for piece in server.heard]


async def test_a_connection_is_heard_of_as_well(host):
    server = host("""
        async def tool():
            await http.get("https://a.test/")
    """)
    answer = await server.call()
    told = [said for source, said in server.heard if source == "connection"]
    assert told == answer["connections"]
    assert [one["host"] for one in told] == ["a.test"]


async def test_output_of_calls_at_once_stays_apart(host):
    server = host("""
        import asyncio
        async def tool(name):
            for _ in range(3):
                print(name, end="")
                await asyncio.sleep(0.01)
    """)
    answers = await asyncio.gather(*(server.call(name=name) for name in "ab"))
    assert ["".join(text for _, text in a["output"]) for a in answers] == ["aaa", "bbb"]


async def test_a_flood_of_output_is_cut(host):
    answer = await host("""
        def tool():
            for _ in range(10_000):
                print("x" * 100)
            return 1
    """).call()
    assert answer["value"] == 1
    assert answer["is_output_cut"]
    assert sum(len(text) for _, text in answer["output"]) <= 32 * 1024


async def test_variables_are_there_and_nowhere_else(host):
    server = host(
        """
        import os
        def tool():
            return [env["TOKEN"], env.get("NONE"), "TOKEN" in os.environ, "TOKEN" in env]
        """,
        env={"TOKEN": "one"},
    )
    assert await server.value() == ["one", None, False, True]


async def test_a_missing_variable_is_named(host):
    error = await host("def tool(): return env['TOKEN']").error()
    assert error["message"] == "The environment variable TOKEN has no value."


@pytest.mark.parametrize(
    "source",
    [
        """
        async def tool():
            await store.set("a", {"n": 1})
            await store.set("b", 2)
            await store.delete("b")
            return [await store.get("a"), await store.get("b", "none"), await store.keys()]
        """,
        """
        def tool():
            store.set("a", {"n": 1})
            store.set("b", 2)
            store.delete("b")
            return [store.get("a"), store.get("b", "none"), store.keys()]
        """,
    ],
)
async def test_the_store_keeps_what_is_put_there(host, source):
    server = host(source)
    assert await server.value() == [{"n": 1}, "none", ["a"]]
    assert server.stored == {"a": {"n": 1}}


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("store.get(1)", "A key of the store is text."),
        ("store.set('a', 'x' * 600_000)", "The value is too large for the store."),
        ("store.set('a', nested(600))", "The value is nested too deeply to be kept."),
    ],
)
async def test_what_the_store_does_not_take_is_said(host, asked, why):
    server = host(f"""
        def nested(depth):
            value = []
            for _ in range(depth):
                value = [value]
            return value
        def tool():
            try:
                {asked}
            except ToolError as error:
                return str(error)
    """)
    assert await server.value() == why


async def test_the_store_is_closed_once_the_call_is_over(host):
    server = host(
        """
        import asyncio
        said, over = [], asyncio.Event()
        async def later():
            await over.wait()
            try:
                await store.set("a", 1)
            except ToolError as error:
                said.append(str(error))
        kept = []
        async def tool(again):
            if not again:
                kept.append(asyncio.create_task(later()))
                return
            over.set()
            await kept[0]
            return said
        """
    )
    assert await server.value(again=False) is None
    assert await server.value(again=True) == ["The store can be used while the tool is called."]
    assert server.stored == {}


async def test_a_tool_may_ask_the_store_for_much_at_once(host):
    server = host("""
        import asyncio
        async def tool():
            await asyncio.gather(*(store.set(str(n), n) for n in range(200)))
            return sum(await asyncio.gather(*(store.get(str(n)) for n in range(200))))
    """)
    assert await server.value() == sum(range(200))


async def test_what_a_module_remembers_stays_in_its_server(host):
    source = """
        seen = []
        def tool():
            seen.append(1)
            return len(seen)
    """
    mine, other = host(source), host(source)
    assert [await mine.value(), await mine.value()] == [1, 2]
    assert await other.value() == 1


async def test_calls_wait_side_by_side(host):
    server = host("""
        import asyncio
        gate = asyncio.Event()
        async def tool(n):
            if n == 7:
                gate.set()
            await gate.wait()
            return n
    """)
    values = await asyncio.gather(*(server.value(n=n) for n in range(8)))
    assert values == list(range(8))


async def test_many_calls_that_only_wait_share_a_worker(host, client):
    server = host(
        """
        import asyncio
        gate = asyncio.Event()
        waiting = []
        async def tool(n):
            waiting.append(n)
            if len(waiting) > n:
                gate.set()
            await gate.wait()
            return n
        """,
        workers=1,
        share=WIDE,
    )
    assert await server.value(n=0) == 0, "from now on it is known not to need a thread"
    assert await asyncio.gather(*(server.value(n=20) for _ in range(20))) == [20] * 20
    (worker,) = (await client.status(server.binding.server))["workers"]
    assert worker["calls"] == 21


async def test_a_worker_has_no_more_calls_that_need_threads_than_threads(host, client):
    source = "import time\ndef tool(): time.sleep(0.2)"
    server = host(source, workers=1, share=WIDE)
    await server.value()
    calls, running = asyncio.gather(*(server.value() for _ in range(20))), [0]
    while not calls.done():
        (worker,) = (await client.status(server.binding.server))["workers"]
        running.append(worker["running"])
    assert max(running) == 8


async def test_a_worker_takes_more_than_its_threads_only_where_no_other_may_start(host, client):
    server = host(
        "import asyncio\nasync def tool(): await asyncio.sleep(0.5)", workers=2, share=WIDE
    )
    await server.value()
    await asyncio.gather(*(server.value() for _ in range(20)))
    workers = (await client.status(server.binding.server))["workers"]
    assert sum(worker["calls"] for worker in workers) == 21
    assert len(workers) == 2


async def test_a_new_revision_runs_new_code(host):
    old = host("def tool(): return 1", lane="same")
    new = host("def tool(): return 2", lane="same")
    assert [await old.value(), await new.value(), await new.value()] == [1, 2, 2]


async def test_a_process_of_its_own_for_each_call(host):
    source = """
        seen = []
        def tool():
            seen.append(1)
            return len(seen)
    """
    server = host(source, isolation="per_call")
    assert [await server.value() for _ in range(3)] == [1, 1, 1]


async def test_a_change_while_a_process_starts_fails_no_call(host, client):
    for _ in range(10):
        server = host("def tool(): return 1")
        asked = asyncio.create_task(server.value())
        while not asked.done():
            client.forget(server.binding.lane, server.binding.generation)
            await asyncio.sleep(0.001)
        assert await asked == 1
