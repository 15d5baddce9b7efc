"""Replay through the batched-simulator protocol, in whatever backend."""

import numpy as np
import pytest

from rl_manip_gap.commands import report as report_command
from rl_manip_gap.compare.measure import measure_gap
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.replay.backend_twin import BackendTwin, make_twin
from rl_manip_gap.replay.twin import Twin
from rl_manip_gap.testing.synthetic_bag import Truth, response_bag, smooth_velocity

STEPS = 200


@pytest.fixture(scope="module")
def windows(arm):
    """Three windows that begin in motion: position, velocity (3, n), commands (3, STEPS, n)."""
    rng = np.random.default_rng(0)
    position = arm.home + rng.uniform(-0.2, 0.2, (3, 6))
    velocity = rng.uniform(-0.4, 0.4, (3, 6))
    ramp = smooth_velocity(0, 6)(0.002 * np.arange(STEPS))
    return position, velocity, velocity[:, None] + ramp[None] - ramp[0]


def agrees(motion, true, start):
    """Within what float32 and a start that is only nearly balanced leave."""
    assert np.array_equal(motion.position[:, 0], start)
    assert np.abs(motion.position - true.position).max() < 5e-4
    assert np.abs(motion.velocity - true.velocity).max() < 5e-3


def test_the_protocol_moves_as_the_twin(arm, twin, windows):
    through = BackendTwin(arm, "mujoco")
    agrees(through.run(*windows), twin.run(*windows), windows[0])
    # fewer windows than simulations
    fewer = tuple(part[1:2] for part in windows)
    agrees(through.run(*fewer), twin.run(*fewer), fewer[0])


def test_a_gap_measured_through_the_protocol_is_the_same(arm, twin, tmp_path):
    bag = response_bag(tmp_path / "bag", arm, Truth(duration=6.0, gain=0.96, delay=0.05))
    recording = read_recording(bag, arm)
    ours = measure_gap(recording, arm, BackendTwin(arm, "mujoco"))
    theirs = measure_gap(recording, arm, twin)
    for name in ("position_rmse_m", "orientation_rmse_rad"):
        assert ours.tool[name].value == pytest.approx(theirs.tool[name].value, rel=0.02)
    assert ours.response["sim_delay_s"].value == pytest.approx(
        theirs.response["sim_delay_s"].value, abs=2e-4
    )


def test_mujoco_warp_moves_as_mujoco(arm, twin, windows, monkeypatch):
    pytest.importorskip("mujoco_warp")
    monkeypatch.setenv("RL_MANIP_WARP_DEVICE", "cpu")
    through = make_twin(arm, "mujoco_warp")
    assert through.backend == "mujoco_warp"
    position, velocity, commands = windows
    start = (position, velocity, commands[:, :60])  # on a CPU a step takes it a tenth of a second
    agrees(through.run(*start), twin.run(*start), position)


def test_mujoco_runs_whole_windows(arm):
    assert isinstance(make_twin(arm, "mujoco", 1), Twin)


@pytest.mark.parametrize(
    ("backend", "says"),
    [("isaac", "backend is 'isaac', expected one of"), ("isaacgym", "isaacgym")],
)
def test_a_backend_that_cannot_is_one_sentence(tmp_path, monkeypatch, arm, backend, says):
    bag = response_bag(tmp_path / "bag", arm, Truth(duration=2.0))
    arguments = ["report", str(bag), "--backend", backend, "-o", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as ended:
        report_command.main()
    assert says in ended.value.code
    assert "\n" not in ended.value.code
    assert not (tmp_path / "out").exists()
