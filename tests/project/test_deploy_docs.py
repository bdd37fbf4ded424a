"""docs/deploy.md says what is deployed: every service and unit, the secrets, and Redis' rights."""

from __future__ import annotations

import json
import re

import pytest
from tests.project.compose_file import ROOT, compose

from newsdrop.index.access import CLUSTER_PRIVILEGES, WORKER_PRIVILEGES

TEXT = (ROOT / "docs/deploy.md").read_text("utf-8")
RIGHTS = re.compile(r"~newsdrop:\*.*\+info")


@pytest.mark.parametrize("service", compose()["services"])
def test_every_service_of_compose_is_tabled(service: str) -> None:
    cells = re.findall(r"^\| (`[^|]+) \|", TEXT, re.MULTILINE)
    assert any(f"`{service}`" in cell for cell in cells)


@pytest.mark.parametrize("unit", sorted(path.name for path in (ROOT / "deploy/systemd").glob("*.service")))
def test_every_unit_is_tabled_with_what_systemd_says_of_it(unit: str) -> None:
    assert re.search(rf"^\| `{re.escape(unit)}` \| \d\.\d \|$", TEXT, re.MULTILINE)


def test_the_privileges_of_the_key_are_told() -> None:
    assert [name for name in (*WORKER_PRIVILEGES, *CLUSTER_PRIVILEGES) if f"`{name}`" not in TEXT] == []


def test_setup_gives_a_worker_the_role_that_is_shipped() -> None:
    role = json.loads((ROOT / "deploy/elasticsearch/role-worker.json").read_text("utf-8"))
    assert [part["privileges"] for part in role["indices"]] == [list(WORKER_PRIVILEGES)]
    assert role["cluster"] == list(CLUSTER_PRIVILEGES)


@pytest.mark.parametrize("path", ["docker-compose.yml", "deploy/helm/newsdrop/templates/redis.yaml"])
def test_redis_gets_the_rights_that_its_page_lists(path: str) -> None:
    (documented,) = RIGHTS.findall((ROOT / "docs/redis.md").read_text("utf-8"))
    assert RIGHTS.findall((ROOT / path).read_text("utf-8")) == [documented]


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)", TEXT)
    assert targets
    assert [target for target in targets if not (ROOT / "docs" / target).exists()] == []
