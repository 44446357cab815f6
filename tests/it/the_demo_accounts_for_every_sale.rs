//! `mare demo` in a pipe: it checks itself, and leaves a database that equals the oracle's recount of the same seeded
//! sales.

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use mare::sales::{BaseTimes, Generator, SaleKind, Shares, Spread};
use mongodb::bson::{DateTime, Document, doc};
use nix::sys::signal::Signal;
use rusqlite::{Connection, OpenFlags};

use crate::support::leash::leash;
use crate::support::mare::{Finished, Mare};
use crate::support::oracle::{Counts, Oracle, assert_same};

/// The first sale's event time.
const NOON: &str = "2025-11-28T12:00:00Z";
const PARTITIONS: u64 = 3;

/// The number before `word` in the line of the demo's check of itself.
fn checked(finished: &Finished, word: &str) -> u64 {
    let line = finished.stdout.lines().find(|line| line.starts_with("every sale accounted for: "));
    let line = line.unwrap_or_else(|| panic!("no check in:\n{}", finished.output())).replace(',', "");
    let words: Vec<&str> = line.split([' ', ';']).collect();
    let at = words.iter().position(|other| *other == word).unwrap_or_else(|| panic!("no {word} in {line}"));
    words[at - 1].parse().unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// What the first `count` records of a seed must lead to, if each comes `step` of event time after the other.
fn expected(seed: u64, shares: &[&str; 3], count: u64, step: SignedDuration) -> Oracle {
    let [late, out_of_order, garbage] = shares.map(|share| share.parse().expect("a share"));
    let shares = Shares::new(late, out_of_order, "0".parse().expect("a share"), garbage).expect("shares");
    let noon: Timestamp = NOON.parse().expect("a time");
    let end = noon + step * i32::try_from(count).expect("not that many");
    let times = BaseTimes::Spread(Spread::new(noon, end, count).expect("a range"));
    let generator = Generator::new(seed, shares, PARTITIONS);
    let (mut oracle, mut payload) = (Oracle::default(), Vec::new());
    for index in 0..count {
        payload.clear();
        let kind: SaleKind = generator.write(index, &times, &mut payload);
        let record_ms = times.before(index, 0).as_millisecond();
        oracle.take((index % PARTITIONS) as i32, record_ms, kind.has_payload().then_some(&payload));
    }
    oracle
}

/// The rows of the demo's table, as the documents that a collection would hold.
fn documents(database: &Path) -> Vec<Document> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database");
    let query = "SELECT _id, janela_inicio, janela_fim, categoria, faturamento_total, volume_vendas \
        FROM faturamento_tempo_real";
    let time = |text: String| DateTime::from_millis(text.parse::<Timestamp>().expect("a time").as_millisecond());
    let mut statement = connection.prepare(query).expect("a table");
    let rows = statement.query_map((), |row| {
        Ok(doc! {
            "_id": row.get::<_, String>(0)?,
            "janela_inicio": time(row.get(1)?),
            "janela_fim": time(row.get(2)?),
            "categoria": row.get::<_, String>(3)?,
            "faturamento_total": row.get::<_, f64>(4)?,
            "volume_vendas": row.get::<_, i64>(5)?,
        })
    });
    rows.and_then(Iterator::collect).expect("rows")
}

#[test]
fn and_its_database_equals_the_recount_of_the_same_seed() {
    let folder = leash().folder("demo");
    let database = folder.join("sales.db");
    let path = database.display().to_string();
    let demo = ["demo", "--duration", "3s", "--rate", "2000", "--seed", "1", "--late", "2%", "--garbage", "1%"];
    let finished = Mare::run(demo.into_iter().chain(["--database", &path])).success();

    let sent = checked(&finished, "sent");
    assert!((1_000..=6_100).contains(&sent), "{sent} sales in 3 s");
    let oracle = expected(1, &["2%", "5%", "1%"], sent, SignedDuration::from_millis(5));
    let counts = oracle.counts();
    assert!(counts.late > 0 && counts.dead > 0, "{counts:?}");
    let said = ["sent", "counted", "late", "dead"].map(|word| checked(&finished, word));
    let [read, counted, late, dead] = said;
    assert_eq!(Counts { read, counted, filtered: 0, late, duplicate: 0, dead }, counts, "{}", finished.output());
    assert_same(&documents(&database), &oracle, "the demo's database");

    let left: Vec<_> =
        fs::read_dir(&folder).expect("the folder").map(|file| file.expect("a file").file_name()).collect();
    assert_eq!(left, ["sales.db"]);
    assert!(!finished.output().contains('\u{1b}'), "no escapes in a pipe:\n{}", finished.output());
    let again = Mare::run(["demo", "--duration", "1s", "--database", &path]);
    again.refused(&["is there already", "--database"]);
}

#[test]
fn flat_out_nothing_is_dropped() {
    let finished = Mare::run(["demo", "--duration", "4s", "--rate", "0", "--seed", "2"]).success();
    let sent = checked(&finished, "sent");
    assert!(sent > 3 * 10_000, "more than may wait in the broker: {sent}");
    let counts = expected(2, &["1%", "5%", "0.2%"], sent, SignedDuration::from_micros(100)).counts();
    assert_eq!((checked(&finished, "counted"), checked(&finished, "late")), (counts.counted, counts.late));
}

#[test]
fn and_ctrl_c_ends_it_well_and_leaves_nothing_behind() {
    let demo = Mare::spawn(["demo", "--rate", "1000"]);
    demo.wait_for_lines(1, "Ctrl-C to finish");
    let finished = demo.end_by(Signal::SIGINT).success();
    assert!(checked(&finished, "counted") > 1_000, "{}", finished.output());
    let sink = finished.stderr.lines().find_map(|line| line.strip_prefix("  sink    sqlite ")).expect("a banner");
    let database = Path::new(sink.split_whitespace().next().expect("a path"));
    assert!(!database.exists() && !database.parent().expect("a folder").exists(), "{}", database.display());
}
