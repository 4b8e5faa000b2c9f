"""The cases of large tests in the quick suite, and the tests that come first."""

from __future__ import annotations

from collections import defaultdict

import pytest

QUICK: dict[str, int] = {
    "test_a_rule_without_any_one_of_its_parts_is_detected": 5,
    "test_eventually_properties_fail_without_fairness": 1,
    "test_a_counterexample_replays_and_violates_its_property": 6,
    "test_a_mutant_without_an_effect_is_proved_equivalent": 1,
    "test_a_run_has_the_same_bits_alone_and_in_any_batch": 3,
    "test_an_error_in_a_table_is_reported_with_its_path": 30,
    "test_the_document_of_a_run_has_its_shape_and_agrees_with_itself": 2,
    "test_the_document_of_a_check_has_its_shape_and_agrees_with_itself": 2,
    "test_annotations_are_written_only_on_github_and_not_to_stdout": 1,
    "test_hostile_names_in_a_trace_or_scenario_are_drawn_or_rejected": 8,
    "test_a_changed_property_is_a_difference": 2,
    "test_a_difference_in_only_one_small_scope_is_found_there": 1,
    "test_a_guard_may_be_any_formula": 2,
    "test_any_number_of_pieces_gives_the_same_bits": 1,
    "test_axe_finds_nothing_in_the_matrix": 1,
    "test_following_the_boxes_reaches_the_goal": 12,
    "test_an_action_that_a_decision_tree_names_as_a_fix_gets_past_the_refusal_somewhere": 5,
    "test_a_fixed_suite_finds_the_injected_faults_too": 5,
    "test_the_named_actions_are_those_that_make_the_guard_hold_in_some_reachable_state": 3,
    "test_the_properties_that_kill_a_mutant_are_those_that_its_check_finds_violated": 2,
    "test_the_example_of_a_kill_ends_with_the_first_difference": 2,
    "test_a_mutant_that_differs_under_an_assumption_of_another_rule_is_not_equivalent": 1,
    "test_z3_agrees_with_the_interpreter_on_each_step_of_the_table": 6,
    "test_sampled_values_lie_within_their_interval_of_the_exact_ones": 2,
    "test_sampled_and_exact_values_agree_for_all_features_of_runbooks": 2,
    "test_the_command_in_a_report_makes_the_same_report": 1,
    "test_the_operators_time_is_the_time_of_the_run": 3,
    "test_the_recorded_run_is_the_run_that_was_counted": 3,
    "test_a_recorded_run_is_a_trace_of_the_model_and_a_scenario_that_passes": 3,
    "test_equivalent_means_under_every_combination_that_is_not_pinned": 1,
    "test_a_difference_under_one_assumption_is_found_with_its_value": 1,
    "test_a_difference_under_an_assumption_that_another_rule_reads_is_found": 1,
    "test_hostile_names_are_text_in_every_data_format": 8,
    "test_hostile_names_in_an_svg_are_text": 8,
    "test_the_document_of_a_proof_has_its_shape": 1,
    "test_a_clause_that_does_not_exist_is_an_error": 1,
    "test_names_in_any_script_survive_a_locale_that_knows_none": 1,
    "test_a_timeout_applies_to_a_pipe_without_a_reader": 1,
    "test_spin_finds_the_same_injected_faults": 1,
}
"""For each test, the number of its cases, evenly spread, in the quick suite; ``make test-all`` runs the others too."""

FIRST = ("test_plantuml_reads_", "test_mermaid_reads_", "test_fuzz.py", "test_wheel.py")
"""Single tests that take long. Started last, one of them would run alone while the other processors wait."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cases beyond the quick ones, and put the longest tests in front."""
    items.sort(key=lambda item: not any(part in item.nodeid for part in FIRST))
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        name = getattr(item, "originalname", None)
        if name in QUICK:
            cases[name].append(item)
    for name, found in cases.items():
        step = max(1, len(found) // QUICK[name])
        quick = found[::step][: QUICK[name]]
        for item in found:
            if item not in quick:
                item.add_marker(pytest.mark.slow)
