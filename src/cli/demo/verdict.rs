//! Whether every sale is accounted for. Pure.

use indicatif::HumanCount;
use mare_reference::Counts;

use super::amount::{Amount, DemoDocuments};
use super::oracle::Oracle;
use crate::checkpoint::Tally;
use crate::cli::Failure;

/// At most so many documents that differ are named.
const NAMED: usize = 5;

/// Compares what the engine says and what the database holds with what the oracle counted, and says it in one line.
///
/// # Errors
/// If anything differs; it is a defect of ours, and the failure says where.
pub fn verdict(oracle: &Oracle, tally: &Tally, found: &DemoDocuments) -> Result<String, Failure> {
    let mut complaints = Vec::new();
    let Tally { read, counted, filtered, late, duplicate, .. } = *tally;
    let engine = Counts { read, counted, filtered, late, duplicate, dead: tally.dead_total() };
    if engine != oracle.counts() {
        complaints.push(format!("the engine says {engine:?}, the recount {:?}", oracle.counts()));
    }
    complaints.extend(differences(&oracle.documents(), found));
    if !complaints.is_empty() {
        return Err(Failure::new(format!("not every sale is accounted for: {}", complaints.join("; "))));
    }
    let [read, counted, late, dead] = [read, counted, late, engine.dead].map(HumanCount);
    let total: Amount = found.values().sum();
    Ok(format!(
        "every sale accounted for: {read} sent = {counted} counted + {late} late + {dead} dead letters; \
         the database holds {} sales and their {} to the cent",
        total.count(),
        total.revenue()
    ))
}

/// Documents that are missing, too many, or hold something else; the first few, and how many there are.
fn differences(expected: &DemoDocuments, found: &DemoDocuments) -> Vec<String> {
    let keys: std::collections::BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let say = |amount: Option<&Amount>| {
        amount.map_or_else(|| "nothing".to_owned(), |amount| format!("{} by {}", amount.revenue(), amount.count()))
    };
    let differ: Vec<_> = keys.into_iter().filter(|key| expected.get(key) != found.get(key)).collect();
    let mut lines: Vec<String> = differ
        .iter()
        .take(NAMED)
        .map(|key| format!("{} {}: {} found, {} sent", key.0, key.1, say(found.get(key)), say(expected.get(key))))
        .collect();
    if differ.len() > NAMED {
        lines.push(format!("{} documents differ", differ.len()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sales::SaleKind;
    use crate::time::EventTime;

    fn recount() -> Oracle {
        let mut oracle = Oracle::new(60_000, 120_000);
        let sale = br#"{"categoria":"Moda","valor":1234.56,"timestamp":"2025-11-28T12:00:00.000000"}"#;
        oracle.take(0, SaleKind::OnTime, Some(sale));
        oracle.take(0, SaleKind::OnTime, None);
        oracle
    }

    fn tally() -> Tally {
        Tally { read: 2, counted: 1, dead: std::array::from_fn(|reason| u64::from(reason == 0)), ..Tally::default() }
    }

    #[test]
    fn what_agrees_is_said_in_one_line() {
        let oracle = recount();
        let said = verdict(&oracle, &tally(), &oracle.documents()).expect("agrees");
        assert_eq!(
            said,
            "every sale accounted for: 2 sent = 1 counted + 0 late + 1 dead letters; \
             the database holds 1 sales and their 1,234.56 to the cent"
        );
    }

    #[test]
    fn a_cent_a_document_or_a_count_that_differs_is_seen() {
        let (oracle, tally) = (recount(), tally());
        let complaint = |tally: &Tally, found: &DemoDocuments| match verdict(&oracle, tally, found) {
            Ok(said) => panic!("{said}"),
            Err(failure) => failure.to_string(),
        };
        let mut cent = oracle.documents();
        cent.values_mut().for_each(|amount| amount.cents += 1);
        assert!(
            complaint(&tally, &cent).contains("2025-11-28T12:00:00Z Moda: 1,234.57 by 1 found, 1,234.56 by 1 sent")
        );
        assert!(complaint(&tally, &DemoDocuments::new()).contains("nothing found, 1,234.56 by 1 sent"));
        let mut more = oracle.documents();
        more.insert((EventTime(0), "Gamer".into()), Amount::default());
        assert!(complaint(&tally, &more).contains("Gamer: 0.00 by 0 found, nothing sent"));
        let late = Tally { late: 1, ..tally.clone() };
        assert!(complaint(&late, &oracle.documents()).contains("the engine says"));
    }
}
