//! The least, the greatest, the first, the last, the mean, the median and the spread of the values of a field, how many
//! distinct ones there are, whether any and whether all are true, and
//! what is computed from them, come out as exactly as sums, whatever is absent, negative or alone, and however the log
//! is split: over several runs, other numbers of workers and checkpoints between. Where no reading of a window had the
//! field, the documents have null.

mod rankings;

use std::collections::BTreeMap;

use mare_reference::amounts::{self, SeenAmount};
use mongodb::bson::Bson;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;
use crate::support::mongodb::{documents, fresh_database, mongodb};
use crate::support::oracle::statistics::{decimal, deviation, extremes, mean, variance};

const SEED: u64 = 23;
const BEGIN_MS: i64 = 1_764_331_200_000;
const WINDOW_MS: i64 = 5 * 60_000;
/// How much later windows begin than at the Unix epoch.
const OFFSET_MS: i64 = 80_000;

/// What is set over the file: where windows begin, and the totals beside those that it has.
const TOTALS: [&str; 36] = [
    "window.offset=80s",
    "totals.cheapest=min(reading.cost)",
    "totals.dearest=max(reading.cost)",
    "totals.shortest=min(outage_s)",
    "totals.longest=max(outage_s)",
    "totals.cost_mean=avg(reading.cost)",
    "totals.cost_exact=avg(reading.cost, 9)",
    "totals.outage_mean=avg(outage_s)",
    "event.fields.estimated=boolean?",
    "totals.any_estimated=any(estimated)",
    "totals.all_estimated=all(estimated)",
    "event.fields.read_at=time?",
    "totals.first_read=min(read_at)",
    "totals.last_read=max(read_at)",
    "totals.cost_variance=variance(reading.cost, 8)",
    "totals.cost_deviation=stddev_pop(reading.cost)",
    "totals.outage_deviation=stddev(outage_s, 4)",
    "totals.first_cost=first(reading.cost)",
    "totals.last_outage=last(outage_s)",
    "totals.last_estimated=last(estimated)",
    "totals.costs=count_distinct(reading.cost)",
    "totals.costs_nearly=approx_count_distinct(reading.cost)",
    "totals.cost_p90=quantile(reading.cost, 0.9)",
    "totals.outage_median=median(outage_s)",
    "event.fields.reader=string?",
    "totals.first_reader=first(reader)",
    "totals.last_reader=last(reader)",
    "totals.least_reader=min(reader)",
    "totals.greatest_reader=max(reader)",
    "totals.dearest_readers=top(2, reader, sum(reading.cost))",
    "totals.outages_most=top(1, estimated)",
    "totals.moved=last_outage - shortest",
    "totals.per_reading=cost / readings",
    "totals.spread=longest - shortest",
    "totals.rest=readings % (longest - shortest)",
    "totals.is_dear=dearest > 8.5",
];

/// Who reads, in no order of letters.
const READERS: [&str; 4] = ["Zoë", "ana", "Ana \"A\"", ""];

/// One reading.
struct Reading {
    at: i64,
    site: &'static str,
    tariff: i64,
    /// Thousandths.
    cost: i64,
    outage: Option<i64>,
    estimated: Option<bool>,
    reader: Option<&'static str>,
}

/// Readings of an hour in the order of their times, so that none is late.
fn readings() -> Vec<Reading> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let reading = |number: i64| Reading {
        at: BEGIN_MS + number * 1_200,
        site: ["north", "south|west", "Größe"][random.random_range(0..3)],
        tariff: random.random_range(-1..3),
        cost: random.random_range(-900..9_000),
        outage: random.random_bool(0.06).then(|| random.random_range(-40..300)),
        estimated: random.random_bool(0.07).then(|| random.random()),
        reader: random.random_bool(0.1).then(|| READERS[random.random_range(0..4)]),
    };
    (0..3_000).map(reading).collect()
}

