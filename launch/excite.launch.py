"""Moves every joint slowly and fast, and records it: the bag that identify learns an arm from.

Driver or simulated arm, guard, watchdog and recorder are those of deploy_real.launch.py.
"""

from launch import LaunchDescription
from launch.actions import OpaqueFunction

from rl_manip.launching.arguments import declared
from rl_manip.launching.played_motion import Player, played, played_arguments
from rl_manip_deploy.launch_values import number, whole

ARGUMENTS = played_arguments(
    {
        "duration": ("60", "Length of the tones [s]; 60 s show every parameter well."),
        "moves": ("20", "Length of the moves after them, which try the fit [s]; 0 for none."),
        "seed": ("0", "Seed of the motion's phases."),
        "speed": ("1.0", "Share of full speed and excursion (0.4 rad), 0.05 to 1: start low."),
    }
)


def generate_launch_description() -> LaunchDescription:
    """Declares the arguments; what starts is decided once they are checked."""
    player = Player(
        "excite_node", "the excitation", "the whole motion was played", _parameters, _next_command
    )
    start = OpaqueFunction(function=played, args=[ARGUMENTS, __file__, player])
    return LaunchDescription([*declared(ARGUMENTS), start])


def _parameters(values) -> dict:
    return {
        "duration": number(values, "duration", 4.0, 3600.0),
        "moves": number(values, "moves", 0.0, 3600.0),
        "seed": whole(values, "seed", 0, 2**31 - 1),
        "speed": number(values, "speed", 0.05, 1.0),
    }


def _next_command(plan) -> str:
    fit = plan.run_dir / "fit"
    return f"ros2 run rl_manip_gap identify {plan.bag} -o {fit} --arm {plan.arm}"
