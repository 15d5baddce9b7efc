"""Comparison of policies against values worked out by hand."""

import json
import re

import numpy as np
import pytest

from rl_manip_gap.commands import compare as compare_command
from rl_manip_gap.compare.policies import (
    CompareError,
    PolicyResult,
    Trials,
    comparison,
    difference_interval,
    mmrv,
    mmrv_interval,
    paired_interval,
    pearson,
    read_results,
)
from rl_manip_gap.report.compare_page import compare_page

LIST = [
    {"policy": "a", "sim": {"successes": 9, "trials": 10}, "real": {"successes": 6, "trials": 10}},
    {"policy": "b", "sim": {"successes": 5, "trials": 10}, "real": {"successes": 8, "trials": 10}},
    {"policy": "c", "sim": {"successes": 1, "trials": 10}, "real": {"successes": 2, "trials": 10}},
]


def test_mmrv_by_hand():
    # a and b are ordered wrongly, 0.2 apart; c violates nothing: (0.2 + 0.2 + 0) / 3
    sim, real = np.array([0.9, 0.5, 0.1]), np.array([0.6, 0.8, 0.2])
    assert mmrv(sim, real) == pytest.approx(0.4 / 3)
    assert mmrv(real, real) == 0.0


def test_pearson_by_hand():
    # deviations (.4, 0, -.4) and (1/15, 4/15, -5/15): .16 / sqrt(.32 * 42/225)
    sim, real = np.array([0.9, 0.5, 0.1]), np.array([0.6, 0.8, 0.2])
    value, interval = pearson(sim, real)
    assert value == pytest.approx(0.16 / np.sqrt(0.32 * 42 / 225))
    assert interval is None  # three policies give no interval
    assert pearson(np.array([0.5, 0.5]), np.array([0.1, 0.9])) == (None, None)
    assert pearson(np.array([0.5]), np.array([0.1])) == (None, None)


def test_difference_interval_against_the_published_example():
    # Newcombe 1998b, table II (a): 56/70 - 48/80, method 10: 0.0524 to 0.3339
    assert difference_interval(Trials(56, 70), Trials(48, 80)) == pytest.approx(
        [0.0524, 0.3339], abs=5e-5
    )


def test_a_json_list_becomes_compare_json(tmp_path, monkeypatch):
    (tmp_path / "list.json").write_text(json.dumps(LIST))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["compare", "list.json", "-o", "out"])
    compare_command.main()
    compared = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert compared["mmrv"] == pytest.approx(0.4 / 3)
    assert [policy["policy"] for policy in compared["policies"]] == ["a", "b", "c"]
    page = (tmp_path / "out" / "compare.html").read_text()
    assert "On the arm b is best." in page
    assert "a meets 60% of its goals on the arm and 90% in simulation" in page
    assert page.count("<svg") == 2
    assert not re.search(r'(src|href)="(?!#)', page)

    first = compared["policies"][0]["real"]
    assert first["rate"] == 0.6
    assert first["ci95"] == pytest.approx([0.3127, 0.8318], abs=5e-4)


def test_runs_of_one_policy_are_told_apart(tmp_path):
    trials = {"successes": 3, "trials": 4}
    runs = [{"policy": "/p/ur5e_reach/policy.onnx", "sim": trials, "real": trials}] * 2
    (tmp_path / "list.json").write_text(json.dumps(runs))
    page = compare_page(comparison(read_results([tmp_path / "list.json"])))
    assert "ur5e_reach (1) meets 75%" in page
    assert "ur5e_reach (2) meets 75%" in page


