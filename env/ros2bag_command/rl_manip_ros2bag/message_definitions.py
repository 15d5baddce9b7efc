"""Definitions of message types: those that rosbags knows, others from the packages' .msg files."""

from __future__ import annotations

from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from rosbags.typesys import Stores, get_types_from_msg, get_typestore


class MessageDefinitions:
    """Message definitions by type name ("pkg/msg/Name"), read when first asked for."""

    def __init__(self) -> None:
        self.typestore = get_typestore(Stores.ROS2_JAZZY)

    def text_and_hash(self, message_type: str) -> tuple[str, str]:
        """(definition with those it is built from, RIHS01 hash); KeyError where there is none."""
        self.learn(message_type)
        text, _ = self.typestore.generate_msgdef(message_type, ros_version=2)
        return text, self.typestore.hash_rihs01(message_type)

    def learn(self, message_type: str) -> None:
        """Read the definition of a type that rosbags does not know, and of what it contains."""
        unread, found = [message_type], {}
        while unread:
            name = unread.pop()
            if name in self.typestore.fielddefs or name in found:
                continue
            types = get_types_from_msg(definition_file(name).read_text(encoding="utf-8"), name)
            found.update(types)
            for _, fields in types.values():
                unread += named_types(fields)
        self.typestore.register(found)


def named_types(fields: list) -> list[str]:
    """Names of the message types among a definition's fields, arrays' elements included."""
    names = []
    for _, (_, value) in fields:
        while isinstance(value[0], tuple):
            value = value[0][1]
        names += [value] if isinstance(value, str) and "/" in value else []
    return names


def definition_file(message_type: str) -> Path:
    """The installed .msg file of a type; KeyError where there is none."""
    package, _, name = message_type.split("/")
    try:
        path = Path(get_package_share_directory(package)) / "msg" / f"{name}.msg"
    except PackageNotFoundError as error:
        raise KeyError(message_type) from error
    if not path.is_file():
        raise KeyError(message_type)
    return path
