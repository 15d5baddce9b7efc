"""An arm's own YAML file, and the table of where each figure is from."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
import yaml

from rl_manip_description.model.arm import JointLimits
from rl_manip_description.model.workspace import HalfShell


class Row(NamedTuple):
    """A line of the table."""

    what: str
    value: str
    source: str
    check: bool = False
    """Whether a person has to look at it: nobody says so of this arm."""


class ArmFile(NamedTuple):
    """Everything that goes into the YAML file."""

    title: str
    base: str
    tool: str
    joint_names: Sequence[str]
    home: np.ndarray  # (n,) [rad]
    limits: JointLimits
    region: HalfShell
    spreads: Dict[str, Dict[str, float]]
    allowed: Sequence[Tuple[str, str]]


def yaml_text(arm: ArmFile) -> str:
    """The file; position, velocity and effort limits are left to the URDF."""
    names = ", ".join(arm.joint_names)
    text = f"""# {arm.title}
# Lengths [m], angles [rad]. Positions, speeds and torques are limited as the URDF says;
# position_lower, position_upper, velocity and effort of a joint here may narrow that.
base_frame: {arm.base}
tool_frame: {arm.tool}

# What the driver listens to and publishes: check it against the driver.
controller:
  command_topic: /forward_velocity_controller/commands
  joint_names: [{names}]
  joint_state_topic: /joint_states
  trajectory_topic: /joint_trajectory_controller/joint_trajectory

# Acceleration, jerk and stops are what this workspace commands: no more than the maker allows.
joints:
"""
    limits = arm.limits
    for number, name in enumerate(arm.joint_names):
        figures = {
            "home": arm.home[number],
            "acceleration": limits.acceleration[number],
            "jerk": limits.jerk[number],
            "stop_deceleration": limits.stop_deceleration[number],
            "stop_jerk": limits.stop_jerk[number],
        }
        said = ", ".join(f"{key}: {float(value):g}" for key, value in figures.items())
        text += f"- {{name: {name}, {said}}}\n"
    text += "\n# Where goals are drawn: the tool reached every point that was tried.\n"
    text += yaml.safe_dump({"workspace": arm.region.to_dict()}, sort_keys=False)
    text += "\n# How far from home joints start, and goals with a rotation are.\npractice:\n"
    for key, values in arm.spreads.items():
        said = ", ".join(f"{name}: {value:g}" for name, value in values.items())
        text += f"  {key}: {{{said}}}\n"
    text += "\n# Links whose collision shapes overlap by design.\nallowed_collisions:\n"
    return text + "".join(f"- [{first}, {second}]\n" for first, second in arm.allowed)


def table(rows: Sequence[Row]) -> str:
    """The table, what a person has to check last and marked."""
    lines: List[Tuple[str, str, str]] = [("what", "value", "from")]
    for row in sorted(rows, key=lambda row: row.check):
        lines.append((row.what, row.value, f"{row.source}{'  <- check' if row.check else ''}"))
    widths = [max(len(line[column]) for line in lines) for column in range(2)]
    return "\n".join(
        f"{what:{widths[0]}}  {value:{widths[1]}}  {source}" for what, value, source in lines
    )
