"""Hostile workers that speak the protocol themselves: forged, half, endless and senseless frames.

A tool's code can write to the supervisor's socket as the worker does. All it gains is the end of
its own process.
"""

import asyncio

import pytest

from tests.sandbox.attacks.conftest import descriptors_of, settled

# What no worker says while its first call runs, as Python that says it.
LIES = {
    "an answer to no call yet": "say({'done': 2, 'value': 1})",
    "an answer to the call before all": "say({'done': 0, 'value': 1})",
    "a negative number": "say({'done': -1, 'value': 1})",
    "a bool for a number": "say({'done': True, 'value': 1})",
    "a float for a number": "say({'done': 1.0, 'value': 1})",
    "a text for a number": "say({'done': '1', 'value': 1})",
    "nothing for a number": "say({'done': None})",
    "a list for a number": "say({'done': [1]})",
    "a number beyond all numbers": "say({'done': 2 ** 200})",
    "locked again": "say({'locked': True})",
    "bound again": "say({'bound': True})",
    "checked unasked": "say({'checked': []})",
    "what only a supervisor says": "say({'call': 1, 'tool': 'well', 'arguments': {}})",
    "what only a zygote says": "say({'ended': 1, 'status': 0})",
    "an empty object": "say({})",
    "a list": "say([{'done': 1}])",
    "a text": "say('done')",
    "null": "say(None)",
    "a number alone": "say(1)",
    "an empty frame": "send(frame(b''))",
    "no JSON": "send(frame(b'{\"done\":1'))",
    "not a number": 'send(frame(b\'{"done":1,"value":NaN}\'))',
    "an endless number": "send(frame(b'{\"done\":1,\"value\":1' + b'0' * 999 + b'}'))",
    "a number beyond floats": 'send(frame(b\'{"done":1,"value":1e400}\'))',
    "a number with an exponent": 'send(frame(b\'{"done":1e0,"value":1}\'))',
    "a number said twice": 'send(frame(b\'{"done":1,"value":1,"done":2}\'))',
    "a mark of byte order": 'send(frame(b\'\\xef\\xbb\\xbf{"done":1,"value":1}\'))',
    "two objects in a frame": 'send(frame(b\'{"done":1,"value":1}{"done":1,"value":1}\'))',
    "a control character": 'send(frame(b\'{"done":1,"value":"\\x1b[2J"}\'))',
    "a comma too many": 'send(frame(b\'{"done":1,"value":1,}\'))',
    "another kind of JSON": "send(frame(b\"{'done':1}\"))",
    "NULs": "send(frame(bytes(64)))",
    "no UTF-8": 'send(frame(b\'{"done":1,"value":"\\xff\\xfe"}\'))',
    "half a character": 'send(frame(b\'{"done":1,"value":"\\\\ud800"}\'))',
    "deep nesting": "send(frame(b'[' * 1_000_000))",
    "a frame of 4 GiB": "send(b'\\xff\\xff\\xff\\xff')",
    "a frame one byte too long": "send(struct.pack('!I', 2 * 1024 * 1024 + 1))",
    "a pickle": "import pickle; send(frame(pickle.dumps({'done': 1})))",
    "an answer whose error is none": "say({'done': 1, 'error': 'no'})",
    "an error that is null": "say({'done': 1, 'error': None})",
    "an answer with nothing in it": "say({'done': 1})",
    "an answer larger than any may be": "say({'done': 1, 'value': 'x' * 1_100_000})",
    "a name without end": (
        "say({'done': 1, 'error': {'kind': 'ToolError', 'message': '', 'trace': "
        "[{'line': 1, 'function': 'x' * 1_000, 'code': ''}]}})"
    ),
    "two answers in one": "say({'done': 1, 'value': 1, 'content': []})",
    "an error without words": "say({'done': 1, 'error': {}})",
    "an error of the supervisor's": (
        "say({'done': 1, 'error': {'kind': 'Busy', 'message': '', 'trace': []}})"
    ),
    "an error of a megabyte": (
        "say({'done': 1, 'error': {'kind': 'ToolError', 'message': 'x' * 10**6, 'trace': []}})"
    ),
    "a trace that is none": (
        "say({'done': 1, 'error': {'kind': 'ToolError', 'message': '', 'trace': [1]}})"
    ),
    "content that is none": "say({'done': 1, 'content': 5})",
    "content without a type": "say({'done': 1, 'content': [{'text': 'x'}]})",
    "time that runs backwards": "say({'done': 1, 'value': 1, 'cpu_ms': -1000.0})",
    "memory that is text": "say({'done': 1, 'value': 1, 'memory_kib': 'x'})",
    "fields that no answer has": "say({'done': 1, 'value': 1, 'connections': []})",
    "an answer to another's call": "say({'done': 10 ** 6, 'value': 1})",
    "the store for another's call": "say({'store': 1, 'call': 2, 'do': 'get', 'key': 'a'})",
    "the store for a list": "say({'store': 1, 'call': [], 'do': 'get', 'key': 'a'})",
    "the store without a number": "say({'store': None, 'call': 1, 'do': 'get', 'key': 'a'})",
    "the store with a bool": "say({'store': True, 'call': 1, 'do': 'get', 'key': 'a'})",
    "the store with no key": "say({'store': 1, 'call': 1, 'do': 'get'})",
    "the store with a list for a key": "say({'store': 1, 'call': 1, 'do': 'get', 'key': []})",
    "the store doing what it cannot": "say({'store': 1, 'call': 1, 'do': 'drop', 'key': 'a'})",
    "the store with one number twice": (
        "say(*({'store': 1, 'call': 1, 'do': 'get', 'key': 'a'} for _ in range(2)))"
    ),
    "what only the store says": "say({'stored': 1, 'value': 1})",
    "the store of another server": (
        "say({'store': 1, 'call': 1, 'do': 'get', 'key': 'a', 'server': 'neighbour'})"
    ),
    "the store of another tenant": (
        "say({'store': 1, 'call': 1, 'do': 'get', 'key': 'a', 'scope': {'owner': ''}})"
    ),
    "a value that is too large for the store": (
        "say({'store': 1, 'call': 1, 'do': 'set', 'key': 'a', 'value': 'x' * 600_000})"
    ),
    "a key that is too large for the store": (
        "say({'store': 1, 'call': 1, 'do': 'get', 'key': 'x' * 600_000})"
    ),
    "content of a kind that there is not": (
        "say({'done': 1, 'content': [{'type': 'script', 'text': ''}]})"
    ),
    "content in content": "say({'done': 1, 'content': [[{'type': 'text', 'text': ''}]]})",
    "a trace of many lines": (
        "say({'done': 1, 'error': {'kind': 'ToolError', 'message': '', 'trace': "
        "[{'line': 1, 'function': '', 'code': ''}] * 4}})"
    ),
    "the store in a flood": (
        "say(*({'store': n, 'call': 1, 'do': 'get', 'key': 'a'} for n in range(100)))"
    ),
}


