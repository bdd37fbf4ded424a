"""The server of the web interface: listens, samples the status, and shuts down in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

import uvicorn

from newsdrop.errors import ConfigError, NewsdropError
from newsdrop.stopsignals import stop_signals
from newsdrop.web.access import allowed_hosts, is_loopback
from newsdrop.web.app import build_app
from newsdrop.web.backends import Backends
from newsdrop.web.crew import Crew
from newsdrop.web.guard import Gatekeeper
from newsdrop.web.standing import SAMPLE_S

__all__ = ["Listening", "check_reach", "listen", "serve"]

#: However many pages are open, this much work is done at once.
_CREW: Final = 4
_BACKLOG: Final = 128
_END_S: Final = 5
_BEAT_S: Final = 2.0


class Listening:
    """A listening socket and its address."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        host, port = sock.getsockname()[:2]
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{port}"


def check_reach(host: str, token: str | None) -> None:
    """Return if it is safe to listen on this address.

    Raises:
        ConfigError: other machines could connect, and nobody would have to sign in.
    """
    if token is None and not is_loopback(host):
        raise ConfigError(
            f"{host} can be reached from other machines, so the web interface needs a token there: set "
            "web.token (NEWSDROP_WEB_TOKEN, or NEWSDROP_WEB_TOKEN_FILE). Better still, leave it on 127.0.0.1 "
            "behind a TLS proxy, and name the proxy's host in web.hosts (docs/web.md): newsdrop itself "
            "speaks plain HTTP, and everyone on the network can read a token sent unencrypted."
        )


def listen(host: str, port: int) -> Listening:
    """A socket at this address.

    Raises:
        ConfigError: the address is in use, or isn't one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host.strip("[]"), port))
        sock.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        sock.close()
        raise ConfigError(
            f"The web interface can't be served at {host}:{port}: {error}. Choose another address with "
            "--host and --port, or web.host and web.port."
        ) from None
    return Listening(sock)


def serve(
    backends: Backends,
    listening: Listening,
    *,
    host: str,
    token: str | None,
    hosts: tuple[str, ...],
    beat: Callable[[], object] = lambda: None,
) -> None:
    """Serve until SIGTERM, Ctrl-C or the end of the terminal.

    Args:
        beat: called every few seconds while it runs.
    """
    # It takes a second to start, and will be needed.
    backends.rereader.warm()
    gatekeeper = Gatekeeper(token, allowed_hosts(host, hosts))
    crew = Crew(backends.open_store, _CREW)
    app = build_app(backends, gatekeeper, crew, lambda _app: _lifespan(backends, crew, beat))
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_END_S,
        timeout_keep_alive=30,
        limit_concurrency=500,
        # Only a proxy on this machine may set the forwarded address.
        forwarded_allow_ips="127.0.0.1,::1",
        ws="none",
    )
    _Server(config).run(sockets=[listening.socket])


class _Server(uvicorn.Server):
    """Ends on a signal without raising it again, which uvicorn does before our resources are closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        for number in stop_signals():
            signal.signal(number, self.handle_exit)
        yield


@contextlib.asynccontextmanager
async def _lifespan(backends: Backends, crew: Crew, beat: Callable[[], object]) -> AsyncIterator[None]:
    crew.start()
    tasks = [asyncio.create_task(one) for one in (_sampling(backends, crew), _beating(beat))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(crew.close)
        await asyncio.to_thread(backends.rereader.close)


async def _sampling(backends: Backends, crew: Crew) -> None:
    while True:
        # An outage leaves a gap in the hour; the page itself reports it.
        with contextlib.suppress(NewsdropError):
            await crew.do(lambda _store: backends.standing.sample())
        await asyncio.sleep(SAMPLE_S)


async def _beating(beat: Callable[[], object]) -> None:
    while True:
        beat()
        await asyncio.sleep(_BEAT_S)
