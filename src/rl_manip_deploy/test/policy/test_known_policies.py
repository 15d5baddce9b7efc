"""Policy files that are there to be picked."""

import os

from rl_manip_deploy.policy.known_policies import MOST, known_policies, split_folders


def test_policies_are_known_by_folder_and_name(tmp_path):
    shipped, runs = tmp_path / "policies", tmp_path / "runs"
    for folder in (shipped / "ur5e_reach", shipped / "ur10e_reach", runs / "demo"):
        folder.mkdir(parents=True)
        (folder / "policy.onnx").write_bytes(b"")
    (runs / "no policy yet").mkdir()
    folders = split_folders(os.pathsep.join(map(str, (shipped, runs, tmp_path / "missing"))))
    found = known_policies(folders)
    assert list(found) == ["policies/ur10e_reach", "policies/ur5e_reach", "runs/demo"]
    assert found["runs/demo"] == runs / "demo" / "policy.onnx"
    assert known_policies(split_folders("")) == {}


def test_of_many_runs_the_newest_are_known(tmp_path):
    for number in range(MOST + 3):
        file = tmp_path / f"run{number:02d}" / "policy.onnx"
        file.parent.mkdir()
        file.write_bytes(b"")
        os.utime(file, (number, number))
    found = known_policies([str(tmp_path)])
    assert [name[-2:] for name in found] == [f"{number:02d}" for number in range(3, MOST + 3)]
