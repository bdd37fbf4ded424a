"""Counts the round trips of a client: a proxy in front of a server that answers one request after another.

What is sent before an answer came belongs to the same round trip, as in a pipeline. Refuses to understand
the protocol, so what a client does when it connects is counted, too.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

_CHUNK = 65_536


class CountingProxy:
    """Hands bytes to `127.0.0.1:port` and back; a context manager."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self.port: int = self._listener.getsockname()[1]
        self.round_trips = 0

    def __enter__(self) -> CountingProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone wakes nobody who stands in `accept`.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                _Conversation(self, client, socket.create_connection(("127.0.0.1", self._behind))).start()


class _Conversation:
    def __init__(self, proxy: CountingProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._lock = threading.Lock()
        self._answered = True

    def start(self) -> None:
        for one, other, asks in ((self._client, self._server, True), (self._server, self._client, False)):
            threading.Thread(target=self._hand_on, args=(one, other, asks), daemon=True).start()

    def _hand_on(self, one: socket.socket, other: socket.socket, asks: bool) -> None:
        with suppress(OSError):
            while data := one.recv(_CHUNK):
                with self._lock:
                    self._proxy.round_trips += asks and self._answered
                    self._answered = not asks
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
