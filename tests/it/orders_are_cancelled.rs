//! With `[retract]`, an order that is cancelled leaves its own window and group, whoever has counted it: a run before
//! the last checkpoint, or this one. A cancellation that finds nothing is late, and says so in a letter of its own.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::{Finished, Mare};
use crate::support::mongodb::{documents, fresh_database, mongodb};
use crate::support::oracle::read;

/// The dataflow of net revenue between these topics and a database of its own.
struct NetRevenue {
    orders: Topic,
    late: Topic,
    database: String,
    folder: TempDir,
}

impl NetRevenue {
    fn new() -> NetRevenue {
        let [orders, late] = ["orders", "orders-late"].map(|prefix| Topic::create(kafka(), prefix, 2));
        NetRevenue { orders, late, database: fresh_database(), folder: tempfile::tempdir().expect("a folder") }
    }

    /// Sends states of orders to partition 0: id, amount, status and the time of a day.
    fn send(&self, states: &[(&str, &str, &str, &str)]) {
        let state = |(id, amount, status, time): &(&str, &str, &str, &str)| {
            json!({ "id_pedido": id, "categoria": "Gamer", "valor": amount.parse::<f64>().expect("a number"),
                    "status": status, "timestamp": format!("2025-11-28T{time}Z") })
            .to_string()
        };
        let states: Vec<_> = states.iter().map(state).collect();
        self.orders.produce(states.iter().map(|state| record(0, 1_764_374_400_000, Some(state.as_bytes()))));
    }

    fn mare(&self, command: &str, more: &[&str]) -> Finished {
        let set = [
            format!("source.kafka.brokers={}", kafka()),
            format!("source.kafka.topic={}", self.orders.name),
            format!("late.topic={}", self.late.name),
            format!("sink.mongodb.uri={}", mongodb()),
            format!("sink.mongodb.database={}", self.database),
            format!("checkpoint.path={}", self.folder.path().display()),
        ];
        let set = set.into_iter().flat_map(|pair| ["--set".to_owned(), pair]);
        let begin = [command.to_owned(), "dataflows/net_revenue.toml".to_owned()].into_iter();
        Mare::run(begin.chain(set).chain(more.iter().map(|word| (*word).to_owned())))
    }

    /// The version, the orders and the revenue of the only document.
    fn document(&self) -> (i64, i64, f64) {
        let documents = documents(mongodb(), &self.database, "receita_liquida");
        let [document] = &documents[..] else { panic!("one document, not {documents:?}") };
        let number = |name: &str| document.get_i64(name).expect("a whole number");
        (number("n"), number("pedidos"), document.get_f64("receita_liquida").expect("a double"))
    }
}

#[test]
fn by_the_run_that_counted_them_and_by_one_that_goes_on() {
    let flow = NetRevenue::new();
    flow.send(&[
        ("1", "10.00", "PAGO", "12:00:00"),
        ("2", "20.50", "PAGO", "12:00:01"),
        ("3", "0.07", "PAGO", "12:59:59"),
        ("1", "99.00", "CANCELADO", "15:00:00"),
        ("9", "5.00", "CANCELADO", "15:00:01"),
    ]);
    let first = flow.mare("run", &["-w", "2", "--until-end"]).success();
    assert_eq!(flow.document(), (4, 2, 20.57));
    assert_eq!((first.summary("counted"), first.summary("late"), first.summary("unmatched")), (4, 1, 1));

    flow.send(&[
        ("2", "20.50", "CANCELADO", "16:00:00"),
        ("1", "10.00", "CANCELADO", "16:00:01"),
        ("1", "10.00", "PAGO", "12:00:00"),
        ("9", "5.00", "PAGO", "12:30:00"),
    ]);
    let second = flow.mare("run", &["-w", "3", "--until-end"]).success();
    assert_eq!(flow.document(), (5, 1, 0.07), "what was kept stands in the checkpoint");
    assert_eq!((second.summary("counted"), second.summary("duplicates"), second.summary("late")), (1, 3, 0));

    let letters = read(kafka(), &flow.late.name);
    let details: Vec<_> = letters.iter().map(|letter| letter.headers["mare-detail"].as_str()).collect();
    assert!(matches!(details[..], [detail] if detail.starts_with("it cancels an order, and no order of its id")));
    let verdict = flow.mare("verify", &["--format", "json"]).success();
    let verdict: Value = serde_json::from_str(&verdict.stdout).expect("a verdict");
    assert_eq!((&verdict["exact"], &verdict["equal"]), (&true.into(), &1.into()), "{verdict}");
}

#[test]
fn and_a_number_is_explained_by_its_orders_and_their_cancellations() {
    let flow = NetRevenue::new();
    flow.send(&[
        ("1", "10.00", "PAGO", "12:00:00"),
        ("2", "5.00", "PAGO", "12:10:00"),
        ("1", "0", "CANCELADO", "12:20:00"),
    ]);
    flow.mare("run", &["--until-end"]).success();
    let of = ["--window", "2025-11-28T12:00", "--group", "categoria=Gamer"];
    let said = flow.mare("explain", &[&of[..], &["--format", "json"]].concat()).success();
    let said: Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!((&said["equal"], &said["partitions"][0]["cancels"]), (&true.into(), &1.into()), "{said}");
    let taken_back = &said["taken_back"][0];
    assert_eq!((&taken_back["offset"], &taken_back["order"]), (&2.into(), &0.into()), "{said}");
    assert_eq!(taken_back["adds"].to_string(), "-10.00");
    let text = flow.mare("explain", &of).success().stdout;
    assert!(text.contains("taken back") && text.contains("-10.00"), "{text}");
    let events = flow.mare("explain", &[&of[..], &["--events", "--format", "json"]].concat()).success().stdout;
    let is: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(is.iter().map(|line| &line["is"]).collect::<Vec<_>>(), ["counted", "counted", "cancels"]);
    let doctor = flow.mare("doctor", &[]).output();
    assert!(doctor.contains("all of the newest 3 records decode, 1 are cancellations"), "{doctor}");
}

#[test]
fn but_not_out_of_totals_without_an_inverse() {
    let set = ["check", "dataflows/net_revenue.toml", "--set", "totals.maior=max(valor)"];
    Mare::run(set)
        .refused(&["nothing can be taken back from `max(valor)`", "keep `max` in a dataflow without `[retract]`"]);
    let good = Mare::run(["check", "dataflows/net_revenue.toml"]).success();
    assert!(good.output().contains("a cancellation takes back the order of its id"), "{}", good.output());
}