fn produce(topic: &Topic, readings: &[Reading]) {
    let payloads = readings.iter().map(|reading| {
        let Reading { at, site, tariff, cost, outage, estimated, reader } = reading;
        let outage = outage.map_or("null".to_owned(), |seconds| seconds.to_string());
        let estimated = estimated.map_or(String::new(), |truth| format!(r#","estimated":{truth}"#));
        let (cost, site, reader) = (decimal(*cost, 3), json!(site), json!(reader));
        let payload = format!(
            r#"{{"meter":{{"site":{site}}},"tariff":{tariff},"read_at":{at},"reading":{{"wh":1,"cost":{cost}}},"outage_s":{outage},"reader":{reader}{estimated}}}"#
        );
        (((at / 1_200) % 3) as i32, *at, payload)
    });
    let payloads: Vec<_> = payloads.collect();
    topic.produce(payloads.iter().map(|(partition, at, payload)| record(*partition, *at, Some(payload.as_bytes()))));
}

/// What a document says of its totals, as texts, true as 1; `None` where it has null.
type Said = Vec<Option<String>>;

/// The columns that are compared, and how many digits each has behind the point.
const COLUMNS: [(&str, usize); 32] = [
    ("cheapest", 3),
    ("dearest", 3),
    ("shortest", 0),
    ("longest", 0),
    ("readings", 0),
    ("cost_mean", 3),
    ("cost_exact", 9),
    ("outage_mean", 2),
    ("any_estimated", 0),
    ("all_estimated", 0),
    ("first_read", 0),
    ("last_read", 0),
    ("per_reading", 6),
    ("spread", 0),
    ("rest", 0),
    ("is_dear", 0),
    ("cost_variance", 8),
    ("cost_deviation", 3),
    ("outage_deviation", 4),
    ("first_cost", 3),
    ("last_outage", 0),
    ("last_estimated", 0),
    ("costs", 0),
    ("cost_p90", 3),
    ("outage_median", 0),
    ("moved", 0),
    ("first_reader", TEXT),
    ("last_reader", TEXT),
    ("least_reader", TEXT),
    ("greatest_reader", TEXT),
    ("dearest_readers", TEXT),
    ("outages_most", TEXT),
];
/// Instead of digits: it is a text.
const TEXT: usize = usize::MAX;

/// What the documents must say, by their `_id`.
fn expected(readings: &[Reading]) -> BTreeMap<String, Said> {
    let mut groups = BTreeMap::<String, Vec<&Reading>>::new();
    for reading in readings {
        let start = (reading.at - OFFSET_MS).div_euclid(WINDOW_MS) * WINDOW_MS + OFFSET_MS;
        let start = jiff::Timestamp::from_millisecond(start).expect("a time of the calendar");
        let site = reading.site.replace('|', r"\|");
        groups.entry(format!("{site}|{}|{start}", reading.tariff)).or_default().push(reading);
    }
    let said = |readings: Vec<&Reading>| {
        let costs: Vec<i64> = readings.iter().map(|reading| reading.cost).collect();
        let outages: Vec<i64> = readings.iter().filter_map(|reading| reading.outage).collect();
        let (cheapest, dearest) = extremes(&costs).expect("each reading has a cost");
        let (shortest, longest) = extremes(&outages).unzip();
        let seconds = |seconds: Option<i64>| seconds.map(|seconds| decimal(seconds, 0));
        let [cheapest, dearest] = [cheapest, dearest].map(|cost| Some(decimal(cost, 3)));
        let count = Some(readings.len().to_string());
        let means = [(&costs, 0, 3), (&costs, 6, 9), (&outages, 2, 2)];
        let means = means.map(|(numbers, more, scale)| Some(decimal(mean(numbers, more)?, scale)));
        let truths: Vec<bool> = readings.iter().filter_map(|reading| reading.estimated).collect();
        let any = (!truths.is_empty()).then(|| truths.contains(&true));
        let all = (!truths.is_empty()).then(|| !truths.contains(&false));
        let truths = [any, all].map(|truth| truth.map(|truth| u8::from(truth).to_string()));
        let extremes = [cheapest, dearest, seconds(shortest), seconds(longest), count];
        let times: Vec<i64> = readings.iter().map(|reading| reading.at).collect();
        let (first, last) = self::extremes(&times).expect("each reading has a time");
        let times = [first, last].map(|ms| Some(ms.to_string()));
        let computed = computed(&costs, &outages).into_iter().chain(spreads(&costs, &outages));
        let summaries = summaries(&readings, shortest);
        extremes
            .into_iter()
            .chain(means)
            .chain(truths)
            .chain(times)
            .chain(computed)
            .chain(summaries)
            .chain(readers(&readings))
            .chain(rankings::of(&readings))
            .collect()
    };
    groups.into_iter().map(|(id, readings)| (id, said(readings))).collect()
}

/// What is kept of readings in the order of their times, beside numbers. What is estimated is compared by the auditor
/// alone.
fn summaries(readings: &[&Reading], shortest: Option<i64>) -> [Option<String>; 7] {
    let of = |units: fn(&Reading) -> Option<i64>| {
        let amount = |(offset, reading): (i64, &&Reading)| {
            let (time_ms, units) = (reading.at, units(reading)?.into());
            Some(SeenAmount { time_ms, partition: 0, offset, place: 0, units })
        };
        (0..).zip(readings).filter_map(amount).collect::<Vec<_>>()
    };
    let number = |units: Option<i128>, scale| units.map(|units| decimal(i64::try_from(units).expect("small"), scale));
    let (costs, outages) = (of(|reading| Some(reading.cost)), of(|reading| reading.outage));
    let last_outage = amounts::last(&outages);
    [
        number(amounts::first(&costs), 3),
        number(last_outage, 0),
        number(amounts::last(&of(|reading| reading.estimated.map(i64::from))), 0),
        number(i128::try_from(amounts::distinct(&costs)).ok(), 0),
        number(amounts::quantile(&costs, 900_000), 3),
        number(amounts::quantile(&outages, 500_000), 0),
        number(last_outage.zip(shortest).map(|(last, shortest)| last - i128::from(shortest)), 0),
    ]
}

/// Who was the first to read, who the last, and who is the least and the greatest of them by their bytes.
fn readers(readings: &[&Reading]) -> [Option<String>; 4] {
    let readers: Vec<&str> = readings.iter().filter_map(|reading| reading.reader).collect();
    let of = |reader: Option<&&str>| reader.map(|reader| (*reader).to_owned());
    [of(readers.first()), of(readers.last()), of(readers.iter().min()), of(readers.iter().max())]
}

/// What the expressions over the other totals come to. The rest by a difference of 0 is null, as is one by null.
fn computed(costs: &[i64], outages: &[i64]) -> [Option<String>; 4] {
    let per_reading = mean(costs, 3).map(|mean| decimal(mean, 6));
    let spread = extremes(outages).map(|(shortest, longest)| longest - shortest);
    let rest = spread.and_then(|spread| (costs.len() as i64).checked_rem(spread));
    let is_dear = costs.iter().any(|cost| *cost > 8_500);
    let [spread, rest] = [spread, rest].map(|number| number.map(|number| number.to_string()));
    [per_reading, spread, rest, Some(u8::from(is_dear).to_string())]
}

/// How far the costs and the outages are from their means; of a single one no deviation of a sample is known.
fn spreads(costs: &[i64], outages: &[i64]) -> [Option<String>; 3] {
    let variance = variance(costs, true, 2).map(|units| decimal(units, 8));
    let deviations = [(deviation(costs, false, 0), 3), (deviation(outages, true, 4), 4)];
    let [of_costs, of_outages] = deviations.map(|(units, scale)| units.map(|units| decimal(units, scale)));
    [variance, of_costs, of_outages]
}

/// The dataflow over a topic.
struct Energy {
    topic: Topic,
    checkpoints: TempDir,
    sink: Vec<String>,
}

impl Energy {
    fn new(sink: Vec<String>) -> Energy {
        let topic = Topic::create(kafka(), "every-kind", 3);
        Energy { topic, checkpoints: tempfile::tempdir().expect("a folder"), sink }
    }

    /// The command line of a command on it.
    fn command(&self, name: &[&str], more: &[&str]) -> Vec<String> {
        let fixed = [
            format!("source.kafka.brokers={}", kafka()),
            format!("source.kafka.topic={}", self.topic.name),
            format!("checkpoint.path={}", self.checkpoints.path().display()),
        ];
        let set = fixed.into_iter().chain(TOTALS.map(str::to_owned)).chain(self.sink.iter().cloned());
        let name = name.iter().chain(&["dataflows/energy.toml"]).map(|word| (*word).to_owned());
        let set = set.flat_map(|setting| ["--set".to_owned(), setting]);
        name.chain(set).chain(more.iter().map(|word| (*word).to_owned())).collect()
    }

    /// Reads the log in two halves, by runs of other numbers of workers; the second goes on from the checkpoint of the
    /// first.
    fn run(&self) -> BTreeMap<String, Said> {
        let readings = readings();
        let (first, second) = readings.split_at(1_337);
        produce(&self.topic, first);
        Mare::run(self.command(&["run"], &["-w", "3", "--until-end"])).success();
        produce(&self.topic, second);
        Mare::run(self.command(&["run"], &["-w", "2", "--until-end"])).success();
        let expected = expected(&readings);
        let nulls = expected.values().filter(|said| said[2].is_none()).count();
        assert!(nulls > 10 && nulls < expected.len() - 10, "{nulls} of {} test too little", expected.len());
        expected
    }

    /// The auditor recomputes every document from the topic, by code of its own.
    fn verify(&self, documents: usize) {
        let verdict = Mare::run(self.command(&["verify"], &["--format", "json"])).success();
        let verdict: Value = serde_json::from_str(&verdict.stdout).expect("a verdict");
        assert_eq!((&verdict["exact"], &verdict["equal"]), (&json!(true), &json!(documents)), "{verdict}");
    }
}

#[test]
fn into_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("energy.db");
    let energy = Energy::new(vec![format!("sink.sqlite.path={}", file.display())]);
    let expected = energy.run();

    let database = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the run's database");
    let columns = COLUMNS.map(|(name, _)| name).join(", ");
    let mut query = database.prepare(&format!("SELECT _id, {columns} FROM energy_use")).expect("these columns");
    let rows = query.query_map([], |row| {
        let text = |(index, (_, scale)): (usize, &(&str, usize))| match row.get(index + 1)? {
            Cell::Null => Ok::<_, rusqlite::Error>(None),
            Cell::Text(text) if *scale == TEXT => Ok(Some(text)),
            Cell::Integer(number) if *scale == 0 => Ok(Some(number.to_string())),
            Cell::Text(time) => Ok(Some(time.parse::<jiff::Timestamp>().expect("a time").as_millisecond().to_string())),
            Cell::Real(number) if *scale > 0 => Ok(Some(format!("{number:.scale$}"))),
            other => panic!("column {index} holds {other:?}"),
        };
        Ok((row.get(0)?, COLUMNS.iter().enumerate().map(text).collect::<Result<Said, _>>()?))
    });
    let rows: BTreeMap<String, Said> = rows.expect("rows").map(|row| row.expect("typed as declared")).collect();
    assert_eq!(rows, expected, "seed {SEED}");
    energy.verify(expected.len());
    questions(&energy, &expected);
    changed(&energy);
}

#[test]
fn into_mongodb() {
    let database = fresh_database();
    let sink = [
        format!("sink.mongodb.uri={}", mongodb()),
        format!("sink.mongodb.database={database}"),
        "sink.mongodb.collection=energy".to_owned(),
        "sink.mongodb.decimals=decimal128".to_owned(),
    ];
    let energy = Energy::new(sink.to_vec());
    let expected = energy.run();
    let found = documents(mongodb(), &database, "energy").into_iter().map(|document| {
        let text = |(name, scale): &(&str, usize)| match document.get(name) {
            Some(Bson::Null) => None,
            Some(Bson::Array(all)) => {
                Some(format!("[{}]", all.iter().map(rankings::entry).collect::<Vec<_>>().join(",")))
            }
            Some(Bson::String(text)) if *scale == TEXT => Some(text.clone()),
            Some(Bson::Int64(number)) if *scale == 0 => Some(number.to_string()),
            Some(Bson::DateTime(time)) => Some(time.timestamp_millis().to_string()),
            Some(Bson::Boolean(truth)) => Some(u8::from(*truth).to_string()),
            Some(Bson::Decimal128(number)) if *scale > 0 => Some(number.to_string()),
            other => panic!("{name} is {other:?}"),
        };
        (document.get_str("_id").expect("an _id").to_owned(), COLUMNS.iter().map(text).collect())
    });
    assert_eq!(found.collect::<BTreeMap<String, Said>>(), expected, "seed {SEED}");
    energy.verify(expected.len());
}

/// Who asks sees null, and nobody adds up what does not add up.
fn questions(energy: &Energy, expected: &BTreeMap<String, Said>) {
    let latest = Mare::run(energy.command(&["query", "latest"], &["--limit", "100", "--format", "json"])).success();
    let latest: Vec<Value> = serde_json::from_str(&latest.stdout).expect("rows");
    assert_eq!(latest.len(), expected.len());
    let nulls = latest.iter().filter(|row| row["shortest"].is_null()).count();
    assert_eq!(nulls, expected.values().filter(|said| said[2].is_none()).count());

    let groups = Mare::run(energy.command(&["query", "groups"], &["--format", "csv"])).success();
    let head = groups.stdout.lines().next().unwrap_or_default().to_owned();
    assert!(head.contains("energy_wh,cost,outages,readings") && !head.contains("dearest"), "{head}");
    let refused = Mare::run(energy.command(&["query", "top"], &["--by", "dearest"]));
    let output = refused.output();
    assert!(!refused.status.success() && output.contains("`dearest` does not add up"), "{output}");
    for total in ["per_reading", "costs", "cost_p90"] {
        let refused = Mare::run(energy.command(&["query", "top"], &["--by", total]));
        let output = refused.output();
        assert!(!refused.status.success() && output.contains(&format!("`{total}` does not add up")), "{output}");
    }
}

/// Old documents never stand beside those of another expression, though it keeps nothing that would be lost; another
/// way to write the same one is no change.
fn changed(energy: &Energy) {
    let same = ["--until-end", "--set", "totals.spread=(longest)-shortest"];
    Mare::run(energy.command(&["run"], &same)).success();
    let other = ["--until-end", "--set", "totals.spread=longest + shortest"];
    let refused = Mare::run(energy.command(&["run"], &other));
    let output = refused.output();
    assert!(!refused.status.success() && output.contains("`totals.spread` was"), "{output}");
}
