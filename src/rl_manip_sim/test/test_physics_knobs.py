"""Each physical range of RandomizationCfg does in the simulator what its name says."""

from __future__ import annotations

import mujoco
import numpy as np
import torch
from physics_samples import physics

from rl_manip_sim.arm_model import build_arm_spec

SPEED = 0.5  # [rad/s]


def trail(sim, arm, speed=SPEED):
    """How far each joint (N, n) trails its command after a second at constant speed [rad]."""
    home = torch.tensor(np.array(arm.home), dtype=torch.float32).repeat(sim.num_envs, 1)
    sim.reset(torch.arange(sim.num_envs), home)
    for _ in range(25):
        sim.step(torch.full_like(home, speed))
    return speed * 1.0 - (sim.joint_position - home)


def assert_differs_by(trails, figure):
    """The second environment's joints trail ``figure`` more than the first's, within 2 %."""
    difference = trails[1] - trails[0]
    torch.testing.assert_close(difference, torch.full_like(difference, figure), rtol=0.02, atol=0.0)


def test_joint_friction(make, arm):
    sim = make(2)
    sim.randomize(torch.arange(2), physics(sim, joint_friction_scale=[1.0, 10.0]))
    # the servo leans against friction by f / kp: 9 * 0.04 / 133
    assert_differs_by(trail(sim, arm), 9 * 0.04 / 133)


def test_joint_damping(make, arm):
    sim = make(2)
    sim.randomize(torch.arange(2), physics(sim, joint_damping_scale=[1.0, 11.0]))
    # d v / kp: 10 * 0.063 * 0.5 / 133
    assert_differs_by(trail(sim, arm), 10 * 0.063 * SPEED / 133)


def test_servo_lag(make, arm):
    sim = make(2)
    sim.randomize(torch.arange(2), physics(sim, servo_lag=[0.015, 0.035]))
    assert_differs_by(trail(sim, arm), 0.02 * SPEED)


def test_joint_armature(make, arm):
    sim = make(2, physics_dt=0.001)
    sim.randomize(torch.arange(2), physics(sim, joint_armature_scale=[10.0, 20.0]))
    sim.reset(torch.arange(2), torch.tensor(np.array(arm.home)).float().repeat(2, 1))
    command = torch.zeros(2, 6)
    command[:, 5] = 3.0
    sim.step(command)
    # at full torque the speed reached is in inverse proportion to the rotor's inertia
    slower = sim.joint_velocity[0, 5] / sim.joint_velocity[1, 5]
    torch.testing.assert_close(slower, torch.tensor(2.0), rtol=0.03, atol=0.0)


def test_link_mass(make, arm):
    sim = make(2)
    sample = physics(sim, link_mass_scale=[1.0, 2.0], joint_friction_scale=0.0)
    sim.randomize(torch.arange(2), sample)
    stretched = torch.tensor([0.0, -0.6, 0.3, 0.0, 0.0, 0.0])
    sim.reset(torch.arange(2), stretched.repeat(2, 1))
    for _ in range(50):
        sim.step(torch.zeros(2, 6))
    # compensation stays nominal, so that the servos carry the links' weight once: by w / kp
    model = build_arm_spec(arm, 0.01, visual=False).compile()
    data = mujoco.MjData(model)
    data.qpos[:] = stretched.double().numpy()
    mujoco.mj_forward(model, data)
    droop = -data.qfrc_bias / (133 * np.asarray(arm.limits.effort))
    assert np.abs(droop).max() > 2e-3
    np.testing.assert_allclose(sim.joint_position[1] - stretched, droop, rtol=0.02, atol=1e-6)
    np.testing.assert_allclose(sim.joint_position[0] - stretched, 0.0, atol=1e-6)


def test_payload(make, arm):
    sim = make(2)
    sample = physics(sim, payload=[0.0, 2.0], joint_friction_scale=0.0)
    sim.randomize(torch.arange(2), sample)
    stretched = np.array([0.0, -0.6, 0.3, 0.0, 0.0, 0.0])
    sim.reset(torch.arange(2), torch.tensor(stretched).float().repeat(2, 1))
    for _ in range(50):
        sim.step(torch.zeros(2, 6))
    moved = sim.joint_position.numpy() - stretched
    # nothing compensates it, so that the servos carry 2 kg at the tool: J^T (0, 0, -m g) / kp
    weight = arm.jacobian(stretched)[2] * -2.0 * 9.81
    droop = weight / (133 * np.asarray(arm.limits.effort))
    assert np.abs(droop).max() > 5e-4
    np.testing.assert_allclose(moved[1], droop, rtol=0.02, atol=1e-6)
    np.testing.assert_allclose(moved[0], 0.0, atol=1e-6)


def test_contact_friction(make, arm):
    sim = make(4, physics_dt=0.002)
    coefficients = [0.05, 0.1, 0.2, 0.05]
    sim.randomize(torch.arange(4), physics(sim, contact_friction=coefficients))
    pressed = torch.tensor([0.0, -0.9, 1.9, -2.57, -1.5708, 0.0])  # tool down, at the table
    sim.reset(torch.arange(4), pressed.repeat(4, 1))
    command = torch.zeros(4, 6)
    command[:3, 1] = 0.1
    while not bool(sim.collision[:3].all()):
        sim.step(command)
    for _ in range(3):
        sim.step(command)
    command[:, 1], command[:, 0] = 0.0, 0.3
    start = sim.joint_position[:, 0].clone()
    for _ in range(25):
        sim.step(command)
    drag = (sim.joint_position[3, 0] - start[3]) - (sim.joint_position[:3, 0] - start[:3])
    # pressed alike, the pan servo leans against mu N r
    assert drag[0] > 1e-5
    np.testing.assert_allclose(drag[1:] / drag[0], [2.0, 4.0], rtol=0.1)
