"""Every check that needs no running code: `python env/lint` (what `make lint` runs)."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

from docker_files import docker_checks
from isaacgym_types import isaacgym_type_problems
from package_files import package_problems
from versions import version_problems

ROOT = Path(__file__).resolve().parents[2]
SHELL_SCRIPTS = (
    "env/activate",
    "env/environment.sh",
    "env/write_locks.sh",
    "env/run_in_environment",
    ".ci/run",
)
AT_ONCE = 2
"""Checks that run side by side: two take most of the time, the types and the API reference."""


def commands() -> list[tuple[str, list[str]]]:
    """(name, command) of the checks that are programs, those that take longest first."""
    python = [sys.executable, "-m"]
    return [
        ("documents that are made of the code", [sys.executable, "env/docs", "--check"]),
        ("types", [*python, "mypy"]),
        ("ruff check", [*python, "ruff", "check", "--output-format=concise", "."]),
        ("ruff format", [*python, "ruff", "format", "--check", "--output-format=concise", "."]),
        ("import rules", ["lint-imports", "--no-cache", "--no-logo"]),
        ("shell scripts", ["shellcheck", "--external-sources", *SHELL_SCRIPTS]),
        *docker_checks(ROOT),
    ]


def checks() -> list[tuple[str, Callable[[], str]]]:
    """(name, what returns its problems) of every check."""
    return [
        *((name, lambda command=command: problems_of(command)) for name, command in commands()),
        ("types of the isaacgym backend", lambda: isaacgym_type_problems(ROOT)),
        ("package files", lambda: "\n".join(package_problems(ROOT))),
        ("versions", lambda: "\n".join(version_problems(ROOT))),
    ]


def problems_of(command: list[str]) -> str:
    """What a program says when it fails; empty when it does not."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    return (said.strip() or f"exit code {done.returncode}") if done.returncode else ""


def main() -> int:
    """0 if every check passes; all of them run."""
    failed = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [(name, pool.submit(check)) for name, check in checks()]
        for name, outcome in running:
            report(name, outcome.result(), failed)
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
