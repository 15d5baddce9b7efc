"""Finds the files of a rosbag2 bag and yields their messages, whatever storage they use."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np
import yaml

from rl_manip_gap.bags.cdr_layouts import MessageBatch
from rl_manip_gap.bags.irregularities import BagError, Irregularities
from rl_manip_gap.bags.mcap_file import McapFile
from rl_manip_gap.bags.sqlite_file import sqlite_batches

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_SUFFIXES = (".mcap", ".db3", ".mcap.zstd", ".db3.zstd")
_COPY = 1 << 20  # bytes decompressed at a time


def bag_batches(bag: Path, noted: Irregularities) -> Iterator[MessageBatch]:
    """Yields the raw messages of a bag in file order.

    Args:
        bag: a rosbag2 folder, with or without its metadata.yaml, or one of its files.
        noted: receives what was irregular.

    Raises:
        BagError: there is no bag, or nothing of it can be read.
    """
    metadata, files = _find(bag, noted)
    per_message = str(metadata.get("compression_mode", "")).lower() == "message"
    arrival = 0
    for file in files:
        last = -1
        for batch in _file_batches(file, noted):
            last = max(last, int(batch.arrival[-1]))
            if per_message:
                batch = _decompressed(batch, noted)
            yield replace(batch, arrival=batch.arrival + arrival)
        arrival += last + 1
    announced = metadata.get("message_count")
    if isinstance(announced, int):
        noted.add(
            "messages_missing", "metadata.yaml", announced - arrival, "announced but not in the bag"
        )


def _find(bag: Path, noted: Irregularities) -> Tuple[Dict[str, Any], List[Path]]:
    """Metadata (empty where missing) and files of a bag, in recording order."""
    if not bag.exists():
        raise BagError(f"There is no bag at {bag}: give a rosbag2 folder or file.")
    if bag.is_file():
        return {}, [bag]
    metadata = _metadata(bag, noted)
    listed = [bag / Path(str(name)).name for name in metadata.get("relative_file_paths") or []]
    there = [file for file in listed if file.exists()]
    noted.add("files_missing", bag.name, len(listed) - len(there), "listed in metadata.yaml")
    files = there or sorted(f for f in bag.iterdir() if f.name.endswith(_SUFFIXES))
    if not files:
        raise BagError(f"{bag} holds no .mcap or .db3 file: give the folder of a recording.")
    return metadata, files


def _metadata(bag: Path, noted: Irregularities) -> Dict[str, Any]:
    path = bag / "metadata.yaml"
    try:
        metadata = yaml.safe_load(path.read_text())["rosbag2_bagfile_information"]
        if not isinstance(metadata, dict):
            raise TypeError("no mapping")
        return metadata
    except FileNotFoundError:
        detail = "missing: the recorder was probably killed"
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        detail = "unreadable; the files were read without it"
    noted.add("no_metadata", "metadata.yaml", 1, detail)
    return {}


def _file_batches(file: Path, noted: Irregularities) -> Iterator[MessageBatch]:
    if file.name.endswith(".zstd"):
        with tempfile.TemporaryDirectory(prefix="rl_manip_bag_") as folder:
            plain = Path(folder) / file.name[: -len(".zstd")]
            _decompress_file(file, plain, noted)
            yield from _file_batches(plain, noted)
    elif file.suffix == ".db3":
        yield from sqlite_batches(file, noted)
    else:
        yield from McapFile(file, noted).batches()


def _decompress_file(source: Path, target: Path, noted: Irregularities) -> None:
    """Decompresses as far as the file goes."""
    decompressor = zstd.ZstdDecompressor()
    with open(source, "rb") as packed, open(target, "wb") as plain:
        try:
            while not decompressor.eof:
                block = packed.read(_COPY)
                if not block:
                    raise EOFError("the compressed file is cut off")
                plain.write(decompressor.decompress(block))
        except (zstd.ZstdError, EOFError) as error:
            noted.add("damaged_file", source.name, 1, f"compressed file: {error}")


def _decompressed(batch: MessageBatch, noted: Irregularities) -> MessageBatch:
    """The same messages with each payload decompressed (rosbag2's compression mode MESSAGE)."""
    payloads: List[bytes] = []
    kept: List[int] = []
    for row, (start, length) in enumerate(zip(batch.offsets, batch.lengths)):
        try:
            payloads.append(zstd.decompress(batch.buffer[start : start + length].tobytes()))
            kept.append(row)
        except zstd.ZstdError:
            noted.add("malformed_messages", batch.topic, 1, "could not be decompressed")
    lengths = np.array([len(payload) for payload in payloads], dtype=np.int64)
    return replace(
        batch,
        arrival=batch.arrival[kept],
        receive_ns=batch.receive_ns[kept],
        buffer=np.frombuffer(b"".join(payloads), dtype=np.uint8),
        offsets=np.cumsum(lengths) - lengths,
        lengths=lengths,
    )
