"""SAC's updates, its determinism, and what it does with a task that has one answer."""

from __future__ import annotations

import copy
import math
from dataclasses import replace

import pytest
import torch
from ended_alike import assert_seed_alone_decides
from sac_learner import SMALL, guided_learner, learner, trained, weights

from rl_manip_train.algorithms.learner import DivergedError
from rl_manip_train.algorithms.optimization import finite_guard
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.sac import Minibatch
from rl_manip_train.algorithms.storage.hindsight import goal_columns
from rl_manip_train.settings.train_cfg import SACCfg


def test_same_seed_same_weights_at_any_thread_count(make_environment):
    assert_seed_alone_decides(
        lambda seed, threads: weights(
            trained(make_environment(16, "default", seed=seed, num_threads=threads))
        ),
        "actor.mean.0.weight",
    )


def test_updates_are_as_many_as_the_steps_allow(make_environment):
    sac = learner(make_environment(8), SACCfg(update_ratio=0.2, batch_size=4, random_steps=0))
    made = []
    sac._improve = lambda batch: made.append(len(batch.action)) or {}
    for _ in range(10):
        sac.collect()
        sac.update()
    assert made == [4] * 16  # 10 iterations of 8 steps, one update in five


def test_the_policy_is_a_moving_average_of_the_actor(make_environment):
    sac = learner(make_environment(8), replace(SMALL, policy_rate=0.25))
    kept = sac.actor.mean[0].weight.clone()
    for _ in range(4):
        sac.collect()
        sac.update()
        for batch in sac._minibatches(1):
            average = sac.policy.state_dict()["network.1.0.weight"].clone()
            sac._improve(batch)
            now = sac.actor.mean[0].weight
            expected = 0.75 * average + 0.25 * now
            torch.testing.assert_close(sac.policy.state_dict()["network.1.0.weight"], expected)
    assert not torch.equal(sac.actor.mean[0].weight, kept)
    # features are normalised as the learner does at present
    assert sac.policy.normalizer is sac.actor.policy.normalizer
    again = learner(make_environment(8), replace(SMALL, policy_rate=0.25), seed=1)
    again.load_state_dict(sac.state_dict())
    features = sac._environment.observe()
    assert torch.equal(again.policy(features), sac.policy(features))
    assert not torch.equal(again.policy(features), again.actor.policy(features))


def test_no_update_before_there_is_something_to_learn_from(make_environment):
    sac = learner(make_environment(8))
    before = weights(sac)
    sac.collect()  # 16 steps, all of them random
    assert sac.update()["losses/skipped"] == 0.0
    for name, value in weights(sac).items():
        if not name.startswith("actor._normalizer"):
            assert torch.equal(value, before[name]), name
    sac.collect()
    sac.update()
    assert not torch.equal(
        weights(sac)["critic._layers.0.weight"], before["critic._layers.0.weight"]
    )


def test_the_first_actions_are_uniform_and_the_next_the_policys(make_environment):
    environment = make_environment(500)
    sac = learner(environment, SACCfg(random_steps=500))
    seen, step = [], environment.step
    environment.step = lambda action: seen.append(action.clone()) or step(action)
    sac.collect()
    sac.collect()
    assert float(seen[0].std()) == pytest.approx(3.0**-0.5, abs=0.02)
    # the actor's first log deviation is in the middle of its range, -2
    assert float(seen[1].std()) == pytest.approx(math.exp(-2.0), abs=0.01)


def test_what_is_stored_is_what_happened(make_environment):
    environment = make_environment(4, episode_s=0.2, keep_pose_probability=0.0)
    sac = learner(environment, SACCfg(random_steps=1000, replay_size=40))
    steps, step = [], environment.step

    def record(action):
        before = torch.cat(environment.raw_inputs(), dim=1)
        done = step(action)
        steps.append((before, action, done))
        return done

    environment.step = record
    for _ in range(7):  # an episode has five steps
        sac.collect()
    stored = sac._experience.own._stored
    for index, (before, action, done) in enumerate(steps):
        assert torch.equal(stored.inputs[index], before)
        assert torch.equal(stored.action[index], action)
        assert torch.equal(stored.reward[index], done.reward)
        assert torch.equal(stored.truncated[index], done.truncated)
        assert torch.equal(stored.final_inputs[index], torch.cat(done.final_inputs, dim=1))
    # within an episode one step's last inputs are the next one's first, across its end they are not
    assert torch.equal(stored.final_inputs[2], stored.inputs[3])
    assert not torch.equal(stored.final_inputs[4], stored.inputs[5])


