"""The report as a user gets it: a page, figures, or one sentence."""

import json
import re

import numpy as np
import pytest

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.commands import report as report_command
from rl_manip_gap.report.page import write_report
from rl_manip_gap.testing.synthetic_bag import Truth, nanoseconds, response_bag, states_and_commands

TRUTH = Truth(duration=20.0, delay=0.05, gain=0.96, noise=0.003, seed=4)


@pytest.fixture(scope="module")
def written(arm, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    bag = response_bag(folder / "bag", arm, TRUTH)
    return write_report(bag, folder / "gap")


def test_known_delay_and_gain_stand_in_the_json(arm, written):
    gap = json.loads(written.json.read_text())
    assert list(gap["joints"]) == list(arm.joint_names)
    for figures in gap["joints"].values():
        assert figures["delay_s"] == pytest.approx(TRUTH.delay, abs=0.5e-3)
        assert figures["gain"] == pytest.approx(TRUTH.gain, rel=0.01)
        low, high = figures["ci95"]["position_rmse_rad"]
        assert low <= figures["position_rmse_rad"] <= high
    tool = gap["tool"]
    assert tool["along_track_bias_m"] < 0.0  # it trails
    assert tool["across_track_rmse_m"] < tool["along_track_rmse_m"]
    assert tool["scaled"]["position_rmse_m"] < tool["aligned"]["position_rmse_m"]
    for figures in gap["joints"].values():
        found = figures["over_frequency"]
        rows = (np.array(found["frequency_hz"]) < 1.0) & (np.array(found["arm"]["coherence"]) > 0.9)
        # what the servo's own lag adds to the gain up to 1 Hz is less than 2 %
        assert np.array(found["arm"]["gain"])[rows] == pytest.approx(TRUTH.gain, rel=0.05)
        assert np.all(np.array(found["simulation"]["phase_rad"])[rows] < 0.0)
    assert tool["position_rmse_m"] == written.tool_position_rmse_m
    assert gap["response"]["delay_s"] == written.delay_s
    assert gap["timing"]["states"]["rate_hz"] == pytest.approx(500.0, rel=1e-3)
    assert gap["timing"]["commands"]["dropouts"] == 0


def test_the_page_stands_alone(written):
    page = written.report.read_text()
    assert not re.search(r'(src|href)="(?!#)', page)
    assert "url(http" not in page
    assert page.count("<svg") >= 28
    assert page.index("and what to do") < page.index("<h2>Error</h2>")
    assert "prefers-color-scheme: dark" in page
    for sentence in written.verdict:
        assert sentence.split(";")[0].split("'")[0] in page
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))


def test_the_verdict_names_the_delay(written):
    assert len(written.verdict) == 3
    assert "latency" in written.verdict[0]
    assert "action_delay" in written.verdict[2]


def test_goals_are_judged_from_the_recording(arm, tmp_path):
    time = np.arange(0.0, 6.0, 0.01)
    position = np.tile(arm.home, (len(time), 1))
    tool = arm.forward_kinematics(arm.home).position
    goals = (np.array([0.5, 3.0]), np.array([tool, tool + [0.1, 0.0, 0.0]]))
    bag = states_and_commands(
        tmp_path / "bag", arm, time, position, 0.0 * position, time, 0.0 * position, goals=goals
    )
    write_report(bag, tmp_path / "gap")
    gap = json.loads((tmp_path / "gap" / "gap.json").read_text())
    assert all(joint["delay_s"] is None for joint in gap["joints"].values())  # nothing moved
    real = gap["task"]["real"]
    assert (real["goals"], real["successes"]) == (2, 1)
    assert real["mean_final_distance_m"] == pytest.approx(0.05, abs=1e-6)
    assert real["ci95"]["success_rate"] == pytest.approx([0.0945, 0.9055], abs=1e-3)


def test_nothing_is_written_for_a_bag_that_cannot_be_used(arm, tmp_path):
    from rl_manip_gap.bags.bag_writing import command_messages, write_bag

    time = nanoseconds(np.arange(3.0))
    bag = write_bag(
        tmp_path / "bag", [command_messages(arm.controller.command_topic, time, np.zeros((3, 6)))]
    )
    with pytest.raises(BagError):
        write_report(bag, tmp_path / "gap")
    assert not (tmp_path / "gap").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing"], "There is no bag at missing"),
        (["missing", "--arm", "ur99"], "ur5e"),
        (["missing", "--policy", "none.onnx"], "none.onnx"),
        (["missing", "--window", "0"], "--window is 0 s"),
    ],
)
def test_the_command_ends_with_one_sentence(tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["report", *arguments, "-o", "out"])
    with pytest.raises(SystemExit) as ended:
        report_command.main()
    # A text as exit code goes to stderr and makes the code 1.
    assert says in ended.value.code
    assert "\n" not in ended.value.code
    assert not (tmp_path / "out").exists()
