"""SAC with a guide: who acts when, what is kept of it, what the actor learns from it."""

from __future__ import annotations

import pytest
import torch
from sac_learner import guided_learner


def test_the_guide_acts_first_and_what_it_did_is_kept_apart():
    sac = guided_learner()
    environment = sac._environment
    wanted, done, step = [], [], environment.step

    def record(action):
        wanted.append(environment.task.guide(environment.sim))
        done.append(action.clone())
        return step(action)

    environment.step = record
    for _ in range(4):  # of two steps of eight arms each
        sac.collect()
        assert sac.update()["charts/replay"] == 16.0 * (_ + 1)
    guides = sac._experience.guides
    assert len(sac._experience.own) == 0
    assert torch.equal(guides._stored.action, torch.stack(done))
    apart = (torch.stack(done) - torch.stack(wanted))[torch.stack(wanted).abs() < 0.5]
    assert float(apart.std()) == pytest.approx(0.15, rel=0.2)
    sac.collect()
    assert (len(sac._experience.own), len(guides)) == (16, 64)
    assert torch.equal(sac._experience.own._stored.action[:2], torch.stack(done[8:]))
    (batch,) = sac._minibatches(1)
    assert batch.guided.sum() == 8  # of 16


def test_the_actor_comes_to_do_what_the_guide_did():
    sac = guided_learner()
    for _ in range(5):
        sac.collect()
    guides = sac._experience.guides._stored
    features = sac._features(guides.inputs.flatten(0, 1))

    def apart():
        with torch.no_grad():
            found = sac.policy(features)
        return float((found - guides.action.flatten(0, 1)).square().mean())

    before = apart()
    for batch in sac._minibatches(150):
        sac._improve(batch)
    assert apart() < 0.4 * before
