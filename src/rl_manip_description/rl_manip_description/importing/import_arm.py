"""`ros2 run rl_manip_description import_arm URDF -o FOLDER`: an arm's files from a URDF."""

from __future__ import annotations

import argparse
import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Sequence, Tuple
from xml.etree import ElementTree

import numpy as np

from rl_manip_description.contract.settings import with_home
from rl_manip_description.contract.whole_file import write_text
from rl_manip_description.importing.finding import goal_region, home_pose
from rl_manip_description.importing.finding.fitted_shapes import fit_meshes
from rl_manip_description.importing.finding.free_poses import BY_DESIGN, CLEAR, OFTEN, FreePoses
from rl_manip_description.importing.found_limits import told_limits, with_stops
from rl_manip_description.importing.reading.chosen_frames import Frames, choose_frames
from rl_manip_description.importing.reading.more_files import (
    Named,
    chains,
    named_poses,
    never_checked,
)
from rl_manip_description.importing.reading.read_links import Inertia, Links, of_a_body, read_links
from rl_manip_description.importing.reading.urdf_source import (
    FileFinder,
    ImportArmError,
    read_robot,
)
from rl_manip_description.importing.writing.write_urdf import Parts, urdf_text
from rl_manip_description.importing.writing.write_yaml import ArmFile, Row, table, yaml_text
from rl_manip_description.kinematics.link_shapes import BASE, Solids, solid, together
from rl_manip_description.kinematics.serial_chain import KinematicChain
from rl_manip_description.kinematics.urdf_chain import chain_in
from rl_manip_description.kinematics.urdf_checks import chain_problems, limit_problems
from rl_manip_description.model.arm import JointLimits
from rl_manip_description.model.arm_files import known_arms, load_arm

POSES = 1000


@dataclass(frozen=True)
class Given:
    """What the command line says."""

    urdf: Path
    out: Path
    name: str = ""
    base: str = ""
    tool: str = ""
    srdf: Optional[Path] = None
    joint_limits: Optional[Path] = None
    package_path: Tuple[Path, ...] = ()
    xacro_arguments: Tuple[str, ...] = ()
    home: Tuple[float, ...] = ()
    shapes: int = 2


def import_arm(given: Given) -> Tuple[Path, List[Row]]:
    """Writes <name>.yaml and <name>.urdf; returns the first one's path, and the table's rows.

    Raises:
        ImportArmError: the URDF cannot become an arm.
    """
    if wrong := [word for word in given.xacro_arguments if ":=" not in word]:
        raise ImportArmError(f"--xacro-arg is {wrong[0]!r}, expected NAME:=VALUE.")
    arguments = dict(word.split(":=", 1) for word in given.xacro_arguments)
    if given.shapes < 1:
        raise ImportArmError(f"--shapes is {given.shapes}, expected 1 or more.")
    root = read_robot(given.urdf, arguments)
    srdf = read_robot(given.srdf, arguments) if given.srdf else ElementTree.Element("robot")
    name = given.name or root.get("name", "") or given.urdf.stem
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ImportArmError(
            f"the arm would be called {name!r}: give --name, of small letters, digits and _."
        )
    if name in known_arms():
        raise ImportArmError(f"there is an arm called {name!r} already: give another --name.")
    source = given.urdf.name
    frames = choose_frames(root, source, given.base, given.tool, chains(srdf))
    _refuse_problems(root, source, frames)
    chain = chain_in(root, source, frames.base, frames.tool, frames.joint_names)
    finder = FileFinder(given.urdf.parent, given.package_path)
    links = read_links(root, source, frames.base, frames.joint_names, finder.find)
    if given.home and len(given.home) != len(frames.joint_names):
        raise ImportArmError(
            f"--home has {len(given.home)} angles, expected one for each of "
            f"{', '.join(frames.joint_names)}."
        )
    rows = [
        Row(
            "base frame", frames.base, "asked for" if frames.chosen else "found", not frames.chosen
        ),
        Row(
            "tool frame", frames.tool, "asked for" if frames.chosen else "found", not frames.chosen
        ),
        Row("joints", ", ".join(frames.joint_names), "URDF"),
        Row("position, velocity, effort", f"of {len(frames.joint_names)} joints", "URDF"),
    ]
    inertias = _inertias(links, source, rows)
    if links.left_out:
        rows.append(Row("left out", ", ".join(links.left_out), "hang on other joints", True))
    solids = _solids(links, given.shapes, rows)
    limits = told_limits(root, frames.joint_names, given.joint_limits, rows)
    limits = with_stops(limits, chain, inertias, frames.joint_names, rows)

    free = FreePoses(chain, solids)
    allowed = _allow(free, links, limits, srdf, rows)
    reach_of = home_pose.span(chain, limits)
    known = [Named("--home", np.array(given.home))] if given.home else []
    known += named_poses(srdf, frames.joint_names)
    home = _home(chain, limits, free, reach_of, known, rows)
    goals = goal_region.find_goal_region(chain, limits, home, free, reach_of)
    region = goals.region
    rows.append(
        Row(
            "goal region",
            f"{region.inner_radius:g} to {region.outer_radius:g} m from the shoulder",
            f"computed: the last {goal_region.POINTS} of {goals.tried} points were all reached",
        )
    )
    spreads = goal_region.find_spreads(chain, limits, home, free, frames.joint_names)
    rows.append(Row("spreads of start and goals", "per joint", "computed: 99.5 % of starts free"))
    rows.append(Row("controller's topics", "forward_velocity_controller", "assumed", True))
    title = f"{name}, imported from {source}."
    link_names = [link.name for link in links.moved]
    parts = Parts(
        *(name, frames.base, frames.tool, frames.joint_names, link_names, chain, limits),
        *(inertias, solids),
    )
    arm = ArmFile(
        title, frames.base, frames.tool, frames.joint_names, home, limits, region, spreads, allowed
    )
    return _write(given.out, name, urdf_text(parts, title), yaml_text(arm)), rows


