"""A seven-joint robot as its maker publishes it: a package with meshes and an endless joint."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Tuple

import trimesh
from seven_joint_arm import write_seven_joint_arm

ENDLESS = "axis_7"
PACKAGE = "foreign_arm"


def write_foreign_robot(folder: Path) -> Tuple[Path, Path]:
    """Writes the package to ``folder``; returns the paths of URDF and SRDF."""
    package = folder / PACKAGE
    (package / "meshes").mkdir(parents=True)
    arm = write_seven_joint_arm(package, PACKAGE)
    arm.unlink()
    urdf = arm.with_suffix(".urdf")
    shapes = []

    def as_mesh(match: re.Match) -> str:
        radius, length = float(match["radius"]), float(match["length"])
        name = f"{1e3 * length:.0f}_{1e3 * radius:.0f}.stl"
        trimesh.creation.cylinder(radius, length, sections=24).export(package / "meshes" / name)
        shapes.append(name)
        return f'<mesh filename="package://{PACKAGE}/meshes/{name}"/>'

    cylinder = r'<cylinder radius="(?P<radius>\S+)" length="(?P<length>\S+)"/>'
    text = re.sub(cylinder, as_mesh, urdf.read_text())
    assert shapes
    text = text.replace(f'name="{ENDLESS}" type="revolute"', f'name="{ENDLESS}" type="continuous"')
    urdf.write_text(text)
    srdf = package / "moveit.srdf"
    srdf.write_text(
        f'<robot name="{PACKAGE}"><group name="arm">'
        '<chain base_link="pedestal" tip_link="mounting_plate"/></group></robot>'
    )
    return urdf, srdf


def import_words(folder: Path, out: Path) -> list[str]:
    """Writes the robot into a folder; what is typed behind `import_arm` to import it."""
    urdf, srdf = write_foreign_robot(folder)
    return [str(urdf), "--srdf", str(srdf), "--package-path", str(folder), "-o", str(out)]
