"""Servers on the loopback interface that answer as no sound server does."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

#: What a server does with a connection whose request it has read.
type Behaviour = Callable[[socket.socket, bytes], None]


@contextmanager
def serving(behave: Behaviour) -> Iterator[str]:
    """The address of a server that treats each connection so, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        open_ones: list[socket.socket] = []

        def treat(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                behave(connection, _request(connection))

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection = listening.accept()[0]
                    open_ones.append(connection)
                    threading.Thread(target=treat, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        for one in open_ones:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)


def _request(connection: socket.socket) -> bytes:
    """The head of a request and as much of its body as its length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-le")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def hang_up(connection: socket.socket, request: bytes) -> None:
    """Close without a word."""


def reset(connection: socket.socket, request: bytes) -> None:
    """Close so that the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def silence(connection: socket.socket, request: bytes) -> None:
    """Never answer."""
    connection.recv(1)


def dribble_headers(connection: socket.socket, request: bytes) -> None:
    """One byte of a header every fifth of a second: each arrives within any timeout of a socket."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 10_000:
        connection.sendall(bytes([byte]))
        time.sleep(0.2)


def dribble_body(connection: socket.socket, request: bytes) -> None:
    """A head at once, and one byte of the body every fifth of a second."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    for _ in range(10_000):
        connection.sendall(b" ")
        time.sleep(0.2)


def endless_body(connection: socket.socket, request: bytes) -> None:
    """A body that goes on as fast as it is read."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        connection.sendall(b" " * 65536)


def endless_headers(connection: socket.socket, request: bytes) -> None:
    """Headers that go on as fast as they are read."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: yes\r\n" * 100)


def nonsense(connection: socket.socket, request: bytes) -> None:
    """Bytes that are no HTTP."""
    connection.sendall(bytes(range(256)) * 10 + b"\r\n\r\n")


def cut_body(connection: socket.socket, request: bytes) -> None:
    """Less than was announced."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"a":')


def answers(content: bytes, status: str = "200 OK", headers: str = "") -> Behaviour:
    """A behaviour: the same answer to whatever is asked."""

    def behave(connection: socket.socket, request: bytes) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n{headers}\r\n"
        connection.sendall(head.encode() + content)

    return behave


def as_json(value: object, status: str = "200 OK") -> Behaviour:
    """A behaviour: a JSON document."""
    return answers(json.dumps(value).encode(), status)


def redirecting(connection: socket.socket, request: bytes) -> None:
    """Send every request to the same server again."""
    host = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"host:")).split(b":", 1)[1].strip()
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://" + host + b"/again\r\nContent-Length: 0\r\n\r\n")
