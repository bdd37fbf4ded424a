from __future__ import annotations

import re
from pathlib import Path

from newsdrop.documents import State
from newsdrop.ledger.receipts import SentState

PAGE = Path(__file__).resolve().parents[3] / "docs/producers.md"


def test_every_state_of_a_drop_is_an_answer() -> None:
    assert {state.value for state in State} < {state.value for state in SentState}


def test_every_answer_is_explained_to_producers() -> None:
    table = PAGE.read_text().split("## Looking up a drop", 1)[1]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [state.value for state in SentState]
