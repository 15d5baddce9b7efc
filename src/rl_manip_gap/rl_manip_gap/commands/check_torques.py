"""`ros2 run rl_manip_gap check_torques BAG`: the description's masses against motor currents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Tuple

import numpy as np
import tyro
from typing_extensions import Annotated

from rl_manip_description import load_arm
from rl_manip_gap.commands import run_command
from rl_manip_gap.identify.torques.torque_check import check_torques
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.topic_choice import TopicChoice


@dataclass(frozen=True)
class TorqueArguments:
    """Compares inverse dynamics plus friction with motor current times drive gain.

    The defaults are published for one UR10e: Mamedov et al., "Practical Aspects of Model-Based
    Collision Detection", Frontiers in Robotics and AI, 2020.
    """

    bag: Annotated[Path, tyro.conf.Positional]
    """rosbag2 folder or file with efforts."""
    arm: str = "ur10e"
    """Arm that was recorded."""
    drive_gain: Tuple[float, ...] = (10.0, 10.7, 8.5, 9.0, 9.5, 10.1)
    """Torque per current, one figure per joint [Nm/A]."""
    viscous: Tuple[float, ...] = (21.3, 20.2, 10.4, 3.6, 2.5, 3.0)
    """Viscous friction, one figure per joint [Nm s/rad]."""
    coulomb: Tuple[float, ...] = (12.5, 13.3, 5.0, 2.0, 2.7, 2.3)
    """Coulomb friction, one figure per joint [Nm]."""
    topics: Annotated[TopicChoice, tyro.conf.arg(name="")] = TopicChoice()


def main() -> None:
    run_command("check_torques", TorqueArguments, _check_torques)


def _check_torques(arguments: TorqueArguments) -> None:
    arm = load_arm(arguments.arm)
    figures = {}
    for name in ("drive_gain", "viscous", "coulomb"):
        figures[name] = np.array(getattr(arguments, name))
        if len(figures[name]) != arm.num_joints:
            raise ValueError(
                f"--{name.replace('_', '-')} has {len(figures[name])} figures, expected "
                f"{arm.num_joints}."
            )
    checked = check_torques(read_recording(arguments.bag, arm, arguments.topics), arm, **figures)
    print(f"{'joint':<20} {'measured RMS':>13} {'RMSE':>9} {'bias':>9} {'explained':>10}")
    for joint in checked:
        print(
            f"{joint.name:<20} {joint.measured_rms_nm:>10.2f} Nm {joint.rmse_nm:>6.2f} Nm "
            f"{joint.bias_nm:>6.2f} Nm {joint.explained:>10.1%}"
        )


if __name__ == "__main__":
    main()
