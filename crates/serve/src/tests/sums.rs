//! Sums over windows and groups: the largest, and those of a day.

use super::*;
use mare_model::time::Window;

#[tokio::test]
async fn sums_are_exact_and_the_largest_come_first() {
    let site = Site::new(fixture::sales(), six());
    let (_, body) = site.get("/api/v1/top?by=faturamento_total").await;
    let row = |group: &str, value: &str, documents| {
        let number: Value = serde_json::from_str(value).expect("a number");
        json!({ "group": { "text": group, "fields": { "categoria": group } }, "value": number, "documents": documents })
    };
    assert_eq!(body["rows"], json!([row("b", "150.15", 3), row("a", "60.06", 3)]));
    assert_eq!(body["sum"].to_string(), "210.21");
    let (_, body) = site.get("/api/v1/top?by=volume_vendas&per=window&limit=1&group=a").await;
    let window = json!({ "start": "1970-01-01T00:02:00Z", "end": "1970-01-01T00:03:00Z" });
    assert_eq!(body["rows"], json!([{ "window": window, "value": 3, "documents": 1 }]));
    assert_eq!((&body["of"], &body["sum"]), (&json!(3), &json!(6)));
    assert_eq!(body["cut"], true);
    let (_, body) = site.get("/api/v1/top?from=1970-01-01T00:00:30Z&to=1970-01-01T00:01:59Z").await;
    assert_eq!(body["sum"].to_string(), "70.07");
    let extent = [&body["from"], &body["to"], &body["cut"]];
    let expected = [json!("1970-01-01T00:01:00Z"), json!("1970-01-01T00:02:00Z"), json!(false)];
    assert_eq!(extent.map(Clone::clone), expected, "what lies between is what is summed");
}

/// Two minutes every minute: what is in minute 1 is in the windows from 0 and from 1.
#[tokio::test]
async fn windows_that_overlap_are_not_added_up() {
    let mut plan = fixture::sales();
    plan.outputs[0].view.windows = Windows::hopping(2 * MINUTE, MINUTE, 0);
    let of = |start: i64, events: i64| {
        let key = fixture::key("a", start * MINUTE);
        let window = Windows::hopping(2 * MINUTE, MINUTE, 0).of_slot(EventTime(start * MINUTE));
        fixture::change(Key { window, ..key }, fixture::total(events, &[i128::from(events)]))
    };
    let site = Site::new(plan.clone(), vec![of(0, 3), of(1, 5), of(2, 2), of(3, 1)]);
    for path in ["/api/v1/top?by=volume_vendas", "/api/v1/top?by=volume_vendas&from=1969-12-31T23:59:00Z"] {
        let (_, body) = site.get(path).await;
        assert_eq!((&body["sum"], &body["rows"][0]["documents"]), (&json!(5), &json!(2)), "{body}");
    }
    let (_, body) = site.get("/api/v1/top?by=volume_vendas&per=window").await;
    assert_eq!((&body["sum"], &body["of"], &body["rows"][0]["value"]), (&Value::Null, &json!(4), &json!(5)));
    let (_, body) = site.get("/api/v1/day?day=1970-01-01").await;
    assert_eq!((&body["sums"]["volume_vendas"], &body["documents"]), (&json!(5), &json!(2)), "{body}");
    plan.outputs[0].view.windows = Windows::hopping(5 * MINUTE, 2 * MINUTE, 0);
    let site = Site::new(plan, Vec::new());
    for path in ["/api/v1/day", "/api/v1/top"] {
        let (status, body) = site.get(path).await;
        let why = body["detail"].as_str().unwrap_or_default();
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(why.contains("windows overlap") && why.contains("multiple of `window.every`"), "{why}");
    }
    assert_eq!(site.get("/api/v1/top?per=window").await.0, StatusCode::OK);
}

/// Many more groups than any page holds, one document each; the last one stands in another window.
fn crowd() -> Vec<Change> {
    (0..2_500).map(|group| change(&format!("g{group:04}"), i64::from(group == 2_499), 1)).collect()
}

#[tokio::test]
async fn the_sums_of_a_day_are_of_all_groups_however_few_are_listed() {
    for is_loaded in [false, true] {
        let site = Site::new(fixture::sales(), crowd());
        if is_loaded {
            site.service.live.durable(crowd());
            site.service.live.is_complete_from(EventTime::MIN);
        }
        let (status, body) = site.get("/api/v1/day?limit=3").await;
        assert_eq!((status, &body["complete"], &body["day"]), (StatusCode::OK, &json!(true), &json!("1970-01-01")));
        let sums = json!({ "faturamento_total": serde_json::from_str::<Value>("25025.00").expect("a number"), "volume_vendas": 2_500 });
        assert_eq!((&body["sums"], &body["documents"]), (&sums, &json!(2_500)));
        assert_eq!(
            (&body["of"], &body["cut"], body["groups"].as_array().map(Vec::len)),
            (&json!(2_500), &json!(true), Some(3))
        );
        assert_eq!(body["groups"][0]["group"]["text"], "g0000", "of equal ones in their order");
        assert_eq!((&body["zone"], &body["is_exact"]), (&json!("UTC"), &json!(true)));
    }
    let site = Site::new(fixture::sales(), six());
    let (_, body) = site.get("/api/v1/day?by=volume_vendas&day=1970-01-02").await;
    assert_eq!((&body["of"], &body["cut"], &body["sums"]["volume_vendas"]), (&json!(0), &json!(false), &json!(0)));
}

