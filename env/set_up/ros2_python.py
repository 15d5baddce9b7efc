"""The Python parts of ROS 2 that PyPI's ros-… wheels lack: see ../ros2_python.txt."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

from failure import SetUpError, run_logged


def read_list(path: Path) -> tuple[dict[str, str], list[str]]:
    """(facts about the wheel, names of the parts to take out of it)."""
    facts, parts = {}, []
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(" ")
        if key == "part":
            parts.append(value)
        elif key and not key.startswith("#"):
            facts[key] = value
    return facts, parts


def fetch_wheel(python: Path, facts: dict[str, str], cache: Path, log: Path) -> Path:
    """The wheel in `cache`, downloaded unless it is there and whole."""
    wheel = cache / facts["file"]
    if not is_whole(wheel, facts["sha256"]):
        wheel.unlink(missing_ok=True)
        name, version = facts["wheel"].split()
        # The wheel is tagged for one Python and one glibc; what is taken out of it needs neither.
        target = ["--python-version", "3.12", "--platform", "manylinux_2_35_x86_64"]
        run_logged(
            [python, "-m", "pip", "download", "--no-cache-dir", "--no-deps", *target]
            + ["--only-binary=:all:", "--dest", cache, f"{name}=={version}"],
            log,
            f"{name} could not be downloaded; check the network and run `make setup` again",
        )
        if not is_whole(wheel, facts["sha256"]):
            wheel.unlink(missing_ok=True)
            raise SetUpError(
                f"{wheel.name} came with another content than the one known here; check what your "
                "package index serves and run `make setup` again."
            )
    return wheel


def is_whole(wheel: Path, sha256: str) -> bool:
    """Whether the file is there with that hash."""
    if not wheel.exists():
        return False
    with wheel.open("rb") as stream:
        hasher = hashlib.sha256()
        for block in iter(lambda: stream.read(1 << 20), b""):
            hasher.update(block)
    return hasher.hexdigest() == sha256


def unpack(wheel: Path, inside: str, parts: list[str], target: Path) -> None:
    """Replace `target` by the wanted parts and their *.egg-info, compiled modules left out."""
    shutil.rmtree(target, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not name.startswith(inside) or name.endswith(("/", ".so", ".pyc")):
                continue
            top = name[len(inside) :].split("/")[0]
            package = top.split("-")[0] if top.endswith(".egg-info") else top
            if package in parts:
                file = target / name[len(inside) :]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(archive.read(name))
    missing = [part for part in parts if not (target / part).exists()]
    if missing:
        raise SetUpError(f"{wheel.name} lacks {', '.join(missing)}; correct env/ros2_python.txt.")
