"""Whether a JSON Schema is one; nothing it refers to is ever fetched."""

from typing import Any, NoReturn

import jsonschema_rs

from core.schema_weight import weight_problem


def schema_problem(schema: dict[str, Any]) -> str | None:
    """Return what is wrong with a schema, and where; None when it is a valid one."""
    if problem := weight_problem(schema):
        return problem
    try:
        jsonschema_rs.validator_for(schema, retriever=_refuse_to_fetch)
    except jsonschema_rs.ValidationError as error:
        where = "/".join(str(part) for part in error.instance_path)
        return f"{error.message} (at {where})" if where else error.message
    except ValueError as error:
        return str(error).splitlines()[0]
    return None


def _refuse_to_fetch(address: str) -> NoReturn:
    raise ValueError(f"{address} is another document: references stay inside this one.")
