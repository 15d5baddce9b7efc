"""The report of an arm that did not follow says so first, and withholds what rests on it."""

import json
import re

import pytest

from rl_manip_gap.report.page import write_report
from rl_manip_gap.testing.faulty_bags import Fault, faulty_bag

ELBOW = "elbow_joint"


def reported(arm, folder, fault):
    written = write_report(faulty_bag(folder / "bag", arm, fault, 13.0), folder / "gap")
    return written, json.loads(written.json.read_text())


def test_a_reversed_joint_withholds_its_own_figures_and_the_tool(arm, tmp_path):
    written, gap = reported(arm, tmp_path, Fault(reversed=(2,)))
    assert "elbow_joint moved against its commands" in written.verdict[0]
    assert "sign" in written.verdict[2]
    assert written.tool_position_rmse_m is None
    elbow, wrist = gap["joints"][ELBOW], gap["joints"]["wrist_1_joint"]
    for name in ("delay_s", "gain", "position_rmse_rad"):
        assert elbow[name] is None
        assert elbow["withheld"][name].startswith("reversed: elbow_joint moved against")
        assert wrist[name] is not None
    assert gap["tool"]["position_rmse_m"] is None
    assert gap["tool"]["withheld"]["position_rmse_m"].startswith("reversed")
    assert gap["budget"]["rest_m"] is None
    assert gap["response"]["delay_s"] == pytest.approx(0.037, abs=2e-3)  # of the others
    gates = gap["validity"]["gates"]
    assert [kind for kind, gate in gates.items() if not gate["passed"]] == ["reversed"]
    assert gates["reversed"]["joints"] == [ELBOW]
    page = written.report.read_text()
    row = re.search(rf"<tr><td>{ELBOW}</td>(.*?)</tr>", page).group(1)
    assert row.count("<td>–</td>") == 3  # delay, gain and offset of the arm
    assert page.index("moved against") < page.index('<div class="cards">')


def test_an_arm_that_stands_still_has_no_delay(arm, tmp_path):
    written, gap = reported(arm, tmp_path, Fault(still=tuple(range(6))))
    assert written.verdict[0] == (
        "The arm did not follow this bag's commands: every joint was commanded to move and stood "
        "still."
    )
    assert "withheld" in written.verdict[1]
    assert written.delay_s is None
    assert all(joint["delay_s"] is None for joint in gap["joints"].values())
    assert "friction" not in " ".join(written.verdict)


def test_a_speed_slider_is_named_instead_of_payload(arm, tmp_path):
    written, gap = reported(arm, tmp_path, Fault(speed=0.5, slider=50.0))
    assert "speed slider stood at 50%" in written.verdict[0]
    assert "payload" not in " ".join(written.verdict)
    assert gap["response"]["gain"] is None
    assert gap["response"]["delay_s"] is not None
    assert gap["validity"]["gates"]["speed_scaling"]["measured"]["lowest_share"] == 0.5


def test_a_delay_that_changes_leaves_error_and_gain(arm, tmp_path):
    written, gap = reported(arm, tmp_path, Fault(delay_step=0.03))
    assert "between 35 and 6" in written.verdict[0]
    assert gap["response"]["delay_s"] is None
    assert gap["response"]["gain"] == pytest.approx(1.0, abs=0.02)
    assert gap["tool"]["position_rmse_m"] > 0.0
    assert gap["tool"]["aligned"]["position_rmse_m"] is None
    assert "action_delay" in written.verdict[2]


def test_a_long_delay_is_called_latency(arm, tmp_path):
    written, gap = reported(arm, tmp_path, Fault(delay=0.7))
    assert gap["response"]["delay_s"] == pytest.approx(0.7185, abs=2e-3)
    assert "comes from latency" in written.verdict[0]
    assert gap["validity"]["passed"]


def test_what_remains_is_what_the_corrected_replay_shows(arm, tmp_path):
    _, gap = reported(arm, tmp_path, Fault(swinging=True))
    assert gap["validity"]["passed"]
    # no smaller than the aligned replay's error by more than correcting the gain can take away
    assert gap["budget"]["rest_m"] > 0.0
    assert (
        gap["budget"]["rest_m"] ** 2 + gap["budget"]["gain_m"] ** 2
        == pytest.approx(gap["tool"]["aligned"]["position_rmse_m"] ** 2, rel=1e-6)
        or gap["budget"]["gain_m"] == 0.0
    )
