"""Dead letters: everything that can be done with drops that are no longer tried, for commands and watchers.

    dead ──replay──▶ replayed ──fails again──▶ dead (same letter, one more attempt)
      ├───discard──▶ discarded
      └─another file takes the place of one in `failed`──▶ moved   (the letter gets an id of its own)

Redis is their authority: the script that makes a drop *dead* writes its letter, and the one that makes it
something else closes it. The index holds a mirror, updated from the set of dirty letters. No letter is
dropped here before it was exported, except in a flood of malformed messages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

import msgspec

from newsdrop.documents import DeadLetter, Stage, encode_path
from newsdrop.errors import ConfigError, InvalidMessageError, printable
from newsdrop.events import emit
from newsdrop.identity import path_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.grouping import group_key
from newsdrop.ledger.ledger import HIGH_WATER, Ledger
from newsdrop.ledger.letter_export import MESSAGES_ONLY, LetterFolder, TrimPolicy
from newsdrop.ledger.letter_filter import OPEN_LETTERS, LetterFilter, short_name_of
from newsdrop.ledger.letter_order import ANY_TIME, PAGE, Place, Times, walk
from newsdrop.ledger.message_letters import message_item
from newsdrop.ledger.records import letter_of
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.portions import chunked, portions
from newsdrop.ports import Lane, LetterMirror
from newsdrop.times import iso_epoch_ms, iso_times

if TYPE_CHECKING:
    import redis

__all__ = [
    "OPEN_LETTERS",
    "DeadLetters",
    "LetterFilter",
    "LetterGroup",
    "LetterMirror",
    "LetterPage",
    "group_key",
    "letter_json",
]

_TRIM_AT_ONCE = 1_000
#: Letters checked beyond a page, to count the matches where there is no counter.
_COUNTED_ON = 5_000
_MARKED_AT_ONCE = 1_000
#: Ids searched at once for a prefix.
_SCANNED_AT_ONCE = 5_000
_HEX = re.compile("[0-9a-f]{1,32}")
#: Recorded as the user who discards a letter before it is deleted; it has been exported already.
_TRIMMED_BY = "newsdrop trim"

#: Why the script for replays leaves a letter as it is, by its answers.
_LEFT: Final = {
    "lost": "Its bytes are lost.",
    "cut": "Only the beginning of its message was kept.",
    "no receipt": "It came on a Celery list, not through the inbox, and names no drop: send it again.",
    "not dead": "The ledger knows its drop, but not as dead.",
}

_ALL_OPEN_OR_ALL: Final = (OPEN_LETTERS, LetterFilter(status=None))


class LetterPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of matching letters.

    Attributes:
        more: whether others follow the last of these, or may follow.
        total: how many match in total; None: more than were counted.
    """

    letters: list[DeadLetter]
    more: bool
    total: int | None


class LetterGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Letters of one kind. Apart from numbers and key, it shows the newest, whose id is `sample`."""

    group: str
    name: str
    stage: Stage
    error_type: str
    message: str
    reason: str
    sample: str
    letters: int
    first_failed_ms: int
    last_failed_ms: int


#: Inside the class, `list` is its method.
Names = list[str]
Letters = list[DeadLetter]
Groups = list[LetterGroup]


class DeadLetters:
    """All dead letters of one ledger. Methods raise the same errors as Ledger's."""

    def __init__(self, client: redis.Redis, ledger: Ledger) -> None:
        self._client = client
        self._ledger = ledger

    def list(self, which: LetterFilter = OPEN_LETTERS) -> Letters:
        """All letters of `iterate`, as a list."""
        return [*self.iterate(which)]

    def iterate(
        self, which: LetterFilter = OPEN_LETTERS, *, after: Place | None = None, newest: bool = True
    ) -> Iterator[DeadLetter]:
        """The matching letters, the latest failure first, without their bytes; few are in memory at a time.

        Letters that are replayed or discarded meanwhile don't make it skip others.
        """
        return (letter for letter in self._look(which, after, newest=newest) if letter is not None)

    def page(
        self,
        which: LetterFilter = OPEN_LETTERS,
        *,
        limit: int,
        after: str | None = None,
        newest: bool = True,
    ) -> LetterPage:
        """The first matching letters, or those after the letter with the id `after`.

        Raises:
            ConfigError: there is no letter `after`.
        """
        looks = self._look(which, self.place(after), newest=newest)
        letters = [*islice(filter(None, looks), limit)]
        if which in _ALL_OPEN_OR_ALL:
            more = next(looks, None) is not None
            return LetterPage(letters=letters, more=more, total=sum(map(self._card, which.orders)))
        behind = [letter is not None for letter in islice(looks, _COUNTED_ON)]
        ended = len(behind) < _COUNTED_ON
        total = len(letters) + sum(behind) if ended and after is None else None
        return LetterPage(letters=letters, more=any(behind) or not ended, total=total)

    def _look(self, which: LetterFilter, after: Place | None, *, newest: bool) -> Iterator[DeadLetter | None]:
        """Each letter that is checked; None for one that doesn't match."""
        for names in chunked(self._names(which, after, newest=newest), PAGE):
            for letter in self._load(names):
                yield letter if which.takes(letter) else None

    def place(self, letter_id: str | None) -> Place | None:
        """The place of a letter in the order; None for no letter.

        Raises:
            ConfigError: there is no letter with this id.
        """
        if letter_id is None:
            return None
        letters = self._load([letter_id])
        if not letters:
            raise ConfigError(f"There is no dead letter {letter_id} to continue after.")
        return Place(letters[0].last_failed_ms, letter_id)

    def find(self, start: str) -> Names:
        """Ids that begin with `start`, at most two: two are enough to be ambiguous. Loads no letter."""
        found: Names = []
        if not _HEX.fullmatch(start):
            return found
        for key in (keys.LETTERS_OPEN, keys.LETTERS_CLOSED):
            with redis_errors(self._client):
                for name, _ in self._client.zscan_iter(key, f"{start}*", _SCANNED_AT_ONCE):
                    if (text := name.decode()) not in found:
                        found.append(text)
                    if len(found) > 1:
                        return found
        return found

    def show(self, letter_id: str) -> DeadLetter | None:
        """One letter with its bytes (`content`, or for stage `message` `raw`); None if there is none."""
        with redis_errors(self._client):
            found: Any = self._client.mget([keys.LETTER + letter_id, keys.BODY + letter_id])
        packed, body = found
        if packed is None:
            return None
        letter = letter_of(packed)
        if body is None:
            return letter
        field = "raw" if letter.stage is Stage.MESSAGE else "content"
        return msgspec.structs.replace(letter, **{field: body})

    def groups(self, which: LetterFilter = OPEN_LETTERS) -> Groups:
        """The matching letters by kind, the largest group first."""
        found: dict[str, LetterGroup] = {}
        for letter in self.iterate(which):
            known = found.get(letter.group)
            found[letter.group] = (
                msgspec.structs.replace(
                    known,
                    letters=known.letters + 1,
                    first_failed_ms=min(known.first_failed_ms, letter.first_failed_ms),
                )
                if known
                else _group_of(letter)
            )
        return sorted(found.values(), key=lambda group: (-group.letters, group.group))

    def group_sizes(self, latest: int) -> dict[str, int]:
        """How many of the latest open letters are in each group; checks no more than `latest` letters."""
        with redis_errors(self._client):
            names = _texts(self._client.zrange(keys.LETTERS_OPEN, -latest, -1))
        sizes: Counter[str] = Counter()
        for part in chunked(names, PAGE):
            sizes.update(letter.group for letter in self._load(part))
        return dict(sizes)

    def count(self, status: Literal["open", "closed", "message"] = "open") -> int:
        """How many letters there are; "message": of stage `message`, open or closed."""
        return self._card(
            {
                "open": keys.LETTERS_OPEN,
                "closed": keys.LETTERS_CLOSED,
                "message": keys.LETTERS_MESSAGE,
            }[status]
        )

    def open(self, ids: Sequence[str]) -> set[str]:
        """The drops among these that have an open letter."""
        if not ids:
            return set()
        with redis_errors(self._client):
            scores: Any = self._client.zmscore(keys.LETTERS_OPEN, [*ids])
        return {drop_id for drop_id, score in zip(ids, scores, strict=True) if score is not None}

    def replay(
        self,
        which: LetterFilter | Sequence[str],
        by: str,
        *,
        high_water: int = HIGH_WATER,
        left: Counter[str] | None = None,
    ) -> int:
        """Try the drops of the matching open letters again, from their first attempt; returns how many.

        They queue behind fresh drops; beyond `high_water` drops in the backlog they wait, due at once. A
        letter of stage `message` goes back to the inbox.

        Args:
            left: counts those that can't be replayed, which stay dead, by reason.
        """
        arguments = {"by": printable(by), "lane": Lane.BACKLOG, "high_water": high_water}
        replayed = 0
        for done, reasons in self._change(which, "replay", arguments):
            replayed += len(done)
            if left is not None:
                left.update(_LEFT[reason.decode()] for reason in reasons)
        return replayed

    def discard(self, which: LetterFilter | Sequence[str], by: str) -> int:
        """Discard the matching open letters; returns how many. Their inline bytes are freed."""
        return sum(map(len, self._change(which, "discard", {"by": printable(by)})))

    def export(self, which: LetterFilter, file: BinaryIO) -> int:
        """Write the matching letters, including bytes, as JSON Lines; returns how many."""
        written = 0
        for letter in self.iterate(which):
            file.write(letter_json(self._with_bytes(letter)) + b"\n")
            written += 1
        return written

    def moved(self, drop_id: str, new_path: str) -> bool:
        """Update a letter after its file was moved; False if there is no such letter."""
        arguments = {"id": drop_id, "path": encode_path(new_path), "own_id": path_drop_id(new_path)}
        return bool(self._run("move", arguments))

    def quarantine(self, message: bytes, reason: str, *, task_id: str = "") -> str:
        """Keep a message from Celery's list that isn't one of ours; returns the letter's id."""
        item = message_item(self._ledger, message, InvalidMessageError(reason), task_id=task_id)
        self._run("quarantine", {"item": item})
        emit("message.quarantined", reason=reason, bytes=len(message), letter=item["id"])
        return str(item["id"])

    def mirror(self, store: LetterMirror, count: int = 64) -> int:
        """Copy up to `count` changed letters to the index; returns how many are clean now.

        Raises:
            OutageError, ConfigError: the index is away or refuses; they stay dirty.
        """
        with redis_errors(self._client):
            names: Any = self._client.srandmember(keys.LETTERS_DIRTY, count)
        dirty = _texts(names)
        letters = self._load(dirty)
        acknowledged = set(store.mirror_letters(letters)) if letters else set()
        pairs = [(letter.id, letter.revision) for letter in letters if letter.id in acknowledged]
        # Marked for another index, and deleted since.
        pairs += [(name, 0) for name in set(dirty) - {letter.id for letter in letters}]
        return int(self._run("mirrored", {"letters": pairs})) if pairs else 0

    def mark_for_mirror(self, home: str, count: int = _MARKED_AT_ONCE) -> int:
        """Mark up to `count` more letters as changed if another index has replaced the mirror.

        Args:
            home: the id of the index; "" if it can't be determined.

        Returns:
            How many were marked; 0 if all have been, or if enough are waiting.
        """
        with redis_errors(self._client):
            known, marked = _optional_texts(self._client.mget([keys.MIRROR, keys.MIRROR_MARKED]))
            dirty: Any = self._client.scard(keys.LETTERS_DIRTY)
        if not home or known == home or dirty >= count:
            return 0
        # Kept together with the index it applies to: if a third one appears meanwhile, it starts over.
        of, ms, name = marked.split(" ") if marked else ("", "", "")
        after = Place(int(ms), name) if of == home else None
        # Letters that change meanwhile are marked by the change itself.
        orders = (keys.LETTERS_OPEN, keys.LETTERS_CLOSED)
        places = [*islice(walk(self._ledger.scripts, orders, after=after, newest=False), count)]
        with redis_errors(self._client), self._client.pipeline(transaction=True) as pipeline:
            if places:
                pipeline.sadd(keys.LETTERS_DIRTY, *(place.name for place in places))
                pipeline.set(keys.MIRROR_MARKED, f"{home} {places[-1].ms} {places[-1].name}")
            else:
                pipeline.set(keys.MIRROR, home)
                pipeline.delete(keys.MIRROR_MARKED)
            pipeline.execute()
        return len(places)

    def any(self) -> bool:
        """Whether there is a letter, open or closed."""
        return any(map(self._card, (keys.LETTERS_OPEN, keys.LETTERS_CLOSED)))

    def trim(self, policy: TrimPolicy = MESSAGES_ONLY, *, mirrored: bool = False) -> int:
        """Export and delete letters over the limits, a bounded number; returns how many were deleted.

        The oldest go first, closed ones before open ones. An open one becomes *discarded*, with its drop, and
        is deleted another time.

        Args:
            mirrored: an index mirrors the letters, so none is deleted before it has heard that it is closed.
        """
        letters = self._load(self._surplus(policy)[:_TRIM_AT_ONCE])
        if mirrored:
            letters = self._without_unmirrored(letters)
        if not letters:
            return 0
        exported = [letter for letter in letters if letter.changed_by != _TRIMMED_BY]
        if policy.export is not None:
            self._export_to(policy.export, exported)
        pairs = [(letter.id, letter.revision) for letter in letters]
        return int(self._run("trim", {"letters": pairs, "by": _TRIMMED_BY, "mirrored": mirrored}))

    def _without_unmirrored(self, letters: Letters) -> Letters:
        """The same without closed ones that are dirty: they would be exported again and again."""
        if not letters:
            return letters
        with redis_errors(self._client):
            names = [letter.id for letter in letters]
            dirty: Any = self._client.smismember(keys.LETTERS_DIRTY, names)
        return [one for one, waits in zip(letters, dirty, strict=True) if one.status == "dead" or not waits]

    def _export_to(self, folder: LetterFolder, letters: Letters) -> None:
        lines = (letter_json(self._with_bytes(letter)) + b"\n" for letter in letters)
        # Each may hold a whole message.
        for some in portions(lines, len, most_bytes=self._ledger.limits.batch_bytes):
            for name in folder.write(some, self._ledger.now_ms()):
                emit("letters.export_deleted", path=str(folder.path / name))

    def _surplus(self, policy: TrimPolicy) -> Names:
        by_age = self._ledger.now_ms() - int((policy.max_age_s or 0) * 1000)
        with redis_errors(self._client):
            over = self.count("message") - self._ledger.limits.message_letters
            found = self._oldest(keys.LETTERS_MESSAGE, over)
            for key in (keys.LETTERS_CLOSED, keys.LETTERS_OPEN):
                if policy.max_age_s:
                    found += _texts(self._client.zrangebyscore(key, "-inf", by_age, 0, _TRIM_AT_ONCE))
            if policy.max_count:
                closed = self.count("closed")
                over = closed + self.count("open") - policy.max_count
                found += self._oldest(keys.LETTERS_CLOSED, over) + self._oldest(
                    keys.LETTERS_OPEN, over - closed
                )
        return list(dict.fromkeys(found))

    def _oldest(self, key: str, count: int) -> Names:
        last = min(count, _TRIM_AT_ONCE) - 1
        return _texts(self._client.zrange(key, 0, last)) if count > 0 else []

    def _change(
        self, which: LetterFilter | Sequence[str], script: str, arguments: dict[str, Any]
    ) -> Iterator[Any]:
        """Run a script over the ids of the matching letters, a portion at a time; yields its answers."""
        filtered = which if isinstance(which, LetterFilter) else LetterFilter(ids=tuple(which))
        limits = self._ledger.limits
        letters = self.iterate(filtered)
        for part in portions(letters, self._size, most_bytes=limits.batch_bytes, most=limits.batch_drops):
            yield self._run(script, {"ids": [letter.id for letter in part], **arguments})

    def _size(self, letter: DeadLetter) -> int:
        """A letter's share of a portion in bytes; messages go by eight, as the inbox reads large ones."""
        if letter.stage is Stage.MESSAGE:
            return self._ledger.limits.batch_bytes // 8
        return letter.stamp.size if letter.stamp else 0

    def _names(self, which: LetterFilter, after: Place | None, *, newest: bool) -> Iterator[str]:
        if which.ids:
            return iter(dict.fromkeys(which.ids))
        times = ANY_TIME
        if which.older_than_s is not None or which.newer_than_s is not None:
            times = Times(
                earliest_ms=self._ago_ms(which.newer_than_s), latest_ms=self._ago_ms(which.older_than_s)
            )
        places = walk(self._ledger.scripts, which.orders, times, after=after, newest=newest)
        return (place.name for place in places)

    def _ago_ms(self, age_s: float | None) -> int | None:
        return None if age_s is None else self._ledger.now_ms() - int(age_s * 1000)

    def _card(self, key: str) -> int:
        with redis_errors(self._client):
            number: Any = self._client.zcard(key)
        return int(number)

    def _with_bytes(self, letter: DeadLetter) -> DeadLetter:
        """The same letter with its bytes; the letter of a file has none."""
        return letter if letter.path is not None else self.show(letter.id) or letter

    def _load(self, names: Sequence[str]) -> Letters:
        if not names:
            return []
        with redis_errors(self._client):
            values: Any = self._client.mget([keys.LETTER + name for name in names])
        return [letter_of(packed) for packed in values if packed is not None]

    def _run(self, script: str, arguments: dict[str, Any]) -> Any:
        return self._ledger.scripts.run(script, {**arguments, "limits": self._ledger.wire_limits()})


def letter_json(letter: DeadLetter) -> bytes:
    """A letter as one line of JSON: bytes in base64, paths through `encode_path`, times as ISO 8601."""
    path = None if letter.path is None else encode_path(letter.path)
    member = None if letter.member is None else encode_path(letter.member)
    facts = msgspec.to_builtins(msgspec.structs.replace(letter, path=path, member=member))
    if letter.stamp is not None:
        mtime = letter.stamp.mtime
        facts["stamp"]["mtime"] = iso_epoch_ms(mtime // 100) if mtime else None
    return msgspec.json.encode(iso_times(facts))


def _group_of(letter: DeadLetter) -> LetterGroup:
    return LetterGroup(
        group=letter.group,
        name=short_name_of(letter),
        stage=letter.stage,
        error_type=letter.error_type,
        message=letter.error_message,
        reason=letter.reason,
        sample=letter.id,
        letters=1,
        first_failed_ms=letter.first_failed_ms,
        last_failed_ms=letter.last_failed_ms,
    )


def _optional_texts(values: Any) -> list[str]:
    return ["" if value is None else value.decode() for value in values]


def _texts(values: Any) -> list[str]:
    return [value.decode() for value in values]
