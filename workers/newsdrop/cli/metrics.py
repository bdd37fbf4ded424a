"""`newsdrop metrics`: serves the metrics over HTTP for Prometheus and other OpenMetrics clients."""

from __future__ import annotations

import signal
import threading
from socketserver import ThreadingMixIn
from typing import Annotated, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import typer
from prometheus_client import CollectorRegistry, make_wsgi_app

from newsdrop.cli.assembly import open_services
from newsdrop.cli.guard import guarded
from newsdrop.cli.lifeline import tie_to_parent
from newsdrop.cli.logs import set_up_logs
from newsdrop.errors import ConfigError
from newsdrop.events import emit
from newsdrop.heartbeat import Heartbeat, Role
from newsdrop.monitor.metrics import MetricsCollector
from newsdrop.settings import load_settings
from newsdrop.stopsignals import stop_signals

__all__ = ["register"]

_PATH: Final = "/metrics"
_REQUEST_S: Final = 10.0


def register(app: typer.Typer) -> None:
    """Add `metrics`."""
    app.command(
        epilog="Example:  newsdrop metrics --port 9464 & curl localhost:9464/metrics",
    )(guarded(metrics))


def metrics(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0: any free one.")] = 9464,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    child_of: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    if child_of is not None:
        tie_to_parent(child_of)
    settings = load_settings()
    set_up_logs(settings.log, service=True)
    heartbeat = Heartbeat(settings.state_dir, Role.METRICS)
    with open_services(settings) as services:
        collector = MetricsCollector(
            services.ledger.gauges,
            services.letters,
            on_error=lambda message: emit("metrics.outage", service="redis", reason=message),
        )
        registry = CollectorRegistry()
        registry.register(collector)
        with _listen(host, port, make_wsgi_app(registry)) as server:
            server.heartbeat = heartbeat
            heartbeat.beat()
            emit("metrics.started", where=f"http://{host}:{server.server_port}{_PATH}")
            _serve(server)
    heartbeat.end()


class _Handler(WSGIRequestHandler):
    # A client that connects and sends nothing must not hold a thread forever.
    timeout = _REQUEST_S

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a line per scrape would hide what matters."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    heartbeat: Heartbeat | None = None

    def service_actions(self) -> None:
        """Called by the serving loop twice a second; writes the heartbeat."""
        if self.heartbeat is not None:
            self.heartbeat.beat()


def _listen(host: str, port: int, metrics_app: Any) -> _Server:
    def application(environ: dict[str, Any], start_response: Any) -> Any:
        if environ.get("PATH_INFO") == _PATH:
            return metrics_app(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"The metrics are at {_PATH}.\n".encode()]

    try:
        return make_server(host, port, application, _Server, _Handler)
    except (OSError, OverflowError) as error:
        raise ConfigError(f"The metrics can't be served at {host}:{port}: {error}.") from None


def _serve(server: _Server) -> None:
    def end(*_: object) -> None:
        # Not in this thread, which is the one that serves.
        threading.Thread(target=server.shutdown).start()

    for number in stop_signals():
        signal.signal(number, end)
    server.serve_forever()
