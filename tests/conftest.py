"""Which cases of large tests the quick suite runs, and which tests come first."""

from __future__ import annotations

from collections import defaultdict

import pytest

QUICK: dict[str, int] = {
    "test_a_rule_that_lacks_any_of_its_parts_is_noticed": 5,
    "test_what_comes_in_the_end_does_not_come_without_fairness": 1,
    "test_a_counterexample_replays_and_violates_its_property": 6,
    "test_what_changes_no_answer_is_equivalent_and_proved_so": 1,
    "test_a_run_comes_out_the_same_bits_alone_and_in_any_batch": 3,
    "test_what_is_wrong_with_a_table_is_told_with_its_path": 30,
    "test_the_document_of_a_run_has_its_shape_and_agrees_with_itself": 2,
    "test_the_document_of_a_check_has_its_shape_and_agrees_with_itself": 2,
    "test_annotations_come_on_github_only_and_leave_stdout_alone": 1,
    "test_hostile_names_in_a_trace_or_scenario_are_drawn_or_rejected": 8,
    "test_a_property_that_is_not_the_same_is_a_difference": 2,
    "test_what_shows_in_one_of_the_small_scopes_only_is_found_there": 1,
    "test_a_guard_may_be_any_formula": 2,
    "test_any_number_of_pieces_gives_the_same_bits": 1,
    "test_axe_finds_nothing_in_the_matrix": 1,
    "test_following_the_boxes_reaches_the_goal": 12,
    "test_an_action_that_a_decision_tree_names_as_a_fix_gets_past_the_refusal_somewhere": 5,
    "test_a_fixed_suite_finds_the_planted_faults_too": 5,
    "test_the_named_actions_are_those_that_make_the_guard_hold_in_some_reachable_state": 3,
    "test_the_properties_that_notice_a_mutant_are_those_that_a_check_of_it_finds_violated": 2,
    "test_the_example_of_a_kill_shows_it": 2,
    "test_what_shows_only_under_a_value_that_another_rule_reads_is_not_equivalent": 1,
    "test_z3_takes_each_step_of_the_table_as_the_interpreter_does": 6,
    "test_sampled_values_lie_within_their_interval_of_the_exact_ones": 2,
    "test_sampled_and_exact_values_agree_whatever_a_runbook_does": 2,
    "test_the_command_in_a_report_makes_the_same_report": 1,
    "test_the_operators_time_is_the_time_of_the_run": 3,
    "test_the_recorded_run_is_the_very_run_that_was_counted": 3,
    "test_a_recorded_run_is_a_trace_of_the_model_and_a_scenario_that_passes": 3,
    "test_equivalent_means_under_every_combination_that_is_not_pinned": 1,
    "test_what_differs_only_under_a_reading_is_found_with_that_reading": 1,
    "test_what_differs_only_under_a_value_that_another_rule_reads_is_found": 1,
    "test_hostile_names_are_text_in_every_data_format": 8,
    "test_hostile_names_in_an_svg_are_text": 8,
    "test_the_document_of_a_proof_has_its_shape": 1,
    "test_a_clause_that_does_not_exist_is_an_error": 1,
    "test_names_in_any_script_survive_a_locale_that_knows_none": 1,
    "test_a_timeout_applies_to_a_pipe_without_a_reader": 1,
    "test_spin_finds_the_same_planted_faults": 1,
}
"""For each test how many of its cases, evenly spread, the quick suite keeps; ``make test-all`` runs the rest too."""

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
