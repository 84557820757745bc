"""Where the product runs."""

from enum import StrEnum


class Environment(StrEnum):
    """Where the product runs. Production refuses every default that is unsafe there."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"