@pytest.mark.parametrize("lie", LIES)
async def test_who_lies_is_ended(attack, lie):
    server = attack(f"""
        def tool():
            {LIES[lie]}
            time.sleep(30)
    """)
    error = await server.error(seconds=15)
    assert (error["kind"], error["message"]) == (
        "Crashed",
        "The tool's process broke the protocol and was stopped.",
    )


# What is senseless only after the call was answered, when a worker has nothing to say.
TALK = {
    "a second answer": "say({'done': 1, 'value': 2})",
    "half a frame": "send(struct.pack('!I', 1_000_000) + b'x')",
    "a part of a length": "send(b'\\x00')",
    "the store": "say({'store': 1, 'call': 1, 'do': 'set', 'key': 'a', 'value': 1})",
    "the end of the conversation": "os.close(3)",
}


@pytest.mark.parametrize("talk", TALK)
async def test_who_goes_on_after_the_answer_is_ended(attack, client, talk):
    server = attack(f"""
        def later():
            time.sleep(0.05)
            {TALK[talk]}
        def tool():
            threading.Thread(target=later).start()
            return "answered"
    """)
    assert await server.value() == "answered"
    await settled(lambda: is_over(client, server))
    assert server.stored == {}


async def is_over(client, server):
    return not (await client.status(server.binding.server))["workers"]


async def test_an_answer_counts_once(attack, client):
    server = attack("""
        def tool():
            say({"done": number_of_this_call(), "value": "first"})
            return "second"
    """)
    assert await server.value() == "first"
    await settled(lambda: is_over(client, server))


