"""Which articles the index has from another path than they come from now."""

from __future__ import annotations

from collections.abc import Sequence

from newsdrop.documents import Drop, Stamp, StoredFile
from newsdrop.index.places import former_places
from newsdrop.ports import FormerPlace

STAMP = Stamp(1, 1)


class Index:
    def __init__(self, **paths: str | None) -> None:
        self.paths = paths
        self.members: dict[str, str] = {}
        self.asked: list[list[str]] = []

    def stored(self, ids: Sequence[str]) -> dict[str, StoredFile]:
        self.asked.append(list(ids))
        return {
            name: StoredFile(
                document_id=name, version=1, path=self.paths[name], stamp=STAMP, member=self.members.get(name)
            )
            for name in ids
            if name in self.paths
        }


def drop(path: str | None = "/new", *, member: str | None = None, document: str | None = None) -> Drop:
    content = b"" if path is None else None
    return Drop(id="i", path=path, member=member, content=content, stamp=STAMP, document_id=document)


def test_an_article_of_another_path_is_told_with_the_member_that_it_is_from() -> None:
    index = Index(a="/old", b="/old.zip", c="/old.zip", same="/new", nameless=None)
    index.members = {"b": "m", "c": "n"}
    drops = {"a": drop(), "b": drop(member="m"), "c": drop(), "same": drop(), "nameless": drop(), "x": drop()}
    assert former_places(index, drops) == [
        FormerPlace("/old", None, "a"),
        FormerPlace("/old.zip", "m", "b"),
        FormerPlace("/old.zip", "n", "c"),
    ]


def test_a_drop_that_had_an_article_before_may_have_been_away_meanwhile_or_be_overwritten() -> None:
    index = Index(a="/meanwhile", b="/overwriting")
    drops = {"a": drop(document="a"), "b": drop(document="c")}
    assert former_places(index, drops) == [
        FormerPlace("/meanwhile", None, "a"),
        FormerPlace("/overwriting", None, "b"),
    ]


def test_the_index_is_not_asked_about_what_has_no_path() -> None:
    index = Index(a="/old")
    assert former_places(index, {"b": drop(None)}) == []
    assert former_places(index, {}) == []
    assert index.asked == []
