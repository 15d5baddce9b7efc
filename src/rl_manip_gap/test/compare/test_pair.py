"""Two recordings against each other, with differences that are known."""

import json
import sys

import numpy as np
import pytest

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.commands import pair as pair_command
from rl_manip_gap.compare.pair import measure_pair
from rl_manip_gap.recording.recording import between, read_recording
from rl_manip_gap.report.page import write_report
from rl_manip_gap.testing.synthetic_bag import Truth, response_bag, states_and_commands

FIRST = Truth(duration=10.0, delay=0.03, gain=1.0, command_rate=125.0)


@pytest.fixture(scope="module")
def first(arm, tmp_path_factory):
    return response_bag(tmp_path_factory.mktemp("pair") / "first", arm, FIRST)


def test_a_recording_against_itself_is_zero(arm, first):
    recording = read_recording(first, arm)
    pair = measure_pair(recording, recording, arm)
    assert pair.aligned_by == "commands"
    assert pair.command_correlation == pytest.approx(1.0)
    for figures in (pair.tool, pair.tool_absolute, *pair.joints.values()):
        assert max(abs(figure.value) for figure in figures.values()) < 1e-6
    assert all(r["delay_difference_s"].value == 0.0 for r in pair.response.values())


def test_known_differences_are_found(arm, first, tmp_path):
    later = Truth(duration=10.0, delay=0.042, gain=0.96, command_rate=125.0)
    second = response_bag(tmp_path / "second", arm, later)
    pair = measure_pair(read_recording(first, arm), read_recording(second, arm), arm)
    for response in pair.response.values():
        assert response["delay_difference_s"].value == pytest.approx(-0.012, abs=0.5e-3)
        assert response["gain_difference"].value == pytest.approx(0.04, abs=0.005)
        low, high = response["delay_difference_s"].ci95
        assert low <= -0.012 <= high
    assert pair.tool["position_rmse_m"].value > 1e-3


def test_a_recording_that_began_later_is_aligned(arm, first):
    """The second's clock starts elsewhere, and it was begun in the middle of the motion."""
    whole = read_recording(first, arm)
    part = between(whole, 3.0, 8.5)
    commands = part.commands
    late = commands.time >= 3.0
    moved = {
        "states": type(part.states)(
            **{
                **vars(part.states),
                "time": part.states.time + 20.0,
                "receive_time": part.states.receive_time + 20.0,
            }
        ),
        "commands": type(commands)(commands.time[late] + 20.0, commands.velocity[late]),
    }
    pair = measure_pair(whole, type(part)(**{**vars(part), **moved}), arm)
    assert pair.windows == 5
    assert pair.tool["position_rmse_m"].value < 1e-5


def reach(path, arm, seed, wait):
    """Two goals reached along paths of their own; the goals come `wait` seconds late."""
    time = np.arange(0.0, 8.0, 0.01)
    start, end = arm.home, arm.home + 0.2
    rng = np.random.default_rng(seed)
    since = np.clip(time - wait, 0.0, None)
    share = np.clip(since / 2.0, 0.0, 1.0) + 0.01 * np.sin(3.0 * since) * rng.uniform()
    position = start + share[:, None] * (end - start)
    velocity = np.gradient(position, time, axis=0)
    commands = velocity + 0.3 * rng.standard_normal(velocity.shape)
    tool = [arm.forward_kinematics(q).position for q in (end, start)]
    return states_and_commands(
        path,
        arm,
        time,
        position,
        velocity,
        time,
        commands,
        goals=(np.array([wait, wait + 4.0]), np.array(tool)),
    )


def test_runs_of_the_same_goals_are_aligned_by_them(arm, tmp_path):
    bags = [reach(tmp_path / f"{seed}", arm, seed, wait) for seed, wait in ((0, 0.5), (1, 1.25))]
    pair = measure_pair(*(read_recording(bag, arm) for bag in bags), arm)
    assert pair.aligned_by == "goals"
    assert 0.0 < pair.tool["position_rmse_m"].value < 0.01


def test_other_motions_are_refused_with_one_sentence(arm, first, tmp_path, monkeypatch):
    other = response_bag(tmp_path / "other", arm, Truth(duration=10.0, seed=9))
    with pytest.raises(BagError, match="were not sent the same motion"):
        measure_pair(read_recording(first, arm), read_recording(other, arm), arm)
    monkeypatch.setattr(sys, "argv", ["pair", str(first), str(other), "-o", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        pair_command.main()
    assert "\n" not in ended.value.code
    assert not (tmp_path / "out").exists()


def test_the_command_and_the_report_show_the_floor(arm, first, tmp_path, monkeypatch, capsys):
    again = response_bag(tmp_path / "again", arm, Truth(**{**vars(FIRST), "noise": 0.001}))
    monkeypatch.setattr(sys, "argv", ["pair", str(first), str(again), "-o", str(tmp_path / "out")])
    pair_command.main()
    assert "tool:" in capsys.readouterr().out
    pair = json.loads((tmp_path / "out" / "pair.json").read_text())
    assert pair["joints"]["elbow_joint"]["response"]["delay_difference_s"] == pytest.approx(
        0.0, abs=0.5e-3
    )
    page = (tmp_path / "out" / "pair.html").read_text()
    assert "The tools are" in page
    assert "No joint differs in delay by more than chance." in page
    assert page.count("<svg") == 2
    written = write_report(first, tmp_path / "gap", repeat=again)
    floor = json.loads(written.json.read_text())["floor"]
    assert floor["tool"] == pair["tool"]
    assert "the arm repeats itself to" in written.verdict[1]
    assert "the arm against itself" in written.report.read_text()
