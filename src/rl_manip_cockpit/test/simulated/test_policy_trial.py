"""A policy in simulation under people's hands, without a page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rl_manip_cockpit.simulated.policy_trial import PolicyTrial
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, HOLE_WIDTH, PEG_LENGTH
from rl_manip_train.policy.onnx_policy import load_onnx_policy

POLICIES = Path(__file__).parents[4] / "policies"
AHEAD = np.array([0.45, 0.25, 0.35])
UPRIGHT = np.array([1.0, 0.0, 0.0, 0.0])


def trial_of(name: str) -> PolicyTrial:
    return PolicyTrial(load_onnx_policy(POLICIES / name / "policy.onnx"), seed=3)


def run(trial: PolicyTrial, duration: float):
    """What is seen after so much simulated time [s]."""
    for _ in range(round(duration / 0.04)):
        trial.do_what_is_asked()
        trial.advance()
    return trial.look(1.0)


@pytest.fixture(scope="module")
def reach():
    return trial_of("ur5e_reach")


def test_the_arm_goes_to_a_goal_that_is_dragged_and_holds_it(reach):
    reach.hold_goal(7, AHEAD, UPRIGHT)
    seen = run(reach, 6.0)
    assert seen.arm.goal[:3] == pytest.approx(AHEAD, abs=1e-6)
    assert seen.held_by == 7
    assert seen.arm.is_met
    assert seen.distance < 0.02
    tool = reach.arm.forward_kinematics(seen.arm.joint_position).position
    assert np.linalg.norm(tool - AHEAD) == pytest.approx(seen.distance, abs=1e-4)
    assert seen.tally.count == 1  # it is judged once, however long it is held
    assert 0.2 < seen.time_to_goal < 4.0
    assert seen.outside == {"joint_position": 0.0, "joint_velocity": 0.0, "goal_position": 0.0}


def test_goals_follow_each_other_again_once_one_is_drawn(reach):
    before = run(reach, 0.04)
    reach.draw_goal(7)
    seen = run(reach, 4.04)
    assert seen.held_by is None
    assert seen.goal_number == before.goal_number + 2  # the one asked for, and the one after it
    assert not np.allclose(seen.arm.goal[:3], AHEAD)
    assert seen.tally.count == before.tally.count + 1


def test_a_goal_out_of_reach_is_refused_in_a_sentence(reach):
    before = run(reach, 0.04)
    reach.hold_goal(7, np.array([5.0, 0.0, 0.2]), UPRIGHT)
    seen = run(reach, 0.04)
    assert "refused: the ur5e reaches" in seen.note
    assert seen.held_by == before.held_by


def test_a_slider_that_is_turned_changes_the_arm_where_it_stands(reach):
    reach.hold_goal(7, AHEAD, UPRIGHT)
    before = run(reach, 4.0)
    reach.turn(7, {"actuator_noise": 0.1, "no such slider": 1.0, "payload": 1e9})
    reach.do_what_is_asked()
    seen = reach.look(1.0)
    assert seen.arm.joint_position == pytest.approx(before.arm.joint_position)
    assert seen.tally.count == 0  # what was counted was of another arm
    top = {knob.name: knob.high for knob in reach.knobs}
    assert reach.figures["payload"] == top["payload"]
    assert "no such slider" not in reach.figures
    distances = [run(reach, 0.04).distance for _ in range(25)]
    assert np.mean(distances) > 2.0 * before.distance  # it shakes
    reach.turn(7, {"actuator_noise": 0.0, "payload": 0.0})


def test_a_pause_is_told_and_a_restart_begins_elsewhere(reach):
    before = run(reach, 0.04)
    reach.pause(7)
    reach.restart(7)
    reach.do_what_is_asked()
    seen = reach.look(1.0)
    assert seen.is_paused
    assert not np.allclose(seen.arm.joint_position, before.arm.joint_position, atol=0.05)
    reach.pause(7)
    reach.do_what_is_asked()
    assert not reach.look(1.0).is_paused


def test_a_task_with_an_object_shows_it_and_its_goal_lies_where_the_object_can_stand():
    trial = trial_of("ur5e_pick_place")
    first = run(trial, 0.04).arm
    trial.hold_goal(7, np.array([0.45, 0.1, 0.4]), UPRIGHT)
    seen = run(trial, 0.04).arm
    assert seen.object.shape == first.object.shape
    assert seen.object.half_extents == pytest.approx(first.object.half_extents)
    assert seen.goal[:3] == pytest.approx([0.45, 0.1, seen.object.half_extents[2]], abs=1e-5)
    assert 0.0 < seen.opening < 0.1


def test_hole_and_peg_are_shown_where_they_are_simulated():
    trial = trial_of("ur5e_insert")
    assert not trial.can_be_aimed  # the goal is where the hole is
    seen = run(trial, 0.04).arm
    things = {thing.name: thing for thing in seen.things}
    assert seen.object is seen.goal is None
    walls = [thing for name, thing in things.items() if name.startswith("wall_")]
    assert len(walls) in (4, 16)  # square or round, without the hidden ones
    mouth = np.mean([wall.pose[:3] for wall in walls], axis=0) + [0.0, 0.0, HOLE_DEPTH / 2.0]
    region = trial.goals.region
    assert region.min_axis_distance < np.linalg.norm(mouth[:2]) < region.outer_radius
    assert things["floor"].pose[2] < mouth[2] - HOLE_DEPTH
    tool = trial.arm.forward_kinematics(seen.joint_position).position
    peg = things["peg"]
    assert tool - peg.pose[:3] == pytest.approx([0.0, 0.0, PEG_LENGTH / 2.0], abs=1e-3)
    assert HOLE_WIDTH - 0.01 < 2.0 * peg.half_extents[0] < HOLE_WIDTH
    trial.turn(7, {"hole_clearance": 2.0})  # [mm], from the next hole on
    (same,) = (thing for thing in run(trial, 0.04).arm.things if thing.kind == "peg")
    assert same.half_extents == pytest.approx(peg.half_extents)
    trial.draw_goal(7)
    after = {thing.name: thing for thing in run(trial, 0.04).arm.things}
    assert 2.0 * after["peg"].half_extents[0] == pytest.approx(HOLE_WIDTH - 2e-3, abs=1e-6)
    assert not np.allclose(after["floor"].pose, things["floor"].pose, atol=0.01)


def test_the_block_to_stack_on_is_shown():
    trial = trial_of("ur5e_stack")
    assert not trial.can_be_aimed  # the goal is where the block is
    seen = run(trial, 0.04).arm
    (block,) = (thing for thing in seen.things if thing is not seen.object)
    assert (block.kind, block.shape) == ("block", "box")
    assert block.pose[2] == pytest.approx(block.half_extents[2], abs=1e-3)  # on the table
    top = 2.0 * block.half_extents[2] + seen.object.half_extents[2]
    assert seen.goal[:3] == pytest.approx([*block.pose[:2], top], abs=2e-3)
