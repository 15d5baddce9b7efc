"""The house stays tidy: short files, small folders, names that say something."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ("src", "tests")
MOST_LINES = 300
MOST_ENTRIES = 12
DATA = {".urdf", ".yaml", ".json", ".csv", ".rviz"}
"""Endings of text that is looked things up in, not read."""
SAY_NOTHING = {"utils", "util", "helpers", "common", "misc", "manager"}


def tracked_files(root: Path, folders: tuple[str, ...]) -> list[Path]:
    """Files below the folders, relative to `root`, that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders],
        cwd=root,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: what lies here may be generated")
    names = [name for name in listed.stdout.split("\0") if name]
    return sorted(Path(name) for name in names if (root / name).is_file())


def long_files(root: Path, files: list[Path]) -> list[str]:
    """Files of code and prose with too many lines."""
    long = []
    for file in files:
        content = (root / file).read_bytes()
        lines = content.count(b"\n")
        if file.suffix not in DATA and b"\0" not in content and lines > MOST_LINES:
            long.append(f"{file} has {lines} lines")
    return long


def full_folders(files: list[Path]) -> list[str]:
    """Folders with too many entries."""
    entries: dict[Path, set[str]] = {}
    for file in files:
        for path in (file, *file.parents[:-1]):
            entries.setdefault(path.parent, set()).add(path.name)
    return [
        f"{folder} has {len(names)} entries"
        for folder, names in sorted(entries.items())
        if len(names) > MOST_ENTRIES
    ]


def empty_names(files: list[Path]) -> list[str]:
    """Files and folders whose name does not say what is inside."""
    named = {path for file in files for path in (file, *file.parents[:-1])}
    return sorted(str(path) for path in named if set(path.stem.lower().split("_")) & SAY_NOTHING)


def test_no_file_is_long():
    """One idea a file: split it by what its parts are about."""
    long = long_files(ROOT, tracked_files(ROOT, HOUSE))
    assert not long, "\n".join(long)


def test_no_folder_is_full():
    """A dozen names can be read at a glance: give what belongs together a room."""
    full = full_folders(tracked_files(ROOT, HOUSE))
    assert not full, "\n".join(full)


def test_names_say_what_is_inside():
    empty = empty_names(tracked_files(ROOT, HOUSE))
    assert not empty, "\n".join(empty)


def test_an_untidy_house_is_seen(tmp_path: Path):
    files = [Path("room") / f"n{i}.py" for i in range(MOST_ENTRIES)]
    files += [Path("room/inner/data.urdf"), Path("room/inner/sim_utils.py")]
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("\n" * (MOST_LINES + 1))
    (tmp_path / files[0]).write_text("\n" * MOST_LINES)
    assert full_folders(files) == ["room has 13 entries"]
    long = long_files(tmp_path, files)
    assert len(long) == MOST_ENTRIES
    assert "room/inner/sim_utils.py has 301 lines" in long
    assert empty_names(files) == ["room/inner/sim_utils.py"]
