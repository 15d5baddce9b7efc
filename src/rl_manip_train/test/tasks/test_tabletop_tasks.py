"""grasp and pick_place: they can be done, what they reward, and whom they refuse."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rl_manip_description import known_arms, load_arm
from rl_manip_description.contract.policy_origin import TrainingRecord
from rl_manip_sim.randomization.randomization_cfg import PRESETS, RandomizationCfg, Range
from rl_manip_train.algorithms.networks.actor_critic import ActorCritic
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.export import export_policy, policy_metadata
from rl_manip_train.policy.onnx_policy import load_onnx_policy
from rl_manip_train.policy.policy_model import PolicyModel
from rl_manip_train.tasks import rewards
from rl_manip_train.tasks.from_above.grip_turn import MARGIN, GripTurn, quarter_turn
from rl_manip_train.tasks.from_above.tabletop_poses import LOWEST, tabletop_poses
from rl_manip_train.tasks.grasp import GraspTask
from rl_manip_train.tasks.pick_place import PickPlaceTask
from rl_manip_train.tasks.task import TaskError

GRIPPER = "robotiq_2f85"


@pytest.fixture(scope="module")
def gripping_arm():
    return load_arm("ur5e", GRIPPER)


def make(task_class, arm, count, preset="default", training=False):
    task = task_class(arm, count, np.random.default_rng(0))
    task.training = training
    return Environment(task, arm, "mujoco", count, 0.0, PRESETS[preset], 0, num_threads=1)


@pytest.mark.parametrize("name", ["ur5e", "fr3", "xarm7"])
@pytest.mark.parametrize("task_class", [GraspTask, PickPlaceTask])
def test_the_guide_does_it(task_class, name):
    environment = make(task_class, load_arm(name, GRIPPER if name == "ur5e" else "auto"), 16)
    intact = torch.ones(16, dtype=torch.bool)
    for _ in range(environment.episode_steps):
        step = environment.step(environment.task.guide(environment.sim))
        intact &= ~step.terminated
    assert int((step.success & intact).sum()) >= 15


def test_a_task_goes_by_the_objects_that_the_simulator_really_has(gripping_arm, monkeypatch):
    environment = make(PickPlaceTask, gripping_arm, 4)
    first, randomize = environment.task.object_size.clone(), environment.sim.randomize

    def keeps_sizes(env_ids, sample):
        return randomize(env_ids, sample._replace(object_size=first[env_ids]))

    monkeypatch.setattr(environment.sim, "randomize", keeps_sizes)
    environment._restart(torch.arange(4))
    assert torch.equal(environment.task.object_size, first)
    torch.testing.assert_close(environment.sim.object_pose[:, 2], first[:, 2])


def test_standing_still_does_nothing(gripping_arm):
    environment = make(PickPlaceTask, gripping_arm, 8, "none")
    for _ in range(10):
        step = environment.step(torch.zeros(8, 5))
    assert not step.terminated.any()
    assert not environment.task.success(environment.sim).any()
    assert step.reward_terms["grasp"].tolist() == [0.0] * 8


def test_training_starts_some_episodes_with_the_object_in_hand(gripping_arm):
    environment = make(PickPlaceTask, gripping_arm, 200, "none", training=True)
    sim = environment.sim
    apart = (sim.object_pose[:, :3] - sim.tool_pose[:, :3]).norm(dim=1)
    share = float((apart < 0.03).float().mean())
    assert 0.15 < share < 0.45
    plain = make(PickPlaceTask, gripping_arm, 200, "none").sim
    apart = (plain.object_pose[:, :3] - plain.tool_pose[:, :3]).norm(dim=1)
    assert apart.min() > 0.08


@pytest.mark.parametrize("name", [name for name in known_arms() if load_arm(name).practice.gripper])
def test_poses_above_the_table_point_straight_down(name):
    arm = load_arm(name, "auto")
    poses = tabletop_poses(arm, arm.gripper.fingertip_reach + LOWEST)
    assert len(poses.joint_position) > 700
    _, frame = arm.chain.joint_frames(poses.joint_position)
    np.testing.assert_allclose(frame[:, :3, 2], np.tile([0, 0, -1.0], (len(frame), 1)), atol=2e-3)
    np.testing.assert_allclose(frame[:, :3, 3], poses.tool_pose[:, :3], atol=1e-9)
    assert np.all(poses.joint_position >= arm.limits.position_lower)
    assert np.all(poses.joint_position <= arm.limits.position_upper)


def state(tool=(0.5, 0.0, 0.1), thing=(0.5, 0.0, 0.1), grip=0.0, speed=0.0, opening=0.085):
    """A simulator with its tool straight down and its fingers along the base's x axis."""
    return SimpleNamespace(
        tool_pose=torch.tensor([[*tool, 1.0, 0.0, 0.0, 0.0]]),
        object_pose=torch.tensor([[*thing, 0.0, 0.0, 0.0, 1.0]]),
        object_velocity=torch.tensor([[speed, 0.0, 0.0, 0.0, 0.0, 0.0]]),
        grip_force=torch.tensor([grip]),
        gripper_opening=torch.tensor([opening]),
        joint_position=torch.zeros(1, 6),
        joint_velocity=torch.full((1, 6), 0.75),
        collision=torch.tensor([False]),
    )


