"""A person's file of frames: read, or refused with a sentence that names file and frame."""

import numpy as np
import pytest

from rl_manip_deploy.frames.frame_tree import FrameTree
from rl_manip_deploy.frames.written_frames import read_frames, unconnected


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "cell.yaml"
        path.write_text(text)
        return read_frames(str(path))

    return read


def frames(*lines):
    return "frames:\n" + "".join(f"  - {line}\n" for line in lines)


TABLE = "{parent: base_link, child: table, xyz: [0.5, 0.0, 0.1], rpy: [0.0, 0.0, 1.5707963267949]}"
STAND = "{parent: world, child: base_link, xyz: [0.0, 0.0, 0.8]}"


def test_without_a_file_there_are_none():
    assert read_frames("") == {}


def test_angles_and_quaternions_mean_the_same(read):
    by_angles = read(frames(TABLE))["table"]
    turned = "quaternion: [0.0, 0.0, 0.70710678, 0.70710678]"
    by_quaternion = read(
        frames(f"{{parent: base_link, child: table, xyz: [0.5, 0, 0.1], {turned}}}")
    )
    # a quarter turn about z takes x to y
    expected = [[0, -1, 0, 0.5], [1, 0, 0, 0.0], [0, 0, 1, 0.1], [0, 0, 0, 1]]
    np.testing.assert_allclose(by_angles.pose, expected, atol=1e-12)
    np.testing.assert_allclose(by_quaternion["table"].pose, expected, atol=1e-7)
    assert by_angles.parent == "base_link"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "is no YAML"),
        ("", "holds None, expected keys and values"),
        ("frame: []", "unknown key 'frame': give frames. Is 'frames' meant?"),
        ("frames: {}", "frames is {}: give a list"),
        (frames("table"), "frame number 1: 'table' is no mapping: give parent, child, xyz"),
        (frames("{parent: a, child: b}"), "frame 'b': 'xyz' is missing"),
        (frames("{parent: a, child: b, xyz: [1, 2]}"), "frame 'b': xyz has 2 numbers: give 3"),
        (
            frames("{parent: a, child: b, xyz: [1, 2, .nan]}"),
            "frame 'b': xyz is nan: give a finite",
        ),
        (frames("{parent: a, child: b, xyz: [500, 0, 0]}"), "over 100 m: give metres"),
        (frames("{parent: a, child: b, xyz: [0, 0, 0], rpy: [0, 0, '90']}"), "rpy is '90'"),
        (
            frames("{parent: a, child: b, xyz: [0, 0, 0], quaternion: [0, 0, 0, 2]}"),
            "quaternion has length 2",
        ),
        (
            frames(
                "{parent: a, child: b, xyz: [0, 0, 0], rpy: [0, 0, 0], quaternion: [0, 0, 0, 1]}"
            ),
            "rpy and quaternion are both given",
        ),
        (frames("{parent: a, child: a, xyz: [0, 0, 0]}"), "frame 'a': it is its own parent"),
        (frames("{parent: a, child: /b, xyz: [0, 0, 0]}"), "child is '/b': give a frame's name"),
        (frames("{parent: a, child: 7, xyz: [0, 0, 0]}"), "child is 7: give a frame's name"),
        (frames(TABLE, TABLE.replace("base_link", "world")), "frame 'table' is there twice"),
        (
            frames(
                "{parent: a, child: b, xyz: [0, 0, 0]}",
                "{parent: b, child: c, xyz: [0, 0, 0]}",
                "{parent: c, child: a, xyz: [0, 0, 0]}",
            ),
            "the frames b -> a -> c -> b hang on each other in a ring",
        ),
    ],
)
def test_a_fault_is_one_sentence_with_the_file_in_it(read, text, said):
    with pytest.raises(ValueError, match="cell.yaml") as raised:
        read(text)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="nowhere.yaml cannot be read"):
        read_frames(str(tmp_path / "nowhere.yaml"))


def test_an_unknown_parent_is_named_with_those_that_are_known(read):
    given = read(frames(TABLE, "{parent: wall, child: shelf, xyz: [0, 0, 0]}"))
    said = unconnected(given, FrameTree(given), "base_link")
    assert "cell.yaml: frame 'shelf' hangs on 'wall', which nothing connects to 'base_link'" in said
    assert "give one of base_link, table as its parent" in said


def test_frames_above_the_base_connect_too(read):
    given = read(frames(STAND, "{parent: world, child: shelf, xyz: [0, 0, 0]}"))
    assert unconnected(given, FrameTree(given), "base_link") == ""
