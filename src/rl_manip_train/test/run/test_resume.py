"""A run that was stopped and resumed ends as one that never was: bit for bit."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from ended_alike import (
    ALGORITHMS,
    REMEMBERING,
    assert_ended_alike,
    guided_cfg,
    logged,
    remembering_cfg,
    remembering_guided_cfg,
    small_cfg,
)
from recorded_run import Recorder

from rl_manip_train.commands import INPUT_ERRORS
from rl_manip_train.policy.onnx_policy import load_onnx_policy
from rl_manip_train.run.checkpoint_policy import checkpoint_policy
from rl_manip_train.run.control import Control
from rl_manip_train.run.files.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint
from rl_manip_train.run.trainer import train


def trained(cfg):
    recorder = Recorder()
    train(cfg, recorder, Control())
    return recorder


@pytest.mark.parametrize(
    ("cfg_of", "algo"),
    [
        *itertools.product((small_cfg, guided_cfg), ALGORITHMS),
        *itertools.product((remembering_cfg, remembering_guided_cfg), REMEMBERING),
    ],
)
def test_a_run_resumed_three_times_ends_as_one_never_stopped(cfg_of, algo, tmp_path):
    whole = trained(cfg_of(algo, tmp_path / "whole", max_env_steps=6 * 256))
    for part in (1, 4, 5, 6):  # amid a guide's imitation, while the critic learns alone, and after
        cfg = cfg_of(algo, tmp_path / "parts", max_env_steps=part * 256)
        last = trained(cfg if part == 1 else replace(cfg, resume=tmp_path / "parts"))
        assert not last.sentences  # nothing had to begin anew
    assert_ended_alike(tmp_path / "parts", tmp_path / "whole")
    assert last.steps == [6 * 256]
    assert whole.summary["success_rate"] == last.summary["success_rate"]


def test_a_guided_run_goes_through_imitation_the_critic_alone_and_both(tmp_path):
    recorder = trained(guided_cfg("ppo", tmp_path / "run", max_env_steps=6 * 256))
    learned = [
        {name for name in ("losses/imitation", "losses/value", "losses/policy") if name in row}
        for row in recorder.metrics
    ]
    imitated, critic = {"losses/imitation"}, {"losses/value"}
    assert learned == [imitated] * 3 + [critic] * 2 + [critic | {"losses/policy"}]


@pytest.mark.parametrize(("iterations", "loads"), [(1, False), (3, True), (6, True)])
def test_a_former_checkpoint_loads_unless_it_lacks_the_imitation(iterations, loads, tmp_path):
    """Those of before had no phases, nor iterations of the critic alone."""
    cfg = guided_cfg("ppo", tmp_path / "run", max_env_steps=iterations * 256)
    trained(cfg)
    path = latest_checkpoint(tmp_path / "run" / "checkpoints")
    state = load_checkpoint(path)
    for name in ("phase", "imitation", "warmup"):
        del state["learner"][name]
    if iterations == 3:
        state["learner"]["learning_rate"] = 1e-4  # as the end of the guided phase set it
    save_checkpoint(path.parent, iterations, state)
    more = replace(cfg, resume=tmp_path / "run", max_env_steps=7 * 256)
    if loads:
        assert trained(more).steps[-1] == 7 * 256
        return
    with pytest.raises(INPUT_ERRORS, match="from the guided phase and does not hold what"):
        train(more, Recorder(), Control())


def test_a_checkpoint_of_the_guided_phase_is_not_resumed_without_the_guide(tmp_path):
    cfg = guided_cfg("ppo", tmp_path / "run", max_env_steps=256)
    trained(cfg)
    without = replace(cfg, ppo=replace(cfg.ppo, guided_steps=0), resume=tmp_path / "run")
    with pytest.raises(INPUT_ERRORS, match="give the ppo.guided_steps that it was trained with"):
        train(without, Recorder(), Control())


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"memory_width": 4}, "actor's memory has 14 figures, expected 10; give the ppo.history"),
        ({"privileged_critic": False}, "privileged part has .* give the ppo.privileged_critic"),
    ],
)
def test_what_actor_and_critic_see_has_to_be_the_same(changed, sentence, tmp_path):
    cfg = remembering_cfg("gru", tmp_path / "run", max_env_steps=256)
    trained(cfg)
    other = replace(cfg, ppo=replace(cfg.ppo, **changed), resume=tmp_path / "run")
    with pytest.raises(INPUT_ERRORS, match=sentence):
        train(other, Recorder(), Control())


@pytest.mark.parametrize("memory", REMEMBERING)
def test_the_policy_in_a_checkpoint_remembers(memory, tmp_path):
    trained(remembering_cfg(memory, tmp_path / "run", max_env_steps=256))
    policy = load_onnx_policy(tmp_path / "run" / "policy.onnx")
    model, metadata = checkpoint_policy(tmp_path / "run")
    assert metadata.memory == policy.metadata.memory
    inputs = [torch.rand(shape) for shape in metadata.all_inputs.values()]
    expected = policy.commands(*(value.numpy() for value in inputs))
    for mine, its in zip(model(*inputs), expected):
        np.testing.assert_allclose(mine, its, atol=1e-5)


def test_where_the_environments_cannot_go_on_they_begin_anew_and_say_so(tmp_path):
    trained(small_cfg("sac", tmp_path / "run", max_env_steps=512))
    cfg = small_cfg("sac", tmp_path / "run", randomization="none", resume=tmp_path / "run")
    recorder = trained(cfg)
    assert recorder.steps == [768, 1024]
    settings, sentence = recorder.sentences
    assert settings.endswith("than before: randomization none, was aggressive")
    assert sentence.startswith("the environments begin new episodes where the run goes on")


def test_settings_that_a_run_did_not_have_before_are_said(tmp_path):
    trained(small_cfg("ppo", tmp_path / "run", reward="at_rest", max_env_steps=256))
    more = {"resume": tmp_path / "run", "max_env_steps": 512}
    assert trained(small_cfg("ppo", tmp_path / "run", reward="at_rest", **more)).sentences == []
    cfg = small_cfg("ppo", tmp_path / "run", **more, sac=ALGORITHMS["sac"]["sac"])
    changed = replace(cfg, ppo=replace(cfg.ppo, epochs=3), max_env_steps=768)
    (sentence,) = trained(changed).sentences
    assert sentence == (
        "it goes on with other settings than before: reward dense, was at_rest; ppo.epochs 3, was 2"
    )


def test_a_checkpoint_that_keeps_no_settings_is_resumed(tmp_path):
    """Those of before did not."""
    trained(small_cfg("ppo", tmp_path / "run", max_env_steps=256))
    path = latest_checkpoint(tmp_path / "run" / "checkpoints")
    state = load_checkpoint(path)
    del state["settings"]
    save_checkpoint(path.parent, 1, state)
    cfg = small_cfg("ppo", tmp_path / "run", seed=1, resume=tmp_path / "run", max_env_steps=512)
    assert not trained(cfg).sentences


def test_a_backend_without_a_state_begins_anew(tmp_path):
    trained(small_cfg("ppo", tmp_path / "run", max_env_steps=512))
    path = latest_checkpoint(tmp_path / "run" / "checkpoints")
    save_checkpoint(path.parent, 2, {**load_checkpoint(path), "environment": None})
    recorder = trained(small_cfg("ppo", tmp_path / "run", resume=tmp_path / "run"))
    assert "mujoco does not tell its state" in recorder.sentences[0]


def test_another_number_of_environments_does_not_fit_the_replay(tmp_path):
    trained(small_cfg("sac", tmp_path / "run", max_env_steps=256))
    cfg = small_cfg("sac", tmp_path / "other", num_envs=16, resume=tmp_path / "run")
    with pytest.raises(INPUT_ERRORS, match="give the same num_envs, sac.replay_size"):
        train(cfg, Recorder(), Control())
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(("algo", "part"), [("sac", "average"), ("ppo", "optimizer")])
def test_a_checkpoint_of_another_version_is_refused(tmp_path, algo, part):
    trained(small_cfg(algo, tmp_path / "run", max_env_steps=256))
    path = latest_checkpoint(tmp_path / "run" / "checkpoints")
    state = load_checkpoint(path)
    del state["learner"][part]
    save_checkpoint(path.parent, 1, state)
    cfg = small_cfg(algo, tmp_path / "other", resume=tmp_path / "run")
    with pytest.raises(INPUT_ERRORS, match=f"holds no '{part}': revision .* wrote it"):
        train(cfg, Recorder(), Control())
    assert not (tmp_path / "other").exists()


def test_a_run_stopped_before_its_first_checkpoint_begins_anew_and_says_so(tmp_path):
    trained(small_cfg("ppo", tmp_path / "run", max_env_steps=256))
    for path in (tmp_path / "run" / "checkpoints").iterdir():
        path.unlink()
    cfg = small_cfg("ppo", tmp_path / "run", max_env_steps=512, resume=tmp_path / "run")
    recorder = trained(cfg)
    assert recorder.steps == [256, 512]
    (sentence,) = recorder.sentences
    assert sentence.endswith("was stopped before its first checkpoint: it begins anew")


def test_what_was_logged_after_the_checkpoint_is_logged_once(tmp_path):
    trained(small_cfg("ppo", tmp_path / "run", max_env_steps=512))
    log = tmp_path / "run" / "metrics.jsonl"
    before = log.read_text()
    # as if it had been killed in the midst of the line after next
    log.write_text(before + '{"env_steps": 768, "charts/reward": 9.0}\n{"env_steps": 10')
    (tmp_path / "run" / ".config.yaml.1.tmp").write_text("half")
    trained(small_cfg("ppo", tmp_path / "run", resume=tmp_path / "run"))
    assert log.read_text().startswith(before)
    assert [row["env_steps"] for row in logged(tmp_path / "run")] == [256, 512, 768, 1024]
    assert not list((tmp_path / "run").glob(".*"))
