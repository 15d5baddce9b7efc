"""Goals with a rotation: where they are drawn, when they are met, and that the arm meets them."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from rl_manip_description.goals.goal_poses import GoalPoseCfg, GoalPoses
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.tasks.reach_pose import ReachPoseTask, angle_between


def test_goals_lie_in_the_workspace_and_are_turned_no_further_than_asked(arm):
    poses = GoalPoses(arm, GoalPoseCfg(max_turn=0.7), np.random.default_rng(0)).draw(500).pose
    assert arm.workspace.contains(poses[:, :3]).all()
    home = arm.forward_kinematics(arm.home)

    def ahead(position, rotation):
        azimuth = np.arctan2(position[..., 1], position[..., 0])
        return Rotation.from_euler("z", -np.atleast_1d(azimuth)[:, None]) * rotation

    at_home = ahead(home.position, Rotation.from_quat(home.quaternion))
    found = ahead(poses[:, :3], Rotation.from_quat(poses[:, 3:]))
    turn = (found * at_home.inv()).magnitude()
    assert turn.max() <= 0.7 + 1e-6
    assert turn.max() > 0.6  # and up to it


def test_angle_between_quaternions_by_hand():
    none = torch.tensor([0.0, 0.0, 0.0, 1.0])
    quarter = torch.tensor([math.sin(math.pi / 4.0), 0.0, 0.0, math.cos(math.pi / 4.0)])
    torch.testing.assert_close(angle_between(none, quarter), torch.tensor(math.pi / 2.0))
    # q and -q are one rotation
    torch.testing.assert_close(angle_between(none, -quarter), torch.tensor(math.pi / 2.0))


def test_goal_is_met_by_position_and_rotation_together(arm):
    task = ReachPoseTask(arm, 1, np.random.default_rng(0))
    tilt = Rotation.from_rotvec([0.09, 0.0, 0.0]).as_quat().tolist()
    more = Rotation.from_rotvec([0.11, 0.0, 0.0]).as_quat().tolist()
    goal = torch.tensor([[0.4, 0.0, 0.4, 0.0, 0.0, 0.0, 1.0]])

    def met(position, quaternion, speed):
        return bool(
            task.goal_met(torch.tensor([position + quaternion]), goal, torch.tensor([[speed]]))
        )

    assert met([0.4, 0.019, 0.4], tilt, 0.04)
    assert not met([0.4, 0.021, 0.4], tilt, 0.04)
    assert not met([0.4, 0.019, 0.4], more, 0.04)
    assert met([0.4, 0.019, 0.4], tilt, 9.0)  # and slow is what success asks for besides


def test_turning_towards_the_goal_by_its_features_meets_it(arm):
    """Proportional control on the features does the task: the action model and they agree."""
    task = ReachPoseTask(arm, 64, np.random.default_rng(0))
    environment = Environment(task, arm, "mujoco", 64, 0.0, PRESETS["default"], 0, num_threads=1)
    first = 2 * arm.num_joints + 3
    for _ in range(environment.episode_steps - 1):
        features = environment.observe()
        to_goal, turn = features[:, first : first + 3], features[:, first + 3 : first + 6]
        environment.step(torch.cat((3.0 * to_goal, 2.0 * turn), dim=1))
    assert float(task.success(environment.sim).float().mean()) >= 0.9


def test_its_guide_meets_every_goal(arm):
    task = ReachPoseTask(arm, 64, np.random.default_rng(0))
    environment = Environment(task, arm, "mujoco", 64, 0.0, PRESETS["default"], 0, num_threads=1)
    collided = 0
    for _ in range(environment.episode_steps - 1):
        collided += int(environment.step(task.guide(environment.sim)).terminated.sum())
    assert collided == 0
    assert bool(task.success(environment.sim).all())
