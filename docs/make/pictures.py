"""The README's two pictures, from one real run over the synthetic corpus and a real Elasticsearch.

    python -m docs.make.pictures      (`make pictures`)

`images/terminal.svg` is what the terminal showed: commands run on a terminal of their own, recorded by
rich. `images/archive.svg` is what Elasticsearch answered to the requests of charts of the shipped Kibana
dashboards. The corpus is the same everywhere, so only times and paths differ from run to run; both are
written out of the picture.
"""

from __future__ import annotations

import html
import io
import json
import os
import pty
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docs.make.chart import Bars, Columns, draw
from elasticsearch import Elasticsearch
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from tests.corpus import write_corpus
from tests.kibana.requests import Objects, Row, lens_request, rows_of
from tests.servers.elasticsearch_server import ElasticsearchServer

from newsdrop.index.mapping import index_body, mapped_fields
from newsdrop.options import IndexOptions

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs/images"
_COLUMNS = 112
_PATIENCE_S = 90
_SHOWN = (["search", "琥珀燈塔", "-n", "2"], ["status"], ["audit", "~/archive"])
_LANGUAGES = {"zh-Hans": "简体", "zh-Hant": "繁體", "en": "English"}


def main() -> None:
    """Run everything and write both pictures."""
    server = ElasticsearchServer()
    with tempfile.TemporaryDirectory() as folder:
        try:
            server.start()
            home = Path(folder)
            environ = _environ(home, server.url)
            write_corpus(home / "archive")
            command = [*_NEWSDROP, "up", str(home / "archive"), "--until-idle"]
            subprocess.run(command, env=environ, check=True)
            with _up(home, environ):
                (IMAGES / "terminal.svg").write_text(_terminal(home, environ), "utf-8")
            (IMAGES / "archive.svg").write_text(_archive(server.url), "utf-8")
        finally:
            server.remove()


_NEWSDROP = [sys.executable, "-m", "newsdrop"]


def _environ(home: Path, url: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDROP_")}
    return clean | {
        "HOME": str(home),
        "PYTHONPATH": str(ROOT / "workers"),
        "NEWSDROP_STATE_DIR": str(home / "state"),
        "NEWSDROP_ELASTICSEARCH_URL": url,
        "NEWSDROP_ENRICH_KEYWORDS": "true",
        "COLUMNS": str(_COLUMNS),
        "TERM": "xterm-256color",
    }


@contextmanager
def _up(home: Path, environ: dict[str, str]) -> Iterator[None]:
    """`newsdrop up` on the folder, from when its processes have reported to the end of the block."""
    with (home / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [*_NEWSDROP, "up", str(home / "archive")], env=environ, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + _PATIENCE_S
            while not _at_work(environ):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"`newsdrop up` did not get to work:\n{(home / 'up.log').read_text()}")
                time.sleep(1)
            yield
        finally:
            process.terminate()
            process.wait(_PATIENCE_S)


def _at_work(environ: dict[str, str]) -> bool:
    answer = subprocess.run([*_NEWSDROP, "status", "--json"], env=environ, capture_output=True, check=False)
    if answer.returncode:
        return False
    status = json.loads(answer.stdout)
    return bool(status["watchers"]) and any(not one.get("stopping") for one in status["workers"].values())


def _terminal(home: Path, environ: dict[str, str]) -> str:
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True)
    for arguments in _SHOWN:
        given = [argument.replace("~", str(home)) for argument in arguments]
        console.print(Text.assemble(("$ ", "bold green"), ("newsdrop " + " ".join(arguments), "bold")))
        shown = _on_a_terminal([*_NEWSDROP, *given], environ).replace(str(home), "~")
        shown = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9200", shown).replace(socket.gethostname(), "host")
        console.print(Text.from_ansi(shown.replace("\r\n", "\n").rstrip()), soft_wrap=False)
        console.print()
    svg = console.export_svg(title="newsdrop")
    # GitHub loads nothing from elsewhere for a picture; the reader's own monospace face does.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return re.sub(r'textLength="([\d.]+)"([^>]*)>([^<]*)<', _true_length, svg)


def _true_length(found: re.Match[str]) -> str:
    """rich gives a text as much room as it has characters; Han characters take two cells each."""
    text = html.unescape(found[3])
    length = float(found[1]) / len(text) * cell_len(text) if text else 0.0
    return f'textLength="{length:.1f}"{found[2]}>{found[3]}<'


def _on_a_terminal(command: list[str], environ: dict[str, str]) -> str:
    """What a command writes to a terminal on its stdout; notices on stderr are left out."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=environ, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65_536)
            except OSError:
                # Linux says so when the last writer has closed its end.
                break
            if not piece:
                break
            shown += piece
        code = process.wait(120)
    os.close(ours)
    if code:
        raise SystemExit(f"{command} ended with {code}")
    return shown.decode("utf-8")


def _archive(url: str) -> str:
    names = IndexOptions()
    mappings = {
        names.alias: mapped_fields(index_body("articles", names)),
        names.letters: mapped_fields(index_body("dead-letters", names)),
    }
    objects = Objects((ROOT / "deploy/kibana/newsdrop.ndjson").read_text("utf-8"), mappings)
    client = Elasticsearch(url, request_timeout=60)
    client.indices.refresh(index=f"{names.alias},{names.letters}")

    def rows(name: str, query: str = "") -> list[Row]:
        chart = next(one for one in objects.of("lens") if one["id"] == f"newsdrop-{name}")
        columns, view = objects.layer(chart), objects.view_of(chart)
        answer: dict[str, Any] = client.search(index=view.index, **lens_request(columns, query, view)).body
        return rows_of(answer, columns)

    drawn = draw(
        [
            # Without those that say no time, which stand at that of their file: today.
            _stacked("Articles by month of publication", rows("articles-by-language", "published_at: *")),
            _listed("Sites", rows("sites"), 10),
            _listed("Top keywords", rows("keywords"), 12),
            _listed("Site rules that read the pages", rows("rules-used"), 8),
        ]
    )
    client.close()
    return drawn


def _stacked(title: str, rows: list[Row]) -> Columns:
    months = sorted({month[:7] for (_, month), _ in rows})
    series = {name: [0] * len(months) for name in _LANGUAGES.values()}
    for (language, month), values in rows:
        series[_LANGUAGES[language]][months.index(month[:7])] += values["metric-0"]
    return Columns(title, [month[:4] if month.endswith("-01") else "" for month in months], series)


def _listed(title: str, rows: list[Row], most: int) -> Bars:
    return Bars(title, [(keys[0], values["metric-0"]) for keys, values in rows[:most]])


if __name__ == "__main__":
    main()