def test_run_folders_pair_evaluation_and_closed_loop_simulation(tmp_path):
    run = tmp_path / "run"
    (run / "gap").mkdir(parents=True)
    (run / "evaluation.json").write_text(
        json.dumps(
            {
                "policy": "p.onnx",
                "goals": 20,
                "successes": 19,
                "mean_final_distance_m": 0.01,
                "mean_time_to_goal_s": 1.5,
            }
        )
    )
    (run / "gap" / "gap.json").write_text(
        json.dumps(
            {"task": {"sim": {"goals": 20, "successes": 20, "mean_final_distance_m": 0.005}}}
        )
    )
    assert read_results([run]) == [
        PolicyResult("p.onnx", Trials(20, 20, 0.005, None), Trials(19, 20, 0.01, 1.5))
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("no json", "is no JSON"),
        ('{"policy": 1}', "holds no JSON list"),
        ('[{"policy": "a", "sim": {"successes": 3, "trials": 2}, "real": {}}]', "entry 0, sim"),
        ('[{"policy": "a", "sim": {"successes": 1, "trials": 2}}]', "entry 0, real"),
        ('[{"policy": "a", "sim": {"successes": 1, "trials": true}}]', "entry 0, sim"),
        ('[{"policy": "a", "sim": {"successes": 1.5, "trials": 2}}]', "entry 0, sim"),
        ('[{"policy": "a", "sim": [1, 2]}]', "entry 0, sim"),
        ("[]", "no results given"),
        (
            '[{"policy": "a", "sim": {"successes": 1, "trials": 2, "mean_time_to_goal_s": NaN}}]',
            "expected numbers of at least 0",
        ),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, content, says):
    (tmp_path / "list.json").write_text(content)
    with pytest.raises(CompareError, match=says):
        read_results([tmp_path / "list.json"])


def test_missing_files_are_one_sentence(tmp_path):
    with pytest.raises(CompareError, match="cannot be read"):
        read_results([tmp_path / "none.json"])
    with pytest.raises(CompareError, match="evaluation.json cannot be read"):
        read_results([tmp_path])


def test_the_same_goals_narrow_the_interval():
    # 16 goals met in both places, 2 only on the arm, 2 nowhere
    real, sim = [True] * 18 + [False] * 2, [True] * 16 + [False] * 4
    low, high = paired_interval(real, sim)
    wide = difference_interval(Trials(18, 20), Trials(16, 20))
    assert wide[0] < low < 0.1 < high < wide[1]
    assert paired_interval(sim, real) == pytest.approx([-high, -low])
    # met at random in both: as wide as without pairing
    apart = paired_interval([True, True, False, False] * 5, [True, False, True, False] * 5)
    assert apart == pytest.approx(difference_interval(Trials(10, 20), Trials(10, 20)))


def test_goals_that_both_know_are_paired(tmp_path):
    run = tmp_path / "run"
    (run / "gap").mkdir(parents=True)
    real, sim = [True, False, True, True], [True, True, False, True]
    (run / "evaluation.json").write_text(
        json.dumps(
            {
                "policy": "p",
                "goals": 4,
                "successes": 3,
                "mean_time_to_goal_s": 2.0,
                "mean_final_distance_m": 0.02,
                "per_goal": [{"success": met} for met in real],
            }
        )
    )
    closed_loop = {
        "goals": 4,
        "successes": 3,
        "mean_time_to_goal_s": 1.5,
        "mean_final_distance_m": 0.01,
        "per_goal": [{"success": met} for met in sim],
    }
    (run / "gap" / "gap.json").write_text(json.dumps({"task": {"sim": closed_loop}}))
    (policy,) = comparison(read_results([run]))["policies"]
    assert policy["paired"] == {"goals": 4, "both": 2, "only_sim": 1, "only_real": 1, "neither": 0}
    assert policy["difference_ci95"] == paired_interval(real, sim)
    assert policy["time_to_goal_difference_s"] == pytest.approx(0.5)
    assert policy["final_distance_difference_m"] == pytest.approx(0.01)


def test_one_policy_is_enough():
    alone = comparison([PolicyResult("p", Trials(1, 2), Trials(2, 2))])
    assert alone["pearson"] is None
    assert alone["mmrv"] is None
    assert alone["mmrv_ci95"] is None


@pytest.mark.parametrize(("spread", "least"), [(0.0, 93), (0.2, 90)])
def test_the_interval_of_the_rank_violation_holds_the_truth(spread, least):
    """Six policies, 20 trials each on the arm; with no spread simulation orders them rightly."""
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(100):
        sim = rng.uniform(0.2, 0.95, 6)
        real = np.clip(sim + spread * rng.standard_normal(6), 0.02, 0.98)
        drawn = [
            PolicyResult("p", Trials(rng.binomial(200, s), 200), Trials(rng.binomial(20, r), 20))
            for s, r in zip(sim, real)
        ]
        low, high = mmrv_interval(drawn)
        covered += low <= mmrv(sim, real) <= high
    assert covered >= least
