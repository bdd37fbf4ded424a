"""What asking for the originals of a text costs, however many copies of it there are."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import msgspec
from tests.inputs.index_samples import make_document

from newsdrop.documents import Document, Fingerprint
from newsdrop.index.local import LocalStore

TEXT = Fingerprint(content="c", minhash=[f"{band:x}{'a' * 16}" for band in range(16)])


def copy(number: int, original: Document) -> Document:
    document = make_document(number, fingerprint=TEXT)
    return msgspec.structs.replace(document, source={**document.source, "duplicate_of": original.id})


def steps_of_asking(store: LocalStore) -> int:
    """How many instructions of SQLite's machine the question takes, in hundreds."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with store._file.reading() as db:
        db.set_progress_handler(count, 100)
        found = store.originals([TEXT])
        db.set_progress_handler(None, 0)
    assert len(found) == 1
    return steps


def test_a_text_with_thousands_of_copies_has_its_original_found_without_looking_at_them(
    tmp_path: Path,
) -> None:
    with closing(LocalStore(tmp_path / "index.sqlite3")) as store:
        store.init()
        original = make_document("original", fingerprint=TEXT)
        store.put([original, *(copy(number, original) for number in range(20))])
        few = steps_of_asking(store)
        store.put([copy(number, original) for number in range(20, 1_000)])
        assert steps_of_asking(store) < 4 * few
