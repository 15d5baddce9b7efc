"""The commands as a person calls them: what they print, write and refuse."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from recorded_run import Recorder, tiny

from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.commands.train import command_line
from rl_manip_train.pictures.picture_file import write_pictures
from rl_manip_train.run.control import Control
from rl_manip_train.run.trainer import train

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "tiny"
    command = "ros2 run rl_manip_train train --max-env-steps 256"
    train(tiny(path, max_env_steps=256), Recorder(), Control(), command)
    return path


@pytest.fixture
def call(monkeypatch):
    """Runs a command in this process: call("evaluate", "policy.onnx", ...) -> exit status."""
    threads = torch.get_num_threads()

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        try:
            importlib.import_module(f"rl_manip_train.commands.{name}").main()
        except SystemExit as ended:
            return ended.code
        return 0

    yield run
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", ["train", "evaluate", "import_policy"])
def test_help_names_every_preset(name, call, capsys):
    call(name, "--help")
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert f"({', '.join(PRESETS)})" in shown


def test_evaluate_has_a_trial_with_all_shapes_beside_those_with_one(run_dir, call, monkeypatch):
    asked = []
    module = importlib.import_module("rl_manip_train.policy.policy_evaluation")
    monkeypatch.setattr(module, "trials_table", lambda policy, trials: "")
    monkeypatch.setattr(
        module, "evaluate_policy", lambda *_, object_shape: asked.append(object_shape)
    )
    assert call("evaluate", run_dir / "policy.onnx", "--object-shapes", "all", "box") == 0
    assert asked == ["", "box"]
    assert call("evaluate", run_dir / "policy.onnx") == 0
    assert asked[2:] == [""]


def test_evaluate_writes_figures_and_card(run_dir, tmp_path, call, capsys):
    figures, card = tmp_path / "figures.json", tmp_path / "README.md"
    (tmp_path / "policy.gif").write_bytes(b"")
    status = call(
        *("evaluate", run_dir / "policy.onnx", "--episodes", 4, "--randomization", "none"),
        *("default", "--json", figures, "--card", card),
    )
    assert status == 0
    content = json.loads(figures.read_text())
    assert (content["arm"], content["task"]) == ("ur5e", "reach")
    assert [trial["randomization"] for trial in content["trials"]] == ["none", "default"]
    for trial in content["trials"]:
        low, high = trial["success_interval"]
        assert 0.0 <= low <= trial["success_rate"] <= high <= 1.0
        assert trial["episodes"] == 4
    printed = capsys.readouterr().out
    for words in ("success", "95 % interval", "collisions", "final distance", "time to goal"):
        assert words in printed
    text = card.read_text()
    assert text.startswith("# reach on ur5e\n")
    assert "ros2 run rl_manip_train train --max-env-steps 256" in text
    assert "](policy.gif)" in text
    assert "| in | `goal_position` | 1 × 3 | m | base_link |" in text
    assert "| none | 4 |" in text


def test_a_card_that_is_written_again_keeps_its_picture(run_dir, tmp_path, call):
    card = tmp_path / "README.md"
    card.write_text("# old\n\n![at work](../../docs/pictures/x.gif)\n\ntext\n")
    assert call("evaluate", run_dir / "policy.onnx", "--episodes", 1, "--card", card) == 0
    text = card.read_text()
    assert "# old" not in text
    assert "](../../docs/pictures/x.gif)" in text


def test_same_seed_same_figures(run_dir, tmp_path, call):
    for name in ("a", "b"):
        call("evaluate", run_dir / "policy.onnx", "--episodes", 3, "--json", tmp_path / name)
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()


def test_export_makes_the_policy_of_a_run(run_dir, tmp_path, call, capsys):
    assert call("export", run_dir, "-o", tmp_path / "policy.onnx") == 0
    assert "reach on ur5e after 256 steps" in capsys.readouterr().out
    assert call("evaluate", tmp_path / "policy.onnx", "--episodes", 1) == 0


def refused(capsys, status):
    """The one sentence that a command left on standard error."""
    assert status == 2
    text = capsys.readouterr().err.strip()
    assert text.startswith("error: ")
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["evaluate", "none.onnx"], "none.onnx cannot be read"),
        (["evaluate", "{policy}", "--episodes", "0"], "episodes is 0"),
        (["evaluate", "{policy}", "--backend", "isaac"], "expected one of auto, mujoco"),
        (["evaluate", "{policy}", "--randomization", "wild"], "expected one of none, default"),
        (["evaluate", "{policy}", "--physics-dt", "0.03"], "physics_dt is 0.03"),
        (["evaluate", "{policy}", "--object-shapes", "box"], "reach has no object"),
        (["evaluate", "{grasps}", "--object-shapes", "cube"], "expected some of box, cylinder"),
        (["export", "nowhere", "-o", "{tmp}/x.onnx"], "there is no checkpoint nowhere"),
        (["render", "none.onnx", "-o", "{tmp}/x.gif"], "none.onnx cannot be read"),
        (["render", "{policy}", "-o", "{tmp}/x.avi"], "expected a name that ends in .gif or .mp4"),
        (["render", "{policy}", "--episodes", "0"], "episodes is 0"),
        (["train", "--arm", "ur7", "--run-dir", "{tmp}/run"], "unknown arm 'ur7'"),
        (["train", "--gripper", "robotiq_2f85", "--run-dir", "{tmp}/run"], "reach moves none"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(
    run_dir, tmp_path, call, capsys, arguments, named
):
    grasps = ROOT / "policies" / "ur5e_grasp" / "policy.onnx"
    places = {"policy": run_dir / "policy.onnx", "grasps": grasps, "tmp": tmp_path}
    status = call(*(argument.format(**places) for argument in arguments))
    assert named in refused(capsys, status)
    assert list(tmp_path.iterdir()) == []


def test_render_draws_a_picture_sequence(run_dir, tmp_path):
    # a process of its own: OpenGL is chosen when mujoco is imported
    path = tmp_path / "policy.gif"
    command = [sys.executable, "-m", "rl_manip_train.commands.render"]
    command += [run_dir / "policy.onnx", "-o", path, "--width", "96", "--height", "64"]
    command += ["--every", "20", "--episodes", "2"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("MUJOCO_GL", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    if "no picture can be drawn" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    assert "of 2 goals met" in done.stdout
    picture = Image.open(path)
    assert picture.size == (96, 64)
    assert picture.n_frames >= 8
    assert picture.info["duration"] == 800  # 20 control steps of 0.04 s
    first = picture.convert("RGB")
    assert len(first.getcolors(10_000)) > 10
    picture.seek(picture.n_frames - 1)
    assert picture.convert("RGB").tobytes() != first.tobytes()


@pytest.mark.parametrize("name", ["p.gif", "p.mp4", "p"])
def test_pictures_as_a_file_or_a_folder(tmp_path, name):
    if name == "p.mp4":
        pytest.importorskip("imageio_ffmpeg")
    path = tmp_path / name
    pictures = [np.full((32, 48, 3), shade, np.uint8) for shade in (0, 100, 200)]
    write_pictures(iter(pictures), 0.08, path)
    if name == "p":
        assert [Image.open(path / f"{k:04d}.png").getpixel((0, 0))[0] for k in range(3)] == [
            *(0, 100, 200)
        ]
    else:
        assert list(tmp_path.iterdir()) == [path]
        assert path.stat().st_size > 100


def test_the_command_that_trains_again_leaves_out_how_progress_was_shown():
    expected = "ros2 run rl_manip_train train --arm ur3e --seed 1"
    for shown in (["--progress", "json"], ["--progress=json"], []):
        assert command_line(["--arm", "ur3e", *shown, "--seed", "1"]) == expected
