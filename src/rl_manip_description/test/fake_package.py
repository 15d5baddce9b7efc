"""Packages of somebody else, as far as Python's metadata and the ament index know them."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping


def install(
    folder: Path,
    package: str,
    offers: Mapping[str, Mapping[str, str]],
    modules: Mapping[str, str] = {},
) -> None:
    """Write a distribution to ``folder``, which the caller puts on ``sys.path``.

    Args:
      folder: made if need be.
      package: name of the distribution.
      offers: entry points, "module:attribute" by name, by group.
      modules: source text by module name.
    """
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = []
    for group, points in offers.items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)


def install_for_ament(prefix: Path, package: str, resource_type: str) -> Path:
    """Mark a ROS package with a resource of that type; returns its share folder, made."""
    index = prefix / "share" / "ament_index" / "resource_index" / resource_type
    index.mkdir(parents=True, exist_ok=True)
    (index / package).write_text("")
    share = prefix / "share" / package
    share.mkdir(parents=True, exist_ok=True)
    return share
