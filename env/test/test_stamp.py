"""A step is skipped only if it ended and its inputs are the same."""

from stamp import Stamp, digest


def test_digest_follows_facts_names_and_contents(tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_text("1")
    b.write_text("2")
    first = digest(["x"], [a, b])
    assert digest(["x"], [b, a]) == first
    assert digest(["y"], [a, b]) != first
    assert digest(["x"], [a]) != first
    a.write_text("3")
    assert digest(["x"], [a, b]) != first


def test_an_interrupted_step_counts_as_never_done(tmp_path):
    stamp = Stamp(tmp_path / "stamp")
    assert stamp.read() == ""
    stamp.begin()
    stamp.end("abc")
    assert Stamp(tmp_path / "stamp").read() == "abc"
    stamp.begin()
    assert stamp.read() == ""
