"""The command's arguments and what it does with them; the flags are those of ros2launch."""

from __future__ import annotations

import logging
import signal
from pathlib import Path

import launch
from launch.launch_description_sources import (
    AnyLaunchDescriptionSource,
    get_launch_description_from_any_launch_file,
)
from ros2cli.command import CommandExtension

from rl_manip_ros2launch.launch_files import (
    LaunchFileError,
    find_launch_file,
    launch_file_completer,
    parse_launch_arguments,
)


class LaunchCommand(CommandExtension):
    """Run a launch file."""

    def add_arguments(self, parser, cli_name):
        """Declare the command line."""
        parser.add_argument(
            "-n", "--noninteractive", action="store_true", help="Run launch non-interactively"
        )
        parser.add_argument("-d", "--debug", action="store_true", help="Log launch's own events")
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "-p", "--print", "--print-description", action="store_true", dest="print_description"
        )
        what.add_argument(
            "-s", "--show-args", "--show-arguments", action="store_true", dest="show_arguments"
        )
        package = parser.add_argument("package_name", help="ROS package, or path of a launch file")
        file = parser.add_argument("launch_file_name", nargs="?", help="Launch file of the package")
        parser.add_argument("launch_arguments", nargs="*", help="'name:=value' (last one counts)")
        package.completer = file.completer = launch_file_completer

    def main(self, *, parser, args):
        """Exit code, or the one sentence that says what is wrong."""
        words = list(args.launch_arguments)
        try:
            if Path(args.package_name).is_file():
                path = args.package_name
                words = [word for word in (args.launch_file_name, *words) if word is not None]
            elif args.launch_file_name is None:
                raise LaunchFileError(
                    f"'{args.package_name}' is not a launch file, and no launch file of a package "
                    "of that name is given"
                )
            else:
                path = find_launch_file(args.package_name, args.launch_file_name)
            arguments = parse_launch_arguments(words)
        except LaunchFileError as error:
            return str(error)
        if args.print_description:
            description = get_launch_description_from_any_launch_file(path)
            print(launch.LaunchIntrospector().format_launch_description(description))
            return 0
        if args.show_arguments:
            print(describe_arguments(get_launch_description_from_any_launch_file(path)))
            return 0
        service = launch.LaunchService(
            argv=words, noninteractive=args.noninteractive, debug=args.debug
        )
        source = AnyLaunchDescriptionSource(path)
        include = launch.actions.IncludeLaunchDescription(
            source, launch_arguments=arguments.items()
        )
        service.include_launch_description(launch.LaunchDescription([include]))
        return run_to_the_end(service)


def run_to_the_end(service: launch.LaunchService) -> int:
    """The launch's exit code; SIGINT shuts it down and interrupts nothing.

    launch hears of the signal by signal.set_wakeup_fd. Python's own handler would besides raise
    KeyboardInterrupt in the midst of an event, which is then lost: the launch hangs, or fails.
    """

    def interrupted(number, frame):
        if service.event_loop is None:  # not yet, or no longer
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupted)
    logging.raiseExceptions = False  # a traceback for each line, once `| head` has seen enough
    return service.run()


def describe_arguments(description: launch.LaunchDescription) -> str:
    """The declared arguments, as `ros2 launch --show-args` prints them."""
    lines = ["Arguments (pass arguments as '<name>:=<value>'):"]
    for argument in description.get_launch_arguments():
        lines.append(f"\n    '{argument.name}':\n        {argument.description}")
        if argument.choices is not None:
            lines[-1] += f" Valid choices are: {argument.choices}"
        if argument.default_value is not None:
            default = "".join(part.describe() for part in argument.default_value)
            lines.append(f"        (default: {default})")
    return "\n".join(lines if len(lines) > 1 else [*lines, "\n  No arguments."])
