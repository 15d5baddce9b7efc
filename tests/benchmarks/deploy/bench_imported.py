"""Peers' policies through ROS, beside the same goals from the same poses in the peer's own loop.

    python tests/benchmarks/run.py imported [--goals 50] [--seed 1] [--posture 0]

Each peer's own classes hold, normalise and export a network that was taught to reach;
`import_policy` makes a policy file of it, with which evaluate.launch.py drives the simulated arm
from goal to goal. Then the simulator sets out from each pose in which a goal found the arm, driven
by the peer itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import domain_coordinator
import numpy as np
import torch
import written_figures
from peer_packages import add_peer_packages

from rl_manip_deploy.policy.policy_file import Command, Policy, load_policy
from rl_manip_description import Arm, load_arm
from rl_manip_gap.compare.closed_loop import rerun
from rl_manip_gap.compare.goal_outcomes import arm_outcomes, goal_spans
from rl_manip_gap.compare.paired_goals import paired_goals
from rl_manip_gap.recording.recording import read_recording
from rl_manip_train.policy.export import write_graph
from rl_manip_train.policy.foreign.policy_import import import_network

sys.path.append(str(Path(__file__).resolve().parents[3] / "src/rl_manip_train/test/policy/foreign"))

from foreign_peers import PEERS, Peer
from imitated_reach import LIMIT, SPREAD, imitated_reach, observation_of


class PeersLoop:
    """What of `Policy` the simulator's loop asks for, answered by the peer itself."""

    reads_object = False

    def __init__(self, peer: Peer, imported: Policy) -> None:
        self.metadata = imported.metadata
        self._peer, self._arm = peer, imported.arm

    @torch.no_grad()
    def act(self, values: dict[str, np.ndarray], memory: object = None) -> Command:
        """See `Policy.act`; the observation is built here, not in the imported file."""
        position = values["joint_position"]
        to_goal = values["goal_position"] - self._arm.forward_kinematics(position).position
        rows = (position, values["joint_velocity"], to_goal)
        position, velocity, way = (
            torch.tensor(np.array(row), dtype=torch.float32)[None] for row in rows
        )
        action = self._peer.act(observation_of(self._arm, position, velocity, way))
        return Command(LIMIT * action.clamp(-1.0, 1.0)[0].numpy().astype(float))


def through_ros(policy: Path, run_dir: Path, goals: int, seed: int) -> None:
    """Drives the simulated arm from goal to goal, and records it."""
    command = ["ros2", "launch", "rl_manip", "evaluate.launch.py", "arm:=ur5e", "hardware:=sim"]
    command += [f"policy:={policy}", f"run_dir:={run_dir}", f"goals:={goals}", f"seed:={seed}"]
    subprocess.run(command, check=True)


def compared(arm: Arm, peer: Peer, folder: Path, goals: int, seed: int) -> dict[str, Any]:
    """How many goals each met, and the difference goal by goal."""
    spec, policy = folder / "spec.yaml", folder / "imported.onnx"
    spec.write_text(f"{peer.spec}joint_spread: {[round(float(one), 3) for one in SPREAD]}\n")
    write_graph(import_network(peer.file, spec, "", "").judged(None)[0], policy)
    through_ros(policy, folder / "run", goals, seed)
    recording, loaded = read_recording(folder / "run" / "bag", arm), load_policy(policy, arm)
    spans = goal_spans(recording)
    ros = arm_outcomes(recording, arm, spans, loaded.metadata.success)
    own = rerun(arm, PeersLoop(peer, loaded), recording, spans).outcomes
    pairs = paired_goals(ros, own)
    low, high = pairs.success.ci95
    return {
        "goals": pairs.goals,
        "met through ROS": sum(one.success for one in ros),
        "of the last ten": sum(one.success for one in ros[-10:]),
        "met in the peer's loop": sum(one.success for one in own),
        "difference [1]": pairs.success.value,
        "from": low,
        "to": high,
    }


def main() -> int:
    """Writes runs/bench/imported.json; 0 where none is worse through ROS by more than chance."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--goals", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1, help="of the goals")
    parser.add_argument("--peers", nargs="+", choices=tuple(PEERS), default=tuple(PEERS))
    parser.add_argument(
        "--posture",
        type=float,
        default=0.0,
        help="how fast the network was taught to bring joints back to home, 0 for not at all [1/s]",
    )
    given = parser.parse_args()
    add_peer_packages()
    torch.set_num_threads(1)
    arm = load_arm("ur5e")
    network, mean, variance = imitated_reach(arm, given.posture)
    figures: dict[str, Any] = {"machine": written_figures.machine()}
    with domain_coordinator.domain_id() as domain, tempfile.TemporaryDirectory() as place:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        for name in given.peers:
            folder = Path(place) / name
            folder.mkdir()
            peer = PEERS[name](network, mean, variance, folder)
            figures[name] = compared(arm, peer, folder, given.goals, given.seed)
    written_figures.write("imported", figures)
    return 0 if all(figures[name]["to"] >= 0.0 for name in given.peers) else 1
