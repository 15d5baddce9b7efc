"""A network that reaches, taught in seconds: it imitates straight lines of the tool."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_train.graph.operational_space import damped_joint_velocity, slowed_to
from rl_manip_train.graph.tool_jacobian import ToolJacobian

WIDTH, ACTIONS, HIDDEN = 15, 6, (64, 64)
"""It reads joints relative to home, their velocities, and the way from the tool to the goal."""
LIMIT = 1.5
GAIN = 4.0
"""Speed of the tool per distance that is left [1/s]."""
POSTURE_LIMIT = 0.5
"""Fastest return of a joint to home [rad/s]."""
SAMPLES, STEPS, BATCH = 60_000, 3500, 512
SPREAD = torch.tensor([1.2, 1.2, 1.2, 1.2, 1.2, 3.2])
"""How far from home joints are [rad]; reach lets the last one begin anywhere."""


def observation_of(arm, joint_position: Tensor, joint_velocity: Tensor, to_goal: Tensor) -> Tensor:
    """(N, 15)."""
    home = torch.tensor(np.array(arm.home), dtype=torch.float32)
    return torch.cat((joint_position - home, joint_velocity, to_goal), dim=1)


def imitated_reach(arm, posture: float = 0.0) -> tuple[nn.Sequential, Tensor, Tensor]:
    """The network of normalised observations, and their mean and variance.

    Args:
        posture: how fast joints go back to home where that does not move the tool [1/s]. Without,
            they wind up from goal to goal, since nothing says where they belong.
    """
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    home = torch.tensor(np.array(arm.home), dtype=torch.float32)
    spread = (2.0 * torch.rand(SAMPLES, 6, generator=generator) - 1.0) * SPREAD
    tool = ToolJacobian(arm.chain)(home + spread)
    goals = arm.workspace.sample(SAMPLES, np.random.default_rng(0))
    far = torch.tensor(goals, dtype=torch.float32) - tool.position
    near = torch.rand(SAMPLES, 1, generator=generator) ** 2
    to_goal = far * near
    limit = torch.full((6,), LIMIT)
    jacobian = tool.jacobian[:, :3]
    back = (-posture * spread).clamp(-POSTURE_LIMIT, POSTURE_LIMIT)
    moves_tool = (jacobian @ back[..., None])[..., 0]
    velocity = back + damped_joint_velocity(jacobian, GAIN * to_goal - moves_tool)
    action = slowed_to(velocity, limit) / limit
    velocity = 0.5 * torch.randn(SAMPLES, 6, generator=generator)
    observations = observation_of(arm, home + spread, velocity, to_goal)
    mean, variance = observations.mean(dim=0), observations.var(dim=0)
    inputs = (observations - mean) / variance.sqrt()
    network = nn.Sequential(
        nn.Linear(WIDTH, 64), nn.ELU(), nn.Linear(64, 64), nn.ELU(), nn.Linear(64, ACTIONS)
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        rows = torch.randint(0, SAMPLES, (BATCH,), generator=generator)
        loss = (network(inputs[rows]) - action[rows]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return network.eval(), mean, variance
