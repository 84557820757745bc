"""The supervisor's settings: the few of the product's that it needs, and so none of its secrets."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.settings import Environment, SandboxMode


class SandboxSettings(BaseSettings):
    """Read from the environment and `.env`; each field is one of `core.settings.Settings` too."""

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
        """Whether it runs in production."""
        return self.environment is Environment.PRODUCTION
