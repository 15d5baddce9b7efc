"""`ros2 bag info`."""

from __future__ import annotations

import datetime
from pathlib import Path

from rosbags.rosbag2 import Reader, ReaderError


class InfoVerb:
    """Print what a bag holds."""

    def add_arguments(self, parser, cli_name):
        """Declare the command line."""
        parser.add_argument("bag_path", type=Path, help="Folder of the bag, or its file")

    def main(self, *, args):
        """Exit code 0, or the sentence that says what is wrong."""
        try:
            with Reader(args.bag_path) as reader:
                print(describe(args.bag_path, reader))
        except (ReaderError, OSError) as error:
            return f"Cannot read the bag '{args.bag_path}': {error}"
        return 0


def describe(path: Path, reader: Reader) -> str:
    """The bag's facts in the layout of rosbag2."""
    files = [path] if path.is_file() else sorted(path.glob("*.mcap")) + sorted(path.glob("*.db3"))
    size = sum(file.stat().st_size for file in files)
    empty = reader.message_count == 0
    start, end = (0, 0) if empty else (reader.start_time, reader.end_time)
    facts = {
        "Files": " ".join(file.name for file in files),
        "Bag size": readable_size(size),
        "Storage id": "mcap" if any(file.suffix == ".mcap" for file in files) else "sqlite3",
        "Duration": f"{(end - start) * 1e-9:.9f}s",
        "Start": readable_time(start),
        "End": readable_time(end),
        "Messages": reader.message_count,
    }
    lines = [f"{name + ':':<19}{value}" for name, value in facts.items()]
    title = "Topic information:"
    for topic in sorted(reader.connections, key=lambda connection: connection.topic):
        lines.append(
            f"{title:<19}Topic: {topic.topic} | Type: {topic.msgtype} | Count: {topic.msgcount} | "
            f"Serialization Format: {topic.ext.serialization_format}"
        )
        title = ""
    return "\n".join(["", *lines, ""])


def readable_size(size: int) -> str:
    """Bytes in the largest unit that leaves at least one."""
    number, units = float(size), ["B", "KiB", "MiB", "GiB"]
    while number >= 1024 and len(units) > 1:
        number /= 1024
        units.pop(0)
    return f"{number:.1f} {units[0]}"


def readable_time(nanoseconds: int) -> str:
    """Local date and time, and the seconds since 1970."""
    seconds, rest = divmod(nanoseconds, 10**9)
    moment = datetime.datetime.fromtimestamp(seconds)
    return f"{moment:%b %e %Y %H:%M:%S}.{rest:09d} ({seconds}.{rest:09d})"
