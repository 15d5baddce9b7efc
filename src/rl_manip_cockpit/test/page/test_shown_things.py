"""What is drawn beside an arm: each thing once, and moved rather than drawn again."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from rl_manip_cockpit.page.shown_arm import ShownThings
from rl_manip_cockpit.simulated.hole_things import hole_things
from rl_manip_cockpit.state.arm_copy import BLOCK, PEG, Thing
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, HOLE_WIDTH, WALL
from rl_manip_train.pictures.recording import Hole

AHEAD = np.array([0.5, 0.1, 0.2, 0.0, 0.0, 0.0, 1.0])
HALF = np.array([0.01, 0.02, 0.03])


class PretendedScene:
    """Notes what is added and removed, as a page's scene would draw it."""

    def __init__(self):
        self.there, self.added, self.moves = {}, [], 0

    def _add(self, name, *_):
        self.added.append(name)
        self.there[name] = node = Node(self, name)
        return node

    add_box = add_cylinder = add_icosphere = _add


class Node(SimpleNamespace):
    def __init__(self, scene, name):
        super().__init__(scene=scene, name=name)

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        self.scene.moves += name == "position"

    def remove(self):
        del self.scene.there[self.name]


def test_a_thing_is_moved_and_drawn_anew_only_where_it_changes():
    scene = PretendedScene()
    shown = ShownThings(scene, "/arm")
    block, peg = Thing("block", BLOCK, AHEAD, "box", HALF), Thing("peg", PEG, AHEAD, "box", HALF)
    shown.show((block, peg))
    shown.show((block, peg))
    assert scene.added == ["/arm/block", "/arm/peg"]
    assert scene.moves == 2  # nothing is sent of what stands still
    shown.show((block, replace(peg, pose=AHEAD + 0.1)))
    assert (len(scene.added), scene.moves) == (2, 3)
    np.testing.assert_array_equal(scene.there["/arm/peg"].position, AHEAD[:3] + 0.1)
    shown.show((block, replace(peg, shape="cylinder")))
    assert scene.added[2:] == ["/arm/peg"]
    shown.show((block,))
    assert list(scene.there) == ["/arm/block"]


@pytest.mark.parametrize(("shape", "count"), [(0, 16), (1, 4)])
def test_the_walls_of_a_hole_leave_it_open(shape, count):
    """A quarter turn: wall 0, along the block's x axis, is along the base's y axis."""
    turned = np.array([0.5, 0.1, 0.2, 0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)])
    downwards = np.array([0.5, 0.1, 0.3, 1.0, 0.0, 0.0, 0.0])
    things = {thing.name: thing for thing in hole_things(Hole(turned, shape, 0.002), downwards)}
    walls = [thing for name, thing in things.items() if name.startswith("wall")]
    assert len(walls) == count
    away = (HOLE_WIDTH + WALL) / 2.0
    np.testing.assert_allclose(
        things["wall_0"].pose[:3], [0.5, 0.1 + away, 0.2 - HOLE_DEPTH / 2.0], atol=1e-9
    )
    peg, floor, post = (things[name] for name in ("peg", "floor", "post"))
    np.testing.assert_allclose(peg.pose[:3], [0.5, 0.1, 0.25])
    np.testing.assert_allclose(peg.half_extents[:2], 0.014)
    assert peg.shape == ("cylinder", "box")[shape]
    under = floor.pose[2] - floor.half_extents[2]
    assert post.pose[2] + post.half_extents[2] == pytest.approx(under)
    low = Hole(AHEAD - [0.0, 0.0, 0.1, 0.0, 0.0, 0.0, 0.0], shape, 0.002)
    assert "post" not in {thing.name for thing in hole_things(low, downwards)}  # it is in the table
