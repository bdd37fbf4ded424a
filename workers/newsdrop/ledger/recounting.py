"""Whether the ledger's counts are right, and how they are made right: for the audit.

Each script changes the counts with the states, so they can only be wrong after keys were lost: a server that
evicts deletes one and leaves another. Refuses to say which drops were lost: the audit finds that.
"""

from __future__ import annotations

from newsdrop.documents import State
from newsdrop.ledger import keys
from newsdrop.ledger.ledger import Ledger
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.ports import Lane

__all__ = ["miscounted", "recount"]


def miscounted(ledger: Ledger) -> bool:
    """Whether the counts disagree with what they count. Cheap, and exact at any moment.

    Raises:
        OutageError, ConfigError: like the ledger.
    """
    client = ledger.client
    with redis_errors(client), client.pipeline(transaction=True) as pipeline:
        pipeline.hgetall(keys.COUNTS)
        pipeline.hlen(keys.LEDGER)
        pipeline.hmget(keys.DEPTH, list(Lane))
        found, entries, depth = pipeline.execute()
    states = {state: int(found.get(state.encode(), 0)) for state in State}
    if min(states.values()) < 0 or sum(states.values()) != entries:
        return True
    return sum(int(drops or 0) for drops in depth) != states[State.QUEUED]


def recount(ledger: Ledger) -> None:
    """Count the drops in each state and lane anew; the server does nothing else meanwhile.

    Raises:
        OutageError, ConfigError: like the ledger.
    """
    while not ledger.scripts.run("recount", {}):
        pass
