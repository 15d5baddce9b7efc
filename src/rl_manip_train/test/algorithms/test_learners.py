"""What every algorithm owes the trainer."""

from __future__ import annotations

import pytest
import torch

from rl_manip_train.algorithms.learners import blank_policy, make_learner
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.settings.train_cfg import ALGORITHMS, PPOCfg, SACCfg, TrainCfg

ALGORITHM_CFGS = {
    "ppo": {"ppo": PPOCfg(horizon=4, epochs=1, minibatches=2, hidden=(16,))},
    "sac": {"sac": SACCfg(horizon=2, batch_size=16, random_steps=8, hidden=(16,))},
}


@pytest.fixture(params=ALGORITHMS)
def cfg(request):
    return TrainCfg(algo=request.param, num_envs=8, **ALGORITHM_CFGS[request.param])


def trained(cfg, environment):
    learner = make_learner(cfg, environment, FiniteGuard())
    for _ in range(2):
        learner.collect()
        learner.update()
    return learner


def test_the_policy_is_the_learners_own_and_bounded(cfg, make_environment):
    environment = make_environment(8)
    learner = make_learner(cfg, environment, FiniteGuard())
    features = environment.observe()
    before = learner.policy(features).clone()
    assert before.shape == (8, 6)
    for _ in range(2):
        learner.collect()
        learner.update()
    assert not torch.equal(learner.policy(features), before)
    assert (learner.policy(1000.0 * features).abs() <= 1.0).all()


def test_the_policy_alone_can_be_made_again(cfg, make_environment):
    environment = make_environment(8)
    learner = trained(cfg, environment)
    again = blank_policy(cfg.algo, environment.task.observation_model.width, 6, (16,))
    again.load_state_dict(learner.policy.state_dict())
    features = environment.observe()
    assert torch.equal(again(features), learner.policy(features))


def test_steps_are_counted_as_they_are_made(cfg, make_environment):
    environment = make_environment(8)
    learner = make_learner(cfg, environment, FiniteGuard())
    made = []
    step = environment.step
    environment.step = lambda action: made.append(len(action)) or step(action)
    learner.collect()
    assert sum(made) == learner.steps_per_iteration
