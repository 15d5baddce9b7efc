"""From a maker's URDF with meshes to an arm: what is found, computed, and refused by name."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("trimesh", reason="trimesh reads the meshes")
pytest.importorskip("scipy", reason="scipy finds their convex hulls")

from foreign_robot import ENDLESS, PACKAGE, import_words, write_foreign_robot
from seven_joint_arm import NAMES

from rl_manip_description import load_arm
from rl_manip_description.importing import import_arm
from rl_manip_description.importing.finding import goal_region
from rl_manip_description.importing.import_arm import main
from rl_manip_description.importing.reading.urdf_source import ImportArmError
from rl_manip_description.kinematics.link_shapes import read_solids
from rl_manip_description.kinematics.urdf_chain import read_chain


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """The maker's URDF, and the arm that was made of it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    urdf, *options = import_words(folder, folder / "mine")
    assert main([urdf, *options]) == 0
    return Path(urdf), load_arm(str(folder / "mine" / f"{PACKAGE}.yaml"))


def test_kinematics_and_limits_are_the_urdfs(imported):
    urdf, arm = imported
    assert arm.joint_names == NAMES
    poses = np.random.default_rng(0).uniform(-2.0, 2.0, (50, 7))
    expected = read_chain(urdf, "pedestal", "mounting_plate", NAMES).joint_frames(poses)[1]
    np.testing.assert_allclose(arm.chain.joint_frames(poses)[1], expected, atol=1e-8)
    assert arm.limits.endless.tolist() == [name == ENDLESS for name in NAMES]
    np.testing.assert_array_equal(arm.limits.velocity, 1.7)
    np.testing.assert_array_equal(arm.limits.position_upper[:2], [2.96, 2.09])


def test_meshes_became_the_cylinders_that_they_are(imported):
    _, arm = imported
    solids = read_solids(arm.urdf_path, arm.joint_names, arm.base_frame)
    assert len(solids.link) == 8
    # meshes with 24 sides lie within their circles, and the cylinders round them are those
    radii = np.where(solids.link == -1, 0.06, 0.04)
    np.testing.assert_allclose(solids.disc, radii, rtol=0.01)
    np.testing.assert_allclose(2.0 * solids.half[:3, 2], [0.16, 0.18, 0.20], rtol=1e-6)


def test_home_points_down_and_goals_are_reached(imported):
    _, arm = imported
    tool = arm.chain.joint_frames(arm.home)[1]
    np.testing.assert_allclose(tool[:3, 2], [0.0, 0.0, -1.0], atol=5e-3)
    assert tool[0, 3] > 0.2
    assert arm.workspace.contains(np.array([0.45, 0.1, 0.4]))
    # two links of 0.4 m and a wrist of 0.13 m
    assert 0.5 < arm.workspace.outer_radius <= goal_region.WIDEST * 0.93 + 1e-3


def test_a_person_is_to_compare_the_masses_with_the_arms_weight(tmp_path, capsys):
    assert main(import_words(tmp_path, tmp_path / "out")) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("masses"))
    assert "14 kg in 7 moving links" in line
    assert line.endswith("<- check")


def test_stops_are_those_that_the_masses_allow(imported):
    _, arm = imported
    # stretched level, six links of 2 kg hang on joint 2, at 0.09 m of its axis the first of them
    centers = np.array([0.1, 0.3, 0.5, 0.7, 0.84, 0.905])
    left = 0.8 * 100.0 - 9.81 * 2.0 * centers.sum()
    inertia = (2.0 * centers**2).sum() + 6 * 0.01
    # drawn postures are hardly ever that bad; all joints at once brake less hard than one
    assert 0.5 * left / inertia < arm.limits.stop_deceleration[1] < 1.5 * left / inertia
    assert np.all(arm.limits.acceleration <= arm.limits.stop_deceleration)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"<inertial>.*?</inertial>", "", "link 'link_1' has no inertia"),
        (
            'name="axis_2" type="revolute"',
            'name="axis_2" type="prismatic"',
            "'axis_2' is prismatic",
        ),
        (r'effort="100"', 'effort="0"', "joint 'axis_1' has the effort limit 0: give more than 0"),
        (r'velocity="1.7"', 'velocity="0"', "joint 'axis_1' has the velocity limit 0"),
        (r'(<axis xyz="0 -1 0"/>)', r'\1<mimic joint="axis_1"/>', "joint 'axis_4' mimics"),
        (r"meshes/160_60.stl", "meshes/none.stl", "link 'pedestal'.*none.stl is not there"),
        (f"package://{PACKAGE}", "package://nowhere", "package 'nowhere' of the mesh"),
        (r"<robot ", "<sdf ", "is no URDF"),
    ],
)
def test_what_cannot_be_simulated_is_one_sentence(tmp_path, capsys, old, new, said):
    urdf, _ = write_foreign_robot(tmp_path)
    text = re.sub(old, new, urdf.read_text())
    assert text != urdf.read_text()
    urdf.write_text(text)
    words = [str(urdf), "--package-path", str(tmp_path), "-o", str(tmp_path / "mine")]
    assert main(words) == 1
    error = capsys.readouterr().err
    assert re.search(said, error)
    assert error.count("\n") == 1
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tool", "hand"], "--tool is 'hand', expected a link of foreign_arm.urdf: pedestal"),
        (["--base", "mounting_plate"], "no joint that moves between 'mounting_plate'"),
        (["--joint-limits", "none.yaml"], "none.yaml cannot be read"),
        (["--name", "My Arm"], "the arm would be called 'My Arm'"),
        (["--name", "ur5e"], "there is an arm called 'ur5e' already: give another --name"),
        (["--home", "nan,0,0,0,0,0,0"], "--home is 'nan,0,0,0,0,0,0', expected angles"),
        (["--shapes", "0"], "--shapes is 0, expected 1 or more"),
        (["--xacro-arg", "mass=2"], "--xacro-arg is 'mass=2', expected NAME:=VALUE"),
        (["--srdf", "~nobody-here/x"], "begins with a home folder that is not known here"),
    ],
)
def test_a_wrong_word_is_one_sentence(tmp_path, capsys, words, said):
    urdf, _ = write_foreign_robot(tmp_path)
    given = [str(urdf), "--package-path", str(tmp_path), "-o", str(tmp_path / "mine"), *words]
    assert main(given) == 1
    assert said in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ImportArmError, match="mine cannot be written .*: give another folder"):
        import_arm._write(tmp_path / "file" / "mine", "arm", "<robot/>", "name: arm")


@pytest.mark.skipif(importlib.util.find_spec("xacro") is None, reason="xacro expands it")
def test_xacro_is_expanded(tmp_path, capsys):
    urdf, _ = write_foreign_robot(tmp_path)
    text = urdf.read_text().replace("<robot ", '<robot xmlns:xacro="http://ros.org/wiki/xacro" ', 1)
    text = text.replace("<mujoco>", '<xacro:arg name="mass" default="0"/><mujoco>')
    text = text.replace('mass value="2.0"', 'mass value="$(arg mass)"')
    path = urdf.with_suffix(".urdf.xacro")
    path.write_text(text)
    words = [str(path), "--package-path", str(tmp_path), "-o", str(tmp_path / "mine")]
    assert main(words) == 1  # by its default the links weigh nothing
    assert "link 'link_1' has the mass 0" in capsys.readouterr().err
    path.write_text(text.replace("foreign_arm/meshes/160_60.stl", "nowhere.stl"))
    assert main([*words, "--xacro-arg", "mass:=2.0"]) == 1  # this time the masses were taken
    assert "nowhere.stl" in capsys.readouterr().err
