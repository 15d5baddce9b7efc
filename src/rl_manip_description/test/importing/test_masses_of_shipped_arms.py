"""The masses in the arms' files are those of the whole arm, and stops rest on them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from rl_manip_description import load_arm
from rl_manip_description.importing.finding.stops import stop_decelerations
from rl_manip_description.importing.reading.read_links import read_links
from rl_manip_description.model.own_kinematics import arm_urdf

# Weight of the whole arm [kg], base included and cables not, and above it whose page says so; the
# pages themselves were not at hand, others quote them.
WEIGHTS = {
    # Franka Emika, download.franka.de/Datasheet-EN.pdf, April 2020: the Panda's. The FR3's own data
    # sheet, R02212, was not read.
    "fr3": 17.8,
    # Kinova, kinovarobotics.com/uploads/Kinova_Onepager_Gen3_2026_EN.pdf
    "gen3": 8.2,
    "gen3_6": 7.2,
    # UFACTORY, ufactory.cc/lite-6-collaborative-robot
    "lite6": 7.2,
    # UFACTORY, specifications of xArm 5, 6 and 7, "robot arm only"; in 2026
    # ufactory.cc/xarm-collaborative-robot has 12.5 and 14.3
    "xarm6": 12.2,
    "xarm7": 13.7,
    # Universal Robots, universal-robots.com/products/e-series in 2026; a UR7e replaces the UR5e, a
    # UR12e the UR10e, by the same masses of links.
    "ur3e": 11.2,
    "ur5e": 20.6,
    "ur7e": 20.6,
    "ur10e": 33.5,
    "ur12e": 33.5,
    "ur16e": 33.1,
    # Universal Robots, universal-robots.com/products/ur-series in 2026
    "ur8long": 44.7,
    "ur15": 40.7,
    "ur18": 39.2,
    "ur20": 64.0,
    "ur30": 63.5,
}
LIGHTEST = 0.7  # share of an arm's weight that its moving links have at least: the base is the rest
# Their stops are what `import_arm` computed. The others' were measured, and are held against
# torques and friction in rl_manip_sim/test/models/test_stop_limits.py.
IMPORTED = (
    *("fr3", "gen3", "gen3_6", "lite6", "xarm6", "xarm7"),
    *("ur8long", "ur15", "ur18", "ur20", "ur30"),
)


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
