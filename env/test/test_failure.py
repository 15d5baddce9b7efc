"""A failing step ends in one sentence that names the cause."""

import sys

import pytest

from failure import SetUpError, run_logged


def test_sentence_names_the_error_and_the_log(tmp_path):
    log = tmp_path / "log" / "setup.log"
    script = "print('fine'); print('ERROR: no route to host'); print('bye'); raise SystemExit(3)"
    with pytest.raises(SetUpError) as caught:
        run_logged([sys.executable, "-c", script], log, "check the network")
    assert str(caught.value) == (
        f"check the network (it said: ERROR: no route to host; all of it in {log})"
    )
    assert "fine" in log.read_text()


def test_missing_program(tmp_path):
    with pytest.raises(SetUpError, match="cannot run /no/such/tool"):
        run_logged(["/no/such/tool"], tmp_path / "log", "install it")
