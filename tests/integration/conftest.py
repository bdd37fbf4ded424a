"""What tests of several rooms need, whose servers are real."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.inputs.index_samples import plain_mappings


@pytest.fixture(scope="session")
def plain_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config folder for indexes of whose analysis a test asks nothing: they cost a third of ours."""
    return plain_mappings(tmp_path_factory.mktemp("config"))
