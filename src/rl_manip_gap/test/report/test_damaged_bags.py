"""Damaged bags through the whole report; `make bench BENCH=damage` does it a hundred times each."""

import struct

import numpy as np
import pytest

from rl_manip_gap.bags.bag_writing import command_messages, joint_state_messages, write_bag
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.report import page
from rl_manip_gap.testing.bag_damage import (
    cut_off,
    flipped,
    run_report,
    true_figures,
    wrong_figures,
)
from rl_manip_gap.testing.synthetic_bag import Truth, nanoseconds, response_bag

TIMES = 12
# 8 s fill two chunks of MCAP: one may be lost
TRUTH = Truth(duration=8.0, state_rate=490.7, command_rate=125.0, noise=0.002, delay=0.04)


@pytest.fixture
def quick(monkeypatch):
    """The figures without the page, which takes most of the time."""
    monkeypatch.setattr(page, "render", lambda gap: "")


def is_one_sentence(ending):
    return ending.code != 0 and ending.said and "\n" not in ending.said.strip()


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize("damage", [cut_off, flipped])
def test_what_can_be_read_is_reported_truly(tmp_path, arm, twin, quick, storage, damage):
    bag = response_bag(tmp_path / "bag", arm, TRUTH, storage)
    (file,) = [f for f in bag.iterdir() if f.suffix != ".yaml"]
    whole, content = read_recording(bag, arm), file.read_bytes()
    damaged, reported = tmp_path / f"damaged{file.suffix}", 0
    for seed in range(TIMES):
        damaged.write_bytes(damage(content, np.random.default_rng(seed)))
        out = tmp_path / f"gap_{seed}"
        ending = run_report(damaged, out)
        if ending.gap is None:
            assert is_one_sentence(ending), ending
            continue
        truth = true_figures(whole, read_recording(damaged, arm), twin)
        wrong = list(wrong_figures(ending.gap, truth, 0.01))
        if (storage, damage) == ("sqlite3", flipped):
            # No checksum shows a small change of one number, and a maximum is one number.
            wrong = [said for said in wrong_figures(ending.gap, truth, 0.1) if "_max" not in said]
        assert wrong == []
        reported += 1
    assert reported >= TIMES // 4


def bag_of(path, arm, position=None, velocity=None, commands=None, kind=None):
    time = np.arange(0.0, 3.0, 0.01)
    still = np.tile(arm.home, (len(time), 1))
    stamps = nanoseconds(time)
    position = still if position is None else position(still)
    states = joint_state_messages(
        "/joint_states", stamps, stamps, arm.joint_names, position, 0.0 * still
    )
    topics = [states] if kind is None else []
    if kind is not None:
        # another type under the joint states' name
        topics.append(command_messages("/joint_states", stamps, still))
    if commands is not None:
        topics.append(command_messages(arm.controller.command_topic, stamps, commands(still)))
    return write_bag(path, topics)


def nan_now_and_then(still):
    still = still.copy()
    still[50:60] = np.nan
    return still


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"kind": "wrong"}, "holds no joint states"),
        ({"position": lambda still: still * np.nan, "commands": np.zeros_like}, "0 usable"),
    ],
)
def test_nothing_to_measure_is_one_sentence(tmp_path, arm, made, says):
    ending = run_report(bag_of(tmp_path / "bag", arm, **made), tmp_path / "gap")
    assert is_one_sentence(ending)
    assert says in ending.said
    assert not (tmp_path / "gap").exists()


def test_empty_bags_are_one_sentence(tmp_path):
    for name in ("empty.mcap", "empty.db3"):
        (tmp_path / name).write_bytes(b"")
        assert is_one_sentence(run_report(tmp_path / name, tmp_path / "gap"))
    (tmp_path / "folder").mkdir()
    assert is_one_sentence(run_report(tmp_path / "folder", tmp_path / "gap"))


def test_without_commands_measured_velocities_stand_in(tmp_path, arm):
    ending = run_report(bag_of(tmp_path / "bag", arm), tmp_path / "gap")
    assert ending.code == 0
    assert ending.gap["commands"] == "measured velocity stood in"
    assert ending.gap["response"]["delay_s"] is None
    assert "measured velocities stand in" in ending.gap["verdict"][0]
    html = (tmp_path / "gap" / "report.html").read_text()
    assert "None could be measured from this bag." in html


def test_states_that_are_not_finite_are_left_out_and_said(tmp_path, arm):
    bag = bag_of(tmp_path / "bag", arm, position=nan_now_and_then, commands=np.zeros_like)
    ending = run_report(bag, tmp_path / "gap")
    assert ending.code == 0
    assert {o["kind"]: o["count"] for o in ending.gap["oddities"]} == {"non_finite_states": 10}
    assert ending.gap["tool"]["position_rmse_m"] < 1e-6


def test_a_number_that_no_motion_leads_to_is_left_out(tmp_path, arm):
    bag = response_bag(tmp_path / "bag", arm, TRUTH, "sqlite3")
    (file,) = bag.glob("*.db3")
    whole = read_recording(bag, arm)
    value = struct.pack("<d", whole.states.velocity[700, 2])
    content = file.read_bytes()
    assert content.count(value) == 1
    file.write_bytes(content.replace(value, struct.pack("<d", 0.4)))
    damaged = read_recording(bag, arm)
    assert [(o.kind, o.count) for o in damaged.irregularities] == [("lone_states", 1)]
    assert 0.4 not in damaged.states.velocity[:, 2]
    assert len(damaged.states.time) == len(whole.states.time) - 1
