"""What several files about deployment need."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.servers.helm_tools import HelmMissingError, helm_tools
from tests.servers.missing import skip_or_fail


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder with helm."""
    try:
        return helm_tools()
    except HelmMissingError as error:
        skip_or_fail(str(error))
