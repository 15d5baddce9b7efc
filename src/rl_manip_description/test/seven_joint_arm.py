"""An arm that nobody here has described: seven joints, names, frames and limits of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Tuple

import yaml

# axis, distance to the next joint along z at zero [m], limit, home and start spread [rad]
JOINTS: Tuple[Tuple[str, float, float, float, float], ...] = (
    ("0 0 1", 0.18, 2.96, 0.0, 1.5),
    ("0 1 0", 0.20, 2.09, 0.4, 0.4),
    ("0 0 1", 0.20, 2.96, 0.0, 0.4),
    ("0 -1 0", 0.20, 2.09, -1.7, 0.35),
    ("0 0 1", 0.20, 2.96, 0.0, 0.4),
    ("0 1 0", 0.08, 2.09, 1.0416, 0.6),  # 0.4 + 1.7 + 1.0416: the tool points straight down
    ("0 0 1", 0.05, 3.05, 0.0, 1.0),
)
BASE_HEIGHT = 0.16  # of the first joint [m]
NAMES = tuple(f"axis_{number}" for number in range(1, len(JOINTS) + 1))
BASE, FLANGE = "pedestal", "mounting_plate"


def write_seven_joint_arm(folder: Path, name: str, **practice: object) -> Path:
    """Write <name>.yaml and <name>.urdf to ``folder``; returns the YAML file's path.

    Args:
      folder: is made.
      name: of the arm.
      practice: more keys of the YAML file's ``practice``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.urdf").write_text(_urdf(name))
    links = [BASE, *(f"link_{number}" for number in range(1, len(JOINTS) + 1))]
    values = {
        "base_frame": BASE,
        "tool_frame": FLANGE,
        "controller": {
            "command_topic": "/seven/velocity",
            "joint_names": list(NAMES),
            "joint_state_topic": "/joint_states",
            "program_running_topic": "/seven/running",
        },
        "joints": [
            {
                "name": joint,
                "home": home,
                "position_lower": -limit,
                "position_upper": limit,
                "velocity": 1.7,
                "acceleration": 10.0,
                "jerk": 500.0,
                "stop_deceleration": 14.0,
                "stop_jerk": 4000.0,
                "effort": 100.0,
            }
            for joint, (_, _, limit, home, _) in zip(NAMES, JOINTS)
        ],
        "workspace": {
            "center": [0.0, 0.0, 0.34],
            "inner_radius": 0.35,
            "outer_radius": 0.75,
            "min_height": 0.1,
            "min_axis_distance": 0.25,
            "max_azimuth": 1.3,
        },
        # what is joined, and what is joined to that: the links between are short
        "allowed_collisions": [
            [links[i], links[j]]
            for i in range(len(links))
            for j in (i + 1, i + 2)
            if j < len(links)
        ],
        "practice": {
            "start_spread": {name: joint[-1] for name, joint in zip(NAMES, JOINTS)},
            **practice,
        },
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return path


def _urdf(name: str) -> str:
    text = [
        f'<robot name="{name}">',
        '<mujoco><compiler discardvisual="false" fusestatic="false"/></mujoco>',
        f'<link name="{BASE}">{_shape(BASE_HEIGHT, 0.06)}</link>',
    ]
    parent, height = BASE, BASE_HEIGHT
    for number, (joint, (axis, length, limit, _, _)) in enumerate(zip(NAMES, JOINTS), 1):
        link = f"link_{number}"
        text.append(
            f'<link name="{link}"><inertial><mass value="2.0"/>'
            f'<origin xyz="0 0 {length / 2}"/><inertia ixx="0.01" ixy="0" ixz="0" iyy="0.01" '
            f'iyz="0" izz="0.005"/></inertial>{_shape(length, 0.04)}</link>'
            f'<joint name="{joint}" type="revolute"><parent link="{parent}"/><child link="{link}"/>'
            f'<origin xyz="0 0 {height}"/><axis xyz="{axis}"/>'
            f'<limit lower="-{limit}" upper="{limit}" velocity="1.7" effort="100"/></joint>'
        )
        parent, height = link, length
    text.append(
        f'<link name="{FLANGE}"/><joint name="to_{FLANGE}" type="fixed"><parent link="{parent}"/>'
        f'<child link="{FLANGE}"/><origin xyz="0 0 {height}"/></joint></robot>'
    )
    return "\n".join(text)


def _shape(length: float, radius: float) -> str:
    geometry = (
        f'<origin xyz="0 0 {length / 2}"/><geometry><cylinder radius="{radius}" '
        f'length="{length}"/></geometry>'
    )
    return f"<visual>{geometry}</visual><collision>{geometry}</collision>"
