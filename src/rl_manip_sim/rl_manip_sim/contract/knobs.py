"""Checks that each physical range of the randomisation does what its name says."""

from __future__ import annotations

import functools
from typing import Any, List, Tuple
from xml.etree import ElementTree

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_description.kinematics.urdf_chain import moved_links
from rl_manip_sim.contract.subject import Subject, checks_in, everyone, physics

SPEED = 0.5  # [rad/s]
NOMINAL, FRICTION, DAMPING, LAG, SOFT = range(5)  # environments of _trails
GRAVITY = 9.81  # [m/s^2]
STRETCHED = (0.0, -0.6, 0.3, 0.0, 0.0, 0.0)  # [rad]


@functools.lru_cache(maxsize=8)  # four checks read it
def _trails(subject: Subject) -> Tensor:
    """How far each joint (5, n) trails its command after a second at constant speed [rad]."""
    sim = subject.make(5)
    sample = physics(
        sim,
        joint_friction_scale=[1.0, 10.0, 1.0, 1.0, 0.5],  # of the soft one: leans as nominal
        joint_damping_scale=[1.0, 1.0, 11.0, 1.0, 11.0],
        servo_lag=[0.02, 0.02, 0.02, 0.04, 0.02],
        servo_stiffness_scale=[1.0, 1.0, 1.0, 1.0, 0.5],
    )
    sim.randomize(everyone(sim), sample)
    home = subject.home(sim)
    sim.reset(everyone(sim), home)
    for _ in range(25):
        sim.step(torch.full_like(home, SPEED))
    return (SPEED * 1.0 - (sim.joint_position - home)).cpu()


def _assert_trails_more(subject: Subject, env: int, figure: float) -> None:
    difference = _trails(subject)[env] - _trails(subject)[NOMINAL]
    expected = torch.full_like(difference, figure)
    torch.testing.assert_close(difference, expected, rtol=subject.promise.knob, atol=0.0)


def joint_friction(subject: Subject) -> None:
    """The servo leans against friction by f / kp."""
    _assert_trails_more(subject, FRICTION, 9 * 0.04 / 133)


def joint_damping(subject: Subject) -> None:
    """The servo leans against damping by d v / kp."""
    _assert_trails_more(subject, DAMPING, 10 * 0.063 * SPEED / 133)


def servo_lag(subject: Subject) -> None:
    """A joint trails its command by the lag."""
    _assert_trails_more(subject, LAG, 0.02 * SPEED)


def servo_stiffness(subject: Subject) -> None:
    """Half as stiff, the servo leans twice as far against damping."""
    _assert_trails_more(subject, SOFT, (11 / 0.5 - 1) * 0.063 * SPEED / 133)


def joint_armature(subject: Subject) -> None:
    """At full torque the speed reached is in inverse proportion to the rotor's inertia."""
    sim = subject.make(2, physics_dt=0.001)
    sim.randomize(everyone(sim), physics(sim, joint_armature_scale=[10.0, 20.0]))
    sim.reset(everyone(sim), subject.home(sim))
    command = torch.zeros_like(sim.joint_position)
    command[:, 5] = 3.0
    sim.step(command)
    slower = float(sim.joint_velocity[0, 5] / sim.joint_velocity[1, 5])
    assert abs(slower - 2.0) < 0.06 + subject.promise.knob, slower


def _droop(subject: Subject, torque: np.ndarray, **changed: Any) -> None:
    """Of two arms that stand stretched out the second droops under a torque (n,) [Nm]."""
    sim = subject.make(2)
    sim.randomize(everyone(sim), physics(sim, joint_friction_scale=0.0, **changed))
    pose = torch.tensor(STRETCHED, device=sim.device).repeat(2, 1)
    sim.reset(everyone(sim), pose)
    for _ in range(30):
        sim.step(torch.zeros_like(pose))
    moved = (sim.joint_position - pose).cpu().numpy()
    expected = torque / (133 * np.asarray(subject.arm.limits.effort))
    assert np.abs(expected).max() > 5e-4
    tolerance, rest = subject.promise.knob, subject.promise.rest
    np.testing.assert_allclose(moved[1], expected, rtol=tolerance, atol=rest)
    np.testing.assert_allclose(moved[0], 0.0, atol=rest)


def _links(arm: Arm) -> List[Tuple[float, np.ndarray]]:
    """Mass [kg] and centre of mass (3,) [m] in its joint's frame, of each moving link."""
    root = ElementTree.parse(str(arm.urdf_path)).getroot()
    links = {link.get("name"): link.find("inertial") for link in root.iter("link")}
    inertials = [links[name] for name in moved_links(arm.urdf_path, arm.joint_names)]
    return [
        (
            float(inertial.find("mass").get("value")),
            np.array([float(value) for value in inertial.find("origin").get("xyz").split()]),
        )
        for inertial in inertials
    ]


def link_mass(subject: Subject) -> None:
    """Links twice as heavy hang on the servos with their weight once: w / kp."""
    arm, pose, step = subject.arm, np.array(STRETCHED), 1e-6

    def potential(joint_position: np.ndarray) -> float:
        frames, _ = arm.chain.joint_frames(joint_position)
        return sum(
            mass * GRAVITY * (frame[:3, :3] @ center + frame[:3, 3])[2]
            for frame, (mass, center) in zip(frames, _links(arm))
        )

    # compensation stays nominal; what is left is minus the gradient of the potential energy
    torque = np.array(
        [
            (potential(pose - step * axis) - potential(pose + step * axis)) / (2.0 * step)
            for axis in np.eye(arm.num_joints)
        ]
    )
    _droop(subject, torque, link_mass_scale=[1.0, 2.0])


def payload(subject: Subject) -> None:
    """A payload hangs on the servos at the tool: J^T m g / kp."""
    torque = subject.arm.jacobian(np.array(STRETCHED))[2] * -2.0 * GRAVITY
    _droop(subject, torque, payload=[0.0, 2.0])


def contact_friction(subject: Subject) -> None:
    """Pressed onto the table alike, the pan servo leans against mu N r."""
    sim = subject.make(4, physics_dt=0.005)
    coefficients = [0.05, 0.1, 0.2, 0.05]
    sim.randomize(everyone(sim), physics(sim, contact_friction=coefficients))
    # tool down, just above the table
    pressed = torch.tensor([0.0, -0.8, 1.9, -2.57, -1.5708, 0.0], device=sim.device)
    sim.reset(everyone(sim), pressed.repeat(4, 1))
    command = torch.zeros_like(sim.joint_position)
    command[:3, 1] = 0.1
    for _ in range(40):
        sim.step(command)
        if bool(sim.collision[:3].all()):
            break
    for _ in range(3):
        sim.step(command)
    command[:, 1], command[:, 0] = 0.0, 0.3
    start = sim.joint_position[:, 0].clone()
    for _ in range(20):
        sim.step(command)
    moved = (sim.joint_position[:, 0] - start).cpu().numpy()
    drag = moved[3] - moved[:3]
    assert drag[0] > 1e-5, drag
    np.testing.assert_allclose(drag[1:] / drag[0], [2.0, 4.0], rtol=0.1)


CHECKS = checks_in(globals())
