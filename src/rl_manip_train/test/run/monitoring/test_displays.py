"""What a run can be watched on: TensorBoard's histograms and films, Weights & Biases."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from recorded_run import Recorder, tiny
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rl_manip_train.run.control import Control
from rl_manip_train.run.trainer import train
from rl_manip_train.settings.train_cfg import TrainCfgError


class Painter:
    """Draws moments as pictures of one colour, without OpenGL."""

    def __init__(self, arm, width, height, scene):
        self._size = (height, width, 3)

    def paint(self, moments):
        return (np.full(self._size, index % 256, dtype=np.uint8) for index, _ in enumerate(moments))


@pytest.fixture
def painter(monkeypatch):
    monkeypatch.setattr("rl_manip_train.pictures.rendering.ArmPainter", Painter)


@pytest.fixture
def wandb(monkeypatch):
    """A stand-in for the package wandb, which keeps what it is told."""
    told = SimpleNamespace(init={}, logged=[], finished=False)

    def init(**arguments):
        told.init = arguments
        return SimpleNamespace(
            log=lambda values, step: told.logged.append((step, values)),
            finish=lambda: setattr(told, "finished", True),
        )

    package = SimpleNamespace(
        init=init,
        Histogram=lambda values: ("histogram", values.shape),
        Video=lambda path, format: ("video", path, format),
    )
    monkeypatch.setitem(sys.modules, "wandb", package)
    return told


def test_tensorboard_has_histograms_and_the_films_that_were_asked_for(tmp_path, painter):
    path = tmp_path / "run"
    # four evaluations, every second one filmed
    train(tiny(path, eval_interval=256, video_every=2), Recorder(), Control())
    events = EventAccumulator(str(path), size_guidance={"histograms": 0, "images": 0})  # all
    events.Reload()
    assert [event.step for event in events.Histograms("action/0")] == [256, 512, 768, 1024]
    weights = events.Histograms("policy/network.0.weight")
    assert weights[0].histogram_value.num == 16 * 19
    films = events.Images("eval/video")
    assert [film.step for film in films] == [256, 768]
    files = sorted((path / "videos").iterdir())
    assert [file.name for file in files] == ["000000256.gif", "000000768.gif"]
    assert films[1].encoded_image_string == files[1].read_bytes()
    assert (films[0].width, films[0].height) == (280, 210)


def test_films_and_displays_change_nothing_of_what_is_learned(tmp_path, painter, wandb):
    plain, watched = Recorder(), Recorder()
    train(tiny(tmp_path / "plain"), plain, Control())
    train(tiny(tmp_path / "watched", video_every=1, wandb="arms"), watched, Control())
    for one, other in zip(plain.metrics, watched.metrics):
        for name in ("charts/reward", "losses/policy", "losses/value"):
            assert one[name] == other[name], name


def test_weights_and_biases_gets_the_same(tmp_path, painter, wandb):
    path = tmp_path / "run"
    train(tiny(path, video_every=1, wandb="arms"), Recorder(), Control())
    init = wandb.init
    assert (init["project"], init["id"], init["resume"]) == ("arms", "run", "allow")
    assert init["config"]["run_dir"] == str(path)
    assert init["config"]["ppo"]["horizon"] == 8
    steps = [step for step, values in wandb.logged if "charts/reward" in values]
    assert steps == [256, 512, 768, 1024]
    assert (512, {"eval/video": ("video", str(path / "videos/000000512.gif"), "gif")}) in (
        wandb.logged
    )
    assert wandb.finished
    drawn = [values for step, values in wandb.logged if "action/5" in values]
    assert [values["action/5"] for values in drawn] == [("histogram", (32,))] * 2


def test_without_the_package_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(TrainCfgError, match="pip install wandb"):
        train(tiny(tmp_path / "run", wandb="arms"), Recorder(), Control())
    assert not (tmp_path / "run").exists()
