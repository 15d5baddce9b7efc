"""A recording as a LeRobotDataset, held against the published format, and read back by LeRobot."""

import json
from dataclasses import replace

import numpy as np
import pytest
from pyarrow import parquet

from rl_manip_gap.commands import export as export_command
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.report.export.lerobot_dataset import check_new_folder, write_lerobot_dataset
from rl_manip_gap.report.export.lerobot_episodes import recorded_episodes
from rl_manip_gap.testing.synthetic_bag import states_and_commands

FPS = 20
STATS = {"min", "max", "mean", "std", "count", "q01", "q10", "q50", "q90", "q99"}
OWN = {
    "timestamp": "float32",
    "frame_index": "int64",
    "episode_index": "int64",
    "index": "int64",
    "task_index": "int64",
}


@pytest.fixture(scope="module")
def bag(arm, tmp_path_factory):
    """6 s with two goals, the first where the tool is, the second out of reach."""
    time = 0.01 * np.arange(600)
    position = arm.home + 0.01 * time[:, None]
    sent, command = np.arange(0.0, 6.0, 0.02), np.zeros((300, 6))
    command[:, 0] = 0.1 * sent
    tool = arm.forward_kinematics(arm.home).position
    goals = (np.array([1.0, 3.0]), np.array([tool, tool + [0.3, 0.0, 0.0]]))
    path = tmp_path_factory.mktemp("lerobot") / "bag"
    still = np.full(position.shape, 0.01)
    return states_and_commands(path, arm, time, position, still, sent, command, goals=goals)


@pytest.fixture(scope="module")
def recording(arm, bag):
    return read_recording(bag, arm)


@pytest.fixture(scope="module")
def dataset(arm, recording, tmp_path_factory):
    folder = tmp_path_factory.mktemp("written") / "set"
    write_lerobot_dataset(folder, recorded_episodes(recording, arm, fps=FPS))
    return folder


@pytest.fixture(scope="module")
def info(dataset):
    return json.loads((dataset / "meta" / "info.json").read_text())


@pytest.fixture(scope="module")
def data(dataset):
    return parquet.read_table(dataset / "data" / "chunk-000" / "file-000.parquet")


@pytest.fixture(scope="module")
def episodes(dataset):
    path = dataset / "meta" / "episodes" / "chunk-000" / "file-000.parquet"
    return parquet.read_table(path).to_pydict()


def matrix(data, name):
    return np.array(data[name].to_pylist())


def test_info_says_what_the_format_asks(info, arm):
    features = info.pop("features")
    assert info == {
        "codebase_version": "v3.0",
        "fps": FPS,
        "total_episodes": 2,
        "total_frames": 40 + 60,  # to the last state: 2.99 s and 5.99 s
        "total_tasks": 1,
        "chunks_size": 1000,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "video_path": None,
        "robot_type": "ur5e",
        "splits": {"train": "0:2"},
    }
    velocity = [f"{name}.vel" for name in arm.joint_names]
    goal = [f"goal.{axis}" for axis in ("x", "y", "z", "qx", "qy", "qz", "qw")]
    names = {
        "observation.state": [f"{name}.pos" for name in arm.joint_names] + velocity,
        "observation.environment_state": goal,
        "action": velocity,
    }
    wanted = {
        name: {"dtype": "float32", "shape": [len(of)], "names": of} for name, of in names.items()
    }
    for name, kind in {"next.success": "bool", "next.done": "bool", **OWN}.items():
        wanted[name] = {"dtype": kind, "shape": [1], "names": None}
    assert features == wanted


def test_columns_have_the_types_and_shapes_of_their_features(dataset, data):
    features = json.loads((dataset / "meta" / "info.json").read_text())["features"]
    assert data.column_names == list(features)
    for name, feature in features.items():
        (size,), kind = feature["shape"], feature["dtype"].replace("float32", "float")
        wanted = kind if size == 1 else f"fixed_size_list<element: {kind}>[{size}]"
        assert str(data.schema.field(name).type) == wanted
        assert data[name].null_count == 0
    path = dataset / "data" / "chunk-000" / "file-000.parquet"
    groups = parquet.ParquetFile(path).metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [40, 60]


def test_indices_and_times_go_on_without_a_gap(data, episodes):
    frame = np.concatenate([np.arange(40), np.arange(60)])
    assert np.array_equal(matrix(data, "index"), np.arange(100))
    assert np.array_equal(matrix(data, "frame_index"), frame)
    assert np.array_equal(matrix(data, "episode_index"), np.repeat([0, 1], [40, 60]))
    assert np.array_equal(matrix(data, "task_index"), np.zeros(100))
    assert np.allclose(matrix(data, "timestamp"), frame / FPS, atol=1e-6)
    assert episodes["episode_index"] == [0, 1]
    assert episodes["length"] == [40, 60]
    assert episodes["dataset_from_index"] == [0, 40]
    assert episodes["dataset_to_index"] == [40, 100]
    assert episodes["tasks"] == [["ur5e reach"]] * 2
    for name in ("data/chunk_index", "data/file_index"):
        assert episodes[name] == episodes[f"meta/episodes/{name.split('/')[1]}"] == [0, 0]


