//! The judge, judged by hand.

mod oracle;
mod said;
mod sale;
mod statistics;
mod verdict;

use std::collections::BTreeMap;

use mare_reference::{Rules, WindowRule};

use oracle::{Exact, Grouping, Oracle};
use said::Said;
use sale::{Sale, cents};
use statistics::{Spread, each_further, quantile};
use verdict::Verdict;

const MINUTE_MS: i64 = 60_000;

fn payload(id: &str, value: &str, time: &str) -> Vec<u8> {
    format!(r#"{{"id_pedido":"{id}","categoria":"Gamer","valor":{value},"timestamp":"1970-01-01T00:{time}"}}"#).into()
}

fn oracle(windows: WindowRule, grouping: Grouping) -> Oracle {
    Oracle::new(Rules { windows, lateness_ms: 2 * MINUTE_MS, confirm: 1, dedups: false }, grouping)
}

fn said(lines: &[&str]) -> Said {
    let mut said = Said::default();
    lines.iter().for_each(|line| said.take(line).expect("a line"));
    said
}

fn exact(totals: &[(i64, &str, u64, i128)]) -> BTreeMap<(i64, String), Exact> {
    let exact = |(start, group, count, cents): &(i64, &str, u64, i128)| {
        ((*start, (*group).to_owned()), Exact { count: *count, cents: *cents })
    };
    totals.iter().map(exact).collect()
}

#[test]
fn a_sale_is_read_to_the_cent_and_the_millisecond() {
    let read = Sale::read(&payload("a", "0.1", "00:01.234999")).expect("a sale");
    assert_eq!(read, Sale { id: "a".into(), category: "Gamer".into(), cents: 10, time_ms: 1_234 });
    assert_eq!(Sale::read(b"{}"), None);
    assert_eq!(Sale::read(&payload("a", "\"1\"", "00:00")), None, "a text is no amount");
}

#[test]
fn cents_are_taken_from_the_text() {
    let some = [("12.34", 1_234), ("12.3", 1_230), ("12", 1_200), ("0.05", 5), ("-0.05", -5)];
    some.iter().for_each(|(text, expected)| assert_eq!(cents(text), Some(*expected), "{text}"));
    ["", ".5", "1.234", "1e3", "--1", "x"].iter().for_each(|text| assert_eq!(cents(text), None, "{text}"));
}

#[test]
fn a_sale_is_late_for_its_own_partition_alone() {
    let mut oracle = oracle(WindowRule::Every { size_ms: MINUTE_MS, offset_ms: 0 }, Grouping::Category);
    for (partition, value, time) in [
        (0, "1.00", "00:01"),
        (0, "2.00", "02:59.999"), // closes nothing: the first window stays open for two minutes
        (0, "4.00", "00:59"),     // so this is on time
        (0, "8.00", "03:00"),     // closes the first window
        (0, "16.00", "00:59"),    // late
        (1, "32.00", "00:02"),    // on time in a partition that is not so far
    ] {
        oracle.take(partition, &payload("a", value, time));
    }
    oracle.take(1, b"no sale");
    let counts = oracle.counts();
    assert_eq!((counts.read, counts.counted, counts.late, counts.dead), (7, 5, 1, 1));
    let expected = [(0, "Gamer", 3, 3_700), (120_000, "Gamer", 1, 200), (180_000, "Gamer", 1, 800)];
    assert_eq!(oracle.totals(), exact(&expected));
}

#[test]
fn windows_overlap_and_groups_may_be_orders() {
    let windows = WindowRule::Hopping { size_ms: 2 * MINUTE_MS, step_ms: MINUTE_MS, offset_ms: 0 };
    let mut oracle = oracle(windows, Grouping::Order);
    oracle.take(0, &payload("a", "1.50", "01:00"));
    oracle.take(0, &payload("b", "1.50", "02:30"));
    let expected = [(0, "a", 1, 150), (60_000, "a", 1, 150), (60_000, "b", 1, 150), (120_000, "b", 1, 150)];
    assert_eq!(oracle.totals(), exact(&expected));
}

#[test]
fn of_the_lines_of_a_window_the_one_of_most_sales_stands() {
    let said = said(&[
        r#"{"group":"Gamer","start":0,"sum":1.5,"count":1}"#,
        r#"{"group":"Gamer","start":0,"sum":3.25,"count":2,"diff":1,"time":7}"#,
        r#"{"group":"Gamer","start":0,"sum":9.99,"count":9,"diff":-1}"#,
        r#"{"group":"Gamer","start":0,"sum":1.5,"count":1}"#,
        r#"{"categoria":"Moda","janela_inicio":"1970-01-01T00:01:00Z","faturamento_total":2,"volume_vendas":1}"#,
        r#"{"id_pedido":"a","janela_inicio":"1970-01-01T01:00:00Z","faturamento_total":2,"volume_vendas":1}"#,
    ]);
    let totals: Vec<_> = said.totals().iter().map(|((start, group), total)| (*start, &**group, total)).collect();
    assert_eq!((totals[0].0, totals[0].1, totals[0].2.count, &*totals[0].2.sum), (0, "Gamer", 2, "3.25"));
    assert_eq!((totals[1].0, totals[1].1, totals[1].2.count, &*totals[1].2.sum), (60_000, "Moda", 1, "2"));
    assert_eq!((totals[2].0, totals[2].1, totals.len()), (3_600_000, "a", 3));
    assert!(Said::default().take(r#"{"group":"Gamer"}"#).is_err_and(|e| e.contains("Gamer")));
}

#[test]
fn each_way_to_be_wrong_is_told() {
    let expected = exact(&[(0, "Gamer", 2, 30), (0, "Moda", 3, 100), (60_000, "Gamer", 1, 5)]);
    let [gamer, moda, last] = [
        r#"{"group":"Gamer","start":0,"sum":0.3,"count":2}"#,
        r#"{"group":"Moda","start":0,"sum":1.00,"count":3}"#,
        r#"{"group":"Gamer","start":60000,"sum":0.05,"count":1}"#,
    ];
    let verdict = |lines: &[&str]| Verdict::of(&expected, &said(lines));
    assert_eq!(verdict(&[gamer, moda, last]), Verdict::default());
    let nothing = Verdict { lost: 6, wrong: 3, ..Verdict::default() };
    assert_eq!(verdict(&[]), nothing);
    let lost = r#"{"group":"Moda","start":0,"sum":0.99,"count":2}"#;
    assert_eq!(verdict(&[gamer, lost, last]), Verdict { lost: 1, wrong: 1, ..Verdict::default() });
    let twice = r#"{"group":"Moda","start":0,"sum":1.00,"count":5}"#;
    assert_eq!(verdict(&[gamer, twice, last]), Verdict { beyond: 2, wrong: 1, ..Verdict::default() });
    let nobody = r#"{"group":"Casa","start":0,"sum":1,"count":4}"#;
    assert_eq!(verdict(&[gamer, moda, last, nobody]), Verdict { beyond: 4, wrong: 1, ..Verdict::default() });
    let cent = r#"{"group":"Moda","start":0,"sum":1.01,"count":3}"#;
    assert_eq!(verdict(&[gamer, cent, last]), Verdict { wrong: 1, ..Verdict::default() });
    let double = r#"{"group":"Gamer","start":0,"sum":0.30000000000000004,"count":2}"#;
    assert_eq!(verdict(&[double, moda, last]), Verdict { inexact: 1, ..Verdict::default() });
}

#[test]
fn the_middle_the_ends_and_the_differences() {
    let spread = Spread::of([3.0, 1.0, 2.0]);
    assert_eq!(spread, Spread { least: 1.0, median: 2.0, greatest: 3.0 });
    assert_eq!(Spread::of([7.0]), Spread { least: 7.0, median: 7.0, greatest: 7.0 });
    let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
    assert_eq!([0.0, 0.5, 0.99, 1.0].map(|share| quantile(&hundred, share)), [1.0, 50.0, 99.0, 100.0]);
    assert_eq!(quantile(&[1.0, 2.0, 3.0], 0.5), 2.0, "half of three are two");
    assert_eq!(each_further((1_000, 2.0), (3_000, 6.0)), Some(0.002));
    assert_eq!(each_further((1_000, 2.0), (3_000, 1.0)), None, "noise is no speed");
    assert_eq!(each_further((3_000, 2.0), (3_000, 3.0)), None);
}
