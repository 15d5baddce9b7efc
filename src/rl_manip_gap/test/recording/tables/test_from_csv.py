"""Tables as bags, and the description's masses against efforts."""

import mujoco
import numpy as np
import pytest
from logged_table import AS_USUAL, HEADER, Way, motion, write

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.commands import from_csv as from_csv_command
from rl_manip_gap.identify.torques.torque_check import check_torques, rigid_body_torque
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.tables.from_csv import ColumnMap, Units, bag_from_csv
from rl_manip_gap.testing.synthetic_bag import smooth_velocity, states_and_commands
from rl_manip_sim.models.arm_model import build_arm_spec

PLACES = ColumnMap(position=("2",), velocity=("8",))


def states_of(bag, arm):
    return read_recording(bag, arm).states


WAYS = {
    "commas": AS_USUAL,
    "semicolons": Way(delimiter=";"),
    "decimal commas": Way(delimiter=";", decimal=","),
    "tabs, decimal commas": Way(delimiter="\t", decimal=","),
    "spaces": Way(delimiter=" "),
    "bars": Way(delimiter="|"),
    "header": Way(header=True),
    "byte order mark": Way(mark=b"\xef\xbb\xbf"),
    "UTF-16, as Excel writes": Way(delimiter="\t", encoding="utf-16", header=True),
    "Windows line ends": Way(ending="\r\n"),
    "a delimiter behind the last column": Way(ending=",\n"),
    "degrees": Way(angle=180.0 / np.pi),
    "milliseconds": Way(time=1e3),
    "microseconds": Way(time=1e6),
    "nanoseconds": Way(time=1e9),
    "since 1970": Way(since=1.7e9),
    "milliseconds since 1970": Way(since=1.7e9, time=1e3),
    "nanoseconds since 1970": Way(since=1.7e9, time=1e9),
}


@pytest.mark.parametrize("how", WAYS)
def test_a_table_is_understood_however_it_is_written(arm, tmp_path, how):
    table = write(tmp_path / "log.csv", arm, WAYS[how])
    done = bag_from_csv(table, tmp_path / "bag", arm, PLACES)
    assert (done.rows, done.usable) == (400, 400), done.notes
    states, (_, position, velocity) = states_of(tmp_path / "bag", arm), motion(arm)
    np.testing.assert_allclose(states.position, position, atol=1e-7)
    np.testing.assert_allclose(states.velocity, velocity, atol=1e-6)
    np.testing.assert_allclose(np.diff(states.time), 0.01, atol=1e-5)


@pytest.mark.parametrize(
    "columns",
    [
        ColumnMap(),
        ColumnMap("timestamp", ("actual_q",), ("actual_qd",)),
        ColumnMap("timestamp", ("actual_q_0",), ("actual_qd_0",)),
        ColumnMap("1", tuple(HEADER[1:7]), tuple(str(k) for k in range(8, 14))),
    ],
)
def test_columns_are_named_by_the_header_or_known_by_it(arm, tmp_path, columns):
    table = write(tmp_path / "log.csv", arm, Way(header=True, delimiter=" "))
    bag_from_csv(table, tmp_path / "bag", arm, columns)
    states, (_, position, velocity) = states_of(tmp_path / "bag", arm), motion(arm)
    np.testing.assert_allclose(states.position, position, atol=1e-7)
    np.testing.assert_allclose(states.velocity, velocity, atol=1e-6)


def test_what_ros2_topic_echo_prints_is_known(arm, tmp_path):
    time, position, velocity = motion(arm)
    order = [2, 1, 0, 3, 4, 5]  # as ros2_control sends them: by name
    names = [f"left_{arm.joint_names[k]}" for k in order]
    with open(tmp_path / "echo.csv", "w") as table:
        for t, q, v in zip(time, position, velocity):
            cells = [int(t), round(1e9 * (t % 1.0)), "", *names, *q[order], *v[order], *[0.0] * 6]
            table.write(",".join(map(str, cells)) + "\n")
    bag_from_csv(tmp_path / "echo.csv", tmp_path / "bag", arm)
    states = states_of(tmp_path / "bag", arm)
    np.testing.assert_allclose(states.position, position, atol=1e-9)
    np.testing.assert_allclose(states.velocity, velocity, atol=1e-9)


def test_columns_that_are_not_named_may_hold_anything(arm, tmp_path):
    table = write(tmp_path / "log.csv", arm, Way(header=True))
    lines = table.read_text().splitlines()
    table.write_text("\n".join(f"{line},running,{k}%" for k, line in enumerate(lines)))
    done = bag_from_csv(table, tmp_path / "bag", arm, PLACES)
    assert done.usable == 400


def test_rows_that_cannot_be_used_are_counted(arm, tmp_path):
    def spoil(values):
        values[10, 3] = np.nan
        values[20:30, 0] = values[20, 0]

    done = bag_from_csv(
        write(tmp_path / "log.csv", arm, change=spoil), tmp_path / "bag", arm, PLACES
    )
    assert (done.rows, done.usable) == (400, 390)
    said = "; ".join(done.notes)
    assert "1 of 400 rows left out: they hold a cell that is no number" in said
    assert "9 of 400 rows left out: they have the time of the row before" in said


def goes_back(values):
    values[200:, 0] -= 1.5


def in_whole_seconds(values):
    values[:, 0] = np.floor(values[:, 0])


def jumps(values):
    values[::2, 2] += 0.5


def elsewhere(values):
    values[:, 4] += 1000.0


def other_velocities(values):
    values[:, 7:] *= 5.0


