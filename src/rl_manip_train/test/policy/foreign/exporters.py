"""Small networks, exported the way the libraries do it: names, normalisers, files beside them."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import nn


def mlp(width: int, actions: int, seed: int, last: type = nn.Identity) -> nn.Sequential:
    """Of random weights, strong enough for answers that vary."""
    torch.manual_seed(seed)
    layers = [nn.Linear(width, 32), nn.ELU(), nn.Linear(32, 32), nn.ELU(), nn.Linear(32, actions)]
    return nn.Sequential(*layers, last()).eval()


def statistics(width: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of observations."""
    rng = np.random.default_rng(seed)
    return rng.normal(0.0, 0.3, width), rng.uniform(0.2, 2.0, width)


class EmpiricalNormalization(nn.Module):
    """rsl_rl's: (x - mean) / (std + 0.01)."""

    def __init__(self, width: int, seed: int) -> None:
        super().__init__()
        mean, variance = statistics(width, seed)
        for name, value in (("_mean", mean), ("_std", np.sqrt(variance))):
            self.register_buffer(name, torch.tensor(value, dtype=torch.float32)[None])

    def forward(self, x):
        return (x - self._mean) / (self._std + 1e-2)


class RslRl(nn.Module):
    """What rsl_rl exports of an MLP: ``obs`` to ``actions``."""

    def __init__(self, width: int, actions: int, seed: int) -> None:
        super().__init__()
        self.obs_normalizer = EmpiricalNormalization(width, seed)
        self.mlp = mlp(width, actions, seed)

    def forward(self, x):
        return self.mlp(self.obs_normalizer(x))


class RslRlRecurrent(nn.Module):
    """What rsl_rl exports of a GRU: its state (layers, 1, width) is an input and an output."""

    def __init__(self, width: int, actions: int, seed: int) -> None:
        super().__init__()
        self.obs_normalizer = EmpiricalNormalization(width, seed)
        torch.manual_seed(seed)
        self.rnn = nn.GRU(width, 16)
        self.mlp = mlp(16, actions, seed)

    def forward(self, obs, h_in):
        x, h = self.rnn(self.obs_normalizer(obs).unsqueeze(0), h_in)
        return self.mlp(x.squeeze(0)), h


class RslRlInside(RslRlRecurrent):
    """What rsl_rl writes as TorchScript: the state stays inside."""

    def __init__(self, width: int, actions: int, seed: int) -> None:
        super().__init__(width, actions, seed)
        self.register_buffer("hidden_state", torch.zeros(1, 1, 16))

    def forward(self, x):
        x, h = self.rnn(self.obs_normalizer(x).unsqueeze(0), self.hidden_state)
        self.hidden_state[:] = h
        return self.mlp(x.squeeze(0))


class SeveralOutputs(nn.Module):
    """Action, and what nobody asks for: as Stable-Baselines3 and rl_games export a whole policy."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, observation):
        action = self.network(observation)
        return action, action.sum(dim=1, keepdim=True), -action.square()


def onnx_file(module, path, width, inputs, outputs, states=(), opset=17, **options):
    """Written by torch's exporter; the older one unless options say otherwise."""
    given = (torch.zeros(1, width), *(torch.zeros(shape) for shape in states))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            given,
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            opset_version=opset,
            verbose=False,
            **{"dynamo": False, **options},
        )
    return path


def torchscript_file(module, path, width=0):
    """Scripted; traced where a width is given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = torch.jit.trace(module, torch.zeros(1, width)) if width else torch.jit.script(module)
        made.save(str(path))
    return path
