"""Finds rows by the words of a search, alike on both databases."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, or_


def holds_words(search: str, *columns: Any) -> list[ColumnElement[bool]]:
    """Return a condition for each word: one of the columns holds it, in whatever case.

    The database folds both sides: what Python folds is not what a database does.
    """
    return [
        or_(*(col(column).icontains(word, autoescape=True) for column in columns))
        for word in search.split()
    ]
