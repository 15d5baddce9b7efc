"""The backends of this workspace."""

from __future__ import annotations

from rl_manip_description import Arm
from rl_manip_sim.backends.availability import warp_device, what_is_missing
from rl_manip_sim.backends.backend import Backend
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.models.scene import Scene


def _mujoco(
    arm: Arm, num_envs: int, control_dt: float, physics_dt: float, num_threads: int, scene: Scene
) -> BatchSim:
    from rl_manip_sim.backends.mujoco.mujoco_batch import MujocoBatchSim

    return MujocoBatchSim(arm, num_envs, control_dt, physics_dt, num_threads, scene)


def _mujoco_warp(
    arm: Arm, num_envs: int, control_dt: float, physics_dt: float, num_threads: int, scene: Scene
) -> BatchSim:
    from rl_manip_sim.backends.mujoco.mujoco_warp_batch import MujocoWarpBatchSim

    return MujocoWarpBatchSim(arm, num_envs, control_dt, physics_dt, scene, warp_device())


def _isaacgym(
    arm: Arm, num_envs: int, control_dt: float, physics_dt: float, num_threads: int, scene: Scene
) -> BatchSim:
    from rl_manip_sim.backends.isaacgym.isaacgym_batch import IsaacGymBatchSim

    return IsaacGymBatchSim(arm, num_envs, control_dt, physics_dt, scene)


MUJOCO = Backend(_mujoco, lambda: what_is_missing("mujoco"))
MUJOCO_WARP = Backend(_mujoco_warp, lambda: what_is_missing("mujoco_warp"), warp_device)
ISAACGYM = Backend(
    _isaacgym, lambda: what_is_missing("isaacgym"), lambda: "cuda", one_at_a_time=True
)
