"""Two critics in one batched product are two critics."""

from __future__ import annotations

import torch
from torch.nn import functional

from rl_manip_train.algorithms.networks.twin_critic import CRITICS, ParallelLinear, TwinCritic


def test_each_critic_is_the_network_that_its_own_weights_make():
    torch.manual_seed(0)
    critic = TwinCritic(4, 2, (8, 8), layer_norm=True)
    features, action = torch.randn(5, 4), torch.rand(5, 2)
    values = critic(features, action)
    assert values.shape == (CRITICS, 5)
    layers = [layer for layer in critic.modules() if isinstance(layer, ParallelLinear)]
    for index in range(CRITICS):
        value = torch.cat((features, action), dim=1)
        for layer in layers[:-1]:
            value = value @ layer.weight[index] + layer.bias[index]
            value = functional.relu(functional.layer_norm(value, value.shape[-1:]))
        value = value @ layers[-1].weight[index] + layers[-1].bias[index]
        torch.testing.assert_close(values[index], value[:, 0])


def test_the_critics_start_apart_and_learn_apart():
    torch.manual_seed(0)
    critic = TwinCritic(4, 2, (8,), layer_norm=False)
    values = critic(torch.randn(5, 4), torch.rand(5, 2))
    assert (values[0] - values[1]).abs().min() > 1e-4
    values[0].sum().backward()
    for parameter in critic.parameters():
        assert parameter.grad[0].abs().sum() > 0.0
        assert parameter.grad[1].abs().sum() == 0.0
