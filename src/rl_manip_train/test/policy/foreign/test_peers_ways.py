"""What the documented specs make of networks is what a loop of each peer's kind would do."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from documented_specs import documented_specs
from exporters import (
    RslRl,
    RslRlRecurrent,
    SeveralOutputs,
    mlp,
    onnx_file,
    statistics,
    torchscript_file,
)
from leapp_bundles import BUNDLES
from peer_loops import (
    RecurrentLoop,
    RlGamesLoop,
    RslRlLoop,
    SkrlLoop,
    StableBaselines3Loop,
)
from same_commands import commands_of

from rl_manip_train.policy.foreign.policy_import import import_network

SPECS = documented_specs()


def rsl_rl(folder):
    module = RslRl(25, 6, 4)
    path = onnx_file(module, folder / "policy.onnx", 25, ["obs"], ["actions"], opset=18)
    # torch's newer exporter, which rsl_rl 5 takes, puts the weights into a file beside it
    graph = onnx.load(path)
    onnx.save(graph, path, save_as_external_data=True, location="policy.onnx.data",
              size_threshold=0)  # fmt: skip
    assert (folder / "policy.onnx.data").is_file()
    return path, lambda o, state: (module(torch.from_numpy(o)[None])[0].numpy(), None)


def recurrent(folder):
    path = onnx_file(
        RslRlRecurrent(15, 6, 3),
        folder / "policy.onnx",
        15,
        ["obs", "h_in"],
        ["actions", "h_out"],
        [(1, 1, 16)],
    )
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def network(observation, state):
        state = np.zeros((1, 1, 16), np.float32) if state is None else state
        action, state = session.run(None, {"obs": observation[None], "h_in": state})
        return action[0], state

    return path, network


def skrl(folder):
    module = mlp(19, 6, 5)
    mean, variance = map(torch.tensor, statistics(19, 5))
    scaler = {"running_mean": mean, "running_variance": variance, "current_count": torch.ones(())}
    torch.save(
        {"policy": module.state_dict(), "observation_preprocessor": scaler}, folder / "agent.pt"
    )
    path = torchscript_file(module, folder / "policy.pt", 19)
    return path, lambda o, state: (module(torch.from_numpy(o)[None])[0].numpy(), None)


def stable_baselines3(folder):
    module = mlp(54, 6, 6, torch.nn.Tanh)
    mean, variance = statistics(54, 6)
    np.savez(folder / "vec_normalize.npz", mean=mean, var=variance)
    path = onnx_file(
        SeveralOutputs(module),
        folder / "policy.onnx",
        54,
        ["observation"],
        ["actions", "values", "log_prob"],
        dynamic_axes={"observation": {0: "N"}, "actions": {0: "N"}},
    )
    return path, lambda o, state: (module(torch.from_numpy(o)[None])[0].numpy(), None)


def rl_games(folder):
    module = mlp(30, 6, 7)
    mean, variance = map(torch.tensor, statistics(30, 7))
    weights = {
        "running_mean_std.running_mean": mean,
        "running_mean_std.running_var": variance,
        "running_mean_std.count": torch.ones(()),
    }
    torch.save({"model": weights, "epoch": 3}, folder / "nn.pth")
    path = onnx_file(
        SeveralOutputs(module), folder / "a.onnx", 30, ["obs"], ["mu", "log_std", "value"], opset=11
    )
    return path, lambda o, state: (module(torch.from_numpy(o)[None])[0].numpy(), None)


EXACT = 1.5e-5
"""Commands in single and in double precision, of up to 1.5 rad/s, differ by less [rad/s]."""
PEERS = {
    "rsl_rl": (rsl_rl, RslRlLoop, EXACT),
    "rsl_rl recurrent": (recurrent, RecurrentLoop, EXACT),
    "skrl": (skrl, SkrlLoop, EXACT),
    "stable-baselines3": (stable_baselines3, StableBaselines3Loop, EXACT),
    # least squares, near poses in which the tool cannot move every way
    "rl_games": (rl_games, RlGamesLoop, 2e-4),
}


def test_every_documented_spec_is_tried():
    assert set(SPECS) == set(PEERS) | set(BUNDLES)


@pytest.mark.parametrize("peer", PEERS)
@torch.no_grad()
def test_actions_are_those_of_the_peers_loop_over_500_steps(arm, tmp_path, peer):
    export, loop_of, tolerance = PEERS[peer]
    path, network = export(tmp_path)
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPECS[peer])
    policy = import_network(path, spec, "a command", "abc").policy
    commands, expected = commands_of(arm, policy, loop_of(arm, network))
    np.testing.assert_allclose(commands, expected, rtol=0.0, atol=tolerance)
    # the comparison says something
    assert np.std(commands, axis=0).min() > 0.01
