"""Does an alert reach a real command and a real server, and does what fails not hide or reveal anything?"""

import json
import sys
import time
from pathlib import Path
from typing import get_args

import pytest

from bayescale.maintenance.alerts import delivery as alerts
from bayescale.maintenance.alerts.delivery import Channels, deliver
from bayescale.maintenance.alerts.payloads import Alert, Format, payload
from tests.data.sources import hostile_servers
from tests.maintenance.conftest import Heard

ALERT = Alert("pile", "drift", "run x fell outside: 2.1 where 1.9 to 2.0 was forecast")


def test_the_address_hears_it(server: tuple[str, type[Heard]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_URL", server[0])
    assert deliver(ALERT, Channels(webhook="${ALERTS_URL}")) == ()
    assert server[1].posted == [{"model": "pile", "kind": "drift", "message": ALERT.message}]


@pytest.mark.parametrize("form", get_args(Format.__value__))
def test_a_service_receives_its_form(
    form: Format, server: tuple[str, type[Heard]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTS_URL", server[0])
    assert deliver(ALERT, Channels(webhook="${ALERTS_URL}", format=form)) == ()
    (posted,) = server[1].posted
    assert posted == json.loads(payload(ALERT, form))
    assert "hush" not in json.dumps(posted)


def test_a_refusal_is_said_without_the_address(
    server: tuple[str, type[Heard]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server[1].answer = 403
    monkeypatch.setenv("ALERTS_URL", server[0])
    (said,) = deliver(ALERT, Channels(webhook="${ALERTS_URL}"))
    assert "could not be posted to ${ALERTS_URL}" in said
    assert "hush" not in said
    monkeypatch.delenv("ALERTS_URL")
    assert "ALERTS_URL holds no address" in deliver(ALERT, Channels(webhook="${ALERTS_URL}"))[0]


def test_the_command_hears_it_and_no_shell_does(tmp_path: Path) -> None:
    out = tmp_path / "heard.json"
    script = tmp_path / "hear.py"
    script.write_text("import sys\nopen(sys.argv[1], 'w').write(sys.stdin.read())\n", encoding="utf-8")
    sly = Alert("pile", "drift", "$(touch sly); `touch sly`")
    assert deliver(sly, Channels(command=f"{sys.executable} {script} {out}")) == ()
    assert json.loads(out.read_text(encoding="utf-8"))["message"] == sly.message
    assert not list(tmp_path.glob("sly"))


def test_a_command_that_fails_is_said() -> None:
    assert "could not be run" in deliver(ALERT, Channels(command="no-such-command-here"))[0]
    assert "ended with exit code 3" in deliver(ALERT, Channels(command=f"{sys.executable} -c 'raise SystemExit(3)'"))[0]


HOSTILE = {
    "hanging up": (hostile_servers.hang_up, "RemoteDisconnected"),
    "a reset": (hostile_servers.reset, ""),
    "nonsense": (hostile_servers.nonsense, "not HTTP"),
    "silence": (hostile_servers.silence, "no complete answer within 1 s"),
    "dribbling headers": (hostile_servers.dribble_headers, "no complete answer within 1 s"),
    "a dribbling body": (hostile_servers.dribble_body, "no complete answer within 1 s"),
    "endless headers": (hostile_servers.endless_headers, "not HTTP"),
    "a cut body": (hostile_servers.cut_body, "not HTTP"),
    "a redirect": (hostile_servers.redirecting, "the server redirects (302)"),
    "a refusal": (hostile_servers.answers(b"\x00 hush", "500 hush"), "the server answers 500"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_a_webhook_does_is_a_sentence_without_its_address(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    behave, words = HOSTILE[what]
    monkeypatch.setattr(alerts, "TIMEOUT", 1.0)
    with hostile_servers.serving(behave) as address:
        monkeypatch.setenv("ALERTS_URL", f"{address}/services/hush/key?token=hush")
        (said,) = deliver(ALERT, Channels(webhook="${ALERTS_URL}"))
    assert said.startswith("the alert could not be posted to ${ALERTS_URL}: ")
    assert words in said
    assert "hush" not in said


def test_an_endless_answer_to_an_alert_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with hostile_servers.serving(hostile_servers.endless_body) as address:
        monkeypatch.setenv("ALERTS_URL", address)
        assert deliver(ALERT, Channels(webhook="${ALERTS_URL}")) == ()


MALFORMED = (
    "https://[::1/hush",
    "https://host:hush/x",
    "https://",
    "https:///hush",
    "https://a b/hush",
    "https://host/hush\nX-Header: 1",
    "https://" + "a" * 300 + ".example/hush",
    "https://127.0.0.1:99999999/hush",
    "http://127.0.0.1:9/ü hush",
    "http://user:hush@127.0.0.1:9/hush",
    "hush",
)


@pytest.mark.parametrize("address", MALFORMED)
def test_a_malformed_address_is_a_sentence_without_it(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_URL", address)
    (said,) = deliver(ALERT, Channels(webhook="${ALERTS_URL}"))
    assert "ALERTS_URL" in said
    assert "hush" not in said


SCRIPTS = {
    "never ends": ("import time; time.sleep(60)", "did not end within 2 s"),
    "leaves a child that holds its pipe": (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); sys.exit(3)",
        "ended with exit code 3",
    ),
    "writes without end": ("import sys\nwhile True: sys.stderr.write('x' * 10000)", "did not end within 2 s"),
    "reads nothing": ("import sys; sys.exit(4)", "ended with exit code 4"),
    "kills itself": ("import os; os.kill(os.getpid(), 9)", "ended with exit code -9"),
}


@pytest.mark.parametrize("what", SCRIPTS)
def test_whatever_a_command_does_ends_at_its_deadline(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, words = SCRIPTS[what]
    script = tmp_path / "hear.py"
    script.write_text(code, encoding="utf-8")
    monkeypatch.setattr(alerts, "TIMEOUT", 2.0)
    began = time.monotonic()
    (said,) = deliver(Alert("pile", "drift", "x" * 200_000), Channels(command=f"{sys.executable} {script}"))
    assert words in said
    assert len(said) < 400
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("command", ["", "'unbalanced", "\x00", "/", "no-such-command-here"])
def test_a_command_that_is_none_is_a_sentence(command: str) -> None:
    (said,) = deliver(ALERT, Channels(command=command))
    assert "command" in said
