from __future__ import annotations

import sys
from pathlib import Path

import pytest
from benchmarks.peers import Program, Row, filebeat, fscrawler, logstash, race, table

#: Stands in for a program that is not installed here: a script that starts the real thing and stays.
_STAND_IN = """
import subprocess, sys, time
from pathlib import Path
folder, count, code = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
work = "import time; [time.process_time() for _ in range(300_000)]"
subprocess.run([sys.executable, "-c", work], check=True)
for number in range(count):
    (folder / f"{number}.indexed").touch()
print("that was all", flush=True)
if code >= 0:
    sys.exit(code)
time.sleep(600)
"""


def stand_in(folder: Path, count: int, code: int = -1) -> Program:
    return Program("Stand-in", [[sys.executable, "-c", _STAND_IN, str(folder), str(count), str(code)]], "x")


def count_in(folder: Path) -> int:
    return len(list(folder.glob("*.indexed")))


def test_a_program_is_ended_when_all_is_searchable_and_its_children_count(tmp_path: Path) -> None:
    cost = race(stand_in(tmp_path, 5), lambda: count_in(tmp_path), 5)
    assert cost.seconds > 0
    # Its child was reaped by it long before.
    assert cost.cpu_s > 0.02


def test_a_program_that_fails_is_told_with_its_last_words(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"Stand-in ended with code 3: 2 of 5 documents are searchable"):
        race(stand_in(tmp_path, 2, code=3), lambda: count_in(tmp_path), 5)
    assert "that was all" in capfd.readouterr().err


def test_a_program_that_succeeds_with_too_few_is_told_likewise(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"Stand-in ended with code 0: 2 of 5 documents are searchable"):
        race(stand_in(tmp_path, 2, code=0), lambda: count_in(tmp_path), 5, settled_s=0.1)
    assert "that was all" in capfd.readouterr().err


def test_a_program_that_leaves_files_out_does_not_run_for_ever(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"2 of 5 documents after 0\.1 s"):
        race(stand_in(tmp_path, 2), lambda: 2, 5, patience_s=0.1)


def test_each_program_is_given_the_folder_the_server_and_full_bulks(tmp_path: Path) -> None:
    folder, url = Path("/drops"), "http://127.0.0.1:9200"
    crawler = fscrawler(Path("/opt/fscrawler"), tmp_path, folder, url)
    assert crawler.commands[0][0] == "/opt/fscrawler/bin/fscrawler"
    assert "--restart" in crawler.commands[0], "what it read in the round before would not be read again"
    settings = (tmp_path / "fscrawler" / "peer" / "_settings.yaml").read_text()
    shipper = filebeat(Path("/opt/filebeat"), tmp_path, folder, url)
    beats = (tmp_path / "filebeat" / "filebeat.yml").read_text()
    assert shipper.memory == tmp_path / "filebeat" / "data"
    stash = logstash(Path("/opt/logstash"), tmp_path, folder, url)
    pipes = (tmp_path / "logstash" / "peer.conf").read_text()
    for text in (settings, beats, pipes):
        assert "/drops" in text
        assert url in text
    for told in (settings, beats, " ".join(stash.commands[0])):
        assert "1000" in told


def test_the_table_pairs_what_ran_in_the_same_round() -> None:
    rows = {
        "ours": [Row(100, 1, 2), Row(200, 1, 2), Row(400, 1, 2)],
        "theirs": [Row(50, 3, 4), Row(50, 3, 5), Row(300, 3, 6)],
    }
    said = table(rows).splitlines()
    assert said[2] == "| ours | 200 | 100 – 400 | 1.00 | 1.00 | 2.00 |"
    assert said[3] == "| theirs | 50 | 50 – 300 | 0.50 | 3.00 | 5.00 |"
