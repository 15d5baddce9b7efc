"""A bag being written: MCAP or SQLite, sealed every so often, closed with its index."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

from rosbags.interfaces import Connection, Qos
from rosbags.rosbag2 import StoragePlugin, Writer, WriterError

from rl_manip_ros2bag.message_definitions import MessageDefinitions

STORAGES = {"mcap": StoragePlugin.MCAP, "sqlite3": StoragePlugin.SQLITE3}


class BagExistsError(Exception):
    """The output folder is there already."""


class BagFile:
    """Writes raw CDR messages into the new bag folder `path`; BagExistsError if it is there."""

    def __init__(self, path: Path, storage: str) -> None:
        # Version 9 is what rosbag2 of Jazzy writes.
        try:
            self.writer = Writer(path, version=9, storage_plugin=STORAGES[storage])
            self.writer.open()
        except WriterError as error:
            raise BagExistsError(f"Output folder '{path}' already exists.") from error
        self.definitions = MessageDefinitions()
        self.connections: dict[str, Connection] = {}

    def add_topic(self, topic: str, message_type: str, offered: Sequence[Qos]) -> None:
        """Announce a topic; KeyError where its type's definition is not installed."""
        text, type_hash = self.definitions.text_and_hash(message_type)
        self.connections[topic] = self.writer.add_connection(
            topic, message_type, msgdef=text, rihs01=type_hash, offered_qos_profiles=offered
        )

    def write(self, topic: str, received: int, message: bytes) -> None:
        """Append one message, received at that time [ns since 1970]."""
        self.writer.write(self.connections[topic], received, message)

    def seal(self) -> None:
        """Hand what is buffered to the operating system, so that a killed recorder keeps it."""
        storage = self.writer.storage
        if self.writer.storage_plugin is StoragePlugin.MCAP and storage.chunk.msgs:
            storage.close_chunk()
            storage.bio.flush()

    def close(self) -> None:
        """Write the index and metadata.yaml."""
        self.writer.close()
