"""Tables as bags, and the description's masses against efforts."""

import mujoco
import numpy as np
import pytest

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.commands import from_csv as from_csv_command
from rl_manip_gap.identify.torque_check import check_torques, rigid_body_torque
from rl_manip_gap.recording.from_csv import ColumnMap, bag_from_csv
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import smooth_velocity, states_and_commands
from rl_manip_sim.models.arm_model import build_arm_spec


@pytest.fixture
def table(tmp_path):
    """50 rows: time, 6 positions, 6 velocities, 6 efforts."""
    rng = np.random.default_rng(0)
    values = np.column_stack([300.0 + 0.01 * np.arange(50), rng.uniform(-1, 1, (50, 18))])
    np.savetxt(tmp_path / "log.csv", values, delimiter=",", header="a header", comments="")
    return tmp_path / "log.csv", values


def test_a_table_becomes_a_bag(table, arm, tmp_path, monkeypatch):
    path, values = table
    monkeypatch.setattr(
        "sys.argv",
        [
            "from_csv",
            str(path),
            "-o",
            str(tmp_path / "bag"),
            "--skip-rows",
            "1",
            "--position",
            "2",
            "--velocity",
            "8",
            "--effort",
            "19",
            "18",
            "17",
            "16",
            "15",
            "14",
        ],
    )
    from_csv_command.main()
    states = read_recording(tmp_path / "bag", arm).states
    assert np.allclose(states.position, values[:, 1:7])
    assert np.allclose(states.velocity, values[:, 7:13])
    assert np.allclose(states.effort, values[:, 18:12:-1])
    assert np.allclose(np.diff(states.time), 0.01, atol=1e-6)


@pytest.mark.parametrize(
    ("columns", "skip", "says"),
    [
        (ColumnMap(position=(15,)), 1, "has 19"),
        (ColumnMap(position=(2, 3)), 1, "names 2 columns"),
        (ColumnMap(), 0, "no table of numbers"),
    ],
)
def test_a_table_that_does_not_fit_is_one_sentence(table, arm, tmp_path, columns, skip, says):
    with pytest.raises(BagError, match=says):
        bag_from_csv(table[0], tmp_path / "bag", arm, columns, skip_rows=skip)
    assert not (tmp_path / "bag").exists()


def test_an_existing_bag_is_not_touched(table, arm, tmp_path):
    (tmp_path / "bag").mkdir()
    with pytest.raises(BagError, match="exists already"):
        bag_from_csv(table[0], tmp_path / "bag", arm, ColumnMap(), skip_rows=1)


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
