"""``ros2 run rl_manip_cockpit view``: a policy file, run in simulation on a page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import tyro

from rl_manip_cockpit.commands import GIVEN_AS, PORTS, say_where, serve_command, warn
from rl_manip_cockpit.page.policy_page import PolicyPage
from rl_manip_cockpit.simulated.policy_trial import PolicyTrial
from rl_manip_cockpit.simulated.real_time import RealTime
from rl_manip_cockpit.state.access import Access
from rl_manip_train.commands import SEEDS, check_bounds, make_arm_known
from rl_manip_train.policy.onnx_policy import OnnxPolicy, load_onnx_policy

UNWATCHED = 0.2  # [s] between two looks whether a page is open


@dataclass(frozen=True)
class ViewCommand:
    """Serve a page on which a policy runs in simulation: drag its goal, turn sliders."""

    policy: tyro.conf.Positional[Path]
    """The policy's ONNX file."""
    arm: str = ""
    """YAML file of the policy's arm, where it is not known by its name."""
    seed: int = 0
    """Seed of start poses, goals and noise."""
    physics_dt: float = 0.0
    """Simulation step [s]; 0 for the task's own."""
    host: str = "127.0.0.1"
    """Address to serve the page on."""
    port: int = 8080
    """Port to serve the page on; 0 takes any that is free."""
    token: str = ""
    """What a person beyond this machine must know to press anything; empty draws one."""


def main() -> None:
    """Entry point."""
    serve_command("view", ViewCommand, serve)


def serve(command: ViewCommand) -> None:
    """Until the process is ended; the simulation waits while no page is open."""
    torch.set_num_threads(1)
    check_bounds(command, seed=SEEDS, port=PORTS)
    policy = load_onnx_policy(command.policy)
    make_arm_known(command.arm, policy.metadata.arm)
    trial = PolicyTrial(policy, command.seed, command.physics_dt)
    access = Access(command.host, command.token)
    page = PolicyPage(
        trial.arm,
        title_of(command.policy, policy),
        trial.knobs,
        trial.figures,
        trial.look(1.0),
        trial.can_be_aimed,
        trial.goals.is_turned,
        access,
        trial,
        command.host,
        command.port,
        warn,
        GIVEN_AS,
    )
    say_where(command.host, page.port, access)
    clock = RealTime(policy.metadata.control_dt)
    while True:
        if page.is_watched:
            trial.do_what_is_asked()
            if not trial.is_paused:
                trial.advance()
            page.show(trial.look(clock.pace))
            clock.wait()
        else:
            clock.rest(UNWATCHED)


def title_of(path: Path, policy: OnnxPolicy) -> str:
    """What runs, in a line."""
    metadata, record = policy.metadata, policy.metadata.training
    rate = record.success_rate
    success = "" if rate is None else f", {rate:.1%} met after its training"
    return f"{path}: {metadata.task} on {metadata.arm}, {record.algorithm}{success}"


if __name__ == "__main__":
    main()
