"""What is changed in Reflex's own files, and the alarm when they are not as expected."""

import pytest

from saas_app.same_origin import CHANGES, ReflexChanged, pass_on, use_own_port

STATE = "\n".join(CHANGES)
VITE = "export default {\n  server: {\n    port: 1,\n  },\n};\n"


def test_the_page_uses_its_own_port_and_a_second_compile_changes_nothing():
    once = use_own_port(STATE)
    assert once.count("endpoint.port = window.location.port;") == 2
    assert 'endpoint.port = "";' not in once
    assert use_own_port(once) == once


def test_vite_passes_the_backends_paths_on():
    once = pass_on(VITE, port=4321)
    assert '"/api/": { target: "http://127.0.0.1:4321", ws: false }' in once
    assert '"/_event": { target: "http://127.0.0.1:4321", ws: true }' in once
    assert pass_on(once, port=4321) == once


@pytest.mark.parametrize("change", [use_own_port, lambda source: pass_on(source, port=1)])
def test_another_version_of_reflex_stops_the_build(change):
    with pytest.raises(ReflexChanged, match="no longer says"):
        change("something else")
