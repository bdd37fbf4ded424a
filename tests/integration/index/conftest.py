from __future__ import annotations

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch


@pytest.fixture
def admin(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    client = Elasticsearch(elasticsearch_url, request_timeout=30)
    yield client
    client.close()
