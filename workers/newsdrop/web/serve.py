"""The server of the page: listens, samples how everything stands, and ends in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

import uvicorn

from newsdrop.errors import ConfigError, NewsdropError
from newsdrop.web.access import allowed_hosts, is_loopback
from newsdrop.web.app import build_app
from newsdrop.web.backends import Backends
from newsdrop.web.crew import Crew
from newsdrop.web.guard import Gatekeeper
from newsdrop.web.standing import SAMPLE_S

__all__ = ["Listening", "check_reach", "listen", "serve"]

#: However many pages are open, no more work than this is done at once.
_CREW: Final = 4
_BACKLOG: Final = 128
_END_S: Final = 5
_BEAT_S: Final = 2.0


class Listening:
    """A socket that listens, and where."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        host, port = sock.getsockname()[:2]
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{port}"


def check_reach(host: str, token: str | None) -> None:
    """Nothing, if it is safe to listen there.

    Raises:
        ConfigError: others than this machine could come, and nobody would have to sign in.
    """
    if token is None and not is_loopback(host):
        raise ConfigError(
            f"{host} can be reached from other machines, so the page needs a token there: set web.token "
            "(NEWSDROP_WEB_TOKEN, or NEWSDROP_WEB_TOKEN_FILE). Better still, leave it at 127.0.0.1 behind a "
            "proxy that speaks TLS, and name the proxy's host in web.hosts (docs/web.md): newsdrop itself "
            "speaks plain HTTP, and a token sent in the clear is anybody's."
        )


def listen(host: str, port: int) -> Listening:
    """A socket at this address.

    Raises:
        ConfigError: it is taken, or no address of this machine's.
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
            f"The page can't be served at {host}:{port}: {error}. Choose another with --host and --port, or "
            "web.host and web.port."
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
    """Serve until SIGTERM or Ctrl-C.

    Args:
        beat: called every few seconds while it lives.
    """
    # It takes a second to start, and somebody will read.
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
        # Who may say for whom it forwards: a proxy on this machine.
        forwarded_allow_ips="127.0.0.1,::1",
        ws="none",
    )
    _Server(config).run(sockets=[listening.socket])


class _Server(uvicorn.Server):
    """Ends by a signal and no more: uvicorn would raise it again before what is ours was closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        for number in (signal.SIGINT, signal.SIGTERM):
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
        # An outage leaves a gap in the hour; the page itself says that it is there.
        with contextlib.suppress(NewsdropError):
            await crew.do(lambda _store: backends.standing.sample())
        await asyncio.sleep(SAMPLE_S)


async def _beating(beat: Callable[[], object]) -> None:
    while True:
        beat()
        await asyncio.sleep(_BEAT_S)
