"""A whole training run, small: what it writes, how it goes on, how it refuses."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
import torch
import yaml
from ended_alike import guided_cfg
from recorded_run import Recorder, tiny

from rl_manip_description import known_arms
from rl_manip_sim.backends.mujoco.mujoco_batch import MujocoBatchSim
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.commands import INPUT_ERRORS
from rl_manip_train.policy.evaluation import Evaluation
from rl_manip_train.policy.export import export_policy
from rl_manip_train.policy.onnx_policy import load_onnx_policy
from rl_manip_train.run.checkpoint_policy import checkpoint_policy
from rl_manip_train.run.control import Control
from rl_manip_train.run.files.checkpoint import load_checkpoint
from rl_manip_train.run.files.run_state import ENDED, read_run_state
from rl_manip_train.run.trainer import train
from rl_manip_train.settings.train_cfg import PPOCfg


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run's folder and what its reporter heard."""
    path = tmp_path_factory.mktemp("runs") / "tiny"
    recorder = Recorder()
    train(tiny(path), recorder, Control(), "ros2 run rl_manip_train train --seed 0")
    return path, recorder


def lines(path):
    return [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]


def test_it_counts_its_steps_and_ends_at_the_budget(run):
    path, recorder = run
    assert recorder.steps == [256, 512, 768, 1024]
    assert [line["env_steps"] for line in lines(path)] == recorder.steps
    assert recorder.run["run_dir"] == str(path)


def test_it_writes_everything(run):
    path, recorder = run
    config = yaml.safe_load((path / "config.yaml").read_text())
    assert (config["num_envs"], config["ppo"]["horizon"], config["arm"]) == (32, 8, "ur5e")
    assert sorted(entry.name for entry in (path / "checkpoints").iterdir()) == [
        "000002.pt",
        "000004.pt",
    ]
    assert len(list(path.glob("events.out.tfevents.*"))) == 1
    summary = json.loads((path / "training.json").read_text())
    assert summary == recorder.summary
    assert (summary["env_steps"], summary["episodes"]) == (1024, 8)
    assert summary["policy"] == str(path / "policy.onnx")
    assert read_run_state(path).state == ENDED


def test_metrics_are_complete_and_finite(run):
    rows = lines(run[0])
    for row in rows:
        for name in ("charts/reward", "charts/env_steps_per_s", "losses/policy", "losses/kl"):
            assert math.isfinite(row[name]), name
        assert row["losses/skipped"] == 0.0
        assert "reward/distance" in row
    assert ["eval/success_rate" in row for row in rows] == [False, True, False, True]


def test_what_the_simulator_had_no_room_for_is_said_once(tmp_path, monkeypatch):
    monkeypatch.setattr(MujocoBatchSim, "trouble", lambda sim: "no room for contacts")
    recorder = Recorder()
    train(tiny(tmp_path / "run", max_env_steps=512), recorder, Control())
    assert recorder.steps == [256, 512]
    assert recorder.sentences == ["no room for contacts"]


def test_randomisation_widens_with_success_and_a_resumed_run_goes_on_there(tmp_path, monkeypatch):
    asked = []

    def judged(act, arm, task, backend, physics_dt, ranges, episodes, *rest, **more):
        asked.append((episodes, ranges.action_delay.high))
        return Evaluation(episodes, 0.9, 0.0, 0.01, 1.0)

    monkeypatch.setattr("rl_manip_train.run.assessment.evaluate", judged)
    cfg = replace(tiny(tmp_path / "run"), widen_at=0.9, eval_interval=256, final_episodes=8)
    train(cfg, Recorder(), Control())
    # nominal first; a fifth of the ranges more after each success; judged with all of them
    full = PRESETS["default"].action_delay.high
    evaluated = [delay for episodes, delay in asked if episodes == cfg.eval_episodes]
    assert evaluated[:4] == pytest.approx([0.0, 0.2 * full, 0.4 * full, 0.6 * full])
    assert asked[-1] == (8, full)
    assert [line["charts/randomization"] for line in lines(cfg.run_dir)] == pytest.approx(
        [0.2, 0.4, 0.6, 0.8]
    )
    asked.clear()
    more = replace(cfg, run_dir=tmp_path / "more", resume=cfg.run_dir, max_env_steps=1280)
    train(more, Recorder(), Control())
    assert asked[0][1] == pytest.approx(0.8 * full)


