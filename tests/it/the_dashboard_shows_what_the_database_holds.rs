//! The dashboard in a real browser: its numbers are the database's, and a restart of the engine does not stop it.

use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::{Value as Json, json};

use crate::support::browser::Browser;
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::http::Http;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::{BOUND, Mare};
use crate::support::{ports, wait};

/// Revenue in cents and number of sales, of all documents: what the database says.
fn in_the_database(flagship: &Flagship) -> Json {
    let documents = flagship.documents();
    let cents = |document: &mongodb::bson::Document| {
        (document.get_f64("faturamento_total").expect("an amount") * 100.0).round() as i64
    };
    let (revenue, sales) = (documents.iter().map(cents).sum::<i64>(), flagship.visible());
    json!({ "faturamento_total": revenue.to_string(), "volume_vendas": sales.to_string() })
}

/// Waits until the page shows what the database holds once everything is in it, and is live; returns what it shows.
fn wait_until_shown(browser: &mut Browser, run: &mut Mare, flagship: &Flagship) -> Json {
    flagship.wait_until_exact(run);
    let expected = in_the_database(flagship);
    wait::until(BOUND, "the page shows what the database holds", || {
        let page = browser.read();
        let is_live = page["state"] == "live" && page["trouble"] == "";
        if is_live && page["totals"] == expected { Ok(page) } else { Err(format!("{expected} is not on {page}")) }
    })
}

/// Pictures for the README, if somebody names a folder for them.
fn picture(browser: &mut Browser) {
    if let Some(folder) = std::env::var_os("MARE_SCREENSHOTS") {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        browser.screenshot(&folder.join("dashboard.png"), "dark", [1280, 1560]);
        browser.screenshot(&folder.join("dashboard-phone.png"), "light", [390, 1800]);
    }
}

#[test]
fn of_more_groups_than_it_lists_and_in_the_zone_of_the_dataflow() {
    const GROUPS: i64 = 3_000;
    let topic = Topic::create(kafka(), "dashboard-crowd", 1);
    let noon = 1_764_331_200_000;
    let sales: Vec<_> = (0..GROUPS)
        .map(|sale| {
            let time = jiff::Timestamp::from_millisecond(noon).expect("a time");
            format!(r#"{{"id_pedido":"{sale}","categoria":"loja {sale:04}","valor":1.25,"timestamp":"{time}"}}"#)
        })
        .collect();
    topic.produce(sales.iter().map(|sale| record(0, noon, Some(sale.as_bytes()))));
    let flagship = Flagship::shared(&topic);
    let run = flagship.spawn(&["--http", "127.0.0.1:0", "--set", "event.zone=Asia/Tokyo"]);
    let mut browser = Browser::open(&format!("http://{}/", Http::of(&run).address));
    wait::until(BOUND, "the page sums up what the database holds", || {
        let page = browser.read();
        let totals = json!({ "faturamento_total": (125 * GROUPS).to_string(), "volume_vendas": GROUPS.to_string() });
        let is_right = page["totals"] == totals && page["trouble"] == "";
        if is_right { Ok(()) } else { Err(format!("{page}\n{}", run.output())) }
    });
    let page = browser.read();
    assert_eq!(page["period"], "Totals of 2025-11-28, Asia/Tokyo, all 3,000 groups", "{page}");
    let ten = "first 10 of 3,000 groups · Asia/Tokyo";
    assert_eq!(page["spans"], json!(["first 50 of 3,000 groups · 2025-11-28", ten, ten]), "{page}");
    assert_eq!(
        (&page["windows"][0][0], page["groups"].as_array().map(Vec::len)),
        (&json!("21:00"), Some(50)),
        "{page}"
    );
    run.end_by(Signal::SIGTERM).success();
    assert_eq!(browser.problems(), json!([]), "errors of the page");
}

#[test]
fn through_a_restart_of_the_engine() {
    let topic = Topic::create(kafka(), "dashboard", 3);
    let flagship = Flagship::shared(&topic);
    let address = format!("127.0.0.1:{}", ports::free());
    let start = || flagship.spawn(&["-w", "2", "--http", &address]);
    produce_hour(kafka(), &topic.name, 61, 6_000);
    let mut first = start();
    first.wait_for_lines(1, &address);
    let mut browser = Browser::open(&format!("http://{address}/"));

    let page = wait_until_shown(&mut browser, &mut first, &flagship);
    let table = |name: &str| page[name].as_array().expect("a table").len();
    assert_eq!((page["name"].as_str(), table("groups"), table("partitions")), (Some("black-friday"), 8, 3), "{page}");
    assert_eq!(page["period"], "Totals of 2025-11-28, UTC, all 8 groups", "{page}");
    assert_eq!(page["spans"], json!(["2025-11-28", "UTC", "UTC"]), "nothing is left out: {page}");
    assert_eq!(table("windows"), 12, "the newest windows: {page}");
    wait::until(BOUND, "the newest window is open and the oldest final", || {
        let page = browser.read();
        let states = [0, 11].map(|row| page["windows"][row][1].clone());
        if states == ["open", "final"] { Ok(()) } else { Err(page.to_string()) }
    });
    assert!(page["reasons"].to_string().contains("not_json") && page["graph"].to_string().contains("6,000"), "{page}");
    picture(&mut browser);

    // The page stays open while the engine is killed, and sales go on.
    first.end_by(Signal::SIGKILL);
    wait::until(BOUND, "the page says that it is cut off", || {
        let page = browser.read();
        if page["state"] == "reconnecting" { Ok(()) } else { Err(page.to_string()) }
    });
    produce_hour(kafka(), &topic.name, 62, 2_000);
    let mut second = start();
    wait_until_shown(&mut browser, &mut second, &flagship);
    second.end_by(Signal::SIGTERM).success();
    assert_eq!(browser.problems(), json!([]), "errors of the page");
}
