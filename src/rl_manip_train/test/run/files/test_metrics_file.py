"""metrics.jsonl is read while it is written, cut off and replaced."""

from __future__ import annotations

import json

import pytest

from rl_manip_train.run.files.metrics_file import METRICS, MetricsFile
from rl_manip_train.run.monitoring.run_log import RunLog


def steps(metrics: MetricsFile) -> list:
    return [row["env_steps"] for row in metrics.rows]


def test_a_line_counts_once_it_is_whole(tmp_path):
    metrics = MetricsFile(tmp_path / "run")
    assert not metrics.read()  # there is not even a folder
    (tmp_path / "run").mkdir()
    file = (tmp_path / "run" / "metrics.jsonl").open("w", buffering=1)
    file.write('{"env_steps": 1}\n{"env_st')
    file.flush()
    assert metrics.read()
    assert steps(metrics) == [1]
    assert not metrics.read()
    file.write('eps": 2}\n')
    file.flush()
    assert metrics.read()
    assert steps(metrics) == [1, 2]


def test_a_run_that_is_resumed_begins_where_it_goes_on(tmp_path):
    log = RunLog(tmp_path, 0, [])
    for count in (10, 20, 30):
        log.write(count, {"charts/reward": float("nan")})
    log.close()
    metrics = MetricsFile(tmp_path)
    metrics.read()
    assert steps(metrics) == [10, 20, 30]
    assert metrics.rows[0]["charts/reward"] is None
    resumed = RunLog(tmp_path, 20, [])  # what came later is dropped from the file
    resumed.write(25, {})
    resumed.close()
    assert metrics.read()
    assert steps(metrics) == [10, 20, 25]


def test_what_is_no_metrics_is_counted(tmp_path):
    lines = ["[]", "{", json.dumps({"env_steps": 5}), json.dumps({"env_steps": None})]
    (tmp_path / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    metrics = MetricsFile(tmp_path)
    metrics.read()
    assert steps(metrics) == [5]
    assert metrics.unreadable == 3


@pytest.mark.parametrize("line", [b"no metrics\n", b"[10]\n", b"\0\0\0\n", b"\xff\n", b"{}\n"])
def test_lines_that_are_no_metrics_keep_no_run_from_going_on(line, tmp_path):
    (tmp_path / METRICS).write_bytes(b'{"env_steps": 10}\n' + line + b'{"env_steps": 30}\n')
    log = RunLog(tmp_path, 20, [])
    log.write(20, {})
    log.close()
    metrics = MetricsFile(tmp_path)
    metrics.read()
    assert (steps(metrics), metrics.unreadable) == ([10, 20], 0)