def _refuse_problems(root: ElementTree.Element, source: str, frames: Frames) -> None:
    problems = chain_problems(root, source, frames.joint_names)
    for joint in root.findall("joint"):
        if joint.get("name") in frames.joint_names:
            problems += limit_problems(joint)
    if problems:
        raise ImportArmError(f"{source} cannot be simulated: {'; '.join(problems)}.")


def _inertias(links: Links, source: str, rows: List[Row]) -> List[Inertia]:
    """Of the links that move, as a rigid body can have them."""
    found = []
    for link in links.moved:
        told = link.inertia
        if told is None:  # checked before: each link that a joint moves has one
            raise ImportArmError(f"{source}: link {link.name!r} has no inertia.")
        found.append(of_a_body(told))
        if found[-1] is not told:
            before, after = (np.linalg.eigvalsh(each.about_center) for each in (told, found[-1]))
            said = f"{_moments(before)} raised to {_moments(after)} kg m^2"
            rows.append(Row(f"inertia of {link.name}", said, "no body's: A + B < C", True))
    moving = sum(inertia.mass for inertia in found)
    said = f"{moving:.3g} kg in {len(found)} moving links"
    rows.append(Row("masses", said, "URDF; the whole arm weighs a little more", True))
    return found


def _moments(values: np.ndarray) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def _solids(links: Links, most: int, rows: List[Row]) -> Solids:
    parts: List[Solids] = []
    for number in range(BASE, len(links.moved)):
        link = links.numbered(number)
        parts += [each._replace(link=np.full(len(each.link), number)) for each in link.solids]
        if link.meshes:
            fit = fit_meshes(link.meshes, most)
            parts += [solid(number, s.kind, s.size, s.pose, link.name) for s in fit.shapes]
            said = f"{len(fit.shapes)} shapes, up to {1e3 * fit.farthest:.0f} mm off the mesh"
            rows.append(Row(f"shape of {link.name}", said, "fitted to the meshes"))
        elif link.solids:
            rows.append(Row(f"shape of {link.name}", f"{len(link.solids)} shapes", "URDF"))
        else:
            rows.append(Row(f"shape of {link.name}", "none: it hits nothing", "URDF", True))
    return together(parts)


