"""A guided start: the actor comes to do what the guide does."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.ppo import GUIDED, IMITATION, PPO
from rl_manip_train.environment.environment import Environment
from rl_manip_train.settings.train_cfg import PPOCfg
from rl_manip_train.tasks.grasp import GraspTask


def learner_of(num_envs, cfg):
    arm = load_arm("ur5e", "robotiq_2f85")
    task = GraspTask(arm, num_envs, np.random.default_rng(0))
    environment = Environment(task, arm, "mujoco", num_envs, 0.0, PRESETS["none"], 0, num_threads=1)
    return PPO(environment, cfg, seed=0, guard=FiniteGuard())


def after_guide(**changed):
    """A small learner at the end of its guided phase."""
    small = {"horizon": 8, "hidden": (16,), "guided_steps": 64, "minibatches": 2}
    learner = learner_of(8, PPOCfg(**{**small, "guided_warmup": 0, **changed}))
    assert "losses/imitation" in iterated(learner)
    return learner


def iterated(learner):
    return {**learner.collect(), **learner.update()}


def parts_of(learner):
    """The policy's and the critic's weights, copied."""
    model = learner.actor_critic
    acting = {**learner.policy.state_dict(), "log_std": model.log_std.detach()}
    return copy.deepcopy((acting, model.critic.state_dict()))


def assert_alike(mine, its):
    assert mine.keys() == its.keys()
    assert all(torch.equal(mine[name], its[name]) for name in mine)


def test_after_the_guide_the_critic_learns_alone_at_first():
    learner = after_guide(guided_warmup=2)
    imitation, critic = parts_of(learner)
    for _ in range(2):
        assert "losses/policy" not in iterated(learner)
        acting, newer = parts_of(learner)
        assert_alike(acting, imitation)
        assert not torch.equal(newer["0.weight"], critic["0.weight"])
        critic = newer
        # fitted to the newest targets only: those before were of a critic that knew less
        assert float(learner.actor_critic.value_normalizer.count) == 64
        assert learner.phase == IMITATION
    assert "losses/policy" in iterated(learner)
    assert not torch.equal(parts_of(learner)[0]["network.0.weight"], imitation["network.0.weight"])
    assert learner.phase == GUIDED


@pytest.mark.parametrize("warmup", [0, 1])
def test_steps_after_a_guide_begin_small_and_grow_from_update_to_update(warmup):
    # a divergence that is never reached: every update may make larger steps than the one before
    learner = after_guide(guided_warmup=warmup, guided_target_kl=100.0)
    for _ in range(warmup):
        iterated(learner)
    rates, step = [], learner._descent.set_learning_rate

    def record(rate):
        rates.append(rate)
        step(rate)

    learner._descent.set_learning_rate = record
    for _ in range(5):
        iterated(learner)
    # from PPOCfg.guided_learning_rate to guided_max_learning_rate; 8 steps an update, all alike:
    # an update always begins close to where it started, which says nothing of how far it leads
    each = [3e-5, 4.5e-5, 6.75e-5, 1e-4, 1e-4]
    assert rates == pytest.approx([rate for rate in each for _ in range(8)])


def test_a_step_that_leads_too_far_is_taken_back_and_the_actor_rests():
    rate = 3e-4
    learner = after_guide(epochs=24, guided_learning_rate=rate, guided_max_learning_rate=rate)
    learner.collect()
    learner._rollout.advantage = learner._rollout.action[..., 0].clone()  # pulls one way
    before, divergence, improve = [], [], learner._improve

    def record(*given):
        before.append(parts_of(learner))
        made = improve(*given)
        divergence.append(made["losses/kl"])
        return made

    learner._improve = record
    learner.update()
    too_far = next(index for index, kl in enumerate(divergence) if kl > 2 * 0.01)
    assert 0 < too_far < len(divergence) - 1
    acting, critic = parts_of(learner)
    # the statistics of observations as well, which would change the policy and no divergence tell
    assert_alike(acting, before[too_far - 1][0])
    assert max(divergence[too_far + 1 :]) < 2.5 * 0.01  # other minibatches of the same rollout
    assert not torch.equal(critic["0.weight"], before[too_far + 1][1]["0.weight"])
    assert learner.learning_rate == pytest.approx(rate / 1.5)  # of the next update
    learner._improve = improve
    iterated(learner)  # and goes on from there
    assert not torch.equal(parts_of(learner)[0]["network.0.weight"], acting["network.0.weight"])


def distance_to_guide(learner):
    """Of the actor's actions in the newest rollout from what the guide would have done there."""
    rollout = learner._rollout
    found = learner.policy(rollout.observation.flatten(0, 1)).detach()
    return float((found - rollout.guide.flatten(0, 1)).square().mean())


@pytest.mark.parametrize("weight", [0.0, 10.0])
def test_who_is_reinforced_goes_on_to_follow_the_guide(weight):
    learner = after_guide(guide_weight=weight, guided_target_kl=1.0)
    task, asked = learner._environment.task, []
    ask = task.guide

    def record(sim):
        asked.append(ask(sim).clone())
        return asked[-1]

    task.guide = record
    learner.collect()
    if not weight:
        assert not asked
        learner._rollout.guide = torch.ones_like(learner._rollout.guide)  # would be felt
    else:
        assert torch.equal(learner._rollout.guide, torch.stack(asked))
    learner._rollout.advantage.zero_()  # no action was better than another
    before, distance = parts_of(learner)[0], distance_to_guide(learner)
    learner.update()
    if weight:
        assert distance_to_guide(learner) < distance
    else:
        assert_alike(parts_of(learner)[0], before)


def test_who_follows_a_guide_learns_what_is_rewarded_all_the_same():
    learners = [after_guide(guide_weight=10.0, guided_target_kl=1.0, epochs=8) for _ in range(2)]
    for learner, sign in zip(learners, (1.0, -1.0)):
        learner.collect()
        learner._rollout.advantage = sign * learner._rollout.action[..., 0].clone()
        learner.update()
    seen = learners[0]._rollout.observation.flatten(0, 1)
    rewarded, punished = (float(each.policy(seen)[:, 0].mean().detach()) for each in learners)
    assert rewarded - punished > 0.01


def test_the_actor_learns_what_the_guide_does_and_goes_on_from_there():
    cfg = PPOCfg(horizon=10, hidden=(32,), guided_steps=600, guided_std=0.25, minibatches=2)
    learner = learner_of(32, cfg)
    environment, task = learner._environment, learner._environment.task
    losses, shares = [], []
    for _ in range(2):  # 320 steps each: done with the second
        shares.append(learner.collect()["charts/guided_share"])
        losses.append(learner.update()["losses/imitation"])
    assert shares == [1.0, 1.0 - 320 / 600]
    assert losses[1] < 0.5 * losses[0]
    wanted = task.guide(environment.sim)
    found = learner.policy(environment.observe()).detach()
    assert float((found - wanted).square().mean()) < 0.5 * float(wanted.square().mean())
    torch.testing.assert_close(learner.actor_critic.log_std.exp(), torch.full((5,), 0.25))