def test_the_policy_says_how_it_came_to_be(run):
    path, recorder = run
    record = load_onnx_policy(path / "policy.onnx").metadata.training
    assert (record.algorithm, record.backend, record.env_steps) == ("ppo", "mujoco", 1024)
    assert record.command == "ros2 run rl_manip_train train --seed 0"
    assert record.success_rate == recorder.summary["success_rate"]


@pytest.mark.parametrize(
    ("rates", "phase", "env_steps"),
    [([0.9, 0.5], "imitation", 768), ([0.5, 0.9], "imitation, then ppo", 1536)],
)
def test_a_record_is_of_the_phase_that_the_exported_weights_are_from(
    rates, phase, env_steps, tmp_path, monkeypatch
):
    judged = iter([*rates, 0.7])

    def judge(act, arm, task, backend, physics_dt, ranges, episodes, *rest, **more):
        return Evaluation(episodes, next(judged), 0.0, 0.01, 1.0)

    monkeypatch.setattr("rl_manip_train.run.assessment.evaluate", judge)
    cfg = guided_cfg("ppo", tmp_path / "run", max_env_steps=1536, eval_interval=768)
    train(cfg, Recorder(), Control())
    record = load_onnx_policy(tmp_path / "run" / "policy.onnx").metadata.training
    assert (record.algorithm, record.env_steps) == (phase, env_steps)


def test_input_ranges_are_those_of_training(run):
    inputs = load_onnx_policy(run[0] / "policy.onnx").metadata.inputs
    for spec in inputs:
        assert all(low < high for low, high in zip(spec.low, spec.high)), spec.name
    assert inputs[2].low[2] >= 0.05  # no goal below the table


def test_resuming_goes_on_counting(run, tmp_path):
    path, _ = run
    recorder = Recorder()
    cfg = replace(tiny(tmp_path / "more"), resume=path, max_env_steps=1536)
    train(cfg, recorder, Control())
    assert recorder.steps == [1280, 1536]
    state = load_checkpoint(tmp_path / "more" / "checkpoints" / "000006.pt")
    assert (state["iteration"], state["env_steps"]) == (6, 1536)
    assert recorder.summary["wall_s"] > load_checkpoint(path / "checkpoints/000004.pt")["wall_s"]


def test_resuming_takes_over_the_weights(run, tmp_path):
    path, _ = run
    cfg = replace(tiny(tmp_path / "same"), resume=path)  # the budget is spent already
    train(cfg, Recorder(), Control())
    before = load_checkpoint(path / "checkpoints/000004.pt")
    after = load_checkpoint(tmp_path / "same/checkpoints/000004.pt")
    for name, value in before["policy"].items():
        assert torch.equal(after["policy"][name], value), name
    assert after["learner"]["learning_rate"] == before["learner"]["learning_rate"]


def test_a_torn_newest_checkpoint_is_passed_over(run, tmp_path):
    path, _ = run
    folder = tmp_path / "torn" / "checkpoints"
    folder.mkdir(parents=True)
    for name in ("000002.pt", "000004.pt"):
        content = (path / "checkpoints" / name).read_bytes()
        (folder / name).write_bytes(content if name == "000002.pt" else content[:-500])
    recorder = Recorder()
    train(replace(tiny(None), resume=tmp_path / "torn", max_env_steps=768), recorder, Control())
    assert recorder.steps == [768]


def test_an_order_to_stop_ends_it_with_a_policy(tmp_path):
    control = Control()
    recorder = Recorder(on_progress=lambda env_steps: control.give("stop"))
    train(tiny(tmp_path / "run"), recorder, control)
    assert recorder.steps == [256]
    assert (tmp_path / "run" / "policy.onnx").is_file()
    assert (tmp_path / "run" / "checkpoints" / "000001.pt").is_file()


