"""Episodes as a LeRobotDataset on disk, in the format that LeRobot calls v3.0.

Sources: https://huggingface.co/docs/lerobot/lerobot-dataset-v3 and what lerobot 0.6.1 writes and
reads (datasets/utils.py: paths and info.json; datasets/io_utils.py, dataset_metadata.py and
dataset_writer.py: tables; datasets/compute_stats.py: statistics; utils/constants.py: columns).
Written without that library. Quantiles are exact, where the library adds up histograms.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np
import pyarrow
from pyarrow import parquet

from rl_manip_description.contract.whole_file import write_text
from rl_manip_gap.report.export.lerobot_episodes import Episodes

CODEBASE_VERSION = "v3.0"
"""Version of the format."""
_FILE = "chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
_DATA, _EPISODES = f"data/{_FILE}", f"meta/episodes/{_FILE}"
_FIRST = {"chunk_index": 0, "file_index": 0}  # everything is in one file each
_QUANTILES = (0.01, 0.10, 0.50, 0.90, 0.99)


class _Column(NamedTuple):
    """One feature over all frames."""

    values: np.ndarray  # (N, m)
    names: Optional[Sequence[str]] = None  # of the m values


def check_new_folder(folder: Path) -> None:
    """Raises ValueError for a folder that holds something, or a file in its place."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ValueError(f"--lerobot {folder} exists already: give a new or an empty folder.")


def write_lerobot_dataset(folder: Path, recorded: Episodes) -> None:
    """Writes data, episodes, tasks, statistics and, last, info.json, without which it is none.

    Beside the features there are LeRobot's own columns, and, as its evaluation writes them:
    next.done, true in the last frame of an episode, and next.success, true there where the goal
    was met in the episode; the latter is left out where a goal of the recording is not judged.

    Args:
        folder: new or empty, see check_new_folder.
        recorded: what to write.

    Raises:
        ValueError: the folder holds something.
    """
    check_new_folder(folder)
    columns = _columns(recorded)
    lengths = [episode.length for episode in recorded.episodes]
    ends = np.cumsum(lengths)
    starts = ends - lengths
    _write_data(folder / _DATA.format(**_FIRST), columns, lengths)
    episodes = _episodes(recorded.task, columns, starts, ends)
    _write(folder / _EPISODES.format(**_FIRST), pyarrow.table(episodes))
    _write(folder / "meta" / "tasks.parquet", _tasks(recorded.task))
    whole = {name: _statistics(column.values) for name, column in columns.items()}
    _write_json(folder / "meta" / "stats.json", whole)
    _write_json(folder / "meta" / "info.json", _info(recorded, columns, int(ends[-1])))


def _columns(recorded: Episodes) -> Dict[str, _Column]:
    """All columns of the data in their order, by name."""
    episodes = recorded.episodes
    lengths = [episode.length for episode in episodes]
    frame = np.concatenate([np.arange(length) for length in lengths])[:, None]
    last = np.cumsum(lengths) - 1
    columns = {
        name: _Column(np.concatenate([episode.values[name] for episode in episodes]), names)
        for name, names in recorded.names.items()
    }
    done = np.zeros(frame.shape, dtype=bool)
    done[last] = True
    if all(episode.met is not None for episode in episodes):
        success = np.zeros(frame.shape, dtype=bool)
        success[last, 0] = [bool(episode.met) for episode in episodes]
        columns["next.success"] = _Column(success)
    columns["next.done"] = _Column(done)
    columns["timestamp"] = _Column((frame / recorded.fps).astype(np.float32))
    columns["frame_index"] = _Column(frame)
    columns["episode_index"] = _Column(np.repeat(np.arange(len(lengths)), lengths)[:, None])
    columns["index"] = _Column(np.arange(len(frame))[:, None])
    columns["task_index"] = _Column(np.zeros_like(frame))
    return columns


def _write_data(path: Path, columns: Dict[str, _Column], lengths: Sequence[int]) -> None:
    """A column for each feature and a row group for each episode, for reading one by itself."""
    table = pyarrow.table({name: _array(column.values) for name, column in columns.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    with parquet.ParquetWriter(path, table.schema) as writer:
        for start, length in zip(np.cumsum(lengths) - lengths, lengths):
            writer.write_table(table.slice(start, length), row_group_size=length)


def _array(values: np.ndarray) -> pyarrow.Array:
    """Values (N, m) as lists of that length or, where m is 1, as single values."""
    flat = pyarrow.array(values.ravel())
    size = values.shape[1]
    return flat if size == 1 else pyarrow.FixedSizeListArray.from_arrays(flat, size)


def _episodes(
    task: str, columns: Dict[str, _Column], starts: np.ndarray, ends: np.ndarray
) -> Dict[str, Any]:
    """Where each episode lies and its own statistics, a column each."""
    zeros = np.zeros_like(starts)
    table: Dict[str, Any] = {
        "episode_index": np.arange(len(starts)),
        "tasks": [[task]] * len(starts),
        "length": ends - starts,
        "data/chunk_index": zeros,
        "data/file_index": zeros,
        "dataset_from_index": starts,
        "dataset_to_index": ends,
    }
    for name, column in columns.items():
        of_each = [_statistics(column.values[start:end]) for start, end in zip(starts, ends)]
        for figure in of_each[0]:
            table[f"stats/{name}/{figure}"] = [found[figure] for found in of_each]
    return {**table, "meta/episodes/chunk_index": zeros, "meta/episodes/file_index": zeros}


def _statistics(values: np.ndarray) -> Dict[str, List[float]]:
    """Figures of values (k, m), a list of m each; the standard deviation is the population's."""
    numbers = values.astype(np.float64)
    found = {
        "min": numbers.min(axis=0),
        "max": numbers.max(axis=0),
        "mean": numbers.mean(axis=0),
        "std": numbers.std(axis=0),
        "count": np.array([len(numbers)]),
    }
    for share, quantile in zip(_QUANTILES, np.quantile(numbers, _QUANTILES, axis=0)):
        found[f"q{round(100 * share):02d}"] = quantile
    return {figure: value.tolist() for figure, value in found.items()}


def _tasks(task: str) -> pyarrow.Table:
    """The task's number by its text, which pandas takes for the index: LeRobot reads it so."""
    described = [
        {"name": name, "field_name": name, "pandas_type": kind, "numpy_type": stored}
        for name, kind, stored in (("task_index", "int64", "int64"), ("task", "unicode", "object"))
    ]
    for column in described:
        column["metadata"] = None  # type: ignore[assignment]
    pandas = {"index_columns": ["task"], "column_indexes": [], "columns": described}
    table = pyarrow.table({"task_index": np.array([0]), "task": [task]})
    return table.replace_schema_metadata({"pandas": json.dumps(pandas)})


def _info(recorded: Episodes, columns: Dict[str, _Column], frames: int) -> Dict[str, Any]:
    """What info.json says."""
    features = {
        name: {
            "dtype": str(column.values.dtype),
            "shape": [column.values.shape[1]],
            "names": column.names,
        }
        for name, column in columns.items()
    }
    episodes = len(recorded.episodes)
    return {
        "codebase_version": CODEBASE_VERSION,
        "fps": recorded.fps,
        "features": features,
        "total_episodes": episodes,
        "total_frames": frames,
        "total_tasks": 1,
        "chunks_size": 1000,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "data_path": _DATA,
        "video_path": None,
        "robot_type": recorded.arm,
        "splits": {"train": f"0:{episodes}"},
    }


def _write(path: Path, table: pyarrow.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, path)


def _write_json(path: Path, content: Dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=4, allow_nan=False) + "\n")
