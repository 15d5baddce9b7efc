"""The demonstration's parts; `make demo` runs it whole."""

import io
import json
import socket
import sys
from pathlib import Path

import pytest
from rich.console import Console

from rl_manip.demo import stages
from rl_manip.demo_stage import Stage, StageError, readable, run_stage
from rl_manip.demo_summary import SummaryError, summarise, summary_table, write_summary
from rl_manip.ros_domain import HIGHEST_DOMAIN, discovery_port, free_domain


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=110)


@pytest.fixture
def run_dir(tmp_path):
    """A run's folder as the stages leave it."""
    training = {"success_rate": 0.975, "wall_s": 60.0, "env_steps": 6000, "env_steps_per_s": 100.0}
    evaluation = {
        "arm": "ur5e",
        "goals": 20,
        "successes": 19,
        "mean_final_distance_m": 0.008,
        "mean_time_to_goal_s": None,
        "per_goal": [],
    }
    gap = {
        "joints": {"a": {"delay_s": 0.010}, "b": {"delay_s": 0.030}, "c": {"delay_s": None}},
        "tool": {"position_rmse_m": 0.0015, "position_max_m": 0.01},
    }
    (tmp_path / "gap").mkdir()
    (tmp_path / "training.json").write_text(json.dumps({"task": "reach", **training}))
    (tmp_path / "evaluation.json").write_text(json.dumps(evaluation))
    (tmp_path / "gap" / "gap.json").write_text(json.dumps(gap))
    return tmp_path


def test_the_summary_holds_these_figures_and_no_others(run_dir):
    assert summarise(run_dir) == {
        "train": {
            "success_rate": 0.975,
            "wall_s": 60.0,
            "env_steps": 6000,
            "env_steps_per_s": 100.0,
        },
        "deploy": {
            "goals": 20,
            "successes": 19,
            "mean_final_distance_m": 0.008,
            "mean_time_to_goal_s": None,
        },
        "gap": {
            "report": f"{run_dir}/gap/report.html",
            "tool_position_rmse_m": 0.0015,
            "delay_s": pytest.approx(0.020),  # mean of the joints that have one
        },
        "bag": f"{run_dir}/bag",
        "policy": f"{run_dir}/policy.onnx",
    }


def test_the_summary_is_written_and_shown(run_dir, console):
    summary = summarise(run_dir)
    path = write_summary(summary, run_dir)
    assert path == run_dir / "summary.json"
    assert json.loads(path.read_text()) == summary
    console.print(summary_table(summary, {"train": 61.0}))
    shown = console.file.getvalue()
    for text in ("97.5 %", "19 of 20", "8.0 mm", "not measured", "1.5 mm", "20.0 ms", "61.0 s"):
        assert text in shown


@pytest.mark.parametrize("name", ["training.json", "evaluation.json", "gap/gap.json"])
def test_a_file_without_its_figures_is_named(run_dir, name):
    (run_dir / name).write_text("{}")
    with pytest.raises(SummaryError, match=name):
        summarise(run_dir)


def stage(command, writes):
    return Stage("try", "Try something", command, writes)


def test_a_stage_shows_what_it_prints_and_keeps_it(tmp_path, console):
    source = "import sys; print('[a-1] [INFO] [1.5] [a]: hello'); open(sys.argv[1], 'w')"
    written, log = tmp_path / "written", tmp_path / "logs" / "try.log"
    command = [sys.executable, "-c", source, str(written)]
    assert run_stage(stage(command, written), "1/1", log, console) > 0.0
    assert log.read_text() == "[a-1] [INFO] [1.5] [a]: hello\n"
    assert "\n  hello\n" in console.file.getvalue()
    assert "1/1 Try something" in console.file.getvalue()


@pytest.mark.parametrize(
    ("source", "expected"),
    [("raise SystemExit(3)", "exit code 3"), ("pass", "without writing")],
)
def test_a_failing_stage_is_named_with_its_log(tmp_path, console, source, expected):
    log = tmp_path / "try.log"
    command = [sys.executable, "-c", source]
    with pytest.raises(StageError, match=expected) as failure:
        run_stage(stage(command, tmp_path / "never"), "1/1", log, console)
    assert "'try'" in str(failure.value)
    assert str(log) in str(failure.value)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("[train_node-1] [INFO] [179.25] [train_node]: 10 steps", "10 steps"),
        ("[guard-2] [WARN] [179.25] [guard]: stale", "warn: stale"),
        ("[arm-3] bye", "bye"),
        ("[INFO] [launch]: All log files can be found below ...", None),
        ("[ERROR] [launch]: broken", "[launch]: broken"),
        ("runs/demo/learned.gif: [1/2] pictures", "runs/demo/learned.gif: [1/2] pictures"),
    ],
)
def test_a_launchs_output_becomes_readable(line, shown):
    assert readable(line) == shown


def test_each_stage_takes_what_the_one_before_has_written():
    train, render, evaluate, report = stages(Path("runs/demo"), 5, 3, ["num_envs:=8"])
    assert train.command[-1] == "num_envs:=8"
    assert "run_dir:=runs/demo" in train.command
    assert render.command[4] == "runs/demo/policy.onnx"
    assert "policy:=runs/demo/policy.onnx" in evaluate.command
    assert "hardware:=sim" in evaluate.command
    assert "goals:=5" in evaluate.command
    assert "runs/demo/bag" in report.command
    assert str(report.writes) == "runs/demo/gap/gap.json"


def test_a_domain_in_use_is_not_taken(monkeypatch):
    monkeypatch.setattr("random.shuffle", lambda candidates: None)  # lowest first
    first = free_domain()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as participant:
        participant.bind(("", discovery_port(first)))
        assert first < free_domain() <= HIGHEST_DOMAIN
