"""A local MySQL that lets everybody in and answers every query with one row, the number 1."""

import asyncio
import struct

# The protocol of 4.1, secure authentication by a named plug-in, and a database at connecting.
ABILITIES = 0x0008_0000 | 0x8000 | 0x0200 | 0x0008
GREETING = (
    b"\x0a8.0.0\0\1\0\0\0saltsalt\0"
    + struct.pack("<HBHH", ABILITIES & 0xFFFF, 45, 2, ABILITIES >> 16)
    + b"\x15" + bytes(10) + b"saltsaltsalt\0mysql_native_password\0"
)  # fmt: skip
FINE = b"\0\0\0\2\0\0\0"
COLUMN = b"\3def\0\0\0\x011\0\x0c" + struct.pack("<HIBHBH", 63, 1, 8, 0, 0, 0)
END = b"\xfe\0\0\2\0"
ROWS = (b"\1", COLUMN, END, b"\x011", END)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Greet first, as MySQL does, and answer until the client leaves."""
    _write(writer, 0, GREETING)
    await _read(reader)
    _write(writer, 2, FINE)
    try:
        while (asked := await _read(reader))[:1] == b"\3":
            _write(writer, 1, *(ROWS if asked[1:].startswith(b"SELECT") else [FINE]))
    except asyncio.IncompleteReadError:
        pass
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    header = await reader.readexactly(4)
    return await reader.readexactly(int.from_bytes(header[:3], "little"))


def _write(writer: asyncio.StreamWriter, number: int, *messages: bytes) -> None:
    for place, message in enumerate(messages, number):
        writer.write(len(message).to_bytes(3, "little") + bytes([place]) + message)
