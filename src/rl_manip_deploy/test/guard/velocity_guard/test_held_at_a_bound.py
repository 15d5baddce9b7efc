"""An arm that can go no further says so; one that moves, stands or is stopped does not."""


def test_an_arm_on_its_way_down_is_held_at_the_floor(bench):
    assert bench.guard.held_at == ""  # nothing is known of it
    down = [0.0, 0.6, 0.0, 0.0, 0.0, 0.0]
    bench.armed(down)
    assert bench.guard.held_at == ""
    bench.run(4.0, down)
    assert bench.guard.held_at in ("floor", "tool box")
    bench.run(0.3, [0.0] * 6)
    assert bench.guard.held_at == ""
    bench.run(0.3, down)
    assert bench.guard.held_at in ("floor", "tool box")
    bench.guard.stop("a test")
    assert bench.guard.held_at == ""
