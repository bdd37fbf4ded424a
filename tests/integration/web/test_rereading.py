from __future__ import annotations

from contextlib import closing
from pathlib import Path

from newsdrop.documents import Drop, Stamp
from newsdrop.identity import path_drop_id
from newsdrop.settings import Folder, Settings
from newsdrop.web.rereading import Rereader


def test_the_process_that_reads_knows_folders_that_no_file_of_settings_tells_of(tmp_path: Path) -> None:
    page = tmp_path / "Ferry strike.txt"
    page.write_text("The ferries stand still.\nThey go on Monday.", "utf-8")
    settings = Settings(folders=(Folder(path=tmp_path, headerless="article"),))
    drop = Drop(id=path_drop_id(str(page)), path=str(page), stamp=Stamp(0, 0))
    with closing(Rereader(settings)) as rereader:
        found = rereader.reread(drop, 120.0)
    assert [block.text for block in found.blocks] == ["The ferries stand still.", "They go on Monday."]
