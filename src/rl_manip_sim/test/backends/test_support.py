"""Supports beside what the contract checks: who simulates none, and models without one."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.backends import make_sim
from rl_manip_sim.backends.backend_base import BackendBase
from rl_manip_sim.batch_sim import SimCfgError
from rl_manip_sim.models.arm_model import build_arm_spec
from rl_manip_sim.models.scene import Scene, SceneError
from rl_manip_sim.models.support_model import shape_support

SCENE = Scene(("box",), support=True)


@pytest.fixture(scope="module")
def gripping_arm():
    return load_arm("ur5e", gripper="robotiq_2f85")


class NoSupports(BackendBase):
    """A backend that says nothing of supports."""

    name = "plain"


def test_a_backend_without_supports_refuses_them_in_a_sentence(gripping_arm):
    expected = "plain does not simulate supports, expected a backend that does: mujoco, mujoco_warp"
    with pytest.raises(SceneError, match=expected):
        NoSupports(gripping_arm, 1, 0.04, 0.01, SCENE)


def test_a_pose_of_a_support_is_refused_where_there_is_none(gripping_arm):
    sim = make_sim("mujoco", gripping_arm, 1, 0.04, 0.01, 1, Scene(("box",)))
    home = torch.tensor(np.array(gripping_arm.home), dtype=torch.float32)[None]
    with pytest.raises(SimCfgError, match="the scene has no support"):
        sim.reset(torch.tensor([0]), home, support_pose=torch.zeros(1, 7))
    assert not hasattr(sim, "support_pose")


def test_scenes_without_a_support_have_no_body_more(gripping_arm):
    without, having = (
        build_arm_spec(gripping_arm, 0.01, scene=scene).compile()
        for scene in (Scene(("box",)), SCENE)
    )
    assert (having.nbody - without.nbody, having.ngeom - without.ngeom) == (1, 1)
    assert having.nv - without.nv == 6


def test_a_block_of_another_size_has_the_inertia_of_a_solid_block(gripping_arm):
    model = build_arm_spec(gripping_arm, 0.01, scene=SCENE).compile()
    shape_support(model, 0.04, 0.05, 0.6)
    # m (y^2 + z^2) / 3 across and m (x^2 + y^2) / 3 about the vertical, of half extents
    expected = 0.6 * np.array((0.0041, 0.0041, 0.0032)) / 3.0
    np.testing.assert_allclose(model.body("support").inertia, expected)
    geom = model.geom("support")
    np.testing.assert_allclose(geom.size, (0.04, 0.04, 0.05))
    assert geom.rbound[0] == pytest.approx(np.sqrt(0.0057))
    assert model.geom_type[geom.id] == mujoco.mjtGeom.mjGEOM_BOX
