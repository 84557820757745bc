"""The supervisor reads a few of the product's settings."""

from core.sandbox_settings import SandboxSettings
from core.settings import secret_names


def test_no_setting_of_the_supervisor_is_a_secret():
    names = {name.upper() for name in SandboxSettings.model_fields}
    assert names
    assert not names & secret_names()
