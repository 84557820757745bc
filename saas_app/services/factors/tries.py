"""How often a code may be guessed: counted across all factors, and all doors that take one."""

from datetime import timedelta

from core.errors import DomainError
from saas_app.services.limits import Limit

FACTOR_TRIES = Limit("second_factor", 10, timedelta(minutes=15))


class WrongCode(DomainError):
    """The code is wrong, was used before, or is too old; which one is not told."""

    code = "wrong_code"
    status = 401

    def __init__(self, message: str = "That code is not right. Enter the one shown now.") -> None:
        super().__init__(message, field="code")
