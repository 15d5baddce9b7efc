from xml.etree import ElementTree

import numpy as np
import pytest
from published_dh import LENGTHS

from rl_manip_description import load_arm
from rl_manip_description.generate_urdf import generate_urdf
from rl_manip_description.kinematics.urdf_chain import read_chain

LINKS = (
    "base_link",
    "base",
    "shoulder_link",
    "upper_arm_link",
    "forearm_link",
    "wrist_1_link",
    "wrist_2_link",
    "wrist_3_link",
    "flange",
    "tool0",
)


@pytest.mark.parametrize("name", LENGTHS)
def test_the_urdf_in_the_repository_is_what_the_generator_writes(name):
    written = load_arm(name).urdf_path.read_text(encoding="utf-8")
    assert written == generate_urdf(name), (
        "run `python -m rl_manip_description.generate_urdf` and commit the result"
    )


@pytest.mark.parametrize("name", LENGTHS)
def test_frames_are_those_of_the_driver(name):
    robot = ElementTree.parse(str(load_arm(name).urdf_path)).getroot()
    assert sorted(link.get("name") for link in robot.findall("link")) == sorted(LINKS)


@pytest.mark.parametrize("name", LENGTHS)
def test_shapes_are_cylinders_so_that_every_viewer_shows_them(name):
    robot = ElementTree.parse(str(load_arm(name).urdf_path)).getroot()
    shapes = {shape.tag for geometry in robot.iter("geometry") for shape in geometry}
    assert shapes == {"cylinder"}
    materials = {material.get("name") for material in robot.findall("material")}
    used = {material.get("name") for material in robot.findall("link/visual/material")}
    assert used == materials


@pytest.mark.parametrize("name", LENGTHS)
def test_the_pendants_base_is_base_link_turned_by_pi(name):
    chain = read_chain(load_arm(name).urdf_path, "base_link", "base", [])
    np.testing.assert_allclose(chain.tool, np.diag([-1.0, -1.0, 1.0, 1.0]), atol=1e-12)


@pytest.mark.parametrize("name", LENGTHS)
def test_flange_has_x_out_of_the_arm_and_tool0_has_z(name):
    path = load_arm(name).urdf_path
    flange = read_chain(path, "wrist_3_link", "flange", []).tool
    tool = read_chain(path, "wrist_3_link", "tool0", []).tool
    np.testing.assert_allclose(tool, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(flange[:3, 0], tool[:3, 2], atol=1e-12)
