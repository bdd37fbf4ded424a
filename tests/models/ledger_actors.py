"""Workers, reconcilers and watchers over the real ledger as generators that may die or sleep at any step.

Each `yield` is a place where the process may be killed (the generator is dropped) or stand still (it is run
on much later). `World` is the truth to judge the ledger by: what lies in the folder, what is in the index,
and who was really at fault when a worker died.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import redis
from msgspec.structs import replace
from tests.models.ledger_invariants import check_invariants

from newsdrop.documents import Drop, ErrorClass, Failure, Outcome, Stage, Stamp, State
from newsdrop.identity import inline_drop_id, path_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.gone_files import leave_behind
from newsdrop.ledger.ledger import AT_GATE, IN_BULK, Lane, Ledger, LedgerLimits, Reaped, Settlement, wire_drop
from newsdrop.ledger.records import letter_of
from newsdrop.ledger.retry import Backoff, decide
from newsdrop.ledger.takedowns import Takedown, Takedowns
from newsdrop.ports import Dead, FormerPlace, Retry

BACKOFF = Backoff(max_attempts=3, first_ms=10_000, max_ms=60_000)
#: What a file of each kind becomes when all is quiet.
FATES = {
    "good": State.INDEXED,
    "flaky": State.INDEXED,
    "bad": State.DEAD,
    "refused": State.DEAD,
    "poison": State.DEAD,
    "bulkbomb": State.DEAD,
}
Steps = Iterator[str]


class CrashError(Exception):
    """The process died of the drop it had in hand."""


@dataclass
class World:
    """`files`: path → (version, kind), None when removed. `hand`: run → the drop it is really on."""

    files: dict[str, tuple[int, str] | None] = field(default_factory=dict)
    inline: dict[str, str] = field(default_factory=dict)
    index: dict[str, int] = field(default_factory=dict)
    #: Paths whose article goes with its file.
    taken_away: set[str] = field(default_factory=set)
    #: Paths whose file was put away by newsdrop itself when its article was in the index.
    put_away: set[str] = field(default_factory=set)
    #: The ids of paths in `failed` → the drop that had its file there first.
    moved_from: dict[str, str] = field(default_factory=dict)
    #: Documents whose takedown was begun and hasn't come to the index.
    half_forgotten: set[str] = field(default_factory=set)
    index_up: bool = True
    tried: set[tuple[str, int]] = field(default_factory=set)
    hand: dict[str, str] = field(default_factory=dict)
    blamed: dict[str, int] = field(default_factory=dict)
    rolled_back: bool = False
    now_ms: int = 1_760_000_000_000

    def clock(self) -> int:
        return self.now_ms


def quiet_limits() -> LedgerLimits:
    """Limits whose crash loop stays away: its gate opens by the server's clock, which tests don't move."""
    return LedgerLimits(crash_loop_deaths=1_000_000)


def path_drop(path: str, version: int) -> Drop:
    return Drop(id=path_drop_id(path), path=path, stamp=Stamp(version, 1))


def inline_drop(key: str, kind: str) -> Drop:
    content = kind.encode()
    stamp = Stamp(len(content), 0)
    return Drop(id=inline_drop_id(key), name=f"{key}.md", content=content, stamp=stamp, receipt=f"{key}-0")


def worker(ledger: Ledger, world: World, run: str) -> Steps:
    """One message from the list to its end."""
    message: Any = ledger.client.rpop(keys.QUEUE + Lane.FRESH)
    message = message or ledger.client.rpop(keys.QUEUE + Lane.BACKLOG)
    if message is None:
        return
    (batch, _seq), _, _ = json.loads(json.loads(message)["body"])
    yield "popped"
    drops = ledger.start(batch, run, process=1, task=batch)
    alone = drops[0].id if len(drops) == 1 else ""
    world.hand[run] = alone
    if not drops:
        return
    yield "started"
    settled: list[Settlement] = []
    parsed: list[tuple[Drop, int, str]] = []
    for drop in drops:
        if not ledger.touch(batch, run, drop.id):
            return
        world.hand[run] = drop.id
        yield "touched"
        _read(world, drop, settled, parsed)
        yield "read"
    if not ledger.touch(batch, run, alone or IN_BULK):
        return
    world.hand[run] = alone
    yield "parsed"
    if any(kind == "bulkbomb" for _, _, kind in parsed):
        raise CrashError
    if not world.index_up:
        ledger.touch(batch, run, AT_GATE)
        yield "waiting"
        ledger.finish(batch, run, settled, yield_rest=True)
        return
    forgotten = Takedowns(ledger.client, ledger).among([drop.id for drop, _, _ in parsed])
    yield "asked what is forgotten"
    for drop, version, kind in parsed:
        settled.append(_write(world, drop, version, "forgotten" if drop.id in forgotten else kind))
        yield "wrote"
    ledger.finish(batch, run, settled)


def _read(world: World, drop: Drop, settled: list[Settlement], parsed: list[tuple[Drop, int, str]]) -> None:
    if drop.path is None:
        content = drop.content or b""
        found: tuple[int, str] | None = (len(content), content.decode())
    else:
        found = world.files.get(drop.path)
    if found is None and drop.document_id and drop.path in world.taken_away:
        parsed.append((drop, 0, "vanished"))
        return
    if found is None:
        settled.append(Settlement(Outcome(drop=drop, state=State.GONE)))
        return
    version, kind = found
    if kind == "poison":
        raise CrashError
    if kind == "bad":
        settled.append(_failed(drop, version, ErrorClass.PERMANENT))
    elif kind == "flaky" and (drop.id, version) not in world.tried:
        world.tried.add((drop.id, version))
        # As a file that can't be opened: nothing was read.
        settled.append(_failed(drop, None, ErrorClass.TRANSIENT))
    else:
        parsed.append((drop, version, kind))


def _write(world: World, drop: Drop, version: int, kind: str) -> Settlement:
    if kind == "vanished":
        world.index.pop(drop.id, None)
        return Settlement(Outcome(drop=drop, state=State.REMOVED, document_id=drop.document_id))
    if kind == "forgotten":
        world.index.pop(drop.id, None)
        stamp = _stamp(drop, version)
        return Settlement(Outcome(drop=drop, state=State.FORGOTTEN, stamp=stamp, document_id=drop.id))
    if kind == "refused":
        return _failed(drop, version, ErrorClass.TRANSIENT)
    world.index[drop.id] = version
    return Settlement(
        Outcome(drop=drop, state=State.INDEXED, stamp=_stamp(drop, version), document_id=drop.id)
    )


def _stamp(drop: Drop, version: int) -> Stamp:
    return Stamp(version, 0 if drop.path is None else 1)


def _failed(drop: Drop, version: int | None, kind: ErrorClass) -> Settlement:
    decision = decide(kind, drop.attempts + 1, 0.5, BACKOFF)
    assert isinstance(decision, Retry | Dead)
    failure = Failure(stage=Stage.PARSE, kind=kind, type="SomeError", message=f"It is {kind}.")
    stamp = None if version is None else _stamp(drop, version)
    return Settlement(Outcome(drop=drop, failure=failure, stamp=stamp), decision)


def watcher(ledger: Ledger, world: World, lane: Lane = Lane.FRESH) -> Steps:
    """One rescan."""
    yield "listed"
    seen = [path_drop(path, found[0]) for path, found in sorted(world.files.items()) if found]
    yield "looked"
    ledger.enqueue(seen, lane=lane)


def compare_with_index(ledger: Ledger, world: World) -> None:
    """The watcher's other look: what is indexed though its file has left the folder.

    The articles of files that newsdrop put away itself stay.
    """
    gone = [path for path in sorted(world.taken_away) if world.files[path] is None]
    entries = ledger.lookup([path_drop_id(path) for path in gone])
    for path, entry in zip(gone, entries, strict=True):
        if entry is not None and entry.put_away:
            continue
        removal = removal_of(path, indexed=path_drop_id(path) in world.index)
        if removal.document_id:
            ledger.enqueue([removal], force=True)


def put_away(ledger: Ledger, world: World, path: str) -> None:
    """The watcher of a folder whose files go once they are settled; its policy may be another one later."""
    found = world.files[path]
    if found is None:
        return
    drop = path_drop(path, found[0])
    (its_own,) = ledger.put_away([(drop.id, drop.stamp)])
    if its_own:
        world.files[path] = None
        if drop.id in world.index:
            world.put_away.add(path)


def move_to_failed(ledger: Ledger, world: World, path: str) -> None:
    """The watcher moves a dead file away, and its letter follows."""
    letters, name, target = DeadLetters(ledger.client, ledger), path_drop_id(path), f"/failed{path}"
    letter = letters.show(name)
    if letter is None or letter.status != "dead" or letter.path != path or world.files[path] is None:
        return
    letters.moved(name, target)
    world.files[path] = None
    world.moved_from[path_drop_id(target)] = name


def move_elsewhere(ledger: Ledger, world: World, path: str) -> None:
    """A file was moved, and a worker is about to write its article at the new path."""
    if world.files[path] is None:
        leave_behind(ledger, [FormerPlace(path, None, path_drop_id(path))], lambda _path: True)


def removal_of(path: str, *, indexed: bool = False) -> Drop:
    drop = path_drop(path, 0)
    return replace(drop, stamp=Stamp(0, 0), document_id=drop.id if indexed else None)


def takedown(ledger: Ledger, world: World, name: str) -> Steps:
    """A person takes an article out for good."""
    world.half_forgotten.add(name)
    Takedowns(ledger.client, ledger).forget([Takedown(document_id=name, at_ms=world.now_ms, by="tester")])
    yield "forgotten"
    world.index.pop(name, None)
    world.half_forgotten.discard(name)


def recall(ledger: Ledger, path: str) -> None:
    """A person lets an article in again; whoever offers its file next has it read."""
    Takedowns(ledger.client, ledger).recall([path_drop_id(path)])


def reread(ledger: Ledger, world: World, paths: list[str]) -> None:
    """What the audit's repair does for these files, or a scan for those that are back."""
    found = [(path, file) for path in paths if (file := world.files.get(path))]
    ledger.requeue([path_drop(path, version) for path, (version, _kind) in found])


