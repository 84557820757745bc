"""Turns the query of an address into arguments and credentials."""

from urllib.parse import unquote_plus

from core.http_request import ValueCredential
from saas_app.services.intake.curl.draft import Draft
from saas_app.services.intake.curl.marks import MARK
from saas_app.services.intake.curl.schemas import inferred, joined, typed
from saas_app.services.intake.curl.secrets import is_secret


def pairs_of(query: str) -> dict[str, list[str]]:
    """The decoded names and values of a query or a form, in order, repeated names together."""
    pairs: dict[str, list[str]] = {}
    for piece in query.split("&"):
        name, _, value = piece.partition("=")
        if piece:
            pairs.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return pairs


def sort_query(query: str, draft: Draft) -> None:
    """Put every part of a query on the draft."""
    for name, values in pairs_of(query).items():
        if MARK.search(name) or not name:
            shown = draft.marks.as_written(name) or "without a name"
            draft.notes.append(f"Left out a part of the query that is unknown here: {shown}.")
        elif len(values) == 1 and draft.hides(name, values[0]):
            said = f"Query parameter {name} for {draft.host}."
            template = draft.book.template(values[0], name, is_secret=True, description=said)
            draft.credentials.append(ValueCredential(location="query", name=name, value=template))
        elif len(values) == 1:
            draft.parameter(draft.text_argument(name, values[0]), name, "query")
        else:
            argument = list_argument(name, values, draft)
            draft.parameter(argument, name, "query", is_list=True)


def list_argument(name: str, values: list[str], draft: Draft) -> str:
    """Declare an argument for a name that is repeated."""
    if any(draft.schema_of_text(value) is not None or is_secret(name, value) for value in values):
        schema = {"type": "array", "items": {"type": "string"}}
        return draft.argument(name, schema, is_required=True)
    known = [typed(value) for value in values]
    items = joined([inferred(value) for value in known])
    return draft.argument(name, {"type": "array", "items": items, "default": known})
