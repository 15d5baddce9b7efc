"""Finds the files of a rosbag2 bag and yields their messages, whatever storage they use."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np
import yaml

from rl_manip_gap.bags.cdr_batches import MessageBatch
from rl_manip_gap.bags.compression import FAILURES, ZSTD_MAGIC, decompress_file, decompressed
from rl_manip_gap.bags.irregularities import BagError, Irregularities
from rl_manip_gap.bags.mcap_file import McapFile
from rl_manip_gap.bags.sqlite_file import sqlite_batches

_STORAGES = (".mcap", ".db3")
_PACKED = (".zstd", ".zst")  # behind them, of compressed files


def bag_batches(bag: Path, noted: Irregularities) -> Iterator[MessageBatch]:
    """Yields the raw messages of a bag in file order.

    Args:
        bag: a rosbag2 folder, with or without its metadata.yaml, or one of its files.
        noted: receives what was irregular.

    Raises:
        BagError: there is no bag, or nothing of it can be read.
    """
    metadata, files = _find(bag, noted)
    packed = str(metadata.get("compression_mode", "")).lower() == "message"
    arrival = 0
    for file in files:
        last = -1
        for batch in _file_batches(file, noted):
            last = max(last, int(batch.arrival[-1]))
            if packed or _is_packed(batch):
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
    found = _once(sorted(f for f in bag.iterdir() if _plain_name(f).endswith(_STORAGES)), there)
    files = [*there, *(file for file in found if file not in there)]
    unlisted = [file.name for file in files if file not in listed]
    if listed and unlisted:
        detail = f"not listed in metadata.yaml, read anyway: {', '.join(unlisted)}"
        noted.add("files_not_listed", bag.name, len(unlisted), detail)
    if not files:
        raise BagError(f"{bag} holds no .mcap or .db3 file: give the folder of a recording.")
    return metadata, sorted(files, key=_place) if unlisted else files


def _once(files: List[Path], preferred: List[Path]) -> List[Path]:
    """Each recording once, where it lies both compressed and, as a player left it, not."""
    chosen: Dict[str, Path] = {}
    # the compressed one is whole, a copy made while playing need not be
    for file in sorted(files, key=lambda f: (f in preferred, f.name.endswith(_PACKED))):
        chosen[_plain_name(file)] = file
    return list(chosen.values())


def _plain_name(file: Path) -> str:
    """Name of a file without what compression added to it."""
    return file.stem if file.name.endswith(_PACKED) else file.name


def _place(file: Path) -> Tuple[Tuple[int, str], ...]:
    """Sorts files as recorders number them: bag_2 before bag_10."""
    parts = re.split(r"(\d+)", _plain_name(file))
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)


def _metadata(bag: Path, noted: Irregularities) -> Dict[str, Any]:
    path = bag / "metadata.yaml"
    try:
        metadata = yaml.safe_load(path.read_text(encoding="utf-8"))["rosbag2_bagfile_information"]
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
    if file.name.endswith(_PACKED):
        with tempfile.TemporaryDirectory(prefix="rl_manip_bag_") as folder:
            plain = Path(folder) / _plain_name(file)
            try:
                decompress_file(file, plain)
            except FAILURES as error:
                noted.add("damaged_file", file.name, 1, f"compressed file: {error}")
            yield from _file_batches(plain, noted)
    elif file.suffix == ".db3":
        yield from sqlite_batches(file, noted)
    else:
        yield from McapFile(file, noted).batches()


def _is_packed(batch: MessageBatch) -> bool:
    """Whether payloads are compressed one by one, which only metadata.yaml says: CDR begins with 0.

    It may be missing.
    """
    first = int(batch.offsets[0])
    return batch.buffer[first : first + len(ZSTD_MAGIC)].tobytes() == ZSTD_MAGIC


def _decompressed(batch: MessageBatch, noted: Irregularities) -> MessageBatch:
    """The same messages with each payload decompressed (rosbag2's compression mode MESSAGE)."""
    payloads: List[bytes] = []
    kept: List[int] = []
    for row, (start, length) in enumerate(zip(batch.offsets, batch.lengths)):
        try:
            packed = batch.buffer[start : start + length].tobytes()
            payloads.append(bytes(decompressed("zstd", packed)))
            kept.append(row)
        except FAILURES:
            noted.add("malformed_messages", batch.topic, 1, "could not be decompressed")
    lengths = np.array([len(payload) for payload in payloads], dtype=np.int64)
    return replace(
        batch,
        arrival=batch.arrival[kept],
        receive_ns=batch.receive_ns[kept],
        sent_ns=None if batch.sent_ns is None else batch.sent_ns[kept],
        buffer=np.frombuffer(b"".join(payloads), dtype=np.uint8),
        offsets=np.cumsum(lengths) - lengths,
        lengths=lengths,
    )
