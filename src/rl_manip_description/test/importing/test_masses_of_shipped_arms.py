"""The masses in the arms' files are those of the whole arm, and stops rest on them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from rl_manip_description import load_arm
from rl_manip_description.importing.finding.stops import stop_decelerations
from rl_manip_description.importing.reading.read_links import read_links
from rl_manip_description.model.own_kinematics import arm_urdf

# Weight of the whole arm [kg], base included and cables not, by the makers' data sheets.
WEIGHTS = {
    "fr3": 17.8,
    "gen3": 8.2,
    "lite6": 7.2,
    "xarm6": 12.2,
    "xarm7": 13.7,
    "ur3e": 11.2,
    "ur5e": 20.6,
    "ur7e": 20.6,
    "ur10e": 33.5,
    "ur12e": 33.5,
    "ur16e": 33.1,
    "ur20": 64.0,
    "ur30": 63.5,
}
LIGHTEST = 0.7  # share of an arm's weight that its moving links have at least: the base is the rest
# Their stops are what `import_arm` computed. The others' were measured, and are held against
# torques and friction in rl_manip_sim/test/models/test_stop_limits.py.
IMPORTED = ("fr3", "gen3", "lite6", "ur20", "ur30", "xarm6", "xarm7")


def inertias_of(arm):
    root = ElementTree.fromstring(arm_urdf(arm))
    links = read_links(root, arm.name, arm.base_frame, arm.joint_names, lambda mesh: mesh)
    return [link.inertia for link in links.moved]


@pytest.mark.parametrize("name", WEIGHTS)
def test_the_links_weigh_what_the_arm_does_without_its_base(name):
    moving = sum(inertia.mass for inertia in inertias_of(load_arm(name)))
    assert LIGHTEST * WEIGHTS[name] <= moving <= WEIGHTS[name]


@pytest.mark.parametrize("name", IMPORTED)
def test_an_imported_arm_brakes_no_harder_than_its_masses_and_torques_allow(name):
    arm = load_arm(name)
    allowed = stop_decelerations(arm.chain, arm.limits, inertias_of(arm))
    assert (arm.limits.stop_deceleration <= allowed).all()
