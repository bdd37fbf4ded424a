"""What may happen to Celery's lists at any moment, for every state machine over the queue."""

from __future__ import annotations

import redis
from hypothesis.stateful import RuleBasedStateMachine, rule

from newsdrop.ledger import keys
from newsdrop.ledger.ledger import Lane


class MessageAccidents(RuleBasedStateMachine):
    """Messages are hints: twice or not at all, nothing may come of it."""

    client: redis.Redis

    @rule()
    def duplicate_messages(self) -> None:
        for lane in Lane:
            # Few, since each doubling doubles them all.
            for message in self.client.lrange(keys.QUEUE + lane, 0, 3):
                self.client.rpush(keys.QUEUE + lane, message)

    @rule()
    def lose_messages(self) -> None:
        self.client.delete(keys.QUEUE + Lane.FRESH, keys.QUEUE + Lane.BACKLOG)
