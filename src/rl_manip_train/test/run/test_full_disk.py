"""A disk that is full ends a training with one sentence; what it had saved is whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ended_alike import ALGORITHMS, assert_ended_alike, small_cfg
from recorded_run import Recorder

from rl_manip_train.commands import INPUT_ERRORS
from rl_manip_train.run.control import Control
from rl_manip_train.run.trainer import train

RESUME = """
import resource, sys
from pathlib import Path
sys.path.insert(0, {here!r})
import rl_manip_train.commands.train as command
from ended_alike import small_cfg
folder = Path({folder!r})
cfg = small_cfg({algo!r}, folder, resume=folder)
command.tyro.cli = lambda *_, **__: command.TrainCommand(cfg, progress="plain")
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))  # no file grows beyond 4 kB
command.main()
"""


@pytest.mark.parametrize("algo", ALGORITHMS)
def test_a_full_disk_is_one_sentence_and_loses_nothing(algo, tmp_path):
    run, whole = tmp_path / "run", tmp_path / "whole"
    train(small_cfg(algo, run, max_env_steps=512), Recorder(), Control())
    before = {path.name: path.read_bytes() for path in (run / "checkpoints").iterdir()}
    here = str(Path(__file__).parent)
    script = RESUME.format(here=here, folder=str(run), algo=algo)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 2, ended.stderr
    said = ended.stderr.splitlines()
    assert said[0] == f"training in {run}"
    assert said[-1].startswith(f"error: {run} cannot be written (File too large)")
    assert f"resume={run}" in said[-1]
    assert "Traceback" not in ended.stderr
    assert {path.name: path.read_bytes() for path in (run / "checkpoints").iterdir()} == before
    # with room again it goes on as if nothing had been
    train(small_cfg(algo, run, resume=run), Recorder(), Control())
    train(small_cfg(algo, whole), Recorder(), Control())
    assert_ended_alike(run, whole)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cfg = small_cfg("ppo", tmp_path / "file" / "run")
    with pytest.raises(INPUT_ERRORS, match=r"cannot be written \(Not a directory\); give another"):
        train(cfg, Recorder(), Control())
