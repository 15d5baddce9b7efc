"""Success is judged by where things go, not by how they tremble."""

from __future__ import annotations

from types import SimpleNamespace

import torch

from rl_manip_train.environment.settled_motion import SettledMotion

DT = 0.04  # [s]: five states in 0.2 s


def moving(speed):
    """A simulator of two environments: tools move along x [m/s], objects twice as fast."""
    velocity = torch.zeros(2, 6)
    velocity[:, 0] = torch.tensor(speed)
    return SimpleNamespace(
        num_envs=2,
        device=torch.device("cpu"),
        tool_velocity=velocity[:, :3],
        object_velocity=2.0 * velocity,
        tool_pose="as it is",
    )


def seen_after(*speeds, settled=None):
    settled = settled or SettledMotion(moving([0.0, 0.0]), DT, has_object=True)
    for speed in speeds:
        settled.take(moving(speed))
    return settled.seen_in(moving(speeds[-1]))


def test_trembling_averages_out_and_drifting_does_not():
    there_and_back = [[0.3, 0.1], [-0.3, 0.1], [0.3, 0.1], [-0.3, 0.1], [0.0, 0.1]]
    seen = seen_after(*there_and_back)
    assert seen.tool_velocity[:, 0].tolist() == [0.0, torch.tensor(0.1).item()]
    assert torch.allclose(seen.object_velocity[:, 0], torch.tensor([0.0, 0.2]))
    assert seen.tool_pose == "as it is"


def test_only_the_last_fifth_of_a_second_counts():
    fast, still = [1.0, 1.0], [0.0, 0.0]
    assert float(seen_after(fast, *[still] * 4).tool_velocity[0, 0]) == torch.tensor(0.2).item()
    assert float(seen_after(fast, *[still] * 5).tool_velocity[0, 0]) == 0.0


def test_an_episode_does_not_answer_for_the_one_before():
    settled = SettledMotion(moving([0.0, 0.0]), DT, has_object=True)
    seen_after(*[[1.0, 1.0]] * 5, settled=settled)
    settled.reset(torch.tensor([0]))
    seen = seen_after([0.4, 0.0], settled=settled)
    # one state of the first, five of the second
    assert seen.tool_velocity[:, 0].tolist() == [torch.tensor(0.4).item(), torch.tensor(0.8).item()]
