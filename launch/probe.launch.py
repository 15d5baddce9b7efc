"""The first motion on an arm: joint by joint, 3 degrees and back, held against its description.

Driver or simulated arm, guard, watchdog and recorder are those of deploy_real.launch.py.
"""

from launch import LaunchDescription
from launch.actions import OpaqueFunction

from rl_manip.launching.arguments import declared
from rl_manip.launching.played_motion import Player, played, played_arguments
from rl_manip_deploy.launch_values import number

ARGUMENTS = played_arguments(
    {"speed": ("1.0", "Share of full speed (0.1 rad/s) and excursion (0.05 rad), 0.2 to 1.")}
)


def generate_launch_description() -> LaunchDescription:
    """Declares the arguments; what starts is decided once they are checked."""
    player = Player(
        "probe_node",
        "the probe",
        "every joint does what the description says",
        lambda values: {"speed": number(values, "speed", 0.2, 1.0)},
        lambda plan: "",
    )
    start = OpaqueFunction(function=played, args=[ARGUMENTS, __file__, player])
    return LaunchDescription([*declared(ARGUMENTS), start])
