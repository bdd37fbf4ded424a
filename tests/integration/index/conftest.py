from __future__ import annotations

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch
from tests.waiting import PATIENCE_S


@pytest.fixture
def admin(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    client = Elasticsearch(elasticsearch_url, request_timeout=PATIENCE_S)
    yield client
    client.close()
