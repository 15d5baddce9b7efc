"""One file of limits, zones, payload and timing; a mistake is named in one sentence."""

import pytest

from rl_manip_deploy.guard.guard_limits import arm_limits, tightened
from rl_manip_deploy.guard.guard_settings import GuardSettings, read_settings
from rl_manip_deploy.guard.velocity_guard import VelocityGuard
from rl_manip_description import load_arm

WHOLE = """
limits: {velocity: 0.5, link_margin: 0.02}
zones:
  - {name: wall, kind: half_space, keep: in, point: [0.0, 0.6, 0.0], normal: [0.0, -1.0, 0.0]}
  - {name: crate, kind: box, keep: out, center: [0.5, 0.0, 0.1], size: [0.2, 0.2, 0.2]}
payload: {kind: box, size: [0.05, 0.05, 0.1], center: [0.0, 0.0, 0.1]}
timing: {command_timeout: 0.2}
"""


def written(tmp_path, text):
    path = tmp_path / "cell.yaml"
    path.write_text(text)
    return str(path)


def test_all_of_it_reaches_the_guard(tmp_path):
    arm, settings = load_arm("ur5e"), read_settings(written(tmp_path, WHOLE))
    limits = tightened(arm, settings.limits)
    assert limits.velocity.tolist() == [0.5] * 6
    assert settings.timing.command_timeout == 0.2
    assert settings.surroundings.payload.center == (0.0, 0.0, 0.1)
    guard = VelocityGuard(arm, limits, settings.timing, surroundings=settings.surroundings)
    space = guard._safe.space
    assert space.zones == ("wall", "crate")
    names = {space.name_of(bound) for bound in range(space.num_planes + space.num_pairs)}
    assert "wall" in names
    assert any("payload" in name for name in names)
    assert any("crate" in name for name in names)


@pytest.mark.parametrize("path", ["", "empty"])
def test_nothing_said_changes_nothing(tmp_path, path):
    assert read_settings(path and written(tmp_path, "{}")) == GuardSettings()
    arm = load_arm("ur5e")
    assert tightened(arm, {}).velocity.tolist() == arm_limits(arm).velocity.tolist()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "cell.yaml holds"),
        ("limits: [", "cell.yaml is no YAML"),
        ("limit: {}", "cell.yaml: unknown key 'limit'.*Is 'limits' meant"),
        ("limits: 3", "cell.yaml: limits: 3 is no mapping"),
        ("zones: {name: wall}", "cell.yaml: zones: .*give a list of zones"),
        ("zones: [{name: wall, kind: ball, keep: in}]", "zones: wall: kind is 'ball': choose"),
        ("zones: [3]", "zones: number 1: 3 is no mapping"),
        ("payload: {kind: box, size: [0.1]}", "payload: a box has the size"),
        ("payload: {}", "payload: 'kind' is missing"),
        ("timing: {command_timeout: 2.0}", "timing: command_timeout is 2.0 s: give a time"),
        ("timing: {command_timeuot: 0.1}", "timing: unknown key.*Is 'command_timeout' meant"),
    ],
)
def test_a_mistake_is_named(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_settings(written(tmp_path, text))


def test_two_zones_of_one_name(tmp_path):
    one = "{name: wall, kind: half_space, keep: in, point: [0, 0.6, 0], normal: [0, -1, 0]}"
    with pytest.raises(ValueError, match="two are called 'wall'"):
        read_settings(written(tmp_path, f"zones: [{one}, {one}]"))


def test_a_file_that_is_not_there():
    with pytest.raises(ValueError, match="missing.yaml cannot be read"):
        read_settings("missing.yaml")
