"""Where the visitor is, as links need it from the first moment on."""

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars.base import VarData

from saas_app.state.base import AppState

READ_BY_BROWSER = VarData(
    imports={"react-router": [ImportVar(tag="useParams")]},
    hooks={"const inAddress = useParams();": None},
)


def organization_slug() -> rx.Var[str]:
    """Return the organization's part of addresses.

    The browser's own reading of its address serves until the state answers: a page is there and can
    be clicked a moment before that, and a link must not lead to nowhere then.
    """
    read = rx.Var('(inAddress.organization ?? "")', _var_type=str, _var_data=READ_BY_BROWSER)
    return rx.cond(AppState.organization_slug, AppState.organization_slug, read).to(str)


def id_in_address(name: str) -> rx.Var[str]:
    """Return an id of the address, as the browser reads it.

    What the state holds may still be of the page before: nothing of another thing is to be shown
    under this one's address, not even for a moment.
    """
    return rx.Var(f'(inAddress.{name} ?? "")', _var_type=str, _var_data=READ_BY_BROWSER)
