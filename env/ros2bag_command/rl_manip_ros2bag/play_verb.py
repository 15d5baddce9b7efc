"""`ros2 bag play`."""

from __future__ import annotations

from pathlib import Path

import rclpy
from rclpy.context import Context
from rclpy.signals import SignalHandlerOptions
from rosbags.rosbag2 import Reader, ReaderError

from rl_manip_ros2bag.player_node import PlayerNode
from rl_manip_ros2bag.record_verb import with_slash
from rl_manip_ros2bag.stop_signal import StopSignal, end_in_time, stop_on_signal


class PlayVerb:
    """Publish what a bag holds."""

    def add_arguments(self, parser, cli_name):
        """Declare the command line."""
        parser.add_argument("bag_path", type=Path, help="Folder of the bag, or its file")
        parser.add_argument("-r", "--rate", type=float, default=1.0, help="Speed, 1 as recorded")
        parser.add_argument("--topics", nargs="+", default=[], metavar="topic")
        parser.add_argument("-l", "--loop", action="store_true", help="Again and again")
        parser.add_argument("--start-offset", type=float, default=0.0, help="Skip so much [s]")

    def main(self, *, args):
        """Exit code 0, or the sentence that says what is wrong."""
        if not 0.0 < args.rate < float("inf"):
            return f"--rate is {args.rate}, expected a number above 0."
        if not 0.0 <= args.start_offset < float("inf"):
            return f"--start-offset is {args.start_offset} s, expected 0 or more."
        try:
            with Reader(args.bag_path) as reader, stop_on_signal() as stop:
                return play(reader, {with_slash(topic) for topic in args.topics}, args, stop)
        except (ReaderError, OSError) as error:
            return f"Cannot read the bag '{args.bag_path}': {error}"
        except (ValueError, AttributeError, ModuleNotFoundError) as error:
            return f"Cannot play the bag '{args.bag_path}': {error}"


def play(reader: Reader, topics: set, args, stop: StopSignal) -> int:
    """Play the topics (all, if none is given) until the end, or until `stop` is set."""
    known = {connection.topic for connection in reader.connections}
    if topics - known:
        return (
            f"The bag does not hold {', '.join(sorted(topics - known))}; it holds "
            f"{', '.join(sorted(known)) or 'nothing'}."
        )
    connections = [c for c in reader.connections if not topics or c.topic in topics]
    context = Context()
    rclpy.init(context=context, signal_handler_options=SignalHandlerOptions.NO)
    node = PlayerNode(reader, args.rate, stop, context)
    try:
        if reader.message_count:
            node.play(connections, args.start_offset)
        while args.loop and reader.message_count and not stop.is_set():
            node.play(connections, args.start_offset)
    finally:
        end_in_time()
        node.destroy_node()
        rclpy.shutdown(context=context)
    return 0
