"""Does an alert reach a real command and a real server, and does what fails not hide or reveal anything?"""

import json
import sys
from pathlib import Path

import pytest

from bayescale.ops.alerts import Alert, deliver
from tests.ops.conftest import Heard

ALERT = Alert("pile", "drift", "run x fell outside: 2.1 where 1.9 to 2.0 was forecast")


def test_the_address_hears_it(server: tuple[str, type[Heard]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_URL", server[0])
    assert deliver(ALERT, None, "${ALERTS_URL}") == ()
    assert server[1].posted == [{"model": "pile", "kind": "drift", "message": ALERT.message}]


def test_a_refusal_is_said_without_the_address(
    server: tuple[str, type[Heard]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server[1].answer = 403
    monkeypatch.setenv("ALERTS_URL", server[0])
    (said,) = deliver(ALERT, None, "${ALERTS_URL}")
    assert "could not be posted to ${ALERTS_URL}" in said
    assert "hush" not in said
    monkeypatch.delenv("ALERTS_URL")
    assert "set ALERTS_URL" in deliver(ALERT, None, "${ALERTS_URL}")[0]


def test_the_command_hears_it_and_no_shell_does(tmp_path: Path) -> None:
    out = tmp_path / "heard.json"
    script = tmp_path / "hear.py"
    script.write_text("import sys\nopen(sys.argv[1], 'w').write(sys.stdin.read())\n", encoding="utf-8")
    sly = Alert("pile", "drift", "$(touch sly); `touch sly`")
    assert deliver(sly, f"{sys.executable} {script} {out}", None) == ()
    assert json.loads(out.read_text(encoding="utf-8"))["message"] == sly.message
    assert not list(tmp_path.glob("sly"))


def test_a_command_that_fails_is_said() -> None:
    assert "could not be run" in deliver(ALERT, "no-such-command-here", None)[0]
    assert "left with 3" in deliver(ALERT, f"{sys.executable} -c 'raise SystemExit(3)'", None)[0]