def _allow(
    free: FreePoses,
    links: Links,
    limits: JointLimits,
    srdf: ElementTree.Element,
    rows: List[Row],
) -> List[Tuple[str, str]]:
    """Lets links overlap that do so by design; names the pairs."""
    numbers = {links.numbered(number).name: number for number in range(BASE, len(links.moved))}
    for pair in never_checked(srdf):
        if set(pair) <= set(numbers):
            first, second = sorted(numbers[name] for name in pair)
            free.allow([(first, second)])
    poses = np.random.default_rng(1).uniform(*limits.one_turn, (POSES, len(links.moved)))
    free.allow(free.overlapping(poses, BY_DESIGN))
    near = [(a, b) for a, b in free.overlapping(poses, OFTEN, CLEAR) if b - a == 2]
    free.allow(near)
    allowed = [(links.numbered(a).name, links.numbered(b).name) for a, b in free.allowed]
    said = f"{len(allowed)} pairs of links"
    rows.append(Row("allowed collisions", said, f"computed in {POSES} poses"))
    return allowed


def _home(
    chain: KinematicChain,
    limits: JointLimits,
    free: FreePoses,
    reach_of: home_pose.Span,
    known: Sequence[Named],
    rows: List[Row],
) -> np.ndarray:
    refused = []
    for pose in known:
        why = home_pose.is_fit_for_home(chain, limits, free, reach_of, pose.joint_position)
        if not why:
            rows.append(Row("home", pose.name, "given"))
            return pose.joint_position
        refused.append(f"{pose.name}: {why}")
    home = home_pose.find_home(chain, limits, free, reach_of)
    source = "computed" + (f" ({'; '.join(refused)})" if refused else "")
    rows.append(Row("home", ", ".join(f"{angle:g}" for angle in home), source))
    return home


def _write(folder: Path, name: str, urdf: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    try:
        write_text(path.with_suffix(".urdf"), urdf)
        write_text(path, text)
    except OSError as error:
        raise ImportArmError(
            f"{folder} cannot be written ({error.strerror}): give another folder with -o."
        ) from None
    load_arm(str(path))  # what was written is an arm
    return path


def _angles(text: str) -> Tuple[float, ...]:
    try:
        angles = tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError:
        angles = (math.nan,)
    if not all(map(math.isfinite, angles)):
        raise ImportArmError(f"--home is {text!r}, expected angles such as 0,-1.57,1.57.")
    return angles


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    words = argparse.ArgumentParser(
        prog="import_arm", description="Writes an arm's YAML and URDF from a URDF or xacro file."
    )
    words.add_argument("urdf", type=Path, help="URDF, or .xacro, which is expanded")
    words.add_argument("-o", "--out", type=Path, required=True, help="folder for the two files")
    words.add_argument("--name", default="", help="of the arm; default: the robot's")
    words.add_argument("--base", default="", help="frame with z up that the arm stands on")
    words.add_argument("--tool", default="", help="frame of the flange, z out of the arm")
    words.add_argument("--srdf", type=Path, help="MoveIt's SRDF: chain, home, collisions")
    words.add_argument("--joint-limits", type=Path, help="MoveIt's joint_limits.yaml")
    words.add_argument(
        "--package-path", type=Path, action="append", default=[], help="where packages are"
    )
    words.add_argument(
        "--xacro-arg", action="append", default=[], metavar="NAME:=VALUE", help="of the xacro file"
    )
    words.add_argument("--home", default="", help="angles [rad] with commas between, from base on")
    words.add_argument("--shapes", type=int, default=2, help="shapes per link, at most")
    return words


def main(words: Optional[Sequence[str]] = None) -> int:
    """Imports an arm; 1, after a sentence, where that cannot be done."""
    values = vars(parser().parse_args(words))
    try:
        given = Given(
            package_path=tuple(values.pop("package_path")),
            xacro_arguments=tuple(values.pop("xacro_arg")),
            home=_angles(values.pop("home")),
            **values,
        )
        path, rows = import_arm(with_home(given))
    except ValueError as error:
        print(f"import_arm: {error}", file=sys.stderr)
        return 1
    print(table(rows))
    print(f"\n{path}\nnext: ros2 run rl_manip_train train --arm {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
