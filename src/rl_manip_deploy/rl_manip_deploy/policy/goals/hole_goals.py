"""Where the tool is to be for the peg that it holds to be in a hole."""

from __future__ import annotations

import numpy as np

from rl_manip_description.contract.hole_spec import HoleSpec
from rl_manip_description.kinematics.serial_chain import matrix_from_quaternion


def seated(hole: np.ndarray, spec: HoleSpec) -> np.ndarray:
    """Pose (7,) of the tool, position [m] and quaternion xyzw, with the peg at the hole's bottom.

    The tool's z axis points into the hole, its x axis along the hole's.

    Args:
        hole: (7,) of the middle of its mouth, z out of it.
        spec: sizes of peg and hole.
    """
    out_of_it = matrix_from_quaternion(hole[3:])[:, 2]
    position = hole[:3] + (spec.peg_length - spec.depth) * out_of_it
    x, y, z, w = hole[3:]
    # half a turn about the hole's own x axis: q (1, 0, 0, 0)
    return np.concatenate((position, (w, z, -y, -x)))