def terms_of(task, sim):
    found = task.reward_terms(sim, torch.full((1, 5), 0.5), torch.zeros(1, 5))
    assert sorted(found) == sorted(task.reward_weights)
    return {name: float(value) for name, value in found.items()}


def test_pick_place_terms_by_hand(gripping_arm):
    task = PickPlaceTask(gripping_arm, 1, np.random.default_rng(0))
    task.goal_position = torch.tensor([[0.5, 0.25, 0.025]])
    carried = terms_of(task, state(thing=(0.5, 0.0, 0.05), tool=(0.5, 0.0, 0.05), grip=90.0))
    assert carried["grasp"] == 1.0
    assert carried["lift"] == pytest.approx(0.5)  # lower side at 2.5 of 5 cm
    assert carried["transport"] == pytest.approx(1.0 - np.tanh(1.0), rel=1e-4)  # 25 cm over 25 cm
    assert carried["approach"] == pytest.approx(1.0)
    assert carried["release"] == 0.0
    assert carried["excess_grip_force"] == pytest.approx(0.5)  # 90 N where 60 N are allowed
    assert carried["action_rate"] == pytest.approx(0.25)
    assert carried["joint_speed"] == pytest.approx(0.25)
    placed = terms_of(task, state(thing=(0.5, 0.25, 0.025), tool=(0.5, 0.25, 0.2)))
    for phase in ("approach", "grasp", "lift", "transport", "place", "release", "success"):
        assert placed[phase] == pytest.approx(1.0), phase


def test_the_guide_leaves_what_it_put_down_and_rests_above_it(gripping_arm):
    task = PickPlaceTask(gripping_arm, 1, np.random.default_rng(0))
    task.goal_position = torch.tensor([[0.5, 0.25, 0.025]])
    put_down, opened = (0.5, 0.25, 0.025), [0.0, 0.0, 0.0, 0.0, 1.0]
    for height, upward in ((0.035, 0.2), (0.1, 0.05), (0.105, 0.0), (0.3, 0.0)):
        action = task.guide(state(thing=put_down, tool=(0.5, 0.25, height)))
        # 4 / s of 2 cm, or of what is left to 8 cm above the object, over 0.4 m/s
        assert action[0].tolist() == pytest.approx([*opened[:2], upward, *opened[3:]], abs=1e-6)


@pytest.mark.parametrize(("name", "aside", "up"), [("ur5e", 1.0, 0.3), ("xarm7", 0.0, 0.15)])
def test_what_slow_fingers_hold_is_lifted_straight_up_at_first(name, aside, up):
    task = GraspTask(load_arm(name, GRIPPER if name == "ur5e" else "auto"), 1, None)
    task.goal_position = torch.tensor([[0.6, 0.0, 0.2]])  # 4 / s of 0.1 m over 0.4 m/s: 1
    low = task.guide(state(thing=(0.5, 0.0, 0.02), tool=(0.5, 0.0, 0.02), grip=40.0))
    # 0.12 m/s, or 0.06 m/s, over 0.4 m/s
    assert low[0].tolist() == pytest.approx([aside, 0.0, up, 0.0, -1.0], abs=1e-6)
    aloft = task.guide(state(thing=(0.5, 0.0, 0.06), tool=(0.5, 0.0, 0.06), grip=40.0))
    assert aloft[0].tolist() == pytest.approx([1.0, 0.0, 1.0, 0.0, -1.0], abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, True),
        ({"thing": (0.5, 0.0, 0.0495)}, True),
        ({"thing": (0.5, 0.0, 0.0505)}, False),
        ({"speed": 0.021}, False),
        ({"grip": 0.1}, False),
    ],
)
def test_placed_is_near_at_rest_and_let_go(gripping_arm, changes, met):
    task = PickPlaceTask(gripping_arm, 1, np.random.default_rng(0))
    task.goal_position = torch.tensor([[0.5, 0.0, 0.025]])
    assert task.success(state(**{"thing": (0.5, 0.0, 0.025), **changes})).tolist() == [met]


@pytest.mark.parametrize(("grip", "met"), [(4.0, False), (6.0, True)])
def test_grasped_is_held(gripping_arm, grip, met):
    task = GraspTask(gripping_arm, 1, np.random.default_rng(0))
    task.goal_position = torch.tensor([[0.5, 0.0, 0.1]])
    assert task.success(state(grip=grip)).tolist() == [met]
    terms = terms_of(task, state(grip=grip))
    assert terms["grasp"] == pytest.approx(float(grip >= 5.0))
    assert terms["align"] == pytest.approx(1.0, abs=1e-3)


def test_reward_functions_by_hand():
    torch.testing.assert_close(
        rewards.closeness(torch.tensor([0.0, 0.2]), 0.2),
        torch.tensor([1.0, 1.0 - float(np.tanh(1.0))]),
    )
    assert rewards.grasp_bonus(torch.tensor([4.9, 5.0]), 5.0).tolist() == [0.0, 1.0]
    assert rewards.excess_grip_force(torch.tensor([10.0, 30.0]), 20.0).tolist() == [0.0, 0.5]


