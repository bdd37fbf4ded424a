"""TLS for the tests: a private authority, and a proxy that speaks TLS in front of a server that can't.

The embedded Valkey and many builds of Redis come without TLS. A client can't tell a server with TLS from one
behind a terminating proxy, which is how TLS is often given to Redis in production, too.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import trustme

_CHUNK = 65_536


class Authority:
    """A certificate authority that no system knows; its own certificate lies in `ca_file`."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.ca_file))

    def certificate(
        self, *names: str, since: datetime | None = None, until: datetime | None = None
    ) -> trustme.LeafCert:
        """A server's certificate for these hosts and addresses, loopback unless others are named."""
        hosts = names or ("127.0.0.1", "localhost")
        return self._ca.issue_cert(*hosts, not_before=since, not_after=until)

    def pems(self, *names: str) -> tuple[str, str]:
        """The same as texts: certificate with its chain, and key."""
        leaf = self.certificate(*names)
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        return chain.decode("ascii"), leaf.private_key_pem.bytes().decode("ascii")


class TlsProxy:
    """Takes TLS on a port of its own and hands the plain bytes to `127.0.0.1:port`; a context manager."""

    def __init__(self, certificate: trustme.LeafCert, port: int) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(self._context)
        self._behind = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> TlsProxy:
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._behind)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        except asyncio.CancelledError:
            writer.close()
            inner_writer.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
    with suppress(OSError):
        sink.close()
