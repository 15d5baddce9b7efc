"""The stand-in robot's gripper, the object before it, and the camera that sees it."""

from __future__ import annotations

from collections import deque
from typing import Deque, Optional, Sequence, Tuple

import mujoco
import numpy as np

from rl_manip_description import Gripper
from rl_manip_description.kinematics.serial_chain import slightly_turned
from rl_manip_sim.models.gripper_model import FINGERS, GRIPPER, OBJECT
from rl_manip_sim.stand_in.hidden_object import HiddenCamera, HiddenObject


class SimulatedGripper:
    """Fingers behind a driver that holds the last wanted position for ever.

    Args:
      model: of an arm with this gripper.
      data: of that model.
      gripper: which gripper.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, gripper: Gripper) -> None:
        self._gripper, self._data = gripper, data
        self._control = model.actuator(GRIPPER).id
        joints = [model.joint(name) for name in FINGERS]
        self._position = [int(joint.qposadr[0]) for joint in joints]
        self._velocity = [int(joint.dofadr[0]) for joint in joints]
        data.qpos[self._position] = gripper.max_opening / 2.0
        data.ctrl[self._control] = gripper.max_opening

    def command(self, joint_position: Sequence[float]) -> bool:
        """Takes [position] of the gripper's joint [rad]; false where it was dropped."""
        if len(joint_position) != 1 or not np.isfinite(joint_position[0]):
            return False
        self._data.ctrl[self._control] = self._gripper.opening(joint_position[0])
        return True

    @property
    def opening(self) -> float:
        """Distance of the fingers [m]."""
        return float(self._data.qpos[self._position].sum())

    @property
    def joint_state(self) -> Tuple[float, float]:
        """Position [rad] and velocity [rad/s] of the gripper's joint, as its driver says them."""
        gripper = self._gripper
        per_metre = (gripper.open_position - gripper.closed_position) / gripper.max_opening
        speed = per_metre * float(self._data.qvel[self._velocity].sum())
        return float(gripper.joint_position(self.opening)), speed


class SimulatedObject:
    """The object: what it is, and where.

    Args:
      model: of an arm with a gripper and an object; its object is changed in place.
      data: of that model.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self._model, self._data = model, data
        self._geom, self._body = model.geom(OBJECT).id, model.body(OBJECT).id
        self._start = int(model.joint(OBJECT).qposadr[0])
        self._speed = int(model.joint(OBJECT).dofadr[0])
        self.half_height = 0.0
        """Of it as it stands upright [m]."""

    def become(self, hidden: HiddenObject) -> None:
        """Turns into another object, in the same place."""
        model, geom, body = self._model, self._geom, self._body
        x, y, z = hidden.half_extent
        box = np.array((y * y + z * z, x * x + z * z, x * x + y * y)) / 3.0
        # of a solid of mass 1: size as MuJoCo takes it, radius of the sphere round it, inertia
        size, bound, inertia = {
            "box": ((x, y, z), np.linalg.norm((x, y, z)), box),
            "cylinder": (
                (x, z, 0.0),
                np.hypot(x, z),
                np.array((x * x / 4 + z * z / 3, x * x / 4 + z * z / 3, x * x / 2)),
            ),
            "sphere": ((x, 0.0, 0.0), x, np.full(3, 0.4 * x * x)),
        }[hidden.shape]
        model.geom_type[geom] = getattr(mujoco.mjtGeom, f"mjGEOM_{hidden.shape.upper()}")
        model.geom_size[geom], model.geom_rbound[geom] = size, bound
        model.geom_aabb[geom, 3:] = hidden.half_extent
        model.geom_friction[geom, 0] = hidden.friction
        model.body_mass[body] = hidden.mass
        model.body_inertia[body] = hidden.mass * inertia
        mujoco.mj_setConst(model, mujoco.MjData(model))
        self.half_height = float(z)

    def place(self, x: float, y: float, yaw: float) -> None:
        """Puts it upright on the table, at rest: x, y [m], turned about the vertical [rad]."""
        at = self._start
        self._data.qpos[at : at + 3] = x, y, self.half_height
        self._data.qpos[at + 3 : at + 7] = np.cos(yaw / 2.0), 0.0, 0.0, np.sin(yaw / 2.0)
        self._data.qvel[self._speed : self._speed + 6] = 0.0

    @property
    def pose(self) -> np.ndarray:
        """True pose of its middle in the base frame, (7,): position [m], quaternion xyzw."""
        pose = self._data.qpos[self._start : self._start + 7]
        return np.concatenate((pose[:3], pose[4:], pose[3:4]))


class Camera:
    """Says at its rate where the object is: late, noisy, and off by a little that stays."""

    def __init__(self, hidden: HiddenCamera, rate: float, rng: np.random.Generator) -> None:
        self._hidden, self._period, self._rng = hidden, 1.0 / rate, rng
        self._next_picture = 0.0
        self._on_the_way: Deque[Tuple[float, np.ndarray]] = deque()

    @property
    def latency(self) -> float:
        """From the picture to the pose [s]."""
        return self._hidden.latency

    def look(self, pose: np.ndarray, now: float) -> Optional[np.ndarray]:
        """What arrives at `now` [s], which never goes back; None where nothing does.

        Args:
          pose: true pose (7,) of the object now.
        """
        if now >= self._next_picture:
            self._next_picture = max(self._next_picture, now - self._period) + self._period
            self._on_the_way.append((now + self._hidden.latency, self._reading(pose)))
        if self._on_the_way and self._on_the_way[0][0] <= now:
            return self._on_the_way.popleft()[1]
        return None

    def _reading(self, pose: np.ndarray) -> np.ndarray:
        hidden = self._hidden
        shift = hidden.position_offset + hidden.position_noise * self._rng.standard_normal(3)
        turn = hidden.orientation_noise * self._rng.standard_normal(3)
        turned = np.array(slightly_turned(pose[3:], turn))
        return np.concatenate((pose[:3] + shift, turned / np.linalg.norm(turned)))