def test_quarter_turn():
    # a body turned by 30 degrees seen from a heading of 10 degrees: 4 * 20 = 80 degrees
    half, ten, eighty = np.radians(15.0), np.radians(10.0), np.radians(80.0)
    quaternion = torch.tensor([[0.0, 0.0, np.sin(half), np.cos(half)]])
    found = quarter_turn(quaternion, torch.tensor([[np.cos(ten)]]), torch.tensor([[np.sin(ten)]]))
    np.testing.assert_allclose(found[0], [np.cos(eighty), np.sin(eighty)], atol=1e-4)


def test_the_other_sides_are_gripped_where_the_last_joint_would_end():
    arm = load_arm("fr3", "auto")
    turn = GripTurn(arm)
    upper = float(arm.limits.position_upper[-1]) - MARGIN
    # tool straight down at (0.5, 0, 0.2), heading ahead: the more the last joint, the less its yaw
    tool, ahead, aside = torch.tensor([[0.5, 0.0, 0.2]]), torch.ones(1, 1), torch.zeros(1, 1)

    def of(last, degrees, y=0.0):
        half = np.radians(degrees) / 2.0
        thing = torch.tensor([[0.5, y, 0.02, 0.0, 0.0, np.sin(half), np.cos(half)]]).float()
        sides = quarter_turn(thing[:, 3:], ahead, aside)
        found = turn(torch.tensor([[last]]), tool, thing[:, :3], sides)
        return float(np.degrees(found))

    assert of(0.0, -30.0) == pytest.approx(-30.0, abs=0.01)
    assert of(0.0, 70.0) == pytest.approx(-20.0, abs=0.01)
    assert of(upper - 0.4, -20.0) == pytest.approx(-20.0, abs=0.01)
    assert of(upper - 0.3, -20.0) == pytest.approx(70.0, abs=0.01)
    assert of(-upper + 0.3, 20.0) == pytest.approx(-70.0, abs=0.01)
    # on the way to the left the base turns the tool by 45 degrees, which the last joint takes back
    assert of(upper - 0.7, -10.0, y=0.5) == pytest.approx(-10.0 + 90.0, abs=0.01)
    assert of(upper - 1.1, -10.0, y=0.5) == pytest.approx(-10.0, abs=0.01)


@pytest.mark.parametrize(("name", "apart"), [("ur5e", False), ("fr3", True), ("xarm7", False)])
def test_starts_reach_to_a_home_that_is_far_from_every_pose_above_the_table(name, apart):
    arm = load_arm(name, GRIPPER if name == "ur5e" else "auto")
    task = GraspTask(arm, 1000, np.random.default_rng(0))
    task.training = True
    joints = task.draw_start(torch.arange(1000)).joint_position.numpy()
    poses = tabletop_poses(arm, arm.gripper.fingertip_reach + LOWEST).joint_position
    beyond = np.maximum(poses.min(axis=0) - joints, joints - poses.max(axis=0)).max(axis=1)
    assert float((beyond > 0.3).mean()) == pytest.approx(0.03 if apart else 0.0, abs=0.025 * apart)
    assert not apart or np.abs(joints - arm.home).max(axis=1).min() < 0.1


def test_an_arm_without_gripper_is_refused(arm):
    with pytest.raises(TaskError, match="pick_place needs a gripper and ur5e carries none"):
        PickPlaceTask(arm, 1, np.random.default_rng(0))


def test_objects_larger_than_the_gripper_are_refused(gripping_arm):
    task = GraspTask(gripping_arm, 1, np.random.default_rng(0))
    wide = RandomizationCfg(object_size=Range(0.02, 0.05))
    with pytest.raises(TaskError, match="up to 0.05 m.*opens to 0.085 m; give at most 0.0375 m"):
        Environment(task, gripping_arm, "mujoco", 1, 0.0, wide, 0, num_threads=1)


def test_exported_policy_says_the_same_in_onnx(gripping_arm, tmp_path):
    torch.manual_seed(0)
    environment = make(PickPlaceTask, gripping_arm, 20)
    task = environment.task
    actor_critic = ActorCritic(task.observation_model.width, 5, (32,), initial_std=0.5)
    with torch.no_grad():
        actor_critic.actor[-1].weight.mul_(50.0)
    model = PolicyModel(task, actor_critic.policy)
    record = TrainingRecord("ppo", "mujoco", 1, 0, "x", None, 1.0, "x")
    metadata = policy_metadata(task, gripping_arm, task.input_specs, PRESETS["default"], record)
    export_policy(model, metadata, tmp_path / "policy.onnx")
    policy = load_onnx_policy(tmp_path / "policy.onnx")
    assert policy.metadata.gripper == GRIPPER
    policy.metadata.check_arm(gripping_arm)
    inputs = environment.raw_inputs()
    found = policy.commands(*(value.contiguous().numpy() for value in inputs))
    for value, expected in zip(found, model(*inputs)):
        np.testing.assert_allclose(value, expected, atol=2e-4)
    assert found[1].shape == (20, 1)
