"""Group keys join what differs only in what is particular to one file."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.documents import ErrorClass, Failure, Stage
from newsdrop.errors import kept_message
from newsdrop.ledger.grouping import group_key, group_of, short_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bad header in line 7", "Bad header in line 1,234.5"),
        ("/srv/drops/a.md: not text", "/mnt/other folder: not text"),
        ("/srv/drops/a.md is empty", "/srv/文件.md is empty"),
        ("unknown key 'titel'", "unknown key 'autor'"),
        ("unknown key “titel”", "unknown key “autor”"),
        ("GET http://es:9200/x failed", "GET https://other/y?z=1 failed"),
        ("object at 0x7f3a", "object at 0x11"),
        ("id 3f0c9a7be1 refused", "id 00ff11ee22dd refused"),
    ],
)
def test_particulars_make_no_group_of_their_own(one: str, other: str) -> None:
    assert group_key("parse", "E", one) == group_key("parse", "E", other)


def test_stage_type_and_words_do() -> None:
    keys = {
        group_key("parse", "E", "no title"),
        group_key("read", "E", "no title"),
        group_key("parse", "F", "no title"),
        group_key("parse", "E", "no text"),
    }
    assert len(keys) == 4


@given(st.text())
def test_any_message_has_a_short_key_without_blanks(message: str) -> None:
    assert re.fullmatch(r"index-RejectedError-[0-9a-f]{8}", group_key("index", "RejectedError", message))


def test_a_failures_event_and_its_letter_are_of_one_group_however_long_the_message() -> None:
    # What is cut off takes the end of the quotation along, and with it what the whole would be grouped by.
    message = "the index said: '" + "a" * 3_000 + "' refused"
    failure = Failure(stage=Stage.INDEX, kind=ErrorClass.PERMANENT, type="RejectedError", message=message)
    assert group_of(failure, "/a.md") == group_key(Stage.INDEX, "RejectedError", kept_message(message))
    assert group_of(failure, "/a.md") != group_key(Stage.INDEX, "RejectedError", message)


@pytest.mark.parametrize(
    "source",
    ["/a.md", "/copy of a page.html", "/it's (2).md", "/in/old.zip!saved pages/a b.html", "/x\udcff y"],
)
@pytest.mark.parametrize("message", ["{} is text without a header", "The page of {} has no text"])
def test_a_name_with_blanks_makes_no_group_of_its_own(source: str, message: str) -> None:
    def group(name: str) -> str:
        said = message.format(name)
        kind = ErrorClass.PERMANENT
        return group_of(Failure(stage=Stage.READ, kind=kind, type="E", message=said), name)

    assert group(source) == group("/srv/plain.md")


@pytest.mark.parametrize(
    ("error_type", "message", "name"),
    [
        ("NotTextError", "is a PNG image (1,234 bytes); expected is text.", "not-text/png-image"),
        ("EmptyFileError", "is empty (0 bytes).", "empty-file/empty"),
        ("BundleError", "is damaged: a line of its headers is endless.", "bundle/damaged"),
        ("TooLargeError", "its body has 12 characters.", "too-large/body-characters"),
        ("UnknownDialectError", "is text without a header: 'x'.", "unknown-dialect/text-without-header"),
        ("OSError", "", "os"),
        ("HTTPError", "«…» 中文", "http"),
    ],
)  # fmt: skip
def test_a_short_name_has_the_words_that_matter(error_type: str, message: str, name: str) -> None:
    assert short_name(error_type, message) == name