#[tokio::test]
async fn a_day_is_one_of_the_dataflows_zone() {
    let mut plan = fixture::sales();
    plan.event.zone = jiff::tz::TimeZone::get("Asia/Kolkata").expect("a zone");
    // Minutes 1,109 and 1,110 of UTC stand on both sides of midnight in Kolkata.
    let night = || vec![change("a", 1_109, 1), change("a", 1_110, 10)];
    let site = Site::new(plan.clone(), night());
    let (_, body) = site.get("/api/v1/day").await;
    let told = ["day", "zone", "from", "to"].map(|name| body[name].as_str().unwrap_or_default().to_owned());
    assert_eq!(told, ["1970-01-02", "Asia/Kolkata", "1970-01-01T18:30:00Z", "1970-01-02T18:30:00Z"]);
    assert_eq!((&body["sums"]["volume_vendas"], &body["is_exact"]), (&json!(10), &json!(true)));
    let (_, body) = site.get("/api/v1/day?day=1970-01-01").await;
    assert_eq!(body["sums"]["volume_vendas"], 1);
    plan.outputs[0].view.windows = mare_model::time::Windows::tumbling(60 * MINUTE, plan.view().windows.lateness_ms);
    let (_, body) = Site::new(plan, vec![change("a", 1_080, 1), change("a", 1_140, 10)]).get("/api/v1/day").await;
    let told = ["from", "to"].map(|name| body[name].as_str().unwrap_or_default().to_owned());
    assert_eq!(told, ["1970-01-01T19:00:00Z", "1970-01-02T19:00:00Z"], "a window counts where it starts");
    assert_eq!((&body["sums"]["volume_vendas"], &body["is_exact"]), (&json!(10), &json!(false)), "and it says so");
}

#[tokio::test]
async fn groups_come_in_pages() {
    let site = Site::new(
        fixture::sensors(),
        vec![fixture::change(fixture::key(r"-7|true|a\|b", 0), fixture::total(2, &[1, 2]))],
    );
    let (_, body) = site.get("/api/v1/groups").await;
    let fields = json!({ "sensor_id": -7, "indoors": true, "room": "a|b" });
    assert_eq!(body["groups"][0]["group"], json!({ "text": r"-7|true|a\|b", "fields": fields }));

    let site = Site::new(fixture::sales(), six());
    let (_, body) = site.get("/api/v1/groups?limit=1").await;
    assert_eq!((&body["groups"][0]["documents"], &body["next"], &body["of"]), (&json!(3), &json!("a"), &json!(2)));
    let (_, body) = site.get("/api/v1/groups?limit=1&after=a").await;
    assert_eq!((&body["groups"][0]["group"]["text"], &body["next"]), (&json!("b"), &Value::Null));
}

/// Without windows the sums are of all times, and no question is of a part of them.
#[tokio::test]
async fn without_windows_sums_are_of_all_times() {
    let mut plan = fixture::sales();
    plan.outputs[0].view.windows = Windows::global();
    let of = |group: &str, cents: i128| {
        let key = Key { window: Window::ALL, ..fixture::key(group, 0) };
        fixture::change(key, fixture::total(2, &[cents]))
    };
    let site = Site::new(plan, vec![of("a", 100), of("b", 250)]);
    let (_, day) = site.get("/api/v1/day").await;
    assert_eq!((&day["from"], &day["is_exact"], &day["documents"]), (&json!(null), &json!(false), &json!(2)));
    let (_, page) = site.get("/api/v1/totals?limit=1").await;
    assert_eq!((&page["next"], &page["documents"][0]["document"]["categoria"]), (&json!("a|all"), &json!("a")));
    let (_, page) = site.get("/api/v1/totals?limit=1&after=a%7Call").await;
    assert_eq!(page["documents"][0]["document"]["categoria"], json!("b"));
    let (_, top) = site.get("/api/v1/top?per=window").await;
    assert_eq!((&top["rows"][0]["window"]["start"], &top["of"]), (&json!(null), &json!(1)));
    let (status, refused) = site.get("/api/v1/totals?from=2025-11-28T12:00:00Z").await;
    assert!(status == StatusCode::BAD_REQUEST && refused["detail"].to_string().contains("no windows"), "{refused}");
}
