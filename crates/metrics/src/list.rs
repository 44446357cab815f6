//! Every metric that there is: the one source of names, kinds, labels and meanings. `docs/metrics.md` shows it as a
//! table.

use super::metric::{Metric, MetricKind};

/// Upper bounds for what takes milliseconds, in seconds.
const QUICK: MetricKind =
    MetricKind::Histogram(&[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0]);
/// Upper bounds for numbers of records.
const MANY: MetricKind =
    MetricKind::Histogram(&[1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6]);

/// Declares a constant for each metric, and [`ALL`] of them.
macro_rules! list {
    ($($constant:ident: $kind:expr, $name:literal, [$($label:literal),*], $help:literal;)*) => {
        $(
            #[doc = $help]
            pub const $constant: Metric =
                Metric { name: $name, kind: $kind, labels: &[$($label),*], help: $help };
        )*

        /// All of them, in the order of the documentation.
        pub const ALL: &[Metric] = &[$($constant),*];
    };
}

list! {
    LEDGER_READ: MetricKind::Counter, "mare_ledger_read_records_total", ["partition"],
        "Records read, or events where these are elements of arrays: the sum of counted, filtered, late, duplicate and dead";
    LEDGER_COUNTED: MetricKind::Counter, "mare_ledger_counted_records_total", ["partition"],
        "Events folded into totals";
    LEDGER_FILTERED: MetricKind::Counter, "mare_ledger_filtered_records_total", ["partition"],
        "Events that the dataflow does not want, by its condition";
    LEDGER_LATE: MetricKind::Counter, "mare_ledger_late_records_total", ["partition"],
        "Events whose window had closed in their own partition";
    LEDGER_LATE_BY_SILENCE: MetricKind::Counter, "mare_ledger_late_by_silence_records_total", ["partition"],
        "Those of the late events that only the journal of silent partitions has made late, of the events of this process";
    LEDGER_UNMATCHED: MetricKind::Counter, "mare_ledger_unmatched_records_total", ["partition"],
        "Those of the late events that are cancellations which found no order, of the events of this process";
    LEDGER_DUPLICATE: MetricKind::Counter, "mare_ledger_duplicate_records_total", ["partition"],
        "Events whose id had been counted before";
    LEDGER_DEAD: MetricKind::Counter, "mare_ledger_dead_records_total", ["partition", "reason"],
        "Records that are no event";
    LEDGER_ROUNDED: MetricKind::Counter, "mare_ledger_rounded_numbers_total", ["partition"],
        "Numbers with more digits than their scale, among the counted events";
    LEDGER_VIEW: MetricKind::Counter, "mare_ledger_view_records_total", ["view", "partition", "outcome"],
        "What became of the records for each view, where there are several: counted, filtered, late, duplicate or dead. The others are of the first view";

    KAFKA_POSITION: MetricKind::Gauge, "mare_kafka_position_offset", ["partition"],
        "Next offset to read";
    KAFKA_END: MetricKind::Gauge, "mare_kafka_end_offset", ["partition"],
        "Offset behind the newest record that is known of";
    KAFKA_LAG: MetricKind::Gauge, "mare_kafka_lag_records", ["partition"],
        "Offsets between the position and the end: an upper bound of the records to come";
    KAFKA_HELD_BACK: MetricKind::Gauge, "mare_kafka_held_back_records", ["partition"],
        "Offsets of the lag that an open transaction keeps from being read";
    KAFKA_RECEIVED: MetricKind::Counter, "mare_kafka_received_records_total", ["partition"],
        "Records that the client has fetched, whether they have been read or not";
    KAFKA_RECEIVED_BYTES: MetricKind::Counter, "mare_kafka_received_bytes_total", ["partition"],
        "Size of the records that the client has fetched, unpacked";
    KAFKA_QUEUE: MetricKind::Gauge, "mare_kafka_queue_records", ["partition"],
        "Records fetched and not read yet";
    KAFKA_QUEUE_BYTES: MetricKind::Gauge, "mare_kafka_queue_bytes", ["partition"],
        "Size of the records fetched and not read yet";
    KAFKA_ROUND_TRIP: MetricKind::Gauge, "mare_kafka_round_trip_seconds", ["broker"],
        "Mean time from a request to its answer, over the client's last seconds; a fetch may wait for records";
    KAFKA_OUTAGES: MetricKind::Counter, "mare_kafka_outages_total", [],
        "Times that no broker answered";

    ENGINE_RUN: MetricKind::Gauge, "mare_engine_run_info", ["dataflow"],
        "1 for the dataflow that runs in this process";
    ENGINE_RUNS: MetricKind::Counter, "mare_engine_runs_total", [],
        "Runs begun by this process: the first, and one whenever it goes on with other partitions";
    ENGINE_GENERATION: MetricKind::Gauge, "mare_engine_generation_number", [],
        "Generation of the run: each run that claims the sink has the next one; only in the process that leads";
    ENGINE_SUPERSEDED: MetricKind::Counter, "mare_engine_superseded_runs_total", [],
        "Runs that ended because another had taken over";
    ENGINE_FRONTIER: MetricKind::Gauge, "mare_engine_frontier_timestamp_seconds", [],
        "Event time of the durable frontier: every window that closes at or before it is final";
    ENGINE_FRONTIER_LAG: MetricKind::Gauge, "mare_engine_frontier_lag_seconds", [],
        "How far the durable frontier is behind the clock";
    ENGINE_PROMISE: MetricKind::Gauge, "mare_engine_promise_timestamp_seconds", ["partition"],
        "What the partition promises, the largest event time counted there (with event.confirm = k, the k-th largest): what closes its windows";
    ENGINE_ARRANGED: MetricKind::Gauge, "mare_engine_arranged_updates", [],
        "Updates that the arrangements hold: about one for each open window and group";
    ENGINE_EPOCH: MANY, "mare_engine_epoch_records", ["worker"],
        "Records of an epoch; the sum is what the worker has read";
    ENGINE_EPOCH_OPEN: QUICK, "mare_engine_epoch_open_seconds", ["worker"],
        "From the first record of an epoch to its seal";
    ENGINE_EPOCH_DURABLE: QUICK, "mare_engine_epoch_durable_seconds", ["worker"],
        "From the seal of an epoch until all of it is durable in the sink";
    ENGINE_IN_FLIGHT: MetricKind::Gauge, "mare_engine_in_flight_epochs", ["worker"],
        "Epochs sealed and not durable yet";

    SINK_WRITTEN: MetricKind::Counter, "mare_sink_written_documents_total", [],
        "Documents inserted or replaced";
    SINK_STALE: MetricKind::Counter, "mare_sink_stale_documents_total", [],
        "Documents of which the sink had a version that was as complete or more";
    SINK_WRITE: QUICK, "mare_sink_write_seconds", [],
        "Duration of a batch that was written, its control document included";
    SINK_RETRIES: MetricKind::Counter, "mare_sink_retries_total", [],
        "Attempts that found the sink away";
    SINK_OUTAGES: MetricKind::Counter, "mare_sink_outages_total", [],
        "Times that the sink went away";
    SINK_WAITING: MetricKind::Gauge, "mare_sink_waiting_writers", [],
        "Writers that wait for the sink to come back";
    SINK_COLLECTION: MetricKind::Gauge, "mare_sink_collection_documents", [],
        "Documents that the sink holds, asked about once a minute";

    CHECKPOINT_SUCCESSES: MetricKind::Counter, "mare_checkpoint_successes_total", [],
        "Checkpoints taken; only in the process that leads";
    CHECKPOINT_FAILURES: MetricKind::Counter, "mare_checkpoint_failures_total", [],
        "Checkpoints that could not be written";
    CHECKPOINT_DURATION: QUICK, "mare_checkpoint_duration_seconds", [],
        "From the boundary of a checkpoint until it stands, documents and letters before it included";
    CHECKPOINT_NEWEST: MetricKind::Gauge, "mare_checkpoint_newest_timestamp_seconds", [],
        "When the newest checkpoint was taken, or the one that the run goes on from";
    CHECKPOINT_ROWS: MetricKind::Gauge, "mare_checkpoint_newest_rows", [],
        "Rows of the newest checkpoint";
    CHECKPOINT_BYTES: MetricKind::Gauge, "mare_checkpoint_newest_bytes", [],
        "Size of the newest checkpoint";
    CHECKPOINT_INTERVAL: MetricKind::Gauge, "mare_checkpoint_interval_seconds", [],
        "Time between two checkpoints of a busy stream, as the dataflow asks for it; missing if none are taken";

    LETTERS_DELIVERED: MetricKind::Counter, "mare_letters_delivered_records_total", [],
        "Late events and dead letters that are in topics of their own";
    LETTERS_REFUSED: MetricKind::Counter, "mare_letters_refused_records_total", [],
        "Letters that their topic took in no form, and that were let go; their records stay in the topic that is read";
    LETTERS_OUTAGES: MetricKind::Counter, "mare_letters_outages_total", [],
        "Times that no broker took letters";

    ALERTS_FIRED: MetricKind::Counter, "mare_alerts_fired_alerts_total", ["rule"],
        "Alerts found and sent on their way; only in the process that leads, as all of alerts";
    ALERTS_HELD_BACK: MetricKind::Counter, "mare_alerts_held_back_alerts_total", ["rule"],
        "Alerts found and not sent, because the rule had fired for the group within its cooldown";
    ALERTS_OLD: MetricKind::Counter, "mare_alerts_old_alerts_total", ["rule"],
        "Alerts found and not sent, because they were certain longer than max_age before the run began";
    ALERTS_PENDING: MetricKind::Gauge, "mare_alerts_pending_groups", ["rule"],
        "Groups for which a rule holds in the newest final window, and has not held for as long as its `for` says";
    ALERTS_JUDGED: MetricKind::Gauge, "mare_alerts_judged_timestamp_seconds", [],
        "Event time through which the rules have judged all final windows: behind mare_engine_frontier_timestamp_seconds they have work to do";
    ALERTS_SENT: MetricKind::Counter, "mare_alerts_sent_notifications_total", ["target"],
        "Alerts that the target has taken";
    ALERTS_FAILED: MetricKind::Counter, "mare_alerts_failed_notifications_total", ["target"],
        "Alerts that the target has refused for good, or that wait for the next start because somebody has to mend something first";
    ALERTS_WAITING: MetricKind::Gauge, "mare_alerts_waiting_notifications", ["target"],
        "Alerts on their way to the target that it has not taken yet, of 500 at most; more may wait in the sink";
    ALERTS_OUTAGES: MetricKind::Counter, "mare_alerts_outages_total", ["target"],
        "Times that the target went away; alerts wait until it answers";
    ALERTS_DELIVERY: QUICK, "mare_alerts_delivery_seconds", ["target"],
        "From finding an alert until the target has taken it; of one that an earlier run found, since then";

    PRODUCER_DELIVERED: MetricKind::Counter, "mare_producer_delivered_records_total", [],
        "Records acknowledged by all replicas in sync";
    PRODUCER_FAILED: MetricKind::Counter, "mare_producer_failed_records_total", [],
        "Records given up";
    PRODUCER_DELIVERY: QUICK, "mare_producer_delivery_seconds", [],
        "From making a record to its acknowledgement, in whole milliseconds";
    PRODUCER_OUTAGES: MetricKind::Counter, "mare_producer_outages_total", [],
        "Times that no broker answered the producer";

    PROCESS_BUILD: MetricKind::Gauge, "mare_process_build_info", ["version"],
        "1 for the version that runs";
    PROCESS_START: MetricKind::Gauge, "mare_process_start_timestamp_seconds", [],
        "When the process began";
    PROCESS_CPU: MetricKind::Counter, "mare_process_cpu_seconds_total", [],
        "Processor time, user and system; on Linux";
    PROCESS_MEMORY: MetricKind::Gauge, "mare_process_resident_memory_bytes", [],
        "Memory in use; on Linux";
    PROCESS_FILES: MetricKind::Gauge, "mare_process_open_files", [],
        "Open file descriptors; on Linux";
    PROCESS_FILES_MAX: MetricKind::Gauge, "mare_process_max_files", [],
        "How many file descriptors may be open; on Linux";
}
