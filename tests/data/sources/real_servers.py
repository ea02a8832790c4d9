"""Real servers that tests start for themselves on the loopback interface, and stop."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

#: Where programs are looked for that cannot be installed beside bayescale: MLflow and Moto pin older packages.
SERVICES = Path(os.environ.get("BAYESCALE_SERVICES", Path(__file__).resolve().parents[3] / ".services")) / "bin"

#: How to get what is not there.
POSTGRES = "apt install postgresql, and put the folder with its initdb on the PATH"
GET = {"mlflow": "make services", "moto_server": "make services", "initdb": POSTGRES, "postgres": POSTGRES}


def program(name: str) -> str:
    """The path of a program in `.services/bin` or on the PATH; skips the test where there is none, saying how to get
    it."""
    found = shutil.which(name, path=str(SERVICES)) or shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed: {GET.get(name, 'it comes with the operating system')}")
    return found


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def running(
    command: list[str], ready: Callable[[], bool], seconds: float, env: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A server, from when it is ready until the block ends; skips the test where it does not come up."""
    with tempfile.TemporaryFile() as said:
        server = subprocess.Popen(
            command, stdout=said, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, start_new_session=True
        )
        try:
            end = time.monotonic() + seconds
            while not ready():
                if server.poll() is not None or time.monotonic() > end:
                    said.seek(0)
                    pytest.skip(f"{command[0]} does not start: {said.read()[-300:].decode(errors='replace')}")
                time.sleep(0.1)
            yield
        finally:
            if server.poll() is None:
                os.killpg(server.pid, 15)
            server.wait(timeout=30)


@contextmanager
def postgres(password: str) -> Iterator[int]:
    """The port of a new PostgreSQL cluster with the superuser `owner`, which asks every connection for the password."""
    initdb, server = program("initdb"), program("postgres")
    drop = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="bayescale-postgres-"))
    try:
        (folder / "password").write_text(password)
        if drop:
            for path in (folder, folder / "password"):
                shutil.chown(path, *_account())
        data = str(folder / "data")
        options = ["-A", "scram-sha-256", "-U", "owner", f"--pwfile={folder / 'password'}", "-N", "--no-locale"]
        done = subprocess.run([*drop, initdb, "-D", data, "-E", "UTF8", *options], capture_output=True, timeout=120)
        if done.returncode:
            pytest.skip(f"initdb fails: {done.stderr[-300:].decode(errors='replace')}")
        port = free_port()
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with running([*drop, server, "-D", data, *given], lambda: answers(port), 60):
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> tuple[str, str]:
    import pwd

    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return "nobody", "nogroup"
    return "postgres", "postgres"


def _unprivileged() -> list[str]:
    """What to put before a command so that it does not run as root, which PostgreSQL refuses."""
    if os.geteuid():
        return []
    user, group = _account()
    return [program("setpriv"), f"--reuid={user}", f"--regid={group}", "--clear-groups"]
