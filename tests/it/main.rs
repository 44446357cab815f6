//! Integration tests on a real Apache Kafka and a real MongoDB-wire server: `cargo test --test it`, on a machine that
//! `cargo xtask test` has made ready.
//!
//! # Layout
//! One scenario a module, named as a sentence; what they stand on is in [`support`], and has scenarios of its own.

mod support;

// The ground
mod a_broker_keeps_its_records_through_a_kill;
mod a_broker_with_a_password_refuses_a_wrong_one;
mod a_database_keeps_acknowledged_documents_through_a_kill;
mod a_database_with_a_password_refuses_a_wrong_one;
mod a_fresh_database_is_empty_and_keeps_every_type;
mod a_topic_is_read_back_by_the_oracle;
mod days_of_a_zone_are_exact;
mod documents_are_read_back_in_pages;
mod mongodb_sink;
mod nothing_outlives_the_test_process;
mod the_oracle_agrees_with_a_count_by_hand;
mod windows_may_grow;
mod windows_may_overlap;

// The pages
mod every_command_of_the_pages_runs;
mod every_trouble_in_the_page_is_said;

// Runs
mod a_dataflow_is_tested_without_a_server;
mod a_dataflow_is_written_from_a_topic;
mod a_live_sale_becomes_visible;
mod a_login_that_breaks_off_is_no_refusal;
mod a_machine_of_ones_own_is_tried_end_to_end;
mod a_missing_topic_is_refused_with_the_remedy;
mod a_record_too_large_for_its_letter_stops_nothing;
mod a_repeated_sale_is_counted_once;
mod a_run_asks_what_the_doctor_calls_failed;
mod a_run_is_shown_over_http;
mod a_server_away_at_start_is_waited_for;
mod a_server_killed_in_the_middle_loses_nothing;
mod a_topic_is_deleted_when_it_is_meant;
mod a_topic_is_read_by_people_and_programs;
mod a_topic_of_letters_must_be_there;
mod a_transaction_leaves_marks_that_are_no_records;
mod an_alert_comes_in_its_receivers_words;
mod an_alert_is_sent_once;
mod another_schema_runs_as_well;
mod bad_input_is_counted_by_reason;
mod brokers_of_letters_and_alerts_may_be_away;
mod colours_are_for_terminals_alone;
mod every_dataflow_makes_its_golden_run;
mod half_a_request_holds_nothing;
mod late_events_and_dead_letters_go_to_their_topics;
mod letters_survive_a_broker_that_dies;
mod nothing_that_watches_stops_a_run;
mod only_wanted_sales_are_counted;
mod orders_are_cancelled;
mod parts_of_a_record_are_fields;
mod reading_starts_where_it_is_told;
mod records_are_made_like_those_of_a_dataflow;
mod sales_are_made_as_they_are_asked_for;
mod seeded_sales_equal_the_oracle;
mod several_views_are_kept_over_one_read;
mod sigterm_flushes_and_exits_zero;
mod the_api_keeps_to_its_openapi_document;
mod the_dashboard_shows_what_the_database_holds;
mod the_demo_accounts_for_every_sale;
mod the_doctor_says_what_is_wrong;
mod totals_may_be_of_all_times;
mod totals_of_every_kind_are_exact;
mod values_are_looked_up_in_tables;
mod what_a_record_hides_is_shown;
mod what_can_never_work_is_refused_at_once;
mod wrong_credentials_are_refused;

// Questions and audits
mod a_number_is_explained_by_its_events;
mod an_audit_finds_every_difference;
mod an_audit_says_what_it_cannot_compare;
mod one_event_ahead_of_its_time_is_told;
mod questions_are_answered_from_documents;

// Recovery
mod a_bad_network_loses_nothing;
mod a_broken_checkpoint_is_passed_over;
mod a_changed_dataflow_is_refused;
mod a_checkpoint_and_its_sink_belong_together;
mod a_log_that_was_cut_short_is_refused;
mod a_run_goes_on_from_its_checkpoint;
mod a_silent_partition_holds_no_window_open;
mod a_soak_of_random_kills_loses_nothing;
mod a_window_is_final_once_it_is_certain;
mod a_zombie_stops_by_itself;
mod checkpoints_that_cannot_be_written_are_done_without;
mod hosts_cut_apart_start_again;
mod lost_records_are_refused;
mod new_partitions_are_found_while_running;
mod reading_begins_where_it_was_once_decided;

// Clusters
mod a_cluster_counts_exactly;
mod a_cluster_is_shown_over_http;
mod a_cluster_survives_the_death_of_a_process;
mod a_cluster_that_cannot_start_gives_up;
mod a_hung_process_of_a_cluster_is_replaced;
mod a_process_that_loses_its_peer_says_so;
mod a_terminated_cluster_ends_in_good_order;
mod no_process_outlives_its_supervisor;

// Seeing it run
mod counters_never_go_down_within_a_process;
mod log_lines_are_json_when_asked;
mod the_menu_shows_what_it_runs;
mod the_producer_tells_prometheus;
mod the_terminal_shows_a_run;
