"""A joint that turns without end: no limit in the simulation, reported within one turn."""

import numpy as np
import pytest
from seven_joint_arm import write_seven_joint_arm

from rl_manip_description import load_arm
from rl_manip_description.model.arm_files import ARMS
from rl_manip_sim.models.arm_model import build_arm_spec
from rl_manip_sim.stand_in.hidden_parameters import draw_hidden_parameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm


@pytest.fixture
def arm(tmp_path, monkeypatch):
    """The made-up arm, whose last joint has no end; nothing of its links keeps its name secret."""
    monkeypatch.setattr(ARMS, "_given", {})
    path = write_seven_joint_arm(tmp_path, "seven")
    urdf = path.with_suffix(".urdf")
    text = urdf.read_text().replace(
        'name="axis_7" type="revolute"', 'name="axis_7" type="continuous"'
    )
    urdf.write_text(
        text.replace('<mujoco><compiler discardvisual="false" fusestatic="false"/></mujoco>', "")
    )
    text = path.read_text()
    at = text.index("name: axis_7")
    end = text.index("velocity", at)
    lines = [line for line in text[at:end].splitlines() if "position_" not in line]
    path.write_text(text[:at] + "\n".join(lines).rstrip() + "\n  " + text[end:])
    return load_arm(str(path))


def test_it_has_no_limit_and_others_have(arm):
    model = build_arm_spec(arm, 0.01).compile()
    assert model.jnt_limited.tolist() == [1] * 6 + [0]
    assert model.actuator_actlimited.tolist() == [1] * 6 + [0]
    np.testing.assert_allclose(model.jnt_range[0], [-2.96, 2.96])
    assert model.body("pedestal").id > 0  # links that stand still keep their names


def test_the_stand_in_turns_on_and_reports_it_within_a_turn(arm):
    sim = SimulatedArm(arm, draw_hidden_parameters(7, 1))
    sim.command([0.0] * 6 + [1.7])
    readings = np.array([sim.step().position[6] for _ in range(round(4.0 / CYCLE))])
    assert sim.true_position[6] > 4.0
    assert np.all(np.abs(readings) <= np.pi)
    assert np.ptp(np.unwrap(readings)) > 4.0
