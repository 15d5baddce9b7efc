"""Checks of docker/: hadolint for the Dockerfiles, the Compose specification for compose.yaml."""

from __future__ import annotations

import shutil
from pathlib import Path


def docker_checks(root: Path) -> list[tuple[str, list[str]]]:
    """(name, command) of each check; hadolint's wheel exists for x86-64 only."""
    folder = root / "docker"
    dockerfiles = [str(path) for path in sorted(folder.glob("**/Dockerfile"))]
    schema = ["check-jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checks = [("compose file", [*schema, str(folder / "compose.yaml")])]
    if shutil.which("hadolint"):
        config = ["--config", str(folder / "hadolint.yaml")]
        checks.append(("Dockerfiles", ["hadolint", *config, *dockerfiles]))
    return checks
