//! Words about partitions whose events are late, or will be. Pure.
//!
//! A document is exact without an event that was late, so no comparison finds these; but many of them are hardly meant.

use jiff::{SignedDuration, Timestamp, Unit};

use super::recount::{Jump, PartitionRecount};
use mare_model::time::EventTime;

/// So many late events of a partition, and so many in a hundred, are worth a word.
const WORTH: (u64, u64) = (10, 10);

/// What there is to say of the lateness in a partition, by the clock and with the bound of `event.max_ahead`.
#[must_use]
pub fn warnings(partition: i32, state: &PartitionRecount, clock: Timestamp, max_ahead_ms: i64) -> Vec<String> {
    let counts = &state.counts;
    let mut lines = Vec::new();
    // A cancellation that finds nothing says nothing of event times.
    let by_time = counts.late - counts.unmatched;
    let all = (by_time, by_time + counts.counted + counts.duplicate);
    let since = state.jump.map(|jump| (jump.late, jump.late + jump.counted));
    match (since.filter(is_worth), state.jump) {
        (Some(since), Some(jump)) => {
            lines.push(format!("partition {partition}: {} since {}; see event.confirm", late(since), told(&jump)));
        }
        _ if is_worth(&all) => lines.push(format!("partition {partition}: {}; see window.lateness", late(all))),
        _ => {}
    }
    if state.promise.0 > clock.as_millisecond().saturating_add(max_ahead_ms) {
        lines.push(format!(
            "partition {partition}: windows are closed up to {}, beyond the clock: its events are late until then; see `mare checkpoint \
             heal`",
            state.promise
        ));
    }
    lines
}

fn is_worth((late, of): &(u64, u64)) -> bool {
    *late >= WORTH.0 && late * 100 >= of * WORTH.1
}

fn late((late, of): (u64, u64)) -> String {
    format!("{late} of {of} events were late ({:.1} %)", 100.0 * late as f64 / of.max(1) as f64)
}

/// The event that made a promise jump.
fn told(jump: &Jump) -> String {
    let sent = match jump.sent_ms {
        Some(sent_ms) => format!("in a record sent at {}", EventTime(sent_ms)),
        None => "in a record without a timestamp".to_owned(),
    };
    let before = if jump.from == EventTime::MIN { jump.sent_ms.map_or(jump.to, EventTime) } else { jump.from };
    let by = SignedDuration::from_millis(jump.to.0.saturating_sub(before.0)).round(Unit::Second);
    format!(
        "the event at offset {}, of {}, {} ahead of what was before, {sent}",
        jump.offset,
        jump.to,
        by.map_or_else(|_| "far".to_owned(), |by| format!("{by:#}"))
    )
}

#[cfg(test)]
mod tests {
    use super::super::recount::Recount;
    use super::super::topic::RawRecord;
    use super::*;
    use mare_dataflow::Overrides;
    use mare_dataflow::fixture::load;
    use mare_model::header::Headers;

    /// What is said behind one sale that is `ahead_s` ahead of its record, and six hundred honest ones.
    fn said(set: &[&str], ahead_s: i64) -> Vec<String> {
        let plan = load("../../dataflows/black_friday.toml".as_ref(), &Overrides::new(set.iter().copied()), &|_| None)
            .unwrap();
        let mut recount = Recount::new(&plan, EventTime::MIN, EventTime::MAX, [(0, i64::MAX)]).unwrap();
        let noon = 1_764_331_200;
        for offset in 0..601 {
            let second = noon + if offset == 0 { ahead_s } else { offset };
            let time = Timestamp::from_second(second).unwrap();
            let sale = format!(r#"{{"id_pedido":"{offset}","categoria":"a","valor":1,"timestamp":"{time}"}}"#);
            let timestamp_ms = Some((noon + offset) * 1000);
            let (key, payload, headers) = (None, Some(sale.as_bytes()), Headers::NONE);
            recount.take(&RawRecord { partition: 0, offset, timestamp_ms, key, payload, headers }, &mut |_| {});
        }
        warnings(0, &recount.partitions[&0], Timestamp::from_second(noon).unwrap(), 3_600_000)
    }

    #[test]
    fn mass_lateness_is_told_with_its_cause() {
        let lines = said(&[], 59 * 60);
        for part in
            ["partition 0", "600 of 601", "99.8 %", "offset 0", "59m", "sent at 2025-11-28T12:00:00Z", "event.confirm"]
        {
            assert!(lines.len() == 1 && lines[0].contains(part), "{part} is not in: {lines:?}");
        }
        assert_eq!(said(&["event.confirm=2"], 59 * 60), [""; 0]);
        assert_eq!(said(&[], 60), [""; 0]);
        let lines = said(&["event.max_ahead=366d"], 90 * 86_400);
        assert!(lines.len() == 2 && lines[1].contains("heal") && lines[1].contains("2026-02-26"), "{lines:?}");
    }
}
