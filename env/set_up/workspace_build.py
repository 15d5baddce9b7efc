"""The colcon build of src/, done again only when something changed that a build installs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Callable

import message_generators
from console_scripts import shorten_built_scripts
from failure import SetUpError, run_logged
from stamp import Stamp, digest

Say = Callable[[str], None]

BUILD_FILES = ("package.xml", "setup.py", "setup.cfg", "CMakeLists.txt")
"""Files whose content decides what a build does; of all others only the name counts."""

INSTALLED_FOLDERS = ("launch", "policies")
"""Folders outside src/ from which packages install files."""


ROBOT_PACKAGES = (
    "rl_manip",
    "rl_manip_cockpit",
    "rl_manip_deploy",
    "rl_manip_description",
    "rl_manip_interfaces",
    "rl_manip_ros",
)
"""What is built for the robot's computer."""


def packages(root: Path, robot: bool) -> list[Path]:
    """The folders in src/ of the packages to build."""
    folders = sorted(file.parent for file in (root / "src").glob("*/package.xml"))
    return [folder for folder in folders if not robot or folder.name in ROBOT_PACKAGES]


def wanted(root: Path, folders: list[Path], venv_digest: str) -> str:
    """Digest of what the build depends on.

    A symlink install follows changed contents and new Python modules by itself; new data files,
    executables and packages need a build.
    """
    names = []
    for folder in [*folders, *(root / name for name in INSTALLED_FOLDERS)]:
        for path in folder.rglob("*"):
            hidden = any(
                part.startswith((".", "__")) or part.endswith(".egg-info") or part == "test"
                for part in path.relative_to(folder).parts
            )
            module = path.suffix == ".py" and folder.name not in INSTALLED_FOLDERS
            if path.is_file() and not module and not hidden:
                names.append(str(path.relative_to(root)))
    files = [folder / name for folder in folders for name in BUILD_FILES]
    files += [path for folder in folders for path in sorted(folder.glob("action/*.action"))]
    files.append(root / "colcon.meta")
    return digest([venv_digest, sorted(names)], [file for file in files if file.exists()])


def build(
    root: Path, robot: bool, venv_digest: str, log: Path, say: Say, lacking: str = ""
) -> None:
    """Build where needed; SetUpError when colcon fails.

    Message types that cannot be built leave only themselves out.

    Args:
        lacking: what they cannot be built without, see `message_generators.missing`.
    """
    stamp = Stamp(root / "install" / "rl_manip_stamp")
    folders = packages(root, robot)
    digest_now = digest([wanted(root, folders, venv_digest), lacking], [])
    names = [folder.name for folder in folders]
    if not names or stamp.read() == digest_now:
        return
    stamp.begin()
    messages = [name for name in names if name in message_generators.PACKAGES]
    if messages and not lacking:
        say("message types")
        try:
            colcon(root, log, ["--packages-select", *messages])
        except SetUpError as error:
            lacking = str(error)
    if messages and lacking:
        say(f"goals can be given by topic, not as actions: {lacking}")
        names = [name for name in names if name not in messages]
    forget_removed_packages(root, names)
    say("colcon build of " + ", ".join(names))
    left_out = {folder.name for folder in packages(root, robot=False)} - set(names)
    # Not --packages-select: colcon would still ask for the others, on which rl_manip depends.
    colcon(root, log, ["--packages-ignore", *sorted(left_out)] if left_out else [])
    shorten_built_scripts(root)
    stamp.end(digest_now)


def colcon(root: Path, log: Path, which: list[str]) -> None:
    """Build the packages that the arguments `which` name; SetUpError when it fails."""
    words = ["colcon", "build", "--symlink-install", "--base-paths", "src", *which]
    run_logged(
        ["sh", "-c", '. "$0" && exec "$@"', root / "env" / "environment.sh", *words],
        log,
        "colcon could not build the workspace; correct what it names and run `make setup` again",
        {**os.environ, "RL_MANIP_ROOT": str(root)},
        root,
    )


def forget_removed_packages(root: Path, names: list[str]) -> None:
    """Delete what was built of packages that are no longer in src/."""
    for folder in (root / "install").glob("*/share/ament_index/resource_index/packages/*"):
        if folder.name not in names:
            shutil.rmtree(root / "install" / folder.name, ignore_errors=True)
            shutil.rmtree(root / "build" / folder.name, ignore_errors=True)
