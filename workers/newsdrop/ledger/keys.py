"""Every Redis key of newsdrop, in one place; no other module names one.

All begin with `newsdrop:`, Celery's lists included (its `global_keyprefix`), so that one ACL pattern covers
them and a shared Redis stays tidy. Names that end in a colon are prefixes. The scripts get this table as `K`.
"""

from __future__ import annotations

from typing import Final

__all__ = ["PREFIX", "REQUESTS", "TASK", "celery_lists", "lua_table"]

PREFIX: Final = "newsdrop:"

#: The Celery task that the message of a batch calls.
TASK: Final = "newsdrop.ingest"
#: The Celery queue that other programs may put `newsdrop.enqueue` on.
REQUESTS: Final = "newsdrop.requests"

#: Never written: to delete it is a write for which a full server has room (drain.lua).
NOTHING: Final = f"{PREFIX}nothing"
LEDGER: Final = f"{PREFIX}ledger"
COUNTS: Final = f"{PREFIX}counts"
BATCH: Final = f"{PREFIX}batch:"
BATCHES: Final = f"{PREFIX}batches"
#: Prefix of a lane's name: Celery's list.
QUEUE: Final = PREFIX
#: Drops in batches, per lane.
DEPTH: Final = f"{PREFIX}depth"
SEQ: Final = f"{PREFIX}seq:"
PASSED: Final = f"{PREFIX}passed:"
IDS: Final = f"{PREFIX}ids"
BORN: Final = f"{PREFIX}born"
DUE: Final = f"{PREFIX}due"
RETRIES: Final = f"{PREFIX}retries"
#: Drops written by a worker that had lost them to another one: id → document.
AGAIN: Final = f"{PREFIX}again"
#: Documents recently removed with a file, by time; another file may contain the same article.
REMOVED: Final = f"{PREFIX}removed"
#: Documents whose file lately told an earlier time than before; what they had superseded may be newer now.
LOWERED: Final = f"{PREFIX}lowered"
#: Documents that were taken out for good and lately allowed again; members of bundles may contain them.
RECALLED: Final = f"{PREFIX}recalled"
#: Documents that were taken out for good: id → who did it, when, and what it was (takedowns.py).
FORGOTTEN: Final = f"{PREFIX}forgotten"
#: Folders with held removals, and what a person confirmed (held_removals.py).
HELD: Final = f"{PREFIX}held"
HELD_CONFIRMED: Final = f"{PREFIX}held:confirmed"
#: The index that the ledger belongs to, and the folders that watchers watch (installation.py).
INDEX: Final = f"{PREFIX}index"
FOLDERS: Final = f"{PREFIX}folders"
#: What inline drops were last sent as while they were in a batch: id → record, name and collection included.
NEWER: Final = f"{PREFIX}newer"
BODY: Final = f"{PREFIX}body:"
LETTER: Final = f"{PREFIX}dead:"
#: Letters by the time of their last failure: open ones, settled ones, and those of stage `message`.
LETTERS_OPEN: Final = f"{PREFIX}dead"
LETTERS_CLOSED: Final = f"{PREFIX}dead-closed"
LETTERS_MESSAGE: Final = f"{PREFIX}dead-messages"
#: Open letters of files, by what the files hold: `<SHA-256>:<id>`, in the order of the text.
LETTERS_CONTENT: Final = f"{PREFIX}dead-content"
#: Open letters per stage.
LETTERS_STAGES: Final = f"{PREFIX}dead-stages"
LETTERS_DIRTY: Final = f"{PREFIX}dead-dirty"
#: The index that mirrors all letters, and how far they are marked for another (letter_mirror.py).
MIRROR: Final = f"{PREFIX}mirror"
MIRROR_MARKED: Final = f"{PREFIX}mirror:marked"
#: How many letters of stage `message` were dropped without export in a flood.
LETTERS_LOST: Final = f"{PREFIX}dead-lost"
#: What a person was notified of, and that a notification was sent recently (notices.py).
NOTICE: Final = f"{PREFIX}notice:"
NOTICE_TURN: Final = f"{PREFIX}notices"
INBOX: Final = f"{PREFIX}inbox"
#: The field of its entries that contains the message.
INBOX_FIELD: Final = "drop"
RECEIPT: Final = f"{PREFIX}receipt:"
GATE: Final = f"{PREFIX}gate"
GATE_PROBE: Final = f"{PREFIX}gate:probe"
#: The index that workers write to as well while `index migrate` fills it.
MIGRATION: Final = f"{PREFIX}migration"
#: Deaths of workers since the last finished batch, and which worker may try one in a crash loop.
CRASH_LOOP: Final = f"{PREFIX}storm"
CRASH_LOOP_TRIAL: Final = f"{PREFIX}storm:trial"
#: Counters and histograms of all processes (meters.py).
METERS: Final = f"{PREFIX}meters"
#: Batches that a worker has died on, for a while.
DIED: Final = f"{PREFIX}died:"
TICK: Final = f"{PREFIX}tick"
#: Set when nothing was reconciled for long: up to which deadline leases are being renewed, and until when
#: REMOVED is kept.
TICK_GAP: Final = f"{PREFIX}tick:gap"
REMOVED_KEPT: Final = f"{PREFIX}removed:kept"
#: Set when the clock was set back: the time it had, and by how much.
TICK_BACK: Final = f"{PREFIX}tick:back"
#: The latest time at which a drop began to wait since the last turn: it tells of a clock that was set back.
WAITED_AT: Final = f"{PREFIX}tick:waited"
REPORT: Final = f"{PREFIX}report:"


def celery_lists(queue: str) -> list[str]:
    """The names of all lists of a Celery queue, its main one first.

    Each priority that a sender may give (1 to 9; by default Celery makes 3, 6 and 9 of them) is another list.
    """
    return [queue, *(f"{queue}\x06\x16{priority}" for priority in range(1, 10))]


def lua_table() -> str:
    """The constants above as the Lua table `K`, its fields in lower case."""
    names = {name: value for name, value in globals().items() if name.isupper() and isinstance(value, str)}
    fields = ", ".join(f"{name.lower()} = '{value}'" for name, value in sorted(names.items()))
    return f"local K = {{{fields}}}\n"
