"""Creates an index, and moves it to a new mapping while it is written to and searched.

    1  a new index under the alias `<alias>-next`; every worker is told to write there as well
    2  reindex old → new, by version
    3  again, for what changed meanwhile (by sequence number, not by clock)
    4  both are compared (comparison.py): what the old index lacks, or has at a lower version, is deleted from
       the new one, where a copy of an older capture couldn't replace it
    5  writes to the old index are blocked (workers wait at the gate, searches go on); the last changes follow
    6  both must have the same documents with the same versions; then one request moves the alias

Step 5 makes it exact: whatever a worker that didn't know of step 1 wrote or removed is done in the old index
before it is blocked, and follows. Any step may be interrupted and restarted. Whoever begins last claims the
new index by an alias of its own, `<alias>-next-` and eight hex digits, which the request of step 6 demands:
a migration that goes on beside it moves nothing, and takes back neither its block nor what workers were told.
The old index stays, read-only, until `delete_old`.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from newsdrop.errors import ConfigError, NewsdropError, OutageError
from newsdrop.events import emit
from newsdrop.index.alias import behind_alias, refusals
from newsdrop.index.answers import error_type, plain_reason
from newsdrop.index.client import Client
from newsdrop.index.comparison import Comparison, Marks, changed_after
from newsdrop.index.mapping import IndexBody, differences, mapping_version
from newsdrop.index.store import IndexState
from newsdrop.stopsignals import undisturbed

__all__ = ["Indexes"]

Progress = Callable[[str, int, int], object]
DualWrite = Callable[[str | None], object]

_POLL_S = 0.2
_SHARD_LOOKS = 50
_PAGE = 1_000
_BLOCK = "blocks.write"
#: How many documents are named in one request to copy them again.
_NAMED_IDS = 10_000
#: How often both indexes are compared while nothing is written, before giving up.
_COMPARISONS = 4
#: A deleted document refuses older captures for index.gc_deletes (1 s) and a tick of the server's clock.
_FORGOTTEN_S = 1.5
#: Documents of mapping version 1 lack the field `id`, which is needed for sorting and prefix searches.
_FILL_ID = "if (ctx._source.id == null) { ctx._source.id = ctx._id }"


class Indexes:
    """All the indexes of one alias, named `<alias>-000001` and so on.

    Args:
        sleep: waits between checks of a running reindex.
    """

    def __init__(
        self, client: Client, alias: str, body: IndexBody, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._alias = alias
        self._body = body
        self._sleep = sleep

    @property
    def next_alias(self) -> str:
        """The alias of an index that is being filled."""
        return f"{self._alias}-next"

    def init(self) -> None:
        """Create the first index, unless there is one. Several processes may try at once."""
        # Named before checking: if two processes find none, both choose the same name, and one wins.
        name = self._numbered(self._named())
        if self._current() is not None:
            self._await_shards()
            return
        body = {"is_write_index": True}
        try:
            self._create(name, {self._alias: body})
        except ConfigError:
            if self._current() is None:
                raise
            self._await_shards()  # another process was faster, but the index isn't open yet
            return
        emit("index.created", index=name, alias=self._alias, mapping_version=self._body.version)

    def state(self) -> IndexState:
        """What exists, and how it differs from what is expected."""
        named, current = self._named(), self._current()
        leftovers = [name for name in named if name != current]
        if current is None:
            drift = [self._nothing_behind(named)]
            return self._state(None, None, 0, drift, leftovers)
        settings, mappings = self._facts(current)
        refused = refusals(self._client, self._alias, current)
        drift = refused + differences(self._body, settings, mappings)
        documents = 0
        # The documents of a closed index can't be counted.
        if not any("is closed" in line for line in refused):
            try:
                documents = self._count(current)
            except OutageError as error:
                drift.append(error.message)
        if drift:
            emit("index.drift", index=current, difference=" ".join(drift))
        return self._state(current, mapping_version(mappings), documents, drift, leftovers)

    def _nothing_behind(self, named: list[str]) -> str:
        if not named:
            return f"There is no index behind {self._alias}: run `newsdrop index init`."
        return (
            f"There is no index behind {self._alias}. If {' or '.join(named)} has the documents, give it the "
            "alias back (POST /_aliases); `newsdrop index init` makes a new, empty index."
        )

    def check_names(self) -> None:
        """Raise ConfigError if a migration is due, but the name that it needs is somebody else's."""
        source = self._current()
        if source is not None and self._needs_reindex(*self._facts(source)):
            self._refuse_strangers()

    def migrate(self, *, progress: Progress | None, dual_write: DualWrite | None, delete_old: bool) -> None:
        """Move the alias to an index with this version's mapping (see the module docstring).

        Raises:
            ConfigError: there is no index yet; the new mapping refuses documents of the old index; or the
                alias of the index to fill is somebody else's.
            NewsdropError: the server makes new indexes other than they should be.
            OutageError: the server went away; run it again.
        """
        source = behind_alias(self._client, self._alias).name
        settings, mappings = self._facts(source)
        said = differences(self._body, settings, mappings)
        dual_write = dual_write or _silent
        if self._needs_reindex(settings, mappings):
            self._move(source, progress or _silent, dual_write)
        else:
            # A run that was killed when it had moved the alias may have left workers writing to its next one.
            dual_write(None)
            if said:
                self._apply_live(source)
        if delete_old:
            self._delete_old()

    def _move(self, source: str, progress: Progress, dual_write: DualWrite) -> None:
        started = time.monotonic()
        self._refuse_strangers()
        self._end_strays()
        target = self._target()
        claim, blocked = self._claim(target)
        moved = False
        try:
            dual_write(self.next_alias)
            mark = self._sequence(source)
            self._reindex(source, {"match_all": {}}, progress, "copy")
            again = self._sequence(source)
            self._reindex(source, changed_after(mark), progress, "catch up")
            comparison = Comparison(self._client, source, target, progress)
            since = Marks(source=again, copy=self._sequence(target))
            self._settle(comparison, None, progress)
            blocked = True
            self._block(source)
            self._reindex(source, changed_after(again), progress, "finish")
            self._make_equal(comparison, since, progress)
            self._swap(source, target, claim)
            moved = True
        finally:
            # Each of these requests has its time limit.
            with undisturbed():
                if moved or self._let_go(target, claim):
                    try:
                        if blocked and not moved:
                            self._put_settings(source, {_BLOCK: None})
                    finally:
                        dual_write(None)
        took_ms = round((time.monotonic() - started) * 1000)
        documents = self._count(target)
        emit("index.migrated", source=source, target=target, documents=documents, duration_ms=took_ms)

    def _refuse_strangers(self) -> None:
        """Before anything is cancelled, deleted or filled: all of that is done under this alias."""
        next_alias = self.next_alias
        behind = self._aliased(next_alias)
        strangers = [name for name in behind if not self._is_ours(name)]
        if not behind and self._exists(next_alias):
            strangers = [next_alias]
        if strangers:
            raise ConfigError(
                f"A migration of {self._alias} fills its new index under the alias {next_alias}, but that "
                f"name leads to {', '.join(strangers)}, which is no index of {self._alias}: perhaps it is "
                f"another installation's index.alias or index.letters. {self._alias} was not changed. Give "
                "one of the two another name; or, if nobody uses that index, take the alias from it, or "
                "delete it."
            )

    def _target(self) -> str:
        """The index to fill: an unfinished one with this mapping, or a new one."""
        for name in self._aliased(self.next_alias):
            settings, mappings = self._facts(name)
            if not self._needs_reindex(settings, mappings):
                # The comparison relies on how soon it forgets what was deleted.
                self._apply_live(name)
                return name
            # It was started by another version of newsdrop, and contains only a partial copy.
            self._delete(name)
        name = self._numbered(self._named())
        self._create(name, {self.next_alias: {}})
        self._check_made(name)
        emit("index.created", index=name, alias=self.next_alias, mapping_version=self._body.version)
        return name

    def _claim(self, target: str) -> tuple[str, bool]:
        """Claim an index that is being filled; the claim, and whether another one was taken away for it.

        Of two that begin at the same moment each takes the other's away, and neither moves the alias. Whoever
        had the other one may have blocked the old index and be gone.
        """
        claim = f"{self.next_alias}-{secrets.token_hex(4)}"
        before = self._claims(target)
        self._change_aliases([_remove(target, one) for one in before], {"index": target, "alias": claim})
        if others := [one for one in self._claims(target) if one != claim]:
            self._change_aliases([_remove(target, one) for one in others])
        return claim, bool(before)

    def _claims(self, target: str) -> list[str]:
        with self._client.translated():
            aliases = self._client.api.indices.get_alias(index=target)[target]["aliases"]
        return [one for one in aliases if one.startswith(f"{self.next_alias}-")]

    def _let_go(self, target: str, claim: str) -> bool:
        """Give the claim up; False if another migration has taken over. If nobody can tell, it hasn't."""
        try:
            if not self._exists(target):
                # One with another mapping has begun, and thrown this copy away.
                return False
            claims = self._claims(target)
            if claim in claims:
                self._change_aliases([_remove(target, claim)])
        except NewsdropError:
            return True
        return not claims or claim in claims

    def _change_aliases(self, removals: list[dict[str, Any]], added: dict[str, Any] | None = None) -> None:
        additions = [] if added is None else [{"add": added}]
        with self._client.translated():
            self._client.api.indices.update_aliases(actions=[*removals, *additions])

    def _check_made(self, name: str) -> None:
        """Drop the new, empty index if it isn't what was asked for: it would have to be migrated again."""
        said = differences(self._body, *self._facts(name))
        if said:
            self._delete(name)
            raise NewsdropError(
                f"A new index of {self._alias} doesn't become what newsdrop asks for: {' '.join(said)} "
                f"An index template of the server adds this to indexes that are called like {name} "
                "(`GET /_index_template` and `GET /_template` list them): let its patterns leave out the "
                f"indexes of {self._alias}, and run `newsdrop index migrate` again. {self._alias} was not "
                "changed."
            )

    def _reindex(self, source: str, query: dict[str, Any], progress: Progress, step: str) -> None:
        """Copy the documents of `source` that match the query to the next index."""
        self._refresh(source)
        with self._client.translated():
            task = self._client.api.reindex(
                source={"index": source, "query": query, "size": _PAGE},
                # external_gte: a copy that is as new as the existing one replaces it. If that is wrong for a
                # moment (a worker has just written to both), that write raised the sequence number, and the
                # next round corrects it; in the last round there are no writers.
                dest={"index": self.next_alias, "version_type": "external_gte"},
                script={"lang": "painless", "source": _FILL_ID},
                # The alias is removed by the swap, so a stray copy can't write anywhere afterwards.
                require_alias=True,
                conflicts="proceed",
                wait_for_completion=False,
            )["task"]
        try:
            self._follow(str(task), step, progress)
        except BaseException:
            self._cancel(str(task))
            raise

    def _follow(self, task: str, step: str, progress: Progress) -> None:
        while True:
            answer = self._task("GET", f"/_tasks/{task}")
            if answer is None:
                raise OutageError(
                    f"Elasticsearch lost the reindex task in step {step!r}: run the migration again."
                )
            status = answer["task"]["status"]
            done = status["created"] + status["updated"] + status["version_conflicts"]
            progress(step, done, status["total"])
            if answer["completed"]:
                break
            self._sleep(_POLL_S)
        failures = answer.get("response", {}).get("failures", [])
        if error_type(answer) == "security_exception":
            raise self._client.from_answer(403, answer["error"])
        if "error" in answer or failures:
            cause = plain_reason(answer.get("error") or failures[0].get("cause", failures[0]))
            raise ConfigError(
                f"The new index refuses documents of the old one ({cause}); the alias {self._alias} still "
                "points to the old one. Fix the mapping and run `newsdrop index migrate` again."
            )

    def _end_strays(self) -> None:
        """Cancel reindex tasks left by an interrupted migration: they would restore old texts."""
        answer = self._task("GET", "/_tasks?actions=*reindex&detailed=true") or {}
        for node in answer.get("nodes", {}).values():
            for name, task in node["tasks"].items():
                if f"to [{self.next_alias}]" in task.get("description", ""):
                    self._cancel(name)

    def _cancel(self, task: str) -> None:
        # Best effort: if it can't be cancelled now, the next migration does it first.
        with suppress(OutageError, ConfigError):
            self._task("POST", f"/_tasks/{task}/_cancel?wait_for_completion=true")

    def _task(self, method: str, path: str) -> dict[str, Any] | None:
        # By path, because elasticsearch-py warns that its method for tasks may change; the path never has.
        with self._client.translated():
            api = self._client.api.options(ignore_status=404)
            answer = api.perform_request(method, path, headers={"accept": "application/json"})
        return answer.body if answer.meta.status == 200 else None

    def _make_equal(self, comparison: Comparison, since: Marks, progress: Progress) -> None:
        """Nobody writes now: go on until a comparison finds nothing and the counts are equal.

        First what changed in one of them `since`, because workers wait meanwhile; everything only if a
        document must have been removed or lost, which leaves nothing that could be looked at.
        """
        looked: Marks | None = since
        for _ in range(_COMPARISONS):
            differing = self._settle(comparison, looked, progress)
            counts = self._both_counts(comparison.source, comparison.copy)
            if counts[0] == counts[1] and not differing:
                return
            if counts[0] != counts[1]:
                looked = None
        raise ConfigError(
            f"{comparison.source} has {counts[0]} documents and its copy {comparison.copy} {counts[1]}, and "
            f"{differing} had other versions a moment ago: the alias {self._alias} was not moved. Run "
            "`newsdrop index migrate` again."
        )

    def _settle(self, comparison: Comparison, since: Marks | None, progress: Progress) -> int:
        """Make the copy equal where it differs (since None: anywhere); how many documents differed."""
        self._refresh(f"{comparison.source},{comparison.copy}")
        differing = comparison.differing(since)
        if differing.missing:
            self._sleep(_FORGOTTEN_S)
        for start in range(0, len(differing.missing), _NAMED_IDS):
            some = differing.missing[start : start + _NAMED_IDS]
            self._reindex(comparison.source, {"ids": {"values": some}}, progress, "copy again")
        return len(differing.missing) + differing.deleted

    def _swap(self, source: str, target: str, claim: str) -> None:
        if claim not in self._claims(target):
            raise ConfigError(
                f"Another `newsdrop index migrate` has taken over the migration of {self._alias}, so this "
                "one stops: wait for the other one. If none is running, run it again."
            )
        self._change_aliases(
            [_remove(target, claim), _remove(source, self._alias), _remove(target, self.next_alias)],
            {"index": target, "alias": self._alias, "is_write_index": True},
        )

    def _apply_live(self, index: str) -> None:
        wanted: dict[str, Any] = dict(self._body.live)
        self._put_settings(index, wanted | {_BLOCK: None})

    def _needs_reindex(self, settings: dict[str, Any], mappings: dict[str, Any]) -> bool:
        live = {**settings, **self._body.live, "blocks": {}}
        return bool(differences(self._body, live, mappings))

    def _delete_old(self) -> None:
        keep = {self._current(), *self._aliased(self.next_alias)}
        for name in self._named():
            if name not in keep:
                self._delete(name)

    def _named(self) -> list[str]:
        """Every index named after this alias, oldest first."""
        with self._client.translated():
            answer = self._client.api.indices.get(
                index=f"{self._alias}-*", features="aliases", filter_path="*.aliases", expand_wildcards="all"
            ).body
        return sorted(name for name in answer if self._is_ours(name))

    def _is_ours(self, name: str) -> bool:
        return re.fullmatch(re.escape(self._alias) + r"-\d{6}", name, re.ASCII) is not None

    def _numbered(self, existing: list[str]) -> str:
        last = int(existing[-1][-6:]) if existing else 0
        return f"{self._alias}-{last + 1:06d}"

    def _current(self) -> str | None:
        names = self._aliased(self._alias)
        if not names:
            if self._exists(self._alias):
                behind_alias(self._client, self._alias)  # says what is wrong
            return None
        return behind_alias(self._client, self._alias).name

    def _exists(self, name: str) -> bool:
        with self._client.translated():
            return bool(self._client.api.indices.exists(index=name))

    def _aliased(self, alias: str) -> list[str]:
        with self._client.translated():
            api = self._client.api.options(ignore_status=404)
            answer = api.indices.get_alias(name=alias)
        return sorted(answer.body) if answer.meta.status == 200 else []

    def _create(self, name: str, aliases: dict[str, Any]) -> None:
        settings = {"index": self._body.settings}
        with self._client.translated():
            self._client.api.indices.create(
                index=name, settings=settings, mappings=self._body.mappings, aliases=aliases
            )

    def _delete(self, name: str) -> None:
        with self._client.translated():
            self._client.api.indices.delete(index=name, ignore_unavailable=True)

    def _await_shards(self) -> None:
        for _ in range(_SHARD_LOOKS):
            with suppress(OutageError):
                self._count(self._alias)
                return
            self._sleep(_POLL_S)

    def _facts(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        with self._client.translated():
            facts = self._client.api.indices.get(index=name)[name]
        return facts["settings"]["index"], facts["mappings"]

    def _sequence(self, index: str) -> int:
        """A sequence number before which nothing changes any more; the lowest of all shards."""
        with self._client.translated():
            stats = self._client.api.indices.stats(index=index, level="shards")["indices"][index]["shards"]
        primaries = [copy for copies in stats.values() for copy in copies if copy["routing"]["primary"]]
        if not primaries:
            raise OutageError(f"The index {index} has no shard that answers; try again later.")
        return min(int(copy["seq_no"]["local_checkpoint"]) for copy in primaries)

    def _block(self, index: str) -> None:
        with self._client.translated():
            self._client.api.indices.add_block(index=index, block="write")

    def _put_settings(self, index: str, settings: dict[str, Any]) -> None:
        with self._client.translated():
            self._client.api.indices.put_settings(index=index, settings={"index": settings})

    def _refresh(self, index: str) -> None:
        with self._client.translated():
            self._client.api.indices.refresh(index=index)

    def _count(self, index: str) -> int:
        return self._client.count(index=index)

    def _both_counts(self, source: str, target: str) -> tuple[int, int]:
        self._refresh(f"{source},{target}")
        return self._count(source), self._count(target)

    def _state(
        self, index: str | None, version: int | None, documents: int, drift: list[str], leftovers: list[str]
    ) -> IndexState:
        return IndexState(
            alias=self._alias,
            index=index,
            mapping_version=version,
            expected_version=self._body.version,
            documents=documents,
            drift=drift,
            leftovers=leftovers,
        )


def _remove(index: str, alias: str) -> dict[str, Any]:
    """The action that takes an alias away; if there is none, nothing of its request is done."""
    return {"remove": {"index": index, "alias": alias, "must_exist": True}}


def _silent(*_: object) -> None:
    """Ignore progress."""
