"""ELU networks against torch's own layers, forwards, backwards and as they are exported."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rl_manip_train.algorithms.networks.elu_network import EluNetwork, elu
from rl_manip_train.algorithms.networks.policy_network import mlp


def test_elu_by_hand():
    value = torch.tensor([-torch.inf, -1.0, -1e-9, 0.0, 0.5, 100.0])
    assert elu(value).tolist() == pytest.approx([-1.0, -0.6321206, 0.0, 0.0, 0.5, 100.0], abs=1e-7)
    assert bool(elu(torch.tensor([torch.nan])).isnan())


@pytest.mark.parametrize("hidden", [(), (5,), (16, 8, 4)])
@pytest.mark.parametrize("inputs_too", [False, True])
def test_outputs_and_gradients_are_those_of_torchs_layers(hidden, inputs_too):
    torch.manual_seed(0)
    network = mlp((3, *hidden, 2), output_gain=1.0)
    assert isinstance(network, EluNetwork)
    plain = nn.Sequential(*network)
    inputs = (3.0 * torch.randn(20, 3)).requires_grad_(inputs_too)
    wanted = [*network.parameters(), *([inputs] if inputs_too else [])]
    weight = torch.randn(20, 2)
    found, expected = network(inputs), plain(inputs)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    gradients = [torch.autograd.grad((out * weight).sum(), wanted) for out in (found, expected)]
    for mine, its in zip(*gradients):
        torch.testing.assert_close(mine, its, rtol=1e-5, atol=1e-6)


def test_what_is_traced_is_torchs_elu():
    network = mlp((3, 4, 2), output_gain=1.0)
    traced = torch.jit.trace(network, torch.randn(1, 3))
    assert "aten::elu" in str(traced.inlined_graph)
