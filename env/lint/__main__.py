"""Every check that needs no running code: `python env/lint` (what `make lint` runs)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from docker_files import docker_checks
from isaacgym_types import isaacgym_type_problems
from package_files import package_problems

ROOT = Path(__file__).resolve().parents[2]
SHELL_SCRIPTS = (
    "env/activate",
    "env/environment.sh",
    "env/write_locks.sh",
    "env/run_in_environment",
    ".ci/run",
)


def commands() -> list[tuple[str, list[str]]]:
    """(name, command) of the checks that are programs."""
    python = [sys.executable, "-m"]
    return [
        ("ruff check", [*python, "ruff", "check", "--output-format=concise", "."]),
        ("ruff format", [*python, "ruff", "format", "--check", "--output-format=concise", "."]),
        ("import rules", ["lint-imports", "--no-cache", "--no-logo"]),
        ("shell scripts", ["shellcheck", "--external-sources", *SHELL_SCRIPTS]),
        *docker_checks(ROOT),
    ]


def main() -> int:
    """0 if every check passes; all of them run."""
    failed = []
    for name, command in commands():
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        report(name, done.stdout + done.stderr if done.returncode else "", failed)
    report("types of the isaacgym backend", isaacgym_type_problems(ROOT), failed)
    report("package files", "\n".join(package_problems(ROOT)), failed)
    print(f"lint: {len(failed)} failed: {', '.join(failed)}" if failed else "lint: all passed")
    return 1 if failed else 0


def report(name: str, problems: str, failed: list[str]) -> None:
    """Print one check's outcome, and its problems if it has any."""
    print(f"{'FAIL' if problems else 'ok':4} {name}", flush=True)
    if problems:
        print(problems.rstrip())
        failed.append(name)


if __name__ == "__main__":
    sys.exit(main())