def forgotten_paths(ledger: Ledger, world: World) -> set[str]:
    """The files whose articles are taken out."""
    names = {one.document_id for one in Takedowns(ledger.client, ledger).listed()}
    return {path for path in world.files if path_drop_id(path) in names}


def reconciler(ledger: Ledger, world: World) -> Steps:
    """One tick, without the throttle that keeps ticks apart."""
    lapsed: Any = ledger.client.zrangebyscore(keys.BATCHES, "-inf", world.now_ms)
    yield "looked"
    for batch in lapsed:
        reap(ledger, world, batch.decode())
        yield "reaped"
    ledger.due()
    yield "due"
    entries: Any = ledger.client.xrange(keys.INBOX, count=64)
    yield "read the inbox"
    items = [
        [receipt.decode(), [[receipt.decode(), wire_drop(_message(world, fields))]]]
        for receipt, fields in entries
    ]
    if items:
        limits = ledger.wire_limits()
        ledger.scripts.run("take", {"items": items, "lane": Lane.FRESH, "limits": limits})


def _message(world: World, fields: dict[bytes, bytes]) -> Drop:
    if b"path" in fields:
        path = fields[b"path"].decode()
        found = world.files[path]
        return path_drop(path, found[0] if found else 0)
    return inline_drop(fields[b"key"].decode(), fields[b"kind"].decode())


