"""Which tests stay together in a parallel run, and which begin first (conftest.py marks and sorts them)."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["ALONE", "LONGEST", "OWN_PROCESS", "group_of", "place_of"]

#: Servers that the tests of one process alone use.
OWN_PROCESS = ("secured_elasticsearch", "breakable_elasticsearch")
#: Where each test starts all of its own programs and mostly waits for them: it may go to any process.
ALONE = (
    "tests/acceptance/",
    "tests/integration/worker/",
    "tests/integration/cli/test_up.py",
    "tests/security/",
)
#: What takes more than half a minute, the longest first: begun last, one alone would keep us waiting. Not all
#: that start an Elasticsearch of their own stand at the top: five at once starve each other.
LONGEST = (
    "tests/faults/test_campaign.py",
    "breakable_elasticsearch",
    "secured_elasticsearch",
    "tests/contract/test_store.py",
    "tests/contract/test_hostile_searches.py",
    "tests/integration/index/test_security.py",
    "tests/acceptance/test_main_job.py",
    "tests/integration/index/test_migration.py",
    "tests/contract/test_search_quality.py",
    "tests/contract/test_judged_queries.py",
    "tests/integration/index/test_next_major.py",
    "tests/integration/programs/test_producers.py",
    "tests/integration/watch/test_watcher.py",
    "tests/acceptance/",
    "tests/integration/worker/",
    "tests/integration/cli/test_up.py",
    "tests/security/",
    "tests/integration/ledger/test_product_machine.py",
)


def group_of(nodeid: str, fixtures: Collection[str]) -> str:
    """What a test belongs to: a server that nobody else may use, its module, or itself."""
    for name in OWN_PROCESS:
        if name in fixtures:
            return name
    return nodeid if nodeid.startswith(ALONE) else nodeid.split("::")[0]


def place_of(group: str) -> int:
    """Where a group stands in the order in which groups are begun."""
    found = (at for at, beginning in enumerate(LONGEST) if group.startswith(beginning))
    return next(found, len(LONGEST))