async def test_whoever_answers_is_not_heard_of_again_while_a_neighbouring_call_runs(attack):
    """A worker that ends with its last call may not use the time to flood the supervisor."""
    server = attack("""
        def tool(part):
            if part == "waits":
                time.sleep(30)
            while part == "leaves":
                time.sleep(0.01)
            if part == "floods":
                for _ in range(100):
                    say({"done": -1})
    """)
    waits = asyncio.create_task(server.error(part="waits", seconds=20))
    leaves = asyncio.create_task(server.call(part="leaves", seconds=20))
    floods = asyncio.create_task(server.error(part="floods", seconds=20))
    assert (await floods)["kind"] == "Crashed"
    assert (await waits)["kind"] == "Crashed"
    leaves.cancel()


@pytest.mark.parametrize(
    "closing", ["os.close(3)", "os.closerange(0, 64)", "socket.socket(fileno=3).shutdown(2)"]
)
async def test_who_hangs_up_is_ended_and_blamed(attack, closing):
    server = attack(f"""
        import socket
        def tool():
            {closing}
            time.sleep(30)
    """)
    assert (await server.error(seconds=15))["kind"] == "Crashed"


async def test_descriptors_that_are_sent_along_stay_nowhere(attack, supervisor):
    before = descriptors_of(supervisor.process.pid)
    server = attack("""
        import socket
        def tool():
            for held in (3, 1):
                with socket.socket(fileno=os.dup(held)) as way:
                    way.setblocking(True)
                    for _ in range(8):
                        socket.send_fds(way, [bytes(1)], [0] * 200)
            time.sleep(30)
    """)
    assert (await server.error(seconds=15))["kind"] in {"Crashed", "Exception"}
    await settled(lambda: has_no_more_descriptors(supervisor, before))


async def has_no_more_descriptors(supervisor, before):
    return descriptors_of(supervisor.process.pid) <= before + 24


TRICKS = ("\x1b[2J\x1b[31m", "\u202egnirts", "\r\nERROR forged", "\u2028", "\x00", "</script>")


async def test_what_a_tool_says_is_in_no_log(attack, supervisor):
    """Nor can it draw a line of its own there, or change what is drawn."""
    before = supervisor.log.read_bytes()
    server = attack("""
        def tool(text, how):
            print(text)
            os.write(2, text.encode())
            if how == "raises":
                raise type(text.replace("\\0", "0"), (Exception,), {})(text)
            if how == "lies":
                say({"done": text})
                time.sleep(30)
            if how == "connects":
                import socket
                tried(socket.create_connection, (text, 80), 1)
            return {text: text}
    """)
    for text in TRICKS:
        assert await server.value(text=text, how="returns") == {text: text}
        for how in ("raises", "lies", "connects"):
            await server.call(text=text, how=how, seconds=5)
    said = supervisor.log.read_bytes()[len(before) :]
    assert not [text for text in TRICKS if text.encode() in said]


# Floods that are allowed to say something, but not to cost the supervisor anything to keep.
FLOODS = {
    "output": "os.write(1, b'x' * 8192)",
    "output of nothing": "os.write(1, b'')",
    "output of one character": "os.write(1, b'x')",
    "headers without output": "os.write(1, struct.pack('!BIB', 0, 1, 1))",
    "output of every call": "os.write(2, struct.pack('!BIB', 0, n % 2**32, n % 256) + b'x')",
    "output that is no text": "os.write(1, bytes(range(256)))",
    "values for the store": "store.set('a', [[]] * 100_000)",
}


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_costs_the_supervisor_nothing(attack, flood):
    server = attack(f"""
        def pour():
            until, n = time.monotonic() + 0.4, 0
            while time.monotonic() < until:
                {FLOODS[flood]}
                n += 1
            return n
        def tool():
            return pour()
    """)
    answer = await server.call(seconds=15)
    assert answer["value"] > 0
    assert sum(len(text) for _, text in answer["output"]) <= 32 * 1024
    assert len(answer["output"]) <= 32 * 1024


async def test_a_bomb_of_json_ends_its_own_process(attack):
    server = attack("""
        def tool():
            for n in range(40):
                body = b'{"store":%d,"call":1,"do":"set","key":"a","value":[' % n
                send(frame(body + b"[]," * 690_000 + b"[]]}"))
            time.sleep(30)
    """)
    assert (await server.error(seconds=15))["kind"] == "Crashed"