def test_it_ends_when_the_target_is_held_twice(tmp_path):
    recorder = Recorder()
    train(tiny(tmp_path / "run", target_success=0.0, max_env_steps=4096), recorder, Control())
    assert recorder.steps == [256, 512, 768, 1024]
    assert sum("eval/success_rate" in metrics for metrics in recorder.metrics) == 2


def test_a_target_that_was_met_by_luck_is_not_held(tmp_path, monkeypatch):
    judged = []

    def evaluation(acting, arm, task, backend, physics_dt, ranges, episodes, *rest, **options):
        judged.append(episodes)
        rate = 1.0 if episodes == 8 or judged.count(episodes) > 1 else 0.5
        return Evaluation(episodes, rate, 0.0, 0.01, 1.0)

    monkeypatch.setattr("rl_manip_train.run.assessment.evaluate", evaluation)
    recorder = Recorder()
    lucky = tiny(
        tmp_path / "run",
        target_success=0.9,
        max_env_steps=8192,
        eval_episodes=8,
        final_episodes=100,
    )
    train(lucky, recorder, Control())
    # twice, and the many contradict; twice again, and they do not; once more for the record
    assert judged == [8, 8, 100, 8, 8, 100, 100]
    said = [metrics.get("eval/best_success_rate") for metrics in recorder.metrics]
    assert [rate for rate in said if rate is not None] == [0.5, 1.0]


def test_a_checkpoint_exports_to_what_it_was_trained_to_be(run, tmp_path):
    path, _ = run
    model, metadata = checkpoint_policy(path)
    export_policy(model, metadata, tmp_path / "again.onnx")
    again = load_onnx_policy(tmp_path / "again.onnx")
    original = load_onnx_policy(path / "policy.onnx").metadata
    assert again.metadata.inputs == original.inputs
    assert again.metadata.training.command == original.training.command
    assert again.metadata.training.success_rate is None  # these very weights were not judged
    state = load_checkpoint(path / "checkpoints/000004.pt")["policy"]
    assert torch.equal(model.state_dict()["_policy.network.0.weight"], state["network.0.weight"])


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"arm": "ur7"}, ", ".join(known_arms())),
        ({"task": "juggle"}, "expected one of reach"),
        ({"backend": "isaac"}, "expected one of auto, mujoco"),
        ({"randomization": "wild"}, "expected one of none, default, aggressive"),
        ({"physics_dt": 0.03}, "physics_dt is 0.03"),
        ({"resume": "nowhere"}, "nowhere"),
        ({"ppo": PPOCfg(guided_steps=5)}, "reach has no guide to learn from"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence_and_nothing_is_written(tmp_path, changed, named):
    path = tmp_path / "run"
    with pytest.raises(INPUT_ERRORS) as error:
        train(tiny(path, **changed), Recorder(), Control())
    assert named in str(error.value)
    assert "\n" not in str(error.value)
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("algo", "sarsa"),
        ("reward", "shaped"),
        ("num_envs", 0),
        ("seed", -1),
        ("max_env_steps", 0),
        ("target_success", 1.5),
        ("target_success", math.nan),
        ("physics_dt", math.nan),
        ("num_threads", -1),
    ],
)
def test_settings_out_of_range_are_named(tmp_path, name, value):
    with pytest.raises(INPUT_ERRORS, match=f"{name} is {value!r}"):
        tiny(tmp_path / "run", **{name: value})


def test_a_folder_that_holds_a_run_is_left_alone(run):
    path, _ = run
    before = (path / "config.yaml").read_bytes()
    with pytest.raises(INPUT_ERRORS, match="already holds a run"):
        train(tiny(path, seed=1), Recorder(), Control())
    assert (path / "config.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"arm": "ur3e"}, "of reach on ur5e by ppo, expected reach on ur3e by ppo"),
        ({"ppo": PPOCfg(hidden=(8,))}, r"\[16\] hidden units"),
    ],
)
def test_a_checkpoint_of_something_else_is_not_resumed(run, tmp_path, changed, named):
    cfg = tiny(tmp_path / "other", resume=run[0], **changed)
    with pytest.raises(INPUT_ERRORS, match=named):
        train(cfg, Recorder(), Control())
    assert not (tmp_path / "other").exists()
