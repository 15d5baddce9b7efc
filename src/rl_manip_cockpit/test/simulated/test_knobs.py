"""Sliders come from the randomisation settings, and go back into them."""

from __future__ import annotations

import pytest

from rl_manip_cockpit.simulated.knobs import MAIN, knobs_of, longest_delays, ranges_at
from rl_manip_sim.models.scene import EMPTY, Scene
from rl_manip_sim.randomization.randomization_cfg import PRESETS, RandomizationCfg

WITH_OBJECT = Scene(("box",))
TRAINED = {"action_delay": [0.0, 0.03], "servo_lag": [[0.01, 0.02], [0.03, 0.05]]}


def by_name(knobs):
    return {knob.name: knob for knob in knobs}


def test_a_slider_shows_unit_and_trained_range_of_its_setting():
    knobs = by_name(knobs_of(TRAINED, scene=EMPTY, with_gripper=False))
    delay, lag, payload = (knobs[name] for name in ("action_delay", "servo_lag", "payload"))
    assert delay.label == "action delay [ms]"
    assert delay.trained == pytest.approx((0.0, 30.0))
    assert delay.is_trained(30.0)
    assert not delay.is_trained(31.0)
    assert lag.trained == pytest.approx((10.0, 50.0))  # over all joints
    assert (payload.unit, payload.trained) == ("kg", (0.0, 0.0))  # not named: it was nominal
    assert knobs["joint_friction_scale"].label == "joint friction scale"


def test_nobody_knows_the_ranges_of_a_file_that_has_none():
    assert all(knob.trained is None for knob in knobs_of({}, scene=EMPTY, with_gripper=False))


def test_every_slider_goes_from_nominal_beyond_what_was_trained_and_no_further_than_allowed():
    for knob in knobs_of(PRESETS["aggressive"].to_dict(), scene=WITH_OBJECT, with_gripper=True):
        low, high = knob.trained
        assert knob.low <= min(low, knob.nominal)
        assert max(high, knob.nominal) < knob.high
        for end in (knob.low, knob.high):  # the settings take both
            RandomizationCfg.from_dict({knob.name: [end / knob.scale, end / knob.scale]})


def test_those_that_matter_most_come_first_and_objects_only_where_there_are_any():
    without, with_object = knobs_of({}, EMPTY, True), knobs_of({}, WITH_OBJECT, True)
    assert tuple(knob.name for knob in without)[: len(MAIN)] == MAIN
    more = {knob.name for knob in with_object} - {knob.name for knob in without}
    assert {"object_mass", "object_friction", "object_position_noise"} <= more
    assert "object_size" not in more  # drawn, in every size that was trained with


def test_a_gripper_has_sliders_where_the_arm_carries_one():
    without, with_gripper = (
        set(by_name(knobs_of({}, EMPTY, carried))) for carried in (False, True)
    )
    assert with_gripper - without == {"gripper_delay", "gripper_opening_noise"}


def test_figures_are_all_that_is_drawn_from():
    knobs = knobs_of(TRAINED, scene=WITH_OBJECT, with_gripper=True)
    figures = {knob.name: knob.nominal for knob in knobs} | {"action_delay": 50.0, "payload": 1.5}
    drawn_from = RandomizationCfg.from_dict({"object_size": [0.02, 0.03]})
    ranges = ranges_at(figures, knobs, drawn_from)
    assert ranges.action_delay == pytest.approx((0.05, 0.05))
    assert ranges.payload == (1.5, 1.5)
    assert ranges.object_size == (0.02, 0.03)
    assert ranges.servo_lag == pytest.approx(PRESETS["none"].servo_lag)
    room = longest_delays(ranges, knobs)
    assert room.action_delay.high == pytest.approx(by_name(knobs)["action_delay"].high / 1e3)


def test_hole_wrist_and_block_have_sliders_where_the_task_has_them():
    def beginnings(scene):
        names = by_name(knobs_of(PRESETS["default"].to_dict(), scene, with_gripper=False))
        return {name.split("_")[0] for name in names} & {"hole", "wrench", "support", "object"}

    assert beginnings(EMPTY) == set()
    assert beginnings(Scene(hole_shapes=("round",))) == {"hole", "wrench"}
    assert beginnings(Scene(("box",), support=True)) == {"object", "support"}
    names = by_name(knobs_of({}, Scene(("box",), support=True), with_gripper=True))
    assert not [name for name in names if name.startswith("support_half")]  # drawn, as objects are
