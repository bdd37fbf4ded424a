"""What people do in the product's machine: they take articles out for good, and let them in again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

import redis
from tests.models.pages import Told
from tests.models.puppets import Puppet

from newsdrop.desk.forgetting import take_out
from newsdrop.errors import OutageError
from newsdrop.index.store import Store
from newsdrop.ledger.takedowns import Takedown, Takedowns

if TYPE_CHECKING:
    from tests.models.product_actors import Theatre

__all__ = ["recall", "takedown"]


def takedown(theatre: Theatre, article: str) -> Puppet:
    """A person takes an article out for good."""
    document_id = Told("", article, 0).document_id

    def work(puppet: Puppet, client: redis.Redis) -> None:
        takedown = Takedown(document_id=document_id, at_ms=theatre.now_ms, by="tester")
        takedowns = Takedowns(client, theatre.ledger(client))
        takedowns.forget([takedown])
        puppet.pause()
        # The index may be away.
        with suppress(OutageError):
            take_out(cast(Store, theatre.store), takedowns, [document_id])

    return Puppet(theatre.port, work)


def recall(theatre: Theatre) -> Puppet:
    """A person lets all articles in again."""

    def work(_puppet: Puppet, client: redis.Redis) -> None:
        takedowns = Takedowns(client, theatre.ledger(client))
        takedowns.recall([one.document_id for one in takedowns.listed()])

    return Puppet(theatre.port, work)