def reap(ledger: Ledger, world: World, batch: str) -> Reaped:
    """Reap, and note who was truly to blame: never from what the ledger believes."""
    drops = {view.id: view.drops for view in ledger.batches()}.get(batch, [])
    reaped = ledger.reap(batch)
    if reaped.run and reaped.what != "waiting":
        truth = world.hand.get(reaped.run, "")
        guilty = truth if truth in drops else (drops[0] if len(drops) == 1 else "")
        if guilty:
            world.blamed[guilty] = world.blamed.get(guilty, 0) + 1
    return reaped


def exhaust(steps: Steps) -> bool:
    """Run to the end; False when the process died of its drop."""
    try:
        for _ in steps:
            pass
    except CrashError:
        return False
    return True


def check_blame(ledger: Ledger, world: World) -> None:
    """No drop is dead for a crash that wasn't its own."""
    if world.rolled_back:
        return
    names: Any = ledger.client.zrange(keys.LETTERS_OPEN, 0, -1)
    for name in names:
        packed: Any = ledger.client.get(keys.LETTER + name.decode())
        letter = letter_of(packed)
        deaths = world.blamed.get(world.moved_from.get(letter.id, letter.id), 0)
        assert letter.stage is not Stage.WORKER or deaths >= 2, ("blamed for another's crash", letter.source)