def test_hindsight_judges_by_the_tasks_own_criterion(make_environment):
    environment = make_environment(16, sparse_termination=-30.0, episode_s=0.4)
    sac = learner(environment, SACCfg(random_steps=10_000, replay_size=1600, hindsight=0.0))
    assert sac._hindsight is None
    sac = learner(environment, SACCfg(random_steps=10_000, replay_size=1600, hindsight=1e-9))
    for _ in range(30):
        sac.collect()
    # with their own goals, steps earn by hindsight what they earned at the time
    stored = sac._experience.own._stored
    filled = slice(0, 30)
    for env in range(16):
        inputs = stored.inputs[filled, env]
        again = sac._hindsight.reward(
            torch.zeros(30, 1),
            inputs,
            inputs[:, goal_columns(environment.task)],
            stored.achieved_goal[filled, env, None],
            stored.success_extra[filled, env, None],
            stored.terminated[filled, env, None],
        )
        assert torch.equal(again[:, 0], stored.reward[filled, env])


@pytest.mark.parametrize("field", [name for name in Minibatch._fields if name != "guided"])
def test_what_is_not_finite_does_not_reach_the_weights(make_environment, field):
    kept = []
    guard = FiniteGuard(lambda what, tensors: kept.append((what, tensors)))
    sac = trained(make_environment(8), guard=guard)
    (batch,) = sac._minibatches(1)
    getattr(batch, field)[0] = math.nan
    before = weights(sac)
    log_alpha = sac.log_alpha.item()
    assert sac._improve(batch) == {}
    for name, value in weights(sac).items():
        assert torch.equal(value, before[name]), name
    assert sac.log_alpha.item() == log_alpha
    ((what, tensors),) = kept
    assert what == "critic loss and critic gradient"
    assert not tensors[field].isfinite().all()
    # and the next batch trains again
    (batch,) = sac._minibatches(1)
    assert math.isfinite(sac._improve(batch)["losses/critic"])


def test_training_ends_when_nothing_is_finite_any_more(make_environment, monkeypatch):
    monkeypatch.setattr(finite_guard, "MAX_SKIPPED", 3)
    sac = trained(make_environment(8))
    with torch.no_grad():
        sac.log_alpha.fill_(math.nan)
    with pytest.raises(DivergedError, match="3 updates in a row.*batch: nothing"):
        sac.update()


def test_it_moves_towards_the_action_that_is_rewarded(make_environment):
    """The surest sign of a sign error."""
    cfg = SACCfg(
        update_ratio=0.0,
        batch_size=64,
        random_steps=2048,
        discount=0.0,
        policy_rate=1.0,
        hidden=(32, 32),
    )
    sac = learner(make_environment(256), cfg)
    for _ in range(8):
        sac.collect()
    action = sac._experience.own._stored.action
    sac._experience.own._stored.reward.copy_(action[..., 0] - action[..., 1])
    for batch in sac._minibatches(60):
        sac._improve(batch)
    with torch.no_grad():
        first, second = sac.policy(sac._environment.observe())[:, :2].mean(dim=0).tolist()
    assert first > 0.3
    assert second < -0.3


def test_more_temperature_more_spread(make_environment):
    """With nothing to gain, the entropy is steered to its target."""
    sac = learner(
        make_environment(16),
        SACCfg(batch_size=64, random_steps=16 * 8, update_ratio=0.0, hidden=(32, 32)),
    )
    for _ in range(8):
        sac.collect()
    sac._experience.own._stored.reward.zero_()
    sac._experience.own._stored.terminated[:] = True
    losses = [sac._improve(batch) for batch in sac._minibatches(300)]
    # a uniform action has the largest entropy, log 2 each; the target is -1 each
    assert -8.0 < losses[-1]["losses/entropy"] < 6.0 * math.log(2.0)
    assert losses[-1]["losses/entropy"] > losses[0]["losses/entropy"]


@pytest.mark.parametrize("guided", [False, True])
def test_state_dict_carries_on_exactly(make_environment, guided):
    def made(seed):
        return guided_learner(seed) if guided else learner(make_environment(8), seed=seed)

    sac, other = made(0), made(9)
    for _ in range(6):
        sac.collect()
        sac.update()
    other.load_state_dict(copy.deepcopy(sac.state_dict()))
    sac.update()
    other.update()
    for name, value in weights(sac).items():
        assert torch.equal(value, weights(other)[name]), name
    assert sac.log_alpha.item() == other.log_alpha.item()
