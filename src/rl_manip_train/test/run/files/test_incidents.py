"""What is not finite in a run is written down and kept from the weights; the run goes on."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from ended_alike import ALGORITHMS, small_cfg
from recorded_run import Recorder

from rl_manip_train.run.control import Control
from rl_manip_train.run.files.checkpoint import latest_checkpoint, load_checkpoint
from rl_manip_train.run.files.incidents import FOLDER, KEPT, Incidents
from rl_manip_train.run.trainer import train
from rl_manip_train.tasks.reach import ReachTask


def test_the_tensors_are_written_down(tmp_path):
    incidents = Incidents(tmp_path)
    sentence = incidents.record("critic loss", 512, {"reward": torch.tensor([1.0, math.nan])})
    path = tmp_path / FOLDER / "1_critic_loss.pt"
    assert sentence == (
        f"critic loss not finite after 512 steps; nothing learned from it, see {path}"
    )
    content = torch.load(path, weights_only=True)
    assert (content["what"], content["env_steps"]) == ("critic loss", 512)
    assert content["tensors"]["reward"][0] == 1.0
    assert content["tensors"]["reward"][1].isnan()


def test_only_the_first_are_kept_also_of_a_run_that_is_resumed(tmp_path):
    sentences = [Incidents(tmp_path).record("loss", count, {}) for count in range(KEPT + 2)]
    assert [sentence is None for sentence in sentences] == [False] * KEPT + [True] * 2
    assert len(list((tmp_path / FOLDER).iterdir())) == KEPT


def test_where_it_cannot_be_written_the_run_is_told_and_goes_on(tmp_path):
    (tmp_path / FOLDER).write_text("a file in the folder's place")
    sentence = Incidents(tmp_path).record("loss", 1, {})
    assert sentence.startswith("loss not finite after 1 steps, and ")
    assert "not written" in sentence


def finite(state):
    """Whether every tensor in a nested state is."""
    if isinstance(state, dict):
        return all(finite(value) for value in state.values())
    if isinstance(state, torch.Tensor):
        return not state.is_floating_point() or bool(state.isfinite().all())
    return True


@pytest.mark.parametrize("algo", ALGORITHMS)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_run_with_an_observation_that_is_not_finite(algo, value, tmp_path, monkeypatch):
    calls, inputs = itertools.count(), ReachTask.inputs

    def broken_for_a_while(self, readings):
        position, velocity, goal = inputs(self, readings)
        if self.training and 12 <= next(calls) < 20:
            velocity = velocity.clone()
            velocity[0, 0] = value
        return position, velocity, goal

    monkeypatch.setattr(ReachTask, "inputs", broken_for_a_while)
    recorder = Recorder()
    train(small_cfg(algo, tmp_path / "run"), recorder, Control())
    assert next(calls) > 20
    assert recorder.steps == [256, 512, 768, 1024]
    state = load_checkpoint(latest_checkpoint(tmp_path / "run" / "checkpoints"))
    assert finite(state["learner"])
    # PPO's normaliser clips an infinite feature to a finite one, which does no harm
    if algo == "sac" or math.isnan(value):
        assert " not finite after " in recorder.sentences[0]
        written = sorted((tmp_path / "run" / FOLDER).iterdir())
        tensors = torch.load(written[0], weights_only=True)["tensors"]
        assert not all(tensor.isfinite().all() for tensor in tensors.values())
