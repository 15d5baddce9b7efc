"""Networks that the peers themselves export do their task here as in a loop of the peer's own.

Each test needs its peer, which the workspace's environment does not have; tests/benchmarks/peers
says how to get them: with ``PYTHONPATH=.cache/bench_packages`` they run.
"""

from __future__ import annotations

import functools

import pytest
import torch
from foreign_peers import PEERS, SPEC
from imitated_reach import ACTIONS, HIDDEN, LIMIT, WIDTH, imitated_reach, observation_of
from paired_goals import compare

from rl_manip_train.graph.tool_jacobian import ToolJacobian
from rl_manip_train.policy.foreign.policy_import import import_network

SKIPPED = "not installed: the benchmarks' peers are optional, see tests/benchmarks/peers"


@pytest.fixture(scope="module")
def teach(arm):
    """Gives the network when it is asked for: a test that is skipped waits for none."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a second one only waits, at networks of this size
    yield functools.lru_cache(lambda: imitated_reach(arm))
    torch.set_num_threads(threads)


@pytest.mark.parametrize("peer", PEERS)
def test_it_does_what_it_does_in_the_peers_own_loop(peer, arm, teach, tmp_path):
    pytest.importorskip(peer, reason=f"{peer} is {SKIPPED}")
    made = PEERS[peer](*teach(), tmp_path)
    (tmp_path / "spec.yaml").write_text(made.spec)
    policy = import_network(made.file, tmp_path / "spec.yaml", "", "").policy
    kinematics = ToolJacobian(arm.chain)

    def bare(environment):
        position, velocity, goal = environment.raw_inputs()
        to_goal = goal - kinematics(position).position
        action = made.act(observation_of(arm, position, velocity, to_goal)).clamp(-1.0, 1.0)
        return (LIMIT * action,)

    compare(arm, bare, policy)


def test_rsl_rls_torchscript_and_recurrent_networks(tmp_path):
    pytest.importorskip("rsl_rl", reason=f"rsl-rl-lib is {SKIPPED}")
    from rsl_rl.models import MLPModel, RNNModel
    from rsl_rl.runners import OnPolicyRunner
    from tensordict import TensorDict

    from rl_manip_train.policy.foreign.network.graph_file import ForeignNetworkError

    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC.format(peer="rsl_rl"))
    empty = TensorDict({"policy": torch.zeros(1, WIDTH)}, batch_size=[1])
    runner = OnPolicyRunner.__new__(OnPolicyRunner)
    for kind, options in ((MLPModel, {}), (RNNModel, {"rnn_type": "gru", "rnn_hidden_dim": 8})):
        model = kind(empty, {"actor": ["policy"]}, "actor", ACTIONS, HIDDEN, "elu", **options)
        runner.alg = type("Trained", (), {"get_policy": lambda self, model=model: model})()
        runner.export_policy_to_jit(str(tmp_path))
        if kind is MLPModel:
            import_network(tmp_path / "policy.pt", spec, "", "")
            continue
        with pytest.raises(ForeignNetworkError, match="keeps 'hidden_state' inside"):
            import_network(tmp_path / "policy.pt", spec, "", "")
        runner.export_policy_to_onnx(str(tmp_path))
        spec.write_text(spec.read_text() + "network: {states: {h_in: h_out}}\n")
        made = import_network(tmp_path / "policy.onnx", spec, "", "")
        assert made.metadata.memory.shape == (1, 8)