def settle(ledger: Ledger, world: World, *, rounds: int = 400) -> None:
    """No more accidents but the poison's own: everything must come to rest, rightly."""
    world.index_up = True
    client = ledger.client
    for path in forgotten_paths(ledger, world):
        # The command was killed between its two steps: it is given again.
        if path_drop_id(path) in world.half_forgotten:
            exhaust(takedown(ledger, world, path_drop_id(path)))
    for number in range(rounds):
        exhaust(watcher(ledger, world))
        compare_with_index(ledger, world)
        exhaust(reconciler(ledger, world))
        exhaust(worker(ledger, world, f"settle{number}"))
        world.now_ms += 7_000
        check_invariants(client)
        check_blame(ledger, world)
        if not (client.zcard(keys.BATCHES) or client.zcard(keys.DUE) or client.xlen(keys.INBOX)):
            break
    else:
        raise AssertionError(("never at rest", list(ledger.batches()), client.zrange(keys.DUE, 0, -1)))
    assert client.llen(keys.QUEUE + Lane.FRESH) <= 200, "published over and over"
    _check_fates(ledger, world)


def _check_fates(ledger: Ledger, world: World) -> None:
    names = {path: path_drop_id(path) for path in world.files}
    entries = dict(zip(names, ledger.lookup(list(names.values())), strict=True))
    for path in world.taken_away:
        entry = entries[path]
        left_over = world.files[path] is None and names[path] in world.index
        assert not left_over or (entry is not None and entry.put_away), ("its file is gone", path)
    wanted = {path_drop_id(path): found for path, found in world.files.items() if found}
    forgotten = {one.document_id for one in Takedowns(ledger.client, ledger).listed()}
    assert not forgotten & world.index.keys(), "taken out for good, and in the index"
    for path in world.put_away:
        assert names[path] in world.index or names[path] in forgotten, ("newsdrop put its file away", path)
    wanted |= {inline_drop_id(key): (len(kind), kind) for key, kind in world.inline.items()}
    for (name, (version, kind)), entry in zip(wanted.items(), ledger.lookup(list(wanted)), strict=True):
        assert entry is not None, ("lost", name)
        if entry.state is State.DISCARDED:
            continue  # a person's decision
        if entry.state is State.DEAD and (world.blamed.get(name, 0) >= 2 or world.rolled_back):
            continue  # an honest victim of two deaths of its own
        if name in forgotten and kind == "refused" and entry.state is State.FORGOTTEN:
            continue  # the index was never asked
        fate = State.FORGOTTEN if name in forgotten and FATES[kind] is State.INDEXED else FATES[kind]
        assert entry.state is fate, (name, kind, entry, world.blamed)
        if entry.state is State.INDEXED:
            assert world.index.get(name) == version == entry.stamp.size, (
                "the index has another version",
                name,
            )


def connect_ledger(client: redis.Redis, world: World, limits: LedgerLimits | None = None) -> Ledger:
    return Ledger(client, limits or quiet_limits(), host="test", now_ms=world.clock)
