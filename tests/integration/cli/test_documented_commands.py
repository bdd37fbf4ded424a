"""Every command of newsdrop's in the docs, run over an installation that has what the docs name."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.corpus import seed_like
from tests.inputs.bundle_files import zipped
from tests.kibana.stub import kibana_stub
from tests.project.doc_commands import OURS, rule_of_the_guide
from tests.servers.cli_installation import ROOT, CliInstallation
from tests.servers.redis_server import RedisServer

from newsdrop.ledger.producer import enqueue

pytestmark = pytest.mark.redis

#: Commands that stay until they are told to end, and who starts them.
STAYING = {
    "newsdrop up ~/archive": "tests/acceptance/test_main_job.py",
    "newsdrop watch ~/archive": "tests/acceptance/test_main_job.py",
    "newsdrop worker": "tests/acceptance/test_main_job.py",
    "newsdrop metrics --port 9464 --host 0.0.0.0": "tests/acceptance/test_systemd_commands.py",
    "newsdrop web": "tests/acceptance/test_systemd_commands.py",
}
#: Commands that end with another code than 0 here, as their page says.
NEWS = {
    "newsdrop forget --query 'author:\"Ann Li\" site:example.org' --yes": {1},  # nobody of that name
}
#: A page of the site whose rule the guide shows (docs/sites.md).
EXAMPLE_PAGE = """<!--1620342429000-->
[桥头的新集市 - Example Daily](https://daily.test/zh/1)
------
<main class="article"><h1>桥头的新集市</h1><p class="reporter">记者 林舟</p>
<time datetime="2021-05-06T07:08:09+08:00">五月六日</time>
<div class="story"><p>第一段的一句话，说的是桥头的集市星期天重新开张。</p>
<p>来的人比去年多了一倍，摊位也是。</p>
<figure><img src="https://daily.test/1.jpg"></figure><p class="photo-note">桥头的新集市。</p>
<h2>以后</h2><p>市政府说，从下个月起每个星期天都有集市。</p>
<div class="share-box">分享到</div><p><a href="/subscribe">订阅我们的每日新闻</a></p></div></main>
"""
LINES = dict.fromkeys(line for _, line in OURS)


@dataclass
class Documented:
    """An installation, and what stands in it for the names that the docs use."""

    place: CliInstallation
    names: Mapping[str, str]
    forgotten: str

    def words(self, line: str) -> list[str]:
        """The command with what is really there."""
        article = {"3f2a9c1d": self.forgotten} if "--undo" in line else {}
        words = shlex.split(line)[1:]
        for name, real in {**self.names, **article}.items():
            words = [word.replace(name, real) if word == name or "/" in name else word for word in words]
        return words


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Documented]:
    redis = RedisServer().start()
    base = tmp_path_factory.mktemp("documented")
    place = CliInstallation(base, redis.url, NEWSDROP_CONFIG_DIR=str(base / "etc"))
    names = ("1046800.md", "2022/a.md", "3.md", "4.md")
    files = [place.page(name, number) for number, name in enumerate(names)]
    place.file("bad.md", b"")
    place.file("old.zip", zipped({"saved/page.md": seed_like(6, html_bytes=4_000)}))
    place.file("2022/old.zip", zipped({"a.md": seed_like(7, html_bytes=4_000)}))
    guide(base / "etc")
    try:
        states = place.json("ingest", place.drops, code=1)["states"]
        assert states == {"indexed": 6, "dead": 1, "expanded": 2}
        shown, taken_out, forgotten = (place.json("show", file)["id"][:8] for file in files[1:])
        place.run("forget", forgotten)
        kept = base / "forgotten.json"
        kept.write_text(place.run("forget", "--list", "--json").stdout, "utf-8")
        with kibana_stub() as kibana:
            kibana.spaces["news"] = {}
            real = {
                "FILE": str(files[0]),
                "1046800.md": str(files[0]),
                "ID": shown,
                "forgotten.json": str(kept),
                "3f2a9c1d": taken_out,
                "GROUP": place.json("dead", "groups")[0]["group"],
                "1764060000000-0": enqueue(b"", name="copy.md", key="order-17", redis_url=redis.url),
                "old.zip!saved/page.md": f"{place.drops}/old.zip!saved/page.md",
                "~/archive": str(place.drops),
                "/srv/archive": str(place.drops),
                "~/.config/newsdrop": str(base / "etc"),
                "/etc/newsdrop": str(base / "etc"),
                "http://localhost:5601": kibana.url,
                "https://localhost:5601": kibana.url,
            }
            yield Documented(place, real, forgotten)
    finally:
        redis.remove()


def guide(config: Path) -> None:
    """What the guide to sites has its reader write."""
    written = (("sites/example.toml", rule_of_the_guide()), ("samples/example/1.md", EXAMPLE_PAGE))
    for name, text in written:
        (config / name).parent.mkdir(parents=True)
        (config / name).write_text(text, "utf-8")


@pytest.mark.parametrize("line", [line for line in LINES if line not in STAYING])
def test_a_documented_command_does_what_its_page_says(documented: Documented, line: str) -> None:
    words = documented.words(line)
    if words[0] == "up":
        # Processes of its own, which a thread of this one could not be told apart from.
        ran = documented.place.process(*words)
        assert ran.returncode == 0, ran.stderr
        return
    done = documented.place.run(*words)
    assert done.exit_code in NEWS.get(line, {0}), done.output


def test_what_stays_is_documented_and_started_by_a_test_of_its_own() -> None:
    assert STAYING.keys() | NEWS.keys() <= LINES.keys()
    assert {path for path in STAYING.values() if not Path(ROOT, path).is_file()} == set()
