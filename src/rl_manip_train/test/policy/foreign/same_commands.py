"""What a policy file and a loop written by hand command over many steps, goals changing."""

from __future__ import annotations

import numpy as np

STEPS, GOAL_EVERY = 500, 90


def commands_of(arm, policy, loop) -> tuple[np.ndarray, np.ndarray]:
    """Joint velocities (500, n) [rad/s] of both, at the same states.

    Args:
        arm: which arm.
        policy: the file, ready to run.
        loop: has ``reset()`` and ``step(position, velocity, goal, turn)``, see ``peer_loops``.
    """
    rng = np.random.default_rng(1)
    width = 0 if policy.metadata.memory is None else policy.metadata.memory.shape[1]
    dt = policy.metadata.control_dt
    position = np.array(arm.home)
    commands, expected = [], []
    for step in range(STEPS):
        if step % GOAL_EVERY == 0:
            goal, memory = arm.workspace.sample(1, rng)[0], np.zeros((1, width), np.float32)
            turn = rng.normal(size=4)
            turn /= np.linalg.norm(turn)
            loop.reset()
        # as both read it: in single precision
        position = np.float32(position).astype(float)
        velocity = np.float32(rng.normal(0.0, 0.7, arm.num_joints)).astype(float)
        goal, turn = np.float32(goal).astype(float), np.float32(turn).astype(float)
        raw = {
            "joint_position": position,
            "joint_velocity": velocity,
            "goal_position": goal,
            "goal_orientation": turn,
        }
        given = [np.float32(raw[one.name])[None] for one in policy.metadata.inputs]
        command, *after = policy.commands(*given, *([memory] if width else []))
        memory = after[0] if width else memory
        commands.append(command[0])
        expected.append(loop.step(position, velocity, goal, turn))
        position = np.clip(position + dt * expected[-1], arm.home - 1.5, arm.home + 1.5)
    return np.array(commands), np.array(expected)
