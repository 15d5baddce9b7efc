"""A late camera, a late gripper, readings that are lost: against periods worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from rl_manip_sim.models.scene import Scene
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_sim.signals.gripper_path import GripperPath
from rl_manip_sim.signals.object_sensor import ObjectSensor

DT = 0.04  # [s]
EVERYONE = torch.arange(2)


def sample(**changed):
    generator = torch.Generator().manual_seed(0)
    _, drawn = PRESETS["none"].draw(2, 6, 6, generator, Scene(("box",)))
    return drawn._replace(**{name: torch.full((2,), value) for name, value in changed.items()})


def poses(x, angle=0.0):
    """(2, 7) of objects at x [m], turned about the vertical [rad]."""
    half = angle / 2.0
    return torch.tensor([[x, 0.0, 0.0, 0.0, 0.0, math.sin(half), math.cos(half)]]).repeat(2, 1)


def camera(**changed):
    sensor = ObjectSensor(2, DT, 0.2, torch.Generator().manual_seed(0))
    sensor.reset(EVERYONE, sample(**changed), poses(0.0))
    return sensor


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (0.0, [1.0, 2.0, 3.0, 4.0]),
        # half a period: the mean of a pose and the one before it
        (0.02, [0.5, 1.5, 2.5, 3.5]),
        (0.12, [0.0, 0.0, 0.0, 1.0]),
    ],
)
def test_an_objects_pose_is_as_old_as_the_camera_is_late(delay, expected):
    sensor, seen = camera(object_delay=delay), []
    for x in (1.0, 2.0, 3.0, 4.0):
        sensor.read(poses(x))
        seen.append(float(sensor.object_pose[0, 0]))
    assert seen == pytest.approx(expected, abs=1e-6)


def test_between_two_orientations_lies_none_that_the_object_did_not_have():
    """A quaternion and its negative are the same orientation, and simulators give either."""
    sensor = camera(object_delay=0.5 * DT)
    sensor.read(poses(0.0, 0.2))
    sensor.read(torch.cat((poses(0.0)[:, :3], -poses(0.0, 0.4)[:, 3:]), dim=1))
    half = abs(float(sensor.object_pose[0, 5]))
    assert 2.0 * math.asin(half) == pytest.approx(0.3, abs=1e-3)
    assert sensor.object_pose[:, 3:].norm(dim=1).tolist() == pytest.approx([1.0, 1.0])


def test_a_lost_picture_leaves_the_last_pose():
    sensor = camera(object_dropout=1.0)
    sensor.read(poses(1.0))
    assert sensor.object_pose[0, 0] == 0.0
    sensor.reset(EVERYONE, sample(object_dropout=0.3), poses(0.0))
    kept, before = 0, 0.0
    for count in range(1, 1001):
        sensor.read(poses(float(count)))
        kept += float(sensor.object_pose[0, 0]) == before
        before = float(sensor.object_pose[0, 0])
    assert kept / 1000 == pytest.approx(0.3, abs=0.05)  # 3.4 standard deviations


def test_fingers_follow_late_and_their_opening_is_not_quite_known():
    path = GripperPath(2, DT, 0.2, torch.Generator().manual_seed(0))
    path.reset(
        EVERYONE, sample(gripper_delay=DT, gripper_opening_noise=1e-3), torch.full((2,), 0.08)
    )
    assert path.opening[:, 0].tolist() == pytest.approx([0.08, 0.08])
    # held as it stood until the first command arrives
    told = [float(path.apply(torch.full((2, 1), opening))[0]) for opening in (0.0, 0.02, 0.02)]
    assert told == pytest.approx([0.08, 0.0, 0.02])
    readings = []
    for _ in range(500):
        path.read(torch.full((2,), 0.05))
        readings.append(path.opening.clone())
    assert float(torch.stack(readings).mean()) == pytest.approx(0.05, abs=1e-4)
    assert float(torch.stack(readings).std()) == pytest.approx(1e-3, rel=0.1)


def test_a_path_goes_on_from_its_state():
    first, again = camera(object_delay=0.1, object_dropout=0.5), camera()
    for x in (1.0, 2.0):
        first.read(poses(x))
    again.load_state_dict(first.state_dict())
    for sensor in (first, again):
        sensor.read(poses(3.0))
    assert torch.equal(first.object_pose, again.object_pose)
