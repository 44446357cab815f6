//! A run of several views, over a socket: each is shown where its name says, and the first at the root.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::auth::Guard;
use super::super::fixture::run;
use super::super::hosts::Hosts;
use super::super::place::ProcessPlace;
use super::super::readers::Readers;
use super::super::server::{Listener, Server};
use super::super::service::ServeState;
use super::{change, ids};
use mare_checkpoint::Tally;
use mare_dataflow::Plan;
use mare_dataflow::fixture::documents as fixture;
use mare_engine::{Ledger, Run};
use mare_model::position::{Offset, Partition};
use mare_model::time::{EventTime, Windows};
use mare_model::view::ViewId;

/// A server, and the run that it shows.
struct Shown {
    server: Server,
    run: Run,
}

/// The flagship's view, and one of it by ten minutes, behind names.
fn plan() -> Plan {
    let mut plan = fixture::sales();
    let mut other = plan.outputs[0].clone();
    other.view.windows = Windows::hopping(600_000, 600_000, 0);
    plan.outputs.push(other);
    for (output, name) in plan.outputs.iter_mut().zip(["per_minute", "per_ten"]) {
        output.name = Some(name.to_owned());
    }
    plan
}

impl Shown {
    fn new() -> Shown {
        let plan = Arc::new(plan());
        let of_view = |view: Plan| {
            let view = Arc::new(view);
            Arc::new(ServeState::new(Arc::clone(&view), ProcessPlace::alone(1), Readers::of(&view)))
        };
        let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let hosts = Arc::new(Hosts::of(listener.address().expect("an address"), &[]));
        let services = plan.views().into_iter().map(of_view).collect();
        let server = listener.serve(services, Guard::Hosts(hosts)).expect("a server");
        let ledger = Arc::new(Ledger::with_views([(Partition(0), Offset(0), Offset(10))], 2));
        let mut run = Run { ledger, ..run(&plan) };
        server.show(&mut run, &Arc::default(), &[], true);
        Shown { server, run }
    }

    /// Accounts for records of a view.
    fn post(&self, view: usize, batch: &Tally) {
        let ledger = Ledger::of_views(&self.run.ledger).nth(view).expect("a ledger");
        ledger.account(Partition(0)).expect("an account").post(batch, Offset(10), EventTime(0));
    }

    /// The head of the answer to `GET path`, and its body.
    fn ask(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(self.server.address()).expect("somebody listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer and its end");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        (head.to_owned(), body.to_owned())
    }

    /// The JSON of an answer that is one.
    fn get(&self, path: &str) -> Value {
        let (head, body) = self.ask(path);
        assert!(head.starts_with("HTTP/1.1 200 "), "{path}: {head}\n{body}");
        serde_json::from_str(&body).unwrap_or_else(|_| panic!("{path}: {body}"))
    }

    /// The lines of `/metrics` below a path that tell of a view.
    fn of_view(&self, below: &str, view: &str) -> Vec<String> {
        let (head, body) = self.ask(&format!("{below}/metrics"));
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("content-type: text/plain"), "{head}");
        let lines = body.lines().filter(|line| line.starts_with("mare_ledger_view_records_total{"));
        lines.filter(|line| line.contains(&format!("view=\"{view}\""))).map(str::to_owned).collect()
    }
}

#[test]
fn each_view_is_shown_at_its_name_and_the_first_at_the_root() {
    let shown = Shown::new();
    for (below, view, size) in [
        ("", "per_minute", 60_000),
        ("/views/per_minute", "per_minute", 60_000),
        ("/views/per_ten", "per_ten", 600_000),
    ] {
        let dataflow = &shown.get(&format!("{below}/api/v1/status"))["dataflow"];
        assert_eq!(
            (&dataflow["view"], &dataflow["views"]),
            (&json!(view), &json!(["per_minute", "per_ten"])),
            "{below}"
        );
        assert_eq!(dataflow["window"]["size_ms"], size, "{below}");
        let (head, body) = shown.ask(&format!("{below}/"));
        assert!(head.starts_with("HTTP/1.1 200 ") && body.contains("<html"), "{below}: {head}");
        assert!(shown.ask(&format!("{below}/health/live")).0.starts_with("HTTP/1.1 200 "), "{below}");
    }
}

