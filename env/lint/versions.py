"""Versions: ours stands in VERSION, and a pinned one of somebody else is the same everywhere.

colcon, rosdep and bloom want the version as text in every package.xml, so there it is checked;
setup.py reads it from there.
"""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

PIN = re.compile(r"(?<![\w.-])([a-z][a-z0-9_.-]*)(?:\[[^\]]*\])?==([0-9][\w.]*)")
"""A pinned Python package, as pip writes it; a local version (+cpu) is a build of the same."""
READ_IN = (".in", ".txt", ".py", ".md", ".toml", ".yaml", ".sh")
OF_ITS_OWN = {
    "env/requirements/lock-isaacgym.txt": ("env/requirements/isaacgym.in",),
    "env/requirements/lock-numpy1.txt": ("env/requirements/numpy1.in",),
    "env/requirements/lock-kilted.txt": (),
}
"""Locks for another Python, numpy or ROS 2, and the files that hold to them instead of lock.txt."""
LOCK = "env/requirements/lock.txt"


def version_problems(root: Path) -> list[str]:
    """One sentence for each version that contradicts another."""
    texts = {
        name: (root / name).read_text(encoding="utf-8", errors="replace")
        for name in _tracked(root)
        if (name.endswith(READ_IN) or "Dockerfile" in name) and "/test_" not in name
    }
    return [*_own_problems(root), *pin_problems(texts)]


def _own_problems(root: Path) -> list[str]:
    version = (root / "VERSION").read_text(encoding="utf-8").strip()
    problems = []
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        problems.append(f"VERSION is {version!r}: give three numbers, major.minor.patch.")
    for file in sorted(root.glob("src/*/package.xml")):
        found = ElementTree.parse(file).getroot().findtext("version")
        if found != version:
            problems.append(f"{file.relative_to(root)}: version is {found}, VERSION says {version}")
    for file in sorted([*root.glob("src/*/setup.py"), *root.glob("env/*/setup.py")]):
        if re.search(r"version=[\"']", file.read_text(encoding="utf-8")):
            problems.append(f"{file.relative_to(root)}: has a version of its own, read it instead")
    released = re.findall(r"^## \[(\d[^\]]*)\]", (root / "CHANGELOG.md").read_text("utf-8"), re.M)
    if released[:1] != [version]:
        problems.append(
            f"CHANGELOG.md: the newest release is {released[:1]}, VERSION says {version}"
        )
    return problems


def pin_problems(texts: dict[str, str]) -> list[str]:
    """Pins that are not those of the lock; what no lock has must be the same everywhere.

    Args:
        texts: contents of files, by name.
    """
    locked = {name: pins(text) for name, text in texts.items() if name in (LOCK, *OF_ITS_OWN)}
    lock_of = {file: lock for lock, files in OF_ITS_OWN.items() for file in files}
    said: dict[str, dict[str, set[str]]] = {}
    problems = []
    for file, text in texts.items():
        if file in locked:
            continue
        lock = lock_of.get(file, LOCK)
        for name, versions in pins(text).items():
            allowed = locked.get(lock, {}).get(name)
            if allowed is None and lock == LOCK:
                said.setdefault(name, {})[file] = versions
            elif allowed is not None and not versions <= allowed:
                problems.append(
                    f"{file}: {name}=={', '.join(sorted(versions - allowed))}, "
                    f"{lock} has {', '.join(sorted(allowed))}"
                )
    for name, files in said.items():
        if len(set().union(*files.values())) > 1:
            places = "; ".join(f"{file} {', '.join(sorted(v))}" for file, v in files.items())
            problems.append(f"{name} is pinned differently: {places}")
    return problems


def pins(text: str) -> dict[str, set[str]]:
    """The versions that a text pins, by package."""
    found: dict[str, set[str]] = {}
    for name, version in PIN.findall(text):
        found.setdefault(name.replace("_", "-"), set()).add(version)
    return found


def _tracked(root: Path) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (root / name).is_file()]
