"""helm and the schemas of other projects' kinds, got once with Go (`make helm`, or the first test that asks).

Versions are pinned, and Go checks what it gets against its public checksum database. Without Go the tests
that need them are skipped on a developer's machine, and fail in CI.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.servers.elasticsearch_server import cache_folder

HELM = "helm.sh/helm/v3/cmd/helm@v3.16.4"
#: Modules that carry custom resource definitions, and where they lie in them.
DEFINITIONS = {
    "github.com/kedacore/keda/v2@v2.16.1": "config/crd/bases/keda.sh_*.yaml",
    "github.com/prometheus-operator/prometheus-operator@v0.70.0": (
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml"
    ),
}


class HelmMissingError(RuntimeError):
    """Go is missing, or it couldn't get something; the message says what to do."""


def helm_tools() -> Path:
    """A folder with `helm` and the definitions (`*.yaml`); got on first use, safely beside other test runs.

    Raises:
        HelmMissingError: Go is missing, or it couldn't get something.
    """
    target = cache_folder() / "helm-3.16.4"
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / f".{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
            try:
                _get(fresh)
                fresh.chmod(0o755)
                fresh.rename(target)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
    return target


def _get(folder: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise HelmMissingError("helm is built with Go: install it (https://go.dev, or package golang-go).")
    _run([go, "install", HELM], {"GOBIN": str(folder)})
    for module, pattern in DEFINITIONS.items():
        answer = json.loads(_run([go, "mod", "download", "-json", module], {"GO111MODULE": "on"}))
        found = sorted(Path(answer["Dir"]).glob(pattern))
        if not found:
            raise HelmMissingError(f"{module} has no {pattern}.")
        for path in found:
            shutil.copyfile(path, folder / path.name)


def _run(command: list[str], more: dict[str, str]) -> str:
    # From an empty place, so that no go.mod of anybody's has a say.
    with tempfile.TemporaryDirectory() as nowhere:
        done = subprocess.run(
            command, env=os.environ | more, cwd=nowhere, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise HelmMissingError(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def main() -> None:
    """Get everything, so that the tests start at once; a developer may do without."""
    try:
        sys.stdout.write(f"helm: {helm_tools()}\n")
    except HelmMissingError as error:
        # The rest of the suite does without; the chart's own tests say so again, and fail in CI.
        sys.stderr.write(f"{error}\n")


if __name__ == "__main__":
    main()
