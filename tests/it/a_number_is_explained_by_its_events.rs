//! `mare explain` shows the events that made a document: they add up to its numbers, and what did not count is shown
//! apart.

use serde_json::Value;

use crate::another_schema_runs_as_well as energy;
use crate::support::audit::written;
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{Finished, Mare};

/// The lines of `--events --format json`.
fn events(finished: &Finished) -> Vec<Value> {
    finished.stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn payload(event: &Value) -> Value {
    serde_json::from_str(event["payload"].as_str().expect("a text")).expect("a sale")
}

/// The digits of an amount of two decimals, whatever zeros it leaves out.
fn cents(amount: &Value) -> i64 {
    let text = amount.to_string();
    let (whole, behind) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{behind:0<2}").parse().expect("an amount")
}

#[test]
fn which_add_up_to_it() {
    let flagship = written("explain", &["--set", "dedup.by=id_pedido"]);
    let set = ["--set", "dedup.by=id_pedido"];
    for minute in ["2025-11-28T12:07", "2025-11-28T12:33:59.5Z"] {
        let more = ["--window", minute, "--group", "categoria=Eletrônicos"];
        let json = Mare::run(flagship.command("explain", &[&set[..], &more, &["--format", "json"]].concat())).success();
        let explained: Value = serde_json::from_str(&json.stdout).expect("JSON");
        assert_eq!((&explained["equal"], &explained["certain"]), (&true.into(), &true.into()), "{explained}");
        let id = explained["_id"].as_str().expect("a text").to_owned();
        assert_eq!(id, format!("Eletrônicos|{}:00Z", &minute[..16]));
        let document = flagship.documents().into_iter().find(|each| each.get_str("_id") == Ok(&id)).expect("there");
        let numbers = &explained["numbers"];
        for side in ["sink", "recomputed"] {
            assert_eq!(numbers["volume_vendas"][side].as_i64(), document.get_i64("volume_vendas").ok(), "{explained}");
            let amount = numbers["faturamento_total"][side].to_string().parse::<f64>().ok();
            assert_eq!(amount, document.get_f64("faturamento_total").ok(), "{explained}");
        }

        let printed = flagship.command("explain", &[&set[..], &more, &["--events", "--format", "json"]].concat());
        let events = events(&Mare::run(printed).success());
        let counted: Vec<_> = events.iter().filter(|event| event["is"] == "counted").collect();
        assert_eq!(Some(counted.len() as i64), numbers["volume_vendas"]["sink"].as_i64());
        let sum: i64 = counted.iter().map(|event| cents(&payload(event)["valor"])).sum();
        assert_eq!(sum, cents(&numbers["faturamento_total"]["sink"]), "{explained}");
        assert!(events.iter().all(|event| payload(event)["categoria"] == "Eletrônicos"));
        let largest = counted.iter().map(|event| cents(&payload(event)["valor"])).max();
        assert_eq!(Some(cents(&explained["largest"][0]["adds"])), largest);

        for part in explained["partitions"].as_array().expect("a list") {
            let of_part = |is: &str| {
                events.iter().filter(|each| each["partition"] == part["partition"] && each["is"] == is).count()
            };
            for fate in ["counted", "late", "duplicate"] {
                assert_eq!(part[fate].as_u64(), Some(of_part(fate) as u64), "{explained}");
            }
            let offsets = counted.iter().filter(|each| each["partition"] == part["partition"]);
            let offsets: Vec<_> = offsets.filter_map(|each| each["offset"].as_i64()).collect();
            assert_eq!(part["first"].as_i64(), offsets.first().copied());
            assert_eq!(part["last"].as_i64(), offsets.last().copied());
        }
        let late = explained["late"].as_array().expect("a list");
        assert!(late.iter().all(|each| each["late_by_ms"].as_i64() >= Some(0)), "{explained}");
    }
}

#[test]
fn and_shows_which_number_is_wrong() {
    let flagship = written("explain-wrong", &[]);
    let documents = crate::support::mongodb::collection(&flagship.uri, &flagship.database, "faturamento_tempo_real");
    let more = ["--window", "2025-11-28T12:20", "--group", "categoria=Moda"];
    let said = Mare::run(flagship.command("explain", &more)).success().stdout;
    assert!(said.contains("largest contributions") && said.contains("the document is what the topic says"), "{said}");
    let filter = mongodb::bson::doc! { "_id": "Moda|2025-11-28T12:20:00Z" };
    documents
        .update_one(filter.clone(), mongodb::bson::doc! { "$inc": { "volume_vendas": 1_i64 } })
        .run()
        .expect("an update");
    Mare::run(flagship.command("explain", &more)).refused(&["the document is not what the topic says"]);
    documents.delete_one(filter).run().expect("a removal");
    let missing = ["the document Moda|2025-11-28T12:20:00Z is missing from the sink"];
    Mare::run(flagship.command("explain", &more)).refused(&missing);
    Mare::run(flagship.command("explain", &[&more[..], &["--events"]].concat())).refused(&missing);
    let never = ["--window", "2025-11-28T12:20", "--group", "categoria=Padaria"];
    let said = Mare::run(flagship.command("explain", &never));
    let said =
        said.refused(&["there is no document Padaria|2025-11-28T12:20:00Z, neither in the sink nor by the topic"]);
    assert_eq!(said.status.code(), Some(1));
    Mare::run(flagship.command("explain", &more[..2])).refused(&["give --group categoria="]);
    Mare::run(flagship.command("explain", &["--window", "2025-11-28T12:20", "--group", "cor=azul"]))
        .refused(&["categoria"]);
}

#[test]
fn over_another_schema() {
    let topic = Topic::create(kafka(), "explain-energy", 2);
    let expected = energy::produce(&topic);
    let folder = tempfile::tempdir().expect("a folder");
    let sink = format!("sink.sqlite.path={}", folder.path().join("energy.db").display());
    energy::run(&topic, &sink);
    let set = [format!("source.kafka.brokers={}", kafka()), format!("source.kafka.topic={}", topic.name), sink];
    let ((start, site, tariff), (wh, mills, outages, readings)) = expected.iter().nth(7).expect("some");
    let window = jiff::Timestamp::from_millisecond(*start).expect("a time").to_string();
    let (site, tariff) = (format!("meter.site={site}"), format!("tariff={tariff}"));
    let more = ["--format", "json", "--window", &window, "--group", &site, "--group", &tariff];
    let start = ["explain", "dataflows/energy.toml"].into_iter().chain(more).map(str::to_owned);
    let json = Mare::run(start.chain(set.iter().flat_map(|pair| ["--set".to_owned(), pair.clone()]))).success();
    let explained: Value = serde_json::from_str(&json.stdout).expect("JSON");
    let number =
        |name: &str| explained["numbers"][name]["sink"].to_string().replace('.', "").parse::<i64>().expect("a number");
    assert_eq!(explained["equal"], true, "{explained}");
    let numbers = (number("energy_wh"), number("cost"), number("outages"), number("readings"));
    assert_eq!(numbers, (*wh, *mills, *outages, *readings), "{explained}");
    assert_eq!(explained["largest_by"], "energy_wh");
}
