//! The dashboard in a real browser: its numbers are the database's, what somebody looks at stays while new numbers
//! come, and a restart of the engine does not stop it.

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

/// Waits until the page shows what `is_so` looks for, and returns it.
fn wait_for(browser: &mut Browser, what: &str, is_so: impl Fn(&Json) -> bool) -> Json {
    wait::until(BOUND, what, || {
        let page = browser.read();
        if is_so(&page) { Ok(page) } else { Err(page.to_string()) }
    })
}

/// A number as the page writes it, in units of 10^-2 for who adds.
fn cents(text: &Json) -> i64 {
    let digits = text.as_str().expect("a text").replace([',', '.'], "");
    digits.parse().unwrap_or_else(|_| panic!("{text} is no number with two digits behind the point"))
}

/// In each of the newest windows, what is shown of the groups and what of all others adds up to what is shown of all.
fn assert_that_windows_add_up(page: &Json) {
    for row in page["windows"].as_array().expect("windows") {
        let cells = row.as_array().expect("cells");
        let parts: i64 = cells[3..].iter().filter(|cell| **cell != "").map(cents).sum();
        assert_eq!(cents(&cells[2]), parts, "{row}");
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
    let page = wait_for(&mut browser, "the largest groups", |page| page["windows"][0][3] == "1.25");
    assert_eq!(page["period"], "Totals of 2025-11-28, Asia/Tokyo, all 3,000 groups", "{page}");
    let lines = "first 10 of 3,000 groups · newest window of 1 min · Asia/Tokyo";
    assert_eq!(page["spans"], json!(["2025-11-28, Asia/Tokyo", lines, "newest window · Asia/Tokyo"]), "{page}");
    assert_eq!((&page["windowsHead"][0], &page["windows"][0][0]), (&json!("window (Asia/Tokyo)"), &json!("21:00")));
    assert_eq!(page["windows"][0][2], "3,750.00", "the sum of all groups: {page}");
    assert_that_windows_add_up(&page);
    let rows = |page: &Json| page["groups"].as_array().map(Vec::len);
    assert_eq!((rows(&page), &page["more"][0]), (Some(10), &json!("2,990 more")), "{page}");
    browser.act("press #groups-more");
    wait_for(&mut browser, "fifty groups are listed", |page| rows(page) == Some(50) && page["more"][0] == "2,950 more");
    browser.act("press #groups-more");
    wait_for(&mut browser, "a thousand groups are listed", |page| rows(page) == Some(1_000));
    browser.act("type #filter LOJA 299");
    let page = wait_for(&mut browser, "ten groups have that in their names", |page| rows(page) == Some(10));
    assert_eq!((&page["groups"][9][0], &page["windows"][0][2]), (&json!("loja 2999"), &json!("12.50")), "{page}");
    assert_eq!(page["totals"]["volume_vendas"], GROUPS.to_string(), "the headline is still everything: {page}");
    browser.act("type #filter padaria");
    wait_for(&mut browser, "no group has", |page| {
        page["none"].as_str().is_some_and(|none| none.contains("3,000 have"))
    });
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
    assert_eq!((page["name"].as_str(), table("groups"), table("partitions")), (Some("Black Friday"), 8, 3), "{page}");
    assert_eq!(page["period"], "Totals of 2025-11-28, UTC, all 8 groups", "{page}");
    assert_that_windows_add_up(&page);
    assert_eq!(table("windows"), 12, "the newest windows: {page}");
    wait::until(BOUND, "the newest window is open and the oldest final", || {
        let page = browser.read();
        let states = [0, 11].map(|row| page["windows"][row][1].clone());
        if states == ["open", "final"] { Ok(()) } else { Err(page.to_string()) }
    });
    assert!(page["reasons"].to_string().contains("not_json") && page["flow"].to_string().contains("6,000"), "{page}");
    what_a_person_looks_at_stays(&mut browser);

    // The page stays open while the engine is killed, and sales go on.
    first.end_by(Signal::SIGKILL);
    wait::until(BOUND, "the page says that it is cut off", || {
        let page = browser.read();
        if page["state"] == "reconnecting" { Ok(()) } else { Err(page.to_string()) }
    });
    let page = wait_for(&mut browser, "and since when", |page| page["trouble"].to_string().contains("UTC"));
    let zoomed = page["shows"].clone();
    produce_hour(kafka(), &topic.name, 62, 2_000);
    let mut second = start();
    let page = wait_until_shown(&mut browser, &mut second, &flagship);
    let is_told = |page: &Json| page["uptime"].to_string().contains("went on from the checkpoint of");
    assert!(is_told(&page) && page["flow"].to_string().contains("8,000"), "with what was read before: {page}");
    assert_eq!((page["generation"].as_str(), &page["shows"]), (Some("generation 2"), &zoomed), "{page}");
    second.end_by(Signal::SIGTERM).success();
    assert_eq!(browser.problems(), json!([]), "errors of the page");
}

/// Values that were pointed at, a zoom, an explanation of a number, and what a word means.
fn what_a_person_looks_at_stays(browser: &mut Browser) {
    let all = browser.read()["shows"].clone();
    browser.act("drag .u-over 0.2 0.8");
    browser.act("point .u-over 0.5");
    let page = wait_for(browser, "the values of a window", |page| page["isZoomed"] == true && page["shows"] != all);
    let pointed = page["legend"].clone();
    assert!(pointed["when"].as_str().is_some_and(|when| when.ends_with("UTC, final")), "{page}");
    assert!(pointed["entries"][0][2].as_str().is_some_and(|value| value.starts_with("R$")), "{page}");
    browser.act("point h1 0.5");
    assert_eq!(browser.read()["legend"], pointed, "whoever points elsewhere still sees them");

    browser.act("press #windows tr:last-child button.cell");
    let page =
        wait_for(browser, "where the number comes from", |page| page["explained"].to_string().contains("topic says"));
    let explained = page["explained"].as_str().expect("a text");
    assert!(
        explained.contains("first offset") && explained.contains("mare explain FILE --window 2025-"),
        "{explained}"
    );
    browser.act("press #explain-close");

    browser.act("point #generation 0.5");
    wait_for(browser, "what a generation is", |page| page["tip"].to_string().contains("fencing token"));
    for width in [390, 768, 1440, 3840] {
        assert_eq!(browser.hangs_over(width), 0, "at {width} pixels");
    }
    browser.hangs_over(1440);
}

#[test]
fn of_a_topic_without_records_and_a_database_that_is_away() {
    let topic = Topic::create(kafka(), "dashboard-empty", 1);
    let home = tempfile::tempdir().expect("a folder");
    let database = home.path().join("sales.db");
    let sink = format!("sink.sqlite.path={}", database.display());
    let flagship = Flagship::shared(&topic);
    let run = flagship.spawn(&["--http", "127.0.0.1:0", "--no-checkpoint", "--set", &sink]);
    let mut browser = Browser::open(&format!("http://{}/", Http::of(&run).address));
    let page =
        wait_for(&mut browser, "what to do next", |page| page["start"].to_string().contains("No record has come"));
    let command = format!("--topic {} --rate 100", topic.name);
    assert!(page["start"].as_str().is_some_and(|start| start.ends_with(&command)), "{page}");
    assert!(page["uptime"].as_str().is_some_and(|uptime| !uptime.contains("checkpoint")), "it takes none: {page}");

    let lock = rusqlite::Connection::open(&database).expect("the database");
    lock.execute_batch("BEGIN EXCLUSIVE").expect("nobody writes");
    produce_hour(kafka(), &topic.name, 63, 600);
    let is_away = |page: &Json| page["state"] == "the sink is away" && page["trouble"].to_string().contains("locked");
    let page = wait_for(&mut browser, "that the database is away, since when and why", is_away);
    assert!(page["trouble"].as_str().is_some_and(|said| said.contains("since") && said.contains("UTC")), "{page}");
    lock.execute_batch("ROLLBACK").expect("it is free again");
    let page = wait_for(&mut browser, "the totals", |page| {
        page["state"] == "live" && page["windows"].as_array().is_some_and(|rows| rows.len() == 12)
    });
    assert!(page["hour"].as_array().is_some_and(|rows| rows.len() == 4 && rows.iter().all(|row| row != "")), "{page}");
    run.end_by(Signal::SIGTERM).success();
    assert_eq!(browser.problems(), json!([]), "errors of the page");
}
