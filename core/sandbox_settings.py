"""The settings that the sandbox's supervisor reads: few, and no secret among them."""

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.denied import Denied, denied, denied_networks
from core.environment import Environment

EXTRA_UIDS = 16


class SandboxMode(StrEnum):
    """How much isolation of Python tools is asked for; see docs/sandbox.md."""

    AUTO = "auto"
    COMPAT = "compat"
    OFF = "off"
    UNSAFE_DEV = "unsafe-dev"


class SandboxSettings(BaseSettings):
    """A part of `core.settings.Settings`, read by itself where none of the rest may be known."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    environment: Environment = Environment.DEVELOPMENT
    data_dir: Path = Path("data")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    # Where the product is reached
    public_url: str = ""
    mcp_url: str = ""
    egress_denied_networks: str = ""

    # Python tools
    sandbox: SandboxMode = SandboxMode.AUTO
    # In the range that systems give to no person and to no lasting service.
    sandbox_uid: int = Field(default=62_901, gt=0)
    sandbox_workers: int = Field(default=300, ge=1)
    sandbox_spares: int = Field(default=4, ge=0)
    sandbox_cache: Path | None = None

    @field_validator("egress_denied_networks")
    @classmethod
    def _names_networks(cls, text: str) -> str:
        denied_networks(text)
        return text

    @cached_property
    def denied(self) -> Denied:
        """What no tool may reach although it is public."""
        return denied(self.egress_denied_networks, self.public_url, self.mcp_url)

    @property
    def worker_uids(self) -> range:
        """Who workers become, one each, where they have no namespaces.

        There are more numbers than workers, since one that ended has its own until it is buried.
        """
        first = self.sandbox_uid + 1
        return range(first, first + 2 * (self.sandbox_workers + self.sandbox_spares) + EXTRA_UIDS)

    @property
    def is_production(self) -> bool:
        """Whether unsafe defaults are refused."""
        return self.environment is Environment.PRODUCTION
