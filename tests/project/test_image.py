"""What goes into the image is told: a bill of materials made of the locks alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from tests.project.compose_file import DOCKERFILE, ROOT

LOCKS = ["deploy/requirements.lock", "deploy/requirements-otel.lock"]


def bill(*locks: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/sbom", "0.1.0", *locks],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    made: dict[str, Any] = json.loads(done.stdout)
    return made


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return bill(*LOCKS)


def test_the_bill_names_every_pinned_package_with_the_hashes_its_lock_allows(made: dict[str, Any]) -> None:
    pinned, hashes = set(), 0
    for lock in LOCKS:
        text = (ROOT / lock).read_text("utf-8")
        pinned |= set(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))
        hashes += text.count("--hash=sha256:")
    assert {(one["name"], one["version"]) for one in made["components"]} == pinned
    counted = sum(len(one["hashes"]) for one in made["components"])
    # A package of both locks has its hashes once.
    assert len(pinned) < counted <= hashes
    assert all(one["hashes"] for one in made["components"])


def test_it_is_cyclonedx_and_each_reference_is_one(made: dict[str, Any]) -> None:
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["serialNumber"])
    refs = [one["bom-ref"] for one in made["components"]] + [made["metadata"]["component"]["bom-ref"]]
    assert len(set(refs)) == len(refs)
    assert {one["ref"] for one in made["dependencies"]} == set(refs)
    assert {ref for one in made["dependencies"] for ref in one["dependsOn"]} <= set(refs)
    assert all(re.fullmatch(r"pkg:pypi/[a-z0-9-]+@[\w.+]+", ref) for ref in refs)


def test_it_says_who_needs_what(made: dict[str, Any]) -> None:
    needs = {one["ref"].split("@")[0]: one["dependsOn"] for one in made["dependencies"]}
    own = {ref.split("@")[0].removeprefix("pkg:pypi/") for ref in needs["pkg:pypi/newsdrop"]}
    assert {"celery", "elasticsearch", "opentelemetry-sdk"} <= own
    assert any(ref.startswith("pkg:pypi/kombu@") for ref in needs["pkg:pypi/celery"])
    # Nothing is there that nobody asked for.
    needed = {ref for refs in needs.values() for ref in refs}
    assert {one["bom-ref"] for one in made["components"]} == needed


def test_only_what_some_pythons_need_is_optional(made: dict[str, Any]) -> None:
    marked = set(re.findall(r"^([\w.-]+)==\S+ ;", (ROOT / LOCKS[0]).read_text("utf-8"), re.MULTILINE))
    assert {one["name"] for one in made["components"] if one["scope"] == "optional"} == marked


def test_the_same_locks_give_the_same_bill_and_others_another(made: dict[str, Any]) -> None:
    assert bill(*LOCKS) == made
    assert bill(LOCKS[0])["serialNumber"] != made["serialNumber"]


def test_the_image_carries_the_bill_of_what_it_installs() -> None:
    text = DOCKERFILE.read_text("utf-8").replace("\\\n", " ")
    stage = text[text.index(" AS packages\n") : text.index(" AS packages-flower")]
    installed = set(re.findall(r"install --require-hashes -r /locks/(\S+)", stage))
    (told,) = re.findall(r"/locks/sbom \S+ (.*?) >", stage)
    assert {f"/locks/{name}" for name in installed} == set(told.split()) == {
        f"/locks/{lock.removeprefix('deploy/')}" for lock in LOCKS
    }  # fmt: skip
