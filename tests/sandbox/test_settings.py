"""The supervisor reads a few of the product's settings, and reads them the same way."""

import pytest

from core.settings import Settings, secret_names
from sandbox.settings import SandboxSettings


@pytest.mark.parametrize("name", SandboxSettings.model_fields)
def test_each_setting_is_one_of_the_products_and_no_secret(name):
    ours, whole = SandboxSettings.model_fields[name], Settings.model_fields[name]
    assert (ours.annotation, ours.default) == (whole.annotation, whole.default)
    assert [str(rule) for rule in ours.metadata] == [str(rule) for rule in whole.metadata]
    assert name.upper() not in secret_names()
