"""Files that people open in a spreadsheet: CSV and Excel workbooks, and what their cells hold."""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
CHUNK_BYTES = 64 * 1024
# Workbooks keep texts in one pool otherwise, which is all of them in memory.
FRUGAL = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}

Cell = str | int | bool | datetime | None
Rows = Sequence[Sequence[Cell]]


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe keeps it a text.

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


async def as_csv(
    columns: Sequence[str], batches: AsyncIterable[Rows], *, delimiter: str = ","
) -> AsyncIterator[bytes]:
    """Yield a CSV file in UTF-8, some rows at a time.

    Args:
        columns: the first line.
        batches: the rows.
        delimiter: what stands between cells; some spreadsheets open semicolons alone.
    """
    yield _lines([columns], delimiter)
    async for rows in batches:
        yield _lines(rows, delimiter)


async def as_workbook(
    columns: Sequence[str], batches: AsyncIterable[Rows], *, name: str
) -> AsyncIterator[bytes]:
    """Yield an Excel workbook of one sheet; its rows wait on the disk until the last is known."""
    with tempfile.TemporaryDirectory(prefix="toolkiln-") as folder:
        path = Path(folder) / "export.xlsx"
        workbook = Workbook(str(path), {**FRUGAL, "tmpdir": folder})
        sheet = workbook.add_worksheet(name)
        heading = workbook.add_format({"bold": True})
        moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 20)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, heading)
        number = 0
        async for rows in batches:
            await asyncio.to_thread(_write, sheet, rows, number + 1, moment)
            number += len(rows)
        await asyncio.to_thread(workbook.close)
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk


def _write(sheet: Any, rows: Rows, first: int, moment: Any) -> None:
    """Write rows; a text is written as one, so that none becomes a formula or a link."""
    for number, row in enumerate(rows, start=first):
        for place, cell in enumerate(row):
            _write_cell(sheet, number, place, cell, moment)


def _write_cell(sheet: Any, number: int, place: int, cell: Cell, moment: Any) -> None:
    if isinstance(cell, bool):
        sheet.write_boolean(number, place, cell)
    elif isinstance(cell, int):
        sheet.write_number(number, place, cell)
    elif isinstance(cell, datetime):
        sheet.write_datetime(number, place, cell.astimezone(UTC).replace(tzinfo=None), moment)
    elif cell:
        sheet.write_string(number, place, cell)


def _lines(rows: Rows, delimiter: str) -> bytes:
    lines = io.StringIO()
    writer = csv.writer(lines, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([_text(cell) for cell in row] for row in rows)
    return lines.getvalue().encode()


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return cell.isoformat() if isinstance(cell, datetime) else safe_cell(str(cell))
