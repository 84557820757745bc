"""The settings that the sandbox's supervisor reads: few, and no secret among them."""

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.environment import Environment


class SandboxMode(StrEnum):
    """How much isolation of Python tools is asked for; see docs/sandbox.md."""

    AUTO = "auto"
    OFF = "off"


class SandboxSettings(BaseSettings):
    """A part of `core.settings.Settings`, read by itself where none of the rest may be known."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    environment: Environment = Environment.DEVELOPMENT
    data_dir: Path = Path("data")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    sandbox: SandboxMode = SandboxMode.AUTO
    # In the range that systems give to no person and to no lasting service.
    sandbox_uid: int = Field(default=62_901, gt=0)
    sandbox_workers: int = Field(default=300, ge=1)
    sandbox_spares: int = Field(default=4, ge=0)
    sandbox_cache: Path | None = None

    @property
    def is_production(self) -> bool:
        """Whether unsafe defaults are refused."""
        return self.environment is Environment.PRODUCTION