def stands_still(values):
    values[:, 0] = 7.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (goes_back, "goes back by 1.49 s at row 201 of 400: cut the table there"),
        (in_whole_seconds, "396 of 400 rows of .* have the time of the row before.*--rate"),
        (stands_still, "does not rise"),
        (jumps, "shoulder_lift_joint would move at .* rad/s, it can do 3.14"),
        (elsewhere, "wrist_1_joint would be at 998.* its limits are -6.283 and 6.283"),
        (other_velocities, "velocity is 5 times as large as the change of the positions"),
    ],
)
def test_a_table_that_makes_no_sense_is_one_sentence_and_leaves_no_bag(arm, tmp_path, change, said):
    table = write(tmp_path / "log.csv", arm, change=change)
    with pytest.raises(BagError, match=said):
        bag_from_csv(table, tmp_path / "bag", arm, PLACES)
    assert not (tmp_path / "bag").exists()


def test_rows_at_a_known_rate_need_no_time(arm, tmp_path):
    table = write(tmp_path / "log.csv", arm, change=in_whole_seconds)
    bag_from_csv(table, tmp_path / "bag", arm, PLACES, Units(rate=100.0))
    np.testing.assert_allclose(np.diff(states_of(tmp_path / "bag", arm).time), 0.01, atol=1e-6)


def test_the_command_says_how_it_understood_the_table(arm, tmp_path, monkeypatch, capsys):
    table = write(tmp_path / "log.csv", arm, Way(time=1e3, header=True))
    words = ["from_csv", str(table), "-o", str(tmp_path / "bag"), "--position", "actual_q"]
    monkeypatch.setattr("sys.argv", words)
    from_csv_command.main()
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "time in ms, 100 rows a second",
        "positions in rad",
        "velocities are the positions' change",
        f"400 of 400 rows written to {tmp_path / 'bag'}",
    ]


@pytest.mark.parametrize("header", [True, False])
def test_what_is_named_counts_also_where_positions_are_not(arm, tmp_path, header):
    table = write(tmp_path / "log.csv", arm, Way(header=header))
    bag_from_csv(table, tmp_path / "bag", arm, ColumnMap(command=("8",)))
    recorded = read_recording(tmp_path / "bag", arm)
    np.testing.assert_allclose(recorded.commands.velocity, motion(arm)[2], atol=1e-6)


def test_a_unit_that_is_given_is_held_against_the_arm(arm, tmp_path):
    table = write(tmp_path / "log.csv", arm, WAYS["degrees"])
    with pytest.raises(BagError, match="cannot be positions of the ur5e in rad"):
        bag_from_csv(table, tmp_path / "bag", arm, PLACES, Units(angle_unit="rad"))


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (ColumnMap(position=("10",)), "stands in columns 10 to 15, .* has 13"),
        (ColumnMap(position=("2", "3")), "names 2 columns"),
        (
            ColumnMap(position=("torso",)),
            "no column 'torso': its columns are timestamp, actual_q_0",
        ),
    ],
)
def test_a_table_that_does_not_fit_is_one_sentence(arm, tmp_path, columns, says):
    table = write(tmp_path / "log.csv", arm, Way(header=True))
    with pytest.raises(BagError, match=says):
        bag_from_csv(table, tmp_path / "bag", arm, columns)
    assert not (tmp_path / "bag").exists()


@pytest.mark.parametrize("text", ["", "no numbers here\nat all\n", "1\n2\n3\n"])
def test_what_is_no_table_is_one_sentence(arm, tmp_path, text):
    (tmp_path / "log.csv").write_text(text)
    with pytest.raises(BagError, match="no table of numbers|rows, at least 2"):
        bag_from_csv(tmp_path / "log.csv", tmp_path / "bag", arm)
    with pytest.raises(BagError, match="There is no table at"):
        bag_from_csv(tmp_path / "none.csv", tmp_path / "bag", arm)


def test_an_existing_bag_is_not_touched(arm, tmp_path):
    (tmp_path / "bag").mkdir()
    with pytest.raises(BagError, match="exists already"):
        bag_from_csv(write(tmp_path / "log.csv", arm), tmp_path / "bag", arm, PLACES)


def test_torque_at_rest_is_the_slope_of_the_potential_energy(arm):
    model = build_arm_spec(arm, 0.002).compile()
    data = mujoco.MjData(model)

    def energy(position):
        data.qpos[:] = position
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        return 9.81 * (model.body_mass * data.xipos[:, 2]).sum()

    still = np.zeros((1, 6))
    torque = rigid_body_torque(arm, arm.home[None], still, still)[0]
    for joint in range(6):
        step = 1e-5 * np.eye(6)[joint]
        slope = (energy(arm.home + step) - energy(arm.home - step)) / 2e-5
        assert torque[joint] == pytest.approx(slope, abs=1e-4)


def test_efforts_made_of_the_model_are_explained(arm, tmp_path):
    time = np.arange(0.0, 12.0, 0.01)
    velocity = smooth_velocity(3, 6)(time)
    position = arm.home + np.cumsum(velocity, axis=0) * 0.01
    gain, viscous, coulomb = np.linspace(8, 11, 6), np.linspace(9, 2, 6), np.linspace(6, 1, 6)
    torque = rigid_body_torque(arm, position, velocity, np.gradient(velocity, time, axis=0))
    torque += viscous * velocity + coulomb * np.sign(velocity)
    bag = states_and_commands(tmp_path / "bag", arm, time, position, velocity, effort=torque / gain)
    for joint in check_torques(read_recording(bag, arm), arm, gain, viscous, coulomb):
        assert joint.explained > 0.99, joint
        assert abs(joint.bias_nm) < 0.1
