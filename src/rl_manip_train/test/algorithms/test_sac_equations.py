"""SAC's equations by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from rl_manip_train.algorithms.sac_equations import (
    follow,
    imitation_loss,
    soft_target,
    temperature_loss,
)


def test_soft_target():
    # the smaller of both values, plus the entropy bonus, discounted; nothing after a termination
    target = soft_target(
        n_step_return=torch.tensor([1.0, 2.0, 3.0]),
        bootstrap=torch.tensor([0.5, 0.25, 0.0]),
        next_values=torch.tensor([[10.0, 30.0, 50.0], [20.0, 20.0, 50.0]]),
        entropy_bonus=torch.tensor([2.0, -4.0, 8.0]),
    )
    # 1 + 0.5 (10 + 2), 2 + 0.25 (20 - 4), 3
    assert target.tolist() == [7.0, 6.0, 3.0]


def test_temperature_loss():
    log_alpha = torch.tensor(math.log(0.2), requires_grad=True)
    # entropies 1 and 2, mean 1.5, target 3: too little, -log 0.2 (-1.5 + 3) = 1.609438 * 1.5
    log_prob = torch.tensor([-1.0, -2.0], requires_grad=True)
    loss = temperature_loss(log_alpha, log_prob, target_entropy=3.0)
    assert loss.item() == pytest.approx(2.414157, abs=1e-5)
    loss.backward()
    assert log_alpha.grad.item() == pytest.approx(-1.5)  # descent raises the temperature
    assert log_prob.grad is None  # the temperature is no business of the actor's loss


def test_follow():
    target, source = nn.Linear(1, 1), nn.Linear(1, 1)
    with torch.no_grad():
        target.weight.fill_(2.0), source.weight.fill_(4.0)
        target.bias.fill_(0.0), source.bias.fill_(-1.0)
    follow(target, source, 0.25)
    assert (target.weight.item(), target.bias.item()) == (2.5, -0.25)
    assert (source.weight.item(), source.bias.item()) == (4.0, -1.0)


def test_imitation_loss():
    action, wanted = torch.tensor([[1.0, 0.0], [0.5, 0.5]]), torch.tensor([[0.0, 2.0], [9.0, 9.0]])
    # (1 + 4) / 2: the second one is not better
    loss = imitation_loss(action, wanted, torch.tensor([True, False]))
    assert float(loss) == 2.5
