"""Size of a recording."""

from rl_manip_cockpit.state.bag_size import bag_bytes


def test_all_files_of_the_folder_count(tmp_path):
    assert bag_bytes(None) is None
    assert bag_bytes(tmp_path / "not there yet") is None
    (tmp_path / "metadata.yaml").write_bytes(b"1234")
    (tmp_path / "bag_0.mcap").write_bytes(b"0" * 1000)
    assert bag_bytes(tmp_path) == 1004
