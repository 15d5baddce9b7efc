"""The contract of BatchSim, over every backend that this machine has."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from physics_samples import physics

from rl_manip_sim.arm_model import JointDynamics
from rl_manip_sim.backends import make_sim, resolve_backend
from rl_manip_sim.batch_sim import SimCfgError, UnknownBackendError


def home(arm, count):
    return torch.tensor(np.array(arm.home), dtype=torch.float32).repeat(count, 1)


def all_of(sim):
    return torch.arange(sim.num_envs)


def start(sim, joint_position):
    sim.reset(all_of(sim), joint_position)


def moving(arm, sim, steps=10, seed=0):
    """Drive every environment by random commands; returns the joint positions of each step."""
    generator = torch.Generator().manual_seed(seed)
    start(sim, home(arm, sim.num_envs))
    trajectory = []
    for _ in range(steps):
        sim.step(torch.rand(sim.num_envs, arm.num_joints, generator=generator) - 0.5)
        trajectory.append(torch.cat((sim.joint_position, sim.joint_velocity), dim=1).clone())
    return torch.stack(trajectory)


def test_shapes_and_dtypes(make):
    sim = make(3)
    sim.reset(torch.tensor([1]), torch.zeros(1, 6))
    for name, shape in {
        "joint_position": (3, 6),
        "joint_velocity": (3, 6),
        "tool_pose": (3, 7),
        "tool_velocity": (3, 3),
    }.items():
        tensor = getattr(sim, name)
        assert tensor.shape == shape, name
        assert tensor.dtype == torch.float32, name
        assert tensor.device.type == sim.device.type, name
    assert sim.collision.shape == (3,)
    assert sim.collision.dtype == torch.bool
    assert (sim.num_envs, sim.num_links, sim.control_dt) == (3, 6, 0.04)


def test_tool_pose_is_forward_kinematics(make, arm):
    sim = make(8)
    moving(arm, sim)
    expected = arm.forward_kinematics(sim.joint_position.double().numpy())
    np.testing.assert_allclose(sim.tool_pose[:, :3], expected.position, atol=2e-6)
    # q and -q are the same rotation
    same = np.abs(np.sum(sim.tool_pose[:, 3:].numpy() * expected.quaternion, axis=1))
    np.testing.assert_allclose(same, 1.0, atol=1e-6)


def test_tool_velocity_is_jacobian_times_joint_velocity(make, arm):
    sim = make(8)
    moving(arm, sim)
    jacobian = arm.jacobian(sim.joint_position.double().numpy())[:, :3]
    expected = np.einsum("eij,ej->ei", jacobian, sim.joint_velocity.double().numpy())
    assert np.abs(expected).max() > 0.05
    np.testing.assert_allclose(sim.tool_velocity, expected, atol=2e-6)


def test_reset_puts_only_the_named_ones_at_rest_exactly(make, arm):
    sim = make(4)
    before = moving(arm, sim)[-1]
    pose = home(arm, 2) + torch.tensor([[0.1], [0.2]])
    sim.reset(torch.tensor([2, 0]), pose)
    assert torch.equal(sim.joint_position[[2, 0]], pose)
    assert torch.equal(sim.joint_velocity[[2, 0]], torch.zeros(2, 6))
    assert torch.equal(sim.tool_velocity[[2, 0]], torch.zeros(2, 3))
    assert torch.equal(sim.joint_position[[1, 3]], before[[1, 3], :6])
    assert torch.equal(sim.joint_velocity[[1, 3]], before[[1, 3], 6:])


def test_an_arm_at_rest_stays_there(make, arm):
    sim = make(1)
    start(sim, home(arm, 1))
    for _ in range(25):
        sim.step(torch.zeros(1, 6))
    # weight is compensated, so that a second moves nothing
    assert (sim.joint_position - home(arm, 1)).abs().max() < 1e-6


def test_reset_leaves_no_trace_of_the_episode_before(make, arm):
    sim = make(1)
    first = moving(arm, sim)
    moving(arm, sim, seed=1)
    assert torch.equal(moving(arm, sim), first)


def test_same_commands_same_trajectory_at_any_thread_count(make, arm):
    one, two = (moving(arm, make(64, num_threads=threads)) for threads in (1, 2))
    assert torch.equal(one, two)


def test_velocity_is_reached_and_trails_by_the_lag(make, arm):
    sim = make(1, physics_dt=0.001)
    start(sim, home(arm, 1))
    for _ in range(25):  # 1 s
        sim.step(torch.full((1, 6), 0.5))
    torch.testing.assert_close(sim.joint_velocity, torch.full((1, 6), 0.5), rtol=0.01, atol=0.0)
    # at constant speed kp (set point - q - lag v) = d v + f, all of them in proportion to effort:
    # the trail is lag v + (0.063 v + 0.04) / 133 = 0.01 + 0.000538 rad at v = 0.5 rad/s
    trail = 0.5 * 1.0 - (sim.joint_position - home(arm, 1))
    torch.testing.assert_close(trail, torch.full((1, 6), 0.010538), rtol=0.03, atol=0.0)


def test_effort_limit_bounds_acceleration(make, arm):
    sim = make(1, physics_dt=0.001)
    sim.randomize(all_of(sim), physics(sim, joint_armature_scale=10.0))
    start(sim, home(arm, 1))
    command = torch.zeros(1, 6)
    command[0, 5] = 3.0
    sim.step(command)
    # wrist 3: effort 28 Nm; rotor 10 * 0.0103 * 28 = 2.884 kg m^2, link below 0.001; friction
    # 0.04 * 28 = 1.12 Nm. The servo asks for full torque once its set point is 1/133 rad = 7.5 mrad
    # ahead, after 2.5 ms at 3 rad/s: v <= (28 - 1.12) / 2.884 * 0.04 = 0.3728 rad/s, and nearly so
    assert 0.90 * 0.3728 < float(sim.joint_velocity[0, 5]) < 0.3728


def test_position_limits_hold(make, arm):
    sim = make(1)
    pose = home(arm, 1)
    upper = float(arm.limits.position_upper[5])
    pose[0, 5] = upper - 0.1
    start(sim, pose)
    command = torch.zeros(1, 6)
    command[0, 5] = 1.5
    for _ in range(25):
        sim.step(command)
        assert float(sim.joint_position[0, 5]) < upper + 0.01
    assert float(sim.joint_position[0, 5]) > upper - 0.01
    assert abs(float(sim.joint_velocity[0, 5])) < 0.01


def test_contact_with_the_table_and_with_itself_is_reported(make, arm):
    sim = make(3)
    pose = home(arm, 3)
    pose[1, 1] = 0.5  # the whole arm lowered below the table's top
    pose[2, 1:4] = torch.tensor([-math.pi / 2, 2.9, 0.0])  # forearm folded onto the upper arm
    start(sim, pose)
    assert sim.tool_pose[2, 2] > 0.2, "the folded arm must be clear of the table"
    assert sim.collision.tolist() == [False, True, True]


def test_driving_into_the_table_is_reported_and_stopped(make, arm):
    sim = make(1)
    start(sim, home(arm, 1))
    command = torch.zeros(1, 6)
    command[0, 1] = 0.5
    touched = False
    for _ in range(50):
        sim.step(command)
        touched = touched or bool(sim.collision[0])
    assert touched
    assert sim.tool_pose[0, 2] > -0.02


def test_randomize_changes_only_the_named_environments(make, arm):
    reference, sim = make(4), make(4)
    ids = torch.tensor([3, 1])
    sim.randomize(ids, physics(sim, count=2, joint_friction_scale=5.0))
    expected, found = moving(arm, reference), moving(arm, sim)
    assert torch.equal(found[:, [0, 2]], expected[:, [0, 2]])
    assert not torch.equal(found[:, 1], expected[:, 1])
    assert not torch.equal(found[:, 3], expected[:, 3])


def test_nothing_to_do_for_nobody(make, arm):
    sim = make(2)
    nobody = torch.empty(0, dtype=torch.int64)
    before = sim.joint_position.clone()
    sim.reset(nobody, torch.empty(0, 6))
    sim.randomize(nobody, physics(sim, count=0))
    assert torch.equal(sim.joint_position, before)


@pytest.mark.parametrize(
    ("num_envs", "physics_dt", "named"),
    [(0, 0.01, "num_envs is 0"), (1, 0.03, "physics_dt is 0.03"), (1, 0.0, "physics_dt is 0 ")],
)
def test_counts_and_time_steps_that_cannot_be_used(make, num_envs, physics_dt, named):
    with pytest.raises(SimCfgError, match=named):
        make(num_envs, physics_dt)


def test_unknown_backend_names_the_known(arm):
    with pytest.raises(UnknownBackendError, match="'isaac', expected one of auto, mujoco"):
        make_sim("isaac", arm, 1, 0.04, 0.01)
    assert resolve_backend("auto") != "auto"


def test_nominal_dynamics_are_those_that_the_tests_reckon_with():
    assert JointDynamics() == JointDynamics(0.04, 0.063, 0.0103, 133.0, 0.02)
