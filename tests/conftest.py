"""The cases of large tests in the quick suite, and the tests that come first."""

from __future__ import annotations

from collections import defaultdict

import pytest

QUICK: dict[str, int] = {
    "test_every_property_holds_and_every_outcome_is_reached": 3,
    "test_an_amended_property_is_violated_without_the_amendment": 5,
    "test_a_rule_without_any_one_of_its_parts_is_detected": 5,
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
    "test_a_difference_under_one_assumption_is_found_with_its_value": 1,
    "test_a_difference_under_an_assumption_that_another_rule_reads_is_found": 1,
    "test_hostile_names_are_text_in_every_data_format": 8,
    "test_hostile_names_in_an_svg_are_text": 8,
    "test_the_document_of_a_proof_has_its_shape": 1,
    "test_a_clause_that_does_not_exist_is_an_error": 1,
    "test_names_in_any_script_survive_a_locale_that_knows_none": 1,
    "test_a_timeout_applies_to_a_pipe_without_a_reader": 1,
    "test_spin_finds_the_same_injected_faults": 1,
    "test_nothing_is_called_unreachable_that_was_not_established": 2,
    "test_a_search_of_too_many_states_says_which_commands_answer_sooner": 1,
    "test_a_picture_names_the_places_of_the_account": 1,
    "test_what_running_work_may_add_is_planned_for": 2,
    "test_a_vault_that_the_plan_does_not_name_stays": 1,
    "test_one_special_point_among_others_is_not_all_of_them": 1,
    "test_the_commands_are_a_script_and_the_aws_cli_has_every_option": 2,
    "test_verdict_equals_an_exhaustive_search": 6,
    "test_without_any_obstacle_removed_the_goal_is_not_reached": 6,
    "test_paths_that_are_known_cost_as_much_as_those_of_a_new_search": 6,
    "test_what_places_show_holds_in_every_state": 6,
}
"""For each test, the number of its cases, evenly spread, in the quick suite; ``make test-all`` runs the others too."""

SLOW = frozenset(
    {
        "test_a_broken_library_is_named",
        "test_a_change_of_a_table_is_a_difference_or_has_no_effect",
        "test_a_fixed_suite_finds_nothing_in_a_correct_implementation",
        "test_a_guided_search_finds_a_shortest_way_in_the_lifecycle",
        "test_a_limit_of_states_or_time_is_reported",
        "test_a_png_of_another_script_is_drawn_with_the_installed_typefaces",
        "test_a_printed_table_prints_the_same_when_it_is_read",
        "test_a_question_has_the_same_answer_without_libraries",
        "test_a_run_with_too_many_steps_stops_the_study_and_loses_no_results",
        "test_a_saved_witness_is_a_scenario_that_passes",
        "test_a_scope_that_is_too_large_is_inconclusive_at_once",
        "test_a_scope_that_may_not_fit_into_memory_has_a_warning_with_its_size",
        "test_a_script_that_sends_no_call_is_reported_as_such",
        "test_a_search_stops_soon_after_its_maximum_of_states",
        "test_a_search_without_a_result_tries_every_size",
        "test_a_stated_property_has_a_verdict",
        "test_a_trace_to_a_state_is_shortest_and_avoids_others",
        "test_a_way_that_may_not_be_the_shortest_is_called_a_way",
        "test_all_engines_agree_on_safety_in_larger_scopes",
        "test_an_equivalence_that_depends_on_helpers_of_properties_is_proved",
        "test_an_interruption_keeps_earlier_verdicts",
        "test_an_own_property_can_depend_on_an_assumption",
        "test_another_property_helps_where_the_helpers_of_a_property_are_not_enough",
        "test_any_number_of_pieces_gives_the_same_bits",
        "test_any_text_as_a_scenario_ends_with_an_exit_code",
        "test_arrays_and_lists_find_the_same_deadlocks_and_reachable_goals",
        "test_axe_finds_nothing",
        "test_equivalent_means_under_every_combination_that_is_not_pinned",
        "test_eventually_properties_fail_without_fairness",
        "test_every_command_answers_the_same_from_the_file",
        "test_every_engine_agrees_with_a_plain_search",
        "test_every_entry_of_the_menu_can_be_loaded_and_steps_end_as_recorded",
        "test_every_named_abstraction_gives_a_picture_of_at_most_thirty_nodes",
        "test_every_paged_call_has_a_paginator",
        "test_every_switch_can_be_moved",
        "test_every_witness_can_be_saved_and_run",
        "test_moto_answers_for_the_other_services",
        "test_names_are_text_in_every_format",
        "test_no_proof_is_claimed_for_an_account_that_no_requests_lead_to",
        "test_nothing_from_outside_of_pyodide_is_copied",
        "test_numbers_of_alike_points_say_the_same_as_the_points",
        "test_only_large_pictures_outside_of_the_gallery_have_a_warning",
        "test_only_places_that_start_equal_are_exchanged",
        "test_outcomes_that_were_not_searched_completely_are_not_reported_as_unreachable",
        "test_parts_removed_when_it_was_printed_stay_removed",
        "test_pictures_are_brief_unless_all_details_are_requested_and_data_is_not",
        "test_pictures_are_written_as_svg_and_png_and_are_not_empty",
        "test_properties_that_need_all_states_are_inconclusive_if_these_are_too_many",
        "test_properties_that_stay_open_are_named",
        "test_pyodide_at_an_address_is_the_only_other_place",
        "test_records_have_the_fields_of_cloudtrail_in_their_order",
        "test_rows_of_the_table_are_complete_and_differ_and_waits_are_narrow",
        "test_runs_before_ctrl_c_are_saved_and_resumed",
        "test_safety_skips_eventually_properties",
        "test_simpy_has_the_same_time_and_calls",
        "test_the_document_of_a_difference_has_its_shape",
        "test_the_document_of_a_witness_has_its_shape_and_agrees_with_itself",
        "test_the_limit_on_memory_ends_a_check_as_inconclusive",
        "test_the_matrix_has_a_row_for_each_clause_in_every_format",
        "test_the_program_for_one_vault_copes",
        "test_the_properties_of_a_file_are_checked_and_proved",
        "test_the_same_seed_gives_the_same_output_and_another_seed_another",
        "test_the_server_answers_as_native_python",
        "test_the_shortest_way_is_found_in_an_account_of_many_kinds",
        "test_the_site_is_made_of_installed_files_alone",
        "test_the_table_of_rules_fits_its_schema",
        "test_threads_of_a_script_have_turns",
        "test_without_a_witness_no_scenario_is_written",
        "test_workers_that_die_repeatedly_are_reported_once",
    }
)
"""Tests that take more than a second of processor time each and are not among the first to notice a mistake."""

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
        if (name or item.name) in SLOW:
            item.add_marker(pytest.mark.slow)
    for name, found in cases.items():
        step = max(1, len(found) // QUICK[name])
        quick = found[::step][: QUICK[name]]
        for item in found:
            if item not in quick:
                item.add_marker(pytest.mark.slow)