def test_each_value_is_the_last_before_its_frame(data, arm, recording):
    start = np.repeat(recording.goals.time, [40, 60])
    time = start + np.concatenate([np.arange(40), np.arange(60)]) / FPS
    # positions and commands of the recording grow by 0.01 and 0.1 a second
    state = (matrix(data, "observation.state")[:, 0] - arm.home[0]) / 0.01
    command = matrix(data, "action")[:, 0] / 0.1
    measured, sent = recording.states.time, recording.commands.time
    state, command = state + measured[0], command + sent[0]
    tolerance = 1e-4  # of float32 positions, as a time
    assert (state < time + tolerance).all()
    assert (state > time - 0.01 - tolerance).all()
    assert (command < time + tolerance).all()
    assert (command > time - 0.02 - tolerance).all()
    goal = matrix(data, "observation.environment_state")
    assert np.allclose(goal, np.repeat(recording.goals.pose, [40, 60], axis=0), atol=1e-6)


def test_the_last_frame_says_whether_the_goal_was_met(data):
    assert np.flatnonzero(matrix(data, "next.done")).tolist() == [39, 99]
    assert np.flatnonzero(matrix(data, "next.success")).tolist() == [39]


def test_success_is_left_out_where_a_goal_is_not_judged(arm, recording, tmp_path):
    found = recorded_episodes(recording, arm, fps=FPS)
    first, second = found.episodes
    write_lerobot_dataset(tmp_path, replace(found, episodes=(first, replace(second, met=None))))
    columns = parquet.read_table(tmp_path / "data").column_names
    assert "next.success" not in columns
    assert "next.done" in columns


def test_statistics_are_those_of_the_columns(dataset, data, episodes):
    whole = json.loads((dataset / "meta" / "stats.json").read_text())
    assert set(whole) == set(data.column_names)
    for name, figures in whole.items():
        assert set(figures) == STATS
        values = matrix(data, name).reshape(100, -1).astype(float)
        for (first, last), of in {
            (0, 100): figures,
            (0, 40): {figure: episodes[f"stats/{name}/{figure}"][0] for figure in STATS},
            (40, 100): {figure: episodes[f"stats/{name}/{figure}"][1] for figure in STATS},
        }.items():
            rows = values[first:last]
            assert of["count"] == [last - first]
            assert np.allclose(of["min"], rows.min(axis=0))
            assert np.allclose(of["max"], rows.max(axis=0))
            assert np.allclose(of["mean"], rows.mean(axis=0))
            assert np.allclose(of["std"], rows.std(axis=0))
            assert np.allclose(of["q50"], np.median(rows, axis=0))
            assert np.shape(of["q01"]) == (values.shape[1],)


def test_tasks_are_numbered_by_their_text(dataset):
    tasks = parquet.read_table(dataset / "meta" / "tasks.parquet")
    assert tasks.to_pydict() == {"task_index": [0], "task": ["ur5e reach"]}
    assert tasks.schema.pandas_metadata["index_columns"] == ["task"]


def test_lerobot_itself_reads_it_back(dataset, data):
    reason = "lerobot is not installed; it is no dependency of this workspace"
    lerobot = pytest.importorskip("lerobot.datasets.lerobot_dataset", reason=reason)
    loaded = lerobot.LeRobotDataset("local/recorded", root=dataset)
    assert (loaded.num_episodes, loaded.num_frames, loaded.fps) == (2, 100, FPS)
    for row in (0, 39, 40, 99):
        frame = loaded[row]
        assert frame["task"] == "ur5e reach"
        for name in data.column_names:
            assert np.allclose(np.asarray(frame[name]), data[name][row].as_py())
    following = {"action": [0.0, 1 / FPS]}
    pairs = lerobot.LeRobotDataset(
        "local/recorded", root=dataset, episodes=[1], delta_timestamps=following
    )
    assert len(pairs) == 60
    assert np.allclose(np.asarray(pairs[0]["action"]), matrix(data, "action")[40:42])
    assert np.asarray(pairs[59]["action_is_pad"]).tolist() == [False, True]


def test_an_existing_folder_is_taken_only_when_empty(tmp_path):
    check_new_folder(tmp_path)
    (tmp_path / "mine").write_text("keep")
    for taken in (tmp_path, tmp_path / "mine"):
        with pytest.raises(ValueError, match="exists already"):
            check_new_folder(taken)


def test_the_command_writes_the_dataset_alone(bag, tmp_path, monkeypatch, capsys):
    words = ["export", str(bag), "--lerobot", str(tmp_path / "set"), "--fps", "10"]
    monkeypatch.setattr("sys.argv", words)
    export_command.main()
    assert "LeRobotDataset of 2 episodes at 10 frames per second" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "nothing to write: give -o DIR, --lerobot DIR or both"),
        (["-o", "out", "--fps", "25"], "give --lerobot DIR, too"),
        (["--lerobot", "set", "-o", "set"], "give each its own folder"),
        (["--lerobot", "full"], "full exists already"),
        (["--lerobot", "set", "--fps", "0"], "--fps is 0"),
        (["--lerobot", "set", "-o", "out", "--fps", "0"], "--fps is 0"),
        (["--lerobot", "set", "--policy", "none.onnx"], "none.onnx"),
    ],
)
def test_the_command_ends_with_one_sentence(bag, tmp_path, monkeypatch, arguments, says):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("keep")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["export", str(bag), *arguments])
    with pytest.raises(SystemExit) as ended:
        export_command.main()
    assert says in ended.value.code
    assert "\n" not in ended.value.code
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "mine"]
