"""Checks of what a simulator reports, resets and leaves alone."""

from __future__ import annotations

import numpy as np
import torch

from rl_manip_sim.batch_sim import SimCfgError
from rl_manip_sim.contract.subject import (
    Subject,
    assert_same,
    checks_in,
    drive,
    everyone,
    mujoco_reference,
    physics,
)


def shapes_and_dtypes(subject: Subject) -> None:
    """Tensors have the protocol's shapes and types, on the simulator's device."""
    sim = subject.make(3)
    sim.reset(torch.tensor([1], device=sim.device), subject.home(sim, 1))
    n = subject.arm.num_joints
    for name, width in (
        ("joint_position", n),
        ("joint_velocity", n),
        ("tool_pose", 7),
        ("tool_velocity", 3),
    ):
        tensor = getattr(sim, name)
        assert tensor.shape == (3, width), f"{name} is {tuple(tensor.shape)}"
        assert tensor.dtype == torch.float32, f"{name} is {tensor.dtype}"
        assert tensor.device.type == sim.device.type, f"{name} is on {tensor.device}"
    assert sim.collision.shape == (3,)
    assert sim.collision.dtype == torch.bool
    assert (sim.num_envs, sim.num_links, sim.control_dt) == (3, n, 0.04)


def tool_pose(subject: Subject) -> None:
    """The tool is where forward kinematics puts it."""
    sim = subject.make(8)
    drive(subject, sim)
    expected = subject.arm.forward_kinematics(sim.joint_position.double().cpu().numpy())
    pose = sim.tool_pose.cpu().numpy()
    tolerance = subject.promise.kinematics
    np.testing.assert_allclose(pose[:, :3], expected.position, atol=tolerance)
    # q and -q are the same rotation
    same = np.abs(np.sum(pose[:, 3:] * expected.quaternion, axis=1))
    np.testing.assert_allclose(same, 1.0, atol=tolerance)


def tool_velocity(subject: Subject) -> None:
    """The tool moves as the Jacobian times the joint velocities says."""
    sim = subject.make(8)
    drive(subject, sim)
    jacobian = subject.arm.jacobian(sim.joint_position.double().cpu().numpy())[:, :3]
    velocity = sim.joint_velocity.double().cpu().numpy()
    expected = np.einsum("eij,ej->ei", jacobian, velocity)
    assert np.abs(expected).max() > 0.05
    tolerance = subject.promise.kinematics
    np.testing.assert_allclose(sim.tool_velocity.cpu(), expected, atol=tolerance)


def reset_of_some(subject: Subject) -> None:
    """Reset puts the named environments at rest exactly, and leaves the others alone."""
    sim = subject.make(4)
    n = subject.arm.num_joints
    before = drive(subject, sim)[-1].to(sim.device)
    pose = subject.home(sim, 2) + torch.tensor([[0.1], [0.2]], device=sim.device)
    sim.reset(torch.tensor([2, 0], device=sim.device), pose)
    assert torch.equal(sim.joint_position[[2, 0]], pose)
    assert torch.equal(sim.joint_velocity[[2, 0]], torch.zeros_like(pose))
    assert torch.equal(sim.tool_velocity[[2, 0]], torch.zeros_like(pose[:, :3]))
    tool = subject.arm.forward_kinematics(pose.double().cpu().numpy()).position
    np.testing.assert_allclose(
        sim.tool_pose[[2, 0], :3].cpu(), tool, atol=subject.promise.kinematics
    )
    assert torch.equal(sim.joint_position[[1, 3]], before[[1, 3], :n])
    assert torch.equal(sim.joint_velocity[[1, 3]], before[[1, 3], n:])


def no_trace_of_the_last_episode(subject: Subject) -> None:
    """The same commands from the same start give the same motion, whatever came before."""
    sim = subject.make(1)
    first = drive(subject, sim, steps=5)
    drive(subject, sim, steps=5, seed=1)
    assert_same(drive(subject, sim, steps=5), first, subject.promise.repetition)


def same_trajectory_again(subject: Subject) -> None:
    """Two simulators, with one thread and with two, move alike."""
    one, two = (
        drive(subject, subject.make(16, num_threads=threads), steps=5) for threads in (1, 2)
    )
    assert_same(one, two, subject.promise.repetition)


def same_trajectory_as_mujoco(subject: Subject) -> None:
    """From the same states, by the same commands, with the same physics as the mujoco backend."""
    sim, reference = subject.make(8), mujoco_reference(subject.arm, 8, 0.04, 0.01)
    if reference is None:
        return
    scales = torch.linspace(0.8, 1.2, 8)
    for one in (reference, sim):
        sample = physics(
            one,
            link_mass_scale=scales,
            payload=scales - 0.8,
            joint_damping_scale=2.0 - scales,
            joint_armature_scale=scales,
            servo_lag=0.02 * scales,
            servo_stiffness_scale=scales,
        )
        one.randomize(everyone(one), sample)
    found, expected = drive(subject, sim), drive(subject, reference)
    n = subject.arm.num_joints
    assert (expected[-1, :, :n] - subject.home(reference)).abs().max() > 0.02
    assert_same(found[..., :n], expected[..., :n], subject.promise.trajectory)
    assert_same(found[..., n:], expected[..., n:], subject.promise.trajectory_velocity)


def randomize_some(subject: Subject) -> None:
    """New physics change the named environments and no other."""
    expected = drive(subject, subject.make(4), steps=5)
    sim = subject.make(4)
    ids = torch.tensor([3, 1], device=sim.device)
    sim.randomize(ids, physics(sim, count=2, joint_armature_scale=5.0))
    found = drive(subject, sim, steps=5)
    assert_same(found[:, [0, 2]], expected[:, [0, 2]], subject.promise.repetition)
    difference = (found - expected).abs().amax(dim=(0, 2))
    assert (difference[[1, 3]] > 1e-3 + subject.promise.repetition).all(), difference


def nobody(subject: Subject) -> None:
    """Nothing happens to nobody."""
    sim = subject.make(2)
    sim.reset(everyone(sim), subject.home(sim))
    none = torch.empty(0, dtype=torch.int64, device=sim.device)
    before = sim.joint_position.clone()
    sim.reset(none, torch.empty(0, subject.arm.num_joints, device=sim.device))
    sim.randomize(none, physics(sim, count=0))
    assert torch.equal(sim.joint_position, before)


def bad_counts_and_steps(subject: Subject) -> None:
    """A count or time step that cannot be used is refused by one sentence that names it."""
    for num_envs, physics_dt, named in (
        (0, 0.01, "num_envs is 0"),
        (1, 0.03, "physics_dt is 0.03"),
        (1, 0.0, "physics_dt is 0 "),
    ):
        sentence = "it was taken"
        try:
            subject.make(num_envs, physics_dt)
        except SimCfgError as error:
            sentence = str(error)
        assert named in sentence, f"num_envs {num_envs}, physics_dt {physics_dt}: {sentence}"


CHECKS = checks_in(globals())
