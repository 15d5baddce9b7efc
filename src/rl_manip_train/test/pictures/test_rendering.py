"""What is drawn of a moment, without a graphics card: the shapes and the camera."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_sim.models.hole_geometry import FLOOR, HOLE_DEPTH, PEG_LENGTH
from rl_manip_sim.models.scene import HOLE_SHAPES, Scene
from rl_manip_train.pictures.recording import POST_RADIUS, Hole, Moment
from rl_manip_train.pictures.rendering import ArmPainter

SPHERE, CYLINDER = mujoco.mjtGeom.mjGEOM_SPHERE, mujoco.mjtGeom.mjGEOM_CYLINDER
MOUTH = np.array([0.45, 0.2, 0.25])


class Unlit:
    """In the place of MuJoCo's renderer: its pictures are lists of shapes and where the eye is."""

    def __init__(self, model, height, width):
        self._model, self.scene = model, mujoco.MjvScene(model, 2000)

    def update_scene(self, data, camera, options):
        everything = mujoco.mjtCatBit.mjCAT_ALL
        nothing = mujoco.MjvPerturb()
        mujoco.mjv_updateScene(self._model, data, options, nothing, camera, everything, self.scene)

    def render(self):
        shown = self.scene.geoms[: self.scene.ngeom]
        site = mujoco.mjtObj.mjOBJ_SITE  # the tool frame and the like, inside the flange
        shapes = [
            (geom.type, geom.pos.copy(), geom.size.copy()) for geom in shown if geom.objtype != site
        ]
        return shapes, np.mean([eye.pos for eye in self.scene.camera], axis=0)


def of_type(shapes, kind):
    return [(place, size) for one, place, size in shapes if one == kind]


@pytest.fixture
def painter(monkeypatch):
    monkeypatch.setattr(mujoco, "Renderer", Unlit)
    return ArmPainter(load_arm("ur5e"), 64, 48, Scene(hole_shapes=HOLE_SHAPES))


def test_a_hole_is_drawn_where_it_was_and_seen_from_near(painter):
    """Turned by a right angle, so that the eye must not take the pose's order for another."""
    arm = load_arm("ur5e")
    tool = arm.forward_kinematics(arm.home).position
    pose = np.array([*MOUTH, 0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)])
    moments = [
        Moment(arm.home, tool, tool, 0, False, hole=Hole(pose, HOLE_SHAPES.index(shape), 0.002))
        for shape in ("square", "round")
    ]
    (square, eye), (round_, _) = painter.paint(moments)
    boxes = of_type(square, mujoco.mjtGeom.mjGEOM_BOX)
    under = MOUTH - [0.0, 0.0, HOLE_DEPTH + FLOOR / 2.0]
    assert any(np.allclose(place, under, atol=1e-5) for place, _ in boxes)
    assert np.linalg.norm(eye - MOUTH) < 0.7
    assert eye[2] > MOUTH[2]  # it looks into the hole
    assert not of_type(square, SPHERE)  # no ball hides the hole
    ((post, size),) = (
        one for one in of_type(square, CYLINDER) if np.isclose(one[1][0], POST_RADIUS)
    )
    assert post == pytest.approx([*MOUTH[:2], size[2]], abs=1e-6)  # from the table
    assert post[2] + size[2] == pytest.approx(MOUTH[2] - HOLE_DEPTH - FLOOR, abs=1e-6)  # to it
    pegs = [place for place, size in of_type(round_, CYLINDER) if np.isclose(size[0], 0.014)]
    assert len(pegs) == 1
    assert np.linalg.norm(pegs[0] - tool) == pytest.approx(PEG_LENGTH / 2.0, abs=1e-4)


def test_a_goal_in_the_air_is_a_ball():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mujoco, "Renderer", Unlit)
        painter = ArmPainter(load_arm("ur5e"), 64, 48)
    goal = np.array([0.4, 0.1, 0.3])
    ((shapes, eye),) = painter.paint([Moment(load_arm("ur5e").home, goal, goal, 0, False)])
    assert [place for place, _ in of_type(shapes, SPHERE)] == [pytest.approx(goal, abs=1e-6)] * 2
    assert np.linalg.norm(eye - goal) > 1.5  # all that the arm reaches is seen