#[test]
fn a_name_without_its_slash_leads_there_and_unknown_ones_nowhere() {
    let shown = Shown::new();
    for name in ["per_minute", "per_ten"] {
        let (head, _) = shown.ask(&format!("/views/{name}"));
        assert!(head.starts_with("HTTP/1.1 308 ") && head.contains(&format!("location: {name}/")), "{head}");
    }
    for path in [
        "/views",
        "/views/",
        "/views/other",
        "/views/other/",
        "/views/other/api/v1/status",
        "/views/per_ten/views/per_ten/",
    ] {
        let (head, body) = shown.ask(path);
        assert!(head.starts_with("HTTP/1.1 404 ") && body.contains("nothing is at"), "{path}: {head}\n{body}");
    }
    assert!(shown.ask("/views/per_ten/api/v1/other").0.starts_with("HTTP/1.1 404 "));
}

#[test]
fn what_becomes_durable_is_shown_by_its_own_view() {
    let shown = Shown::new();
    let mut of_other = change("b", 10, 2);
    of_other.key.view = ViewId(1);
    shown.run.observer.as_ref().expect("an observer").durable(vec![change("a", 0, 1), of_other]);
    let totals = |below: &str| shown.get(&format!("{below}/api/v1/totals"));
    assert_eq!(ids(&totals("")), ["a|1970-01-01T00:00:00Z"]);
    assert_eq!(ids(&totals("/views/per_minute")), ["a|1970-01-01T00:00:00Z"]);
    assert_eq!(ids(&totals("/views/per_ten")), ["b|1970-01-01T00:10:00Z"]);
    shown.post(0, &Tally { counted: 3, late: 1, ..Tally::default() });
    shown.post(1, &Tally { counted: 4, ..Tally::default() });
    let account = |below: &str| {
        let account = &shown.get(&format!("{below}/api/v1/status"))["account"];
        (account["counted"].clone(), account["late"].clone())
    };
    assert_eq!(account("/views/per_minute"), (json!(3), json!(1)));
    assert_eq!(account("/views/per_ten"), (json!(4), json!(0)));
}

/// The one test that asks for metrics: their counters are those of the process.
#[test]
fn metrics_are_those_of_the_process_wherever_they_are_asked_for() {
    let shown = Shown::new();
    for (round, counted) in (1..=2).zip([7, 5]) {
        shown.post(0, &Tally { counted, filtered: 2, ..Tally::default() });
        shown.post(1, &Tally { counted: counted + 1, late: 1, ..Tally::default() });
        let sums = [7, 12][round - 1];
        let expected = [("per_minute", sums, 2 * round, 0), ("per_ten", sums + round, 0, round)];
        for below in ["", "/views/per_ten", "/views/per_minute", "/views/per_ten", ""] {
            for (view, counted, filtered, late) in expected {
                let lines = shown.of_view(below, view);
                for (outcome, count) in
                    [("counted", counted), ("filtered", filtered), ("late", late), ("duplicate", 0), ("dead", 0)]
                {
                    let line = format!(
                        "mare_ledger_view_records_total{{view=\"{view}\",partition=\"0\",outcome=\"{outcome}\"}} {count}"
                    );
                    assert!(lines.contains(&line), "{below}, round {round}: {line} in {lines:#?}");
                }
            }
        }
    }
    let (_, metrics) = shown.ask("/views/per_ten/metrics");
    let read = metrics.lines().find(|line| {
        line.starts_with("mare_ledger_counted_events_total{") || line.starts_with("mare_ledger_counted_records_total{")
    });
    assert!(read.is_some_and(|read| read.ends_with("partition=\"0\"} 12")), "of the first view: {read:?}\n{metrics}");
}
