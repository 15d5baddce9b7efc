"""Whether a motion is free: the arm touches neither itself nor its table on the way."""

from __future__ import annotations

import mujoco
import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.replay.twin import TIMESTEP
from rl_manip_sim.models.arm_model import build_arm_spec


class TouchError(ValueError):
    """A motion on which something would be hit."""


def check_free(arm: Arm, path: np.ndarray) -> None:
    """Raises TouchError, naming what would meet, where a path of joint positions is not free.

    Args:
        arm: which arm, on a table whose top is z = 0.
        path: (k, n) [rad], near enough to each other that nothing is passed through between.
    """
    model = build_arm_spec(arm, TIMESTEP, visual=False).compile()
    data = mujoco.MjData(model)
    for position in path:
        data.qpos[:] = position
        mujoco.mj_fwdPosition(model, data)
        if data.ncon:
            first, second = (
                model.body(model.geom_bodyid[geom]).name or "the table"
                for geom in (data.contact[0].geom1, data.contact[0].geom2)
            )
            raise TouchError(
                f"on this motion {first} would touch {second}: start from a pose with more room, "
                "such as the arm's home."
            )
