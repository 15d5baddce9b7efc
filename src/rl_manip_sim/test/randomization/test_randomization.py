"""Ranges: what they draw, what is refused, and the YAML file."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
import yaml

from rl_manip_sim.models.scene import HOLE_SHAPES, OBJECT_SHAPES, Scene
from rl_manip_sim.randomization.randomization_cfg import (
    PRESETS,
    RandomizationCfg,
    RandomizationError,
    Range,
    load_randomization,
)

NAMES = [item.name for item in dataclasses.fields(RandomizationCfg)]


def drawn(cfg, count=2000, seed=0):
    """Every figure drawn, by name, (count, ...)."""
    figures = {}
    for scene in (Scene(("box",), support=True), Scene(hole_shapes=HOLE_SHAPES)):
        generator = torch.Generator().manual_seed(seed)
        for sample in cfg.draw(count, 6, 7, generator, scene):
            given = {name: value for name, value in sample._asdict().items() if value is not None}
            figures = {**given, **figures}
    for name in ("object_shape", "hole_shape"):
        del figures[name]  # one of a list, no figure from a range
    return figures


@pytest.mark.parametrize("preset", ["default", "aggressive"])
def test_draws_fill_their_range_and_stay_inside(preset):
    cfg = PRESETS[preset]
    figures = drawn(cfg)
    assert sorted(figures) == sorted(NAMES)
    for name, values in figures.items():
        low, high = getattr(cfg, name)
        assert values.min() >= low - 1e-7, name
        assert values.max() <= high + 1e-7, name
        if low == high:
            continue
        # of 2000 uniform draws the lowest is within 1 % of the low end but once in e^20 times
        assert values.min() < low + 0.01 * (high - low), name
        assert values.max() > high - 0.01 * (high - low), name
        assert abs(float(values.mean()) - (low + high) / 2) < 0.04 * (high - low), name


def test_every_environment_draws_for_itself_and_the_seed_decides():
    first, again, other = (drawn(PRESETS["aggressive"], seed=seed) for seed in (0, 0, 1))
    for name, values in first.items():
        assert torch.equal(values, again[name]), name
        assert not torch.equal(values, other[name]), name
        assert len(torch.unique(values.flatten())) > 0.99 * values.numel() * 0.9, name


def test_a_figure_that_does_not_vary_changes_no_other_draw():
    cfg = PRESETS["aggressive"]
    fixed = dataclasses.replace(cfg, servo_stiffness_scale=Range(1.0, 1.0))
    softer = dataclasses.replace(fixed, servo_stiffness_scale=Range(0.5, 0.5))
    mine, its = drawn(fixed), drawn(softer)
    assert (its.pop("servo_stiffness_scale") == 0.5).all()
    assert (mine.pop("servo_stiffness_scale") == 1.0).all()
    for name, values in mine.items():
        assert torch.equal(values, its[name]), name


def test_shapes_per_link_joint_and_environment():
    figures = drawn(PRESETS["default"], count=5)
    assert figures["link_mass_scale"].shape == (5, 7)
    for name in ("joint_friction_scale", "joint_damping_scale", "joint_armature_scale"):
        assert figures[name].shape == (5, 6)
    for name in ("servo_lag", "velocity_gain", "joint_zero_offset"):
        assert figures[name].shape == (5, 6)
    for name in ("payload", "contact_friction", "action_delay", "observation_delay"):
        assert figures[name].shape == (5,)


def test_none_is_the_nominal_model_exactly():
    figures = drawn(PRESETS["none"], count=3)
    for name, values in figures.items():
        if name.endswith("_scale") or name == "velocity_gain":
            assert (values == 1.0).all(), name
        elif name in ("object_size", "object_mass", "object_friction"):
            nominal = {"size": 0.025, "mass": 0.2, "friction": 0.8}[name[len("object_") :]]
            torch.testing.assert_close(values, torch.full_like(values, nominal))
        elif name.startswith("support_"):
            nominal = {"half_width": 0.035, "half_height": 0.03, "mass": 0.4}
            expected = torch.full_like(values, nominal[name[len("support_") :]])
            torch.testing.assert_close(values, expected)
        elif name == "hole_clearance":
            torch.testing.assert_close(values, torch.full_like(values, 0.001))
        elif name not in ("contact_friction", "servo_lag"):
            assert (values == 0.0).all(), name


def test_bounds_per_joint():
    low, high = (1.0, 1.0, 1.0, 2.0, 2.0, 2.0), (1.5, 1.5, 1.5, 2.5, 2.5, 2.5)
    cfg = RandomizationCfg(joint_friction_scale=Range(low, high))
    values = drawn(cfg)["joint_friction_scale"]
    assert (values[:, :3] <= 1.5).all()
    assert (values[:, 3:] >= 2.0).all()


def test_a_file_gives_back_what_was_saved(tmp_path):
    cfg = RandomizationCfg(
        joint_friction_scale=Range((1.0,) * 6, (1.5,) * 6), action_delay=Range(0.01, 1 / 3)
    )
    cfg.save(tmp_path / "ranges.yaml")
    assert load_randomization(tmp_path / "ranges.yaml") == cfg
    assert RandomizationCfg.from_dict(cfg.to_dict()) == cfg


def test_a_file_in_the_home_folder_is_found_where_no_shell_expands_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    PRESETS["aggressive"].save(tmp_path / "ranges.yaml")
    assert load_randomization("~/ranges.yaml") == PRESETS["aggressive"]


def test_a_file_of_before_there_were_payload_delay_and_offset_of_sensors(tmp_path):
    ranges = PRESETS["default"].to_dict()
    for name in ("payload", "observation_delay", "joint_zero_offset"):
        del ranges[name]
    path = tmp_path / "ranges.yaml"
    path.write_text(yaml.safe_dump(ranges))
    read = load_randomization(path)
    assert read.action_delay == PRESETS["default"].action_delay
    # as when it was written: without them
    assert read.payload == read.observation_delay == read.joint_zero_offset == Range(0.0, 0.0)


def test_aggressive_holds_default_and_what_is_commonly_asked_for():
    asked_for = {
        "link_mass_scale": (0.8, 1.2),
        "contact_friction": (0.3, 1.2),
        "joint_damping_scale": (0.5, 2.0),
        "action_delay": (0.0, 0.08),  # two control steps
        "actuator_noise": (0.01, 0.05),
        "joint_position_noise": (0.0, 0.01),
        "joint_velocity_noise": (0.0, 0.01),
        "sensor_dropout": (0.0, 0.05),
    }
    wide = PRESETS["aggressive"]
    for name in NAMES:
        for low, high in (getattr(PRESETS["default"], name), asked_for.get(name, (1.0, 1.0))):
            if name in asked_for or (low, high) != (1.0, 1.0):
                assert getattr(wide, name).low <= low, name
                assert high <= getattr(wide, name).high, name


def test_what_a_file_does_not_name_stays_nominal(tmp_path):
    path = tmp_path / "ranges.yaml"
    path.write_text("action_delay: [0.01, 0.02]\n")
    expected = dataclasses.replace(PRESETS["none"], action_delay=Range(0.01, 0.02))
    assert load_randomization(path) == expected


def test_presets_by_name():
    assert load_randomization("default") == RandomizationCfg()
    assert load_randomization("aggressive") == PRESETS["aggressive"]


def test_contact_lies_within_default():
    narrow, wide = PRESETS["contact"], PRESETS["default"]
    for name in NAMES:
        assert getattr(wide, name).low <= getattr(narrow, name).low, name
        assert getattr(narrow, name).high <= getattr(wide, name).high, name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "value",
    [
        (0.5, 0.2),
        (-1000.0, 0.2),
        (math.nan, 0.5),
        (0.5, math.nan),
        (0.5, math.inf),
        (0.5,),
        (0.5, 0.6, 0.7),
        0.5,
        "wide",
        "12",
        ("a", "b"),
        None,
        ((0.5, 0.6), (0.7, 0.8, 0.9)),
        ((0.5, 0.9), (0.7, 0.8)),
    ],
)
def test_refused_ranges_name_the_field_the_value_and_what_is_allowed(name, value):
    with pytest.raises(RandomizationError) as error:
        RandomizationCfg(**{name: value})
    message = str(error.value)
    assert message.startswith(f"{name} is {value!r}, expected [low, high]")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [("sensor_dropout", (0.0, 1.1)), ("link_mass_scale", (0.0, 1.0)), ("servo_lag", (0.0, 0.1))],
)
def test_refused_where_the_figure_has_a_bound_of_its_own(name, value):
    with pytest.raises(RandomizationError, match=name):
        RandomizationCfg(**{name: value})


def test_bounds_for_another_number_of_joints():
    cfg = RandomizationCfg(joint_friction_scale=Range((1.0,) * 7, (1.5,) * 7))
    with pytest.raises(RandomizationError, match="joint_friction_scale has 7 figures, expected"):
        drawn(cfg)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("gravity: [9, 10]\n", "unknown randomisation gravity; known are link_mass_scale"),
        ("- 1\n- 2\n", "expected a mapping"),
        ("", "expected a mapping"),
        ("a: [1,\n", "is not YAML"),
        ("action_delay: [0.02, 0.01]\n", "action_delay is"),
        ("action_delay: .nan\n", "action_delay is"),
    ],
)
def test_files_that_cannot_be_used_are_named(tmp_path, text, named):
    path = tmp_path / "ranges.yaml"
    path.write_text(text)
    with pytest.raises(RandomizationError) as error:
        load_randomization(path)
    assert str(path) in str(error.value)
    assert named in str(error.value)
    assert "\n" not in str(error.value)


def test_neither_preset_nor_file():
    with pytest.raises(RandomizationError, match="'wild', expected one of none, default, aggress"):
        load_randomization("wild")


def test_a_file_that_is_not_text(tmp_path):
    path = tmp_path / "ranges.yaml"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(RandomizationError, match="is not YAML"):
        load_randomization(path)


def test_objects_are_of_the_scenes_shapes_and_as_wide_as_their_shape_demands():
    scene = Scene(("sphere", "cylinder"))
    physics, _ = PRESETS["default"].draw(900, 6, 7, torch.Generator().manual_seed(0), scene)
    sphere = physics.object_shape == OBJECT_SHAPES.index("sphere")
    cylinder = physics.object_shape == OBJECT_SHAPES.index("cylinder")
    assert (sphere | cylinder).all()
    assert 350 < int(sphere.sum()) < 550
    x, y, z = physics.object_size.unbind(dim=1)
    assert torch.equal(x, y)
    assert torch.equal(z[sphere], x[sphere])
    assert (z[cylinder] != x[cylinder]).all()


def test_no_object_is_drawn_for_an_empty_table():
    physics, _ = PRESETS["default"].draw(3, 6, 7, torch.Generator())
    assert physics.object_shape is None


def test_chapter_is_what_its_text_says_and_else_nominal():
    """Masses, friction, damping, noise, lost readings and delays of up to two control steps."""
    chapter, none = PRESETS["chapter"].to_dict(), PRESETS["none"].to_dict()
    assert {name: span for name, span in chapter.items() if span != none[name]} == {
        "link_mass_scale": [0.8, 1.2],
        "contact_friction": [0.3, 1.2],
        "object_friction": [0.3, 1.2],
        "joint_damping_scale": [0.5, 2.0],
        "joint_position_noise": [0.01, 0.01],
        "joint_velocity_noise": [0.01, 0.01],
        "sensor_dropout": [0.05, 0.05],
        "action_delay": [0.0, 2 * 0.04],
        "actuator_noise": [0.01, 0.05],
    }
