"""Fixtures of the watch room's integration tests."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from tests.servers.watching import Recorder, Watching


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Everything newsdrop emits during the test."""
    logger, handler = logging.getLogger("newsdrop"), Recorder()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture
def watching(tmp_path: Path, redis_client: redis.Redis, recorder: Recorder) -> Watching:
    """A folder, a ledger in a real server, and a way to run a watcher over them."""
    return Watching(tmp_path, redis_client, recorder)
