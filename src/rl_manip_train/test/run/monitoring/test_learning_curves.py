"""Learning curves: what is read of runs, how they are grouped, and the figures drawn of them."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
import yaml

from rl_manip_train.commands import compare
from rl_manip_train.run.files.run_directory import RunDirectoryError
from rl_manip_train.run.monitoring.learning_curves import (
    LearningCurveError,
    grouped,
    mean_curve,
    read_run,
)


def written(path, seed, success, steps=(100, 200, 300), **settings):
    """A run's folder with one evaluation at each of ``steps``."""
    path.mkdir()
    config = {"task": "reach", "algo": "ppo", "seed": seed, "ppo": {"horizon": 16}, **settings}
    (path / "config.yaml").write_text(yaml.safe_dump({**config, "run_dir": str(path)}))
    rows = [{"env_steps": 50, "charts/wall_s": 1.0, "charts/reward": -1.0}]
    rows += [
        {"env_steps": at, "charts/wall_s": at / 50.0, "eval/success_rate": rate}
        for at, rate in zip(steps, success)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (path / "metrics.jsonl").write_text(text + '{"env_steps": 4')  # killed in the midst of a line
    return path


def test_a_run_is_read_and_knows_when_it_reached_a_target(tmp_path):
    run = read_run(written(tmp_path / "a", 0, [0.1, 0.9, 0.96]))
    assert run.config["ppo.horizon"] == 16
    assert run.success.tolist() == [0.1, 0.9, 0.96]
    assert run.reached(0.9) == (200.0, 4.0)
    assert run.reached(0.97) is None


def test_runs_that_differ_only_in_seed_are_one_group(tmp_path):
    paths = [
        written(tmp_path / "a", 0, [0.5]),
        written(tmp_path / "b", 0, [0.5], ppo={"horizon": 32}),
        written(tmp_path / "c", 1, [0.5]),
    ]
    first, second = grouped([read_run(path) for path in paths])
    assert (first.label, second.label) == ("ppo.horizon 16", "ppo.horizon 32")
    assert [run.path.name for run in first.runs] == ["a", "c"]
    (alone,) = grouped([read_run(paths[0])])
    assert alone.label == "reach, ppo"


def test_mean_curve(tmp_path):
    runs = [
        read_run(written(tmp_path / "a", 0, [0.2, 1.0], steps=(100, 200))),  # ended early
        read_run(written(tmp_path / "b", 1, [0.0, 0.4, 0.6, 0.8], steps=(100, 200, 300, 400))),
    ]
    curve = mean_curve(runs, "env_steps", points=5)
    assert curve.at.tolist() == [0.0, 100.0, 200.0, 300.0, 400.0]
    # (0.2 + 0.0) / 2, (1.0 + 0.4) / 2, then (1.0 held + 0.6) / 2, (1.0 held + 0.8) / 2
    np.testing.assert_allclose(curve.mean, [0.0, 0.1, 0.7, 0.8, 0.9])
    # of two seeds, a draw with return is the lower one twice in one case of four
    np.testing.assert_allclose(curve.low, [0.0, 0.0, 0.4, 0.6, 0.8])
    np.testing.assert_allclose(curve.high, [0.0, 0.2, 1.0, 1.0, 1.0])


def test_one_seed_has_no_spread(tmp_path):
    curve = mean_curve([read_run(written(tmp_path / "a", 0, [0.5, 0.7]))], "wall_s")
    assert curve.at[-1] == 4.0
    np.testing.assert_array_equal(curve.low, curve.mean)
    np.testing.assert_array_equal(curve.high, curve.mean)


@pytest.mark.parametrize(
    ("name", "begins"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.html", b"<!doctype html")]
)
def test_the_command_draws_and_tabulates(tmp_path, monkeypatch, capsys, name, begins):
    runs = [written(tmp_path / f"r{seed}", seed, [0.2, 0.96, 0.97]) for seed in range(2)]
    runs.append(written(tmp_path / "sac", 0, [0.1, 0.2, 0.3], algo="sac"))
    output = tmp_path / name
    monkeypatch.setattr(sys, "argv", ["compare", *map(str, runs), "-o", str(output)])
    compare.main()
    assert output.read_bytes().startswith(begins)
    said = capsys.readouterr().out
    assert "200 (200 to 200)" in said
    assert "never" in said


@pytest.mark.parametrize("missing", ["config.yaml", "metrics.jsonl"])
def test_what_is_no_run_is_refused(tmp_path, missing):
    path = written(tmp_path / "a", 0, [0.5])
    (path / missing).unlink()
    with pytest.raises(LearningCurveError, match=f"{path} is not a run's folder"):
        read_run(path)


@pytest.mark.parametrize("content", ["a: [", "reach", "- reach", "5", "", "\0"])
def test_settings_that_somebody_broke_are_refused(content, tmp_path):
    path = written(tmp_path / "a", 0, [0.5])
    (path / "config.yaml").write_text(content)
    with pytest.raises(RunDirectoryError, match="config.yaml holds no settings, expected those"):
        read_run(path)


def test_an_evaluation_that_lacks_a_figure_does_not_count(tmp_path):
    path = written(tmp_path / "a", 0, [0.1, 0.9])
    lines = (path / "metrics.jsonl").read_text().splitlines(keepends=True)
    lines.insert(1, '{"env_steps": 60, "eval/success_rate": 0.3}\n')
    (path / "metrics.jsonl").write_text("".join(lines))
    assert read_run(path).success.tolist() == [0.1, 0.9]


def test_a_run_without_an_evaluation_is_refused(tmp_path, monkeypatch, capsys):
    path = written(tmp_path / "a", 0, [])
    monkeypatch.setattr(sys, "argv", ["compare", str(path)])
    with pytest.raises(SystemExit) as ending:
        compare.main()
    assert ending.value.code == 2
    assert "holds no evaluation yet" in capsys.readouterr().err


def test_another_kind_of_file_is_refused(tmp_path, monkeypatch, capsys):
    path = written(tmp_path / "a", 0, [0.5])
    monkeypatch.setattr(sys, "argv", ["compare", str(path), "-o", str(tmp_path / "a.pdf")])
    with pytest.raises(SystemExit):
        compare.main()
    assert "expected a name that ends in .png, .svg, .html" in capsys.readouterr().err
