"""The chart as the real helm renders it, and its objects found by kind and name."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from tests.project.compose_file import ROOT

CHART = ROOT / "deploy/helm/newsdrop"
#: The chart's own samples of values.
SAMPLES = sorted(path.name for path in (CHART / "ci").glob("*.yaml"))

Objects = tuple[dict[str, Any], ...]


@cache
def rendered(helm: Path, sample: str, *more: str, chart: Path = CHART) -> Objects:
    """All objects of a release called `news` in the namespace `archive`."""
    done = template(helm, "--values", str(CHART / "ci" / sample), *more, chart=chart)
    assert done.returncode == 0, done.stderr
    return tuple(one for one in yaml.load_all(done.stdout, yaml.CSafeLoader) if one)


def template(helm: Path, *arguments: str, chart: Path = CHART) -> subprocess.CompletedProcess[str]:
    command = [str(helm / "helm"), "template", "news", str(chart), "--namespace", "archive"]
    return subprocess.run(
        [*command, "--kube-version", "1.31.0", *arguments], capture_output=True, text=True, check=False
    )


def of_kind(objects: Objects, kind: str) -> list[dict[str, Any]]:
    return [one for one in objects if one["kind"] == kind]


def named(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in of_kind(objects, kind) if one["metadata"]["name"] == name]
    return found
