"""The tree of refusals: facts a person can be told, each with a code and an HTTP status."""


class DomainError(Exception):
    """A refusal with a message fit for the user; anything else that is raised is a bug.

    Args:
        message: one or two sentences in the user's words: what happened and what to do.
        field: the name of the input that caused it, so that a form can show it in place.
    """

    code = "refused"
    status = 400

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(DomainError):
    """What was given cannot be accepted as it is."""

    code = "invalid"
    status = 422


class SignedOut(DomainError):
    """Nobody is signed in, or the session has ended."""

    code = "signed_out"
    status = 401


class NotFresh(DomainError):
    """A sensitive act needs a proof of identity that is minutes old, and there is none."""

    code = "not_fresh"
    status = 401


class Forbidden(DomainError):
    """The actor sees the thing and lacks the permission."""

    code = "forbidden"
    status = 403


class NotFound(DomainError):
    """No such thing, or it belongs to somebody else; the two look the same."""

    code = "not_found"
    status = 404


class Conflict(DomainError):
    """The thing is in a state that does not allow this."""

    code = "conflict"
    status = 409


class LimitReached(DomainError):
    """Too many or too much; the message says how much is allowed."""

    code = "limit_reached"
    status = 429


class UpstreamUnavailable(DomainError):
    """A neighbour (an API, a database, a mail service) failed.

    Args:
        can_retry: whether trying the same again may help.
    """

    code = "upstream_unavailable"
    status = 502

    def __init__(self, message: str, *, can_retry: bool, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.can_retry = can_retry
