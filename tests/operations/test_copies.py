"""What a product under test knows of the machine: how to start, and nothing that was set there."""

from core.settings import Settings
from tests.product import ROOT, clean_environment, free_ports


def test_no_setting_of_the_developer_reaches_a_product_under_test(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "theirs")
        monkeypatch.setenv(f"REFLEX_{name.upper()}", "theirs")
    environment = clean_environment(DATA_DIR="ours")
    assert {name for name, value in environment.items() if value == "theirs"} == set()
    assert environment["DATA_DIR"] == "ours"
    assert {"PATH", "HOME"} <= environment.keys()


def test_a_copy_to_run_holds_no_settings_and_no_data(tree):
    assert (tree / "saas_app/__main__.py").is_file()
    assert not (tree / ".env").exists()
    assert not (tree / "data").exists()
    assert (tree / ".ui").resolve() == (ROOT / ".ui").resolve()


def test_free_ports_are_not_those_of_outgoing_connections():
    ports = free_ports(3)
    assert len(set(ports)) == 3
    assert all(20_000 <= port < 32_000 for port in ports)
