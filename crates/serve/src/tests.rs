//! Requests without sockets: each route over a run without workers.

mod sums;
mod views;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::fixture::Site;
use mare_checkpoint::PartitionState;
use mare_dataflow::fixture::documents as fixture;
use mare_decode::Reject;
use mare_engine::Observer;
use mare_engine::announcement::{Beginning, Restored};
use mare_letters::Letter;
use mare_model::position::{Offset, Partition};
use mare_model::record::Record;
use mare_model::time::{Epoch, EventTime, Windows};
use mare_model::total::{Change, Key};

const MINUTE: i64 = 60_000;
/// The longest that a stream may say nothing.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

fn change(group: &str, window: i64, n: i64) -> Change {
    fixture::change(fixture::key(group, window * MINUTE), fixture::total(n, &[i128::from(n) * 1_001]))
}

/// Three windows of two groups.
fn six() -> Vec<Change> {
    (0..3).flat_map(|window| [("a", 1 + window), ("b", 5)].map(|(group, n)| change(group, window, n))).collect()
}

fn ids(body: &Value) -> Vec<&str> {
    body["documents"].as_array().expect("documents").iter().filter_map(|document| document["id"].as_str()).collect()
}

#[tokio::test]
async fn totals_are_the_documents_of_the_sink() {
    let site = Site::new(fixture::sales(), six());
    let (status, body) = site.get("/api/v1/totals?group=categoria=a&limit=1").await;
    assert_eq!(status, StatusCode::OK);
    let expected = r#"{"documents":[{"id":"a|1970-01-01T00:02:00Z","final":false,"version":3,"document":{"janela_inicio":"1970-01-01T00:02:00Z","janela_fim":"1970-01-01T00:03:00Z","categoria":"a","faturamento_total":30.03,"volume_vendas":3}}],"next":"a|1970-01-01T00:02:00Z","cut":true,"source":"sink","complete":true,"peers":[],"foreign":0,"frontier":null}"#;
    assert_eq!(body.to_string(), expected);
}

#[tokio::test]
async fn pages_follow_each_other_from_memory_as_from_the_sink() {
    for is_loaded in [false, true] {
        let site = Site::new(fixture::sales(), six());
        if is_loaded {
            site.service.live.durable(six());
            site.service.live.is_complete_from(EventTime::MIN);
        }
        for (order, expected) in [
            (
                "newest",
                [
                    "a|1970-01-01T00:02:00Z",
                    "b|1970-01-01T00:02:00Z",
                    "a|1970-01-01T00:01:00Z",
                    "b|1970-01-01T00:01:00Z",
                    "a|1970-01-01T00:00:00Z",
                    "b|1970-01-01T00:00:00Z",
                ],
            ),
            (
                "oldest",
                [
                    "a|1970-01-01T00:00:00Z",
                    "b|1970-01-01T00:00:00Z",
                    "a|1970-01-01T00:01:00Z",
                    "b|1970-01-01T00:01:00Z",
                    "a|1970-01-01T00:02:00Z",
                    "b|1970-01-01T00:02:00Z",
                ],
            ),
        ] {
            let (mut seen, mut after) = (Vec::new(), String::new());
            loop {
                let (status, body) = site.get(&format!("/api/v1/totals?limit=4&order={order}{after}")).await;
                assert_eq!(
                    (status, &body["source"]),
                    (StatusCode::OK, &json!(if is_loaded { "live" } else { "sink" }))
                );
                seen.extend(ids(&body).into_iter().map(str::to_owned));
                let Some(next) = body["next"].as_str() else { break };
                after = format!("&after={}", next.replace('|', "%7C"));
            }
            assert_eq!(seen, expected);
        }
    }
}

#[tokio::test]
async fn what_is_final_is_said_by_the_frontier_or_the_document() {
    let site = Site::new(fixture::sales(), six());
    site.run.gauges.passed(EventTime(4 * MINUTE)); // closes the windows 0 and 1: they are 1 minute long, lateness is 2
    let (_, body) = site.get("/api/v1/totals?final=true").await;
    let both = ["a|1970-01-01T00:01:00Z", "b|1970-01-01T00:01:00Z", "a|1970-01-01T00:00:00Z", "b|1970-01-01T00:00:00Z"];
    assert_eq!(ids(&body), both);
    assert_eq!((&body["documents"][0]["final"], &body["frontier"]), (&json!(true), &json!("1970-01-01T00:04:00Z")));
    let (_, body) = site.get("/api/v1/totals?final=false").await;
    assert_eq!(ids(&body), ["a|1970-01-01T00:02:00Z", "b|1970-01-01T00:02:00Z"]);

    let mut said = six();
    said[1].is_final = true;
    let site = Site::new(fixture::sales_with_final(), said);
    site.run.gauges.passed(EventTime(4 * MINUTE));
    let (_, body) = site.get("/api/v1/totals?final=true&limit=1").await;
    assert_eq!((ids(&body), &body["next"]), (vec!["b|1970-01-01T00:00:00Z"], &Value::Null));
}

#[tokio::test]
async fn a_sink_that_cannot_be_read_is_no_secret() {
    let site = Site::new(fixture::sales(), six());
    *site.sink.is_away.lock().expect("whole") = true;
    let (status, body) = site.get("/api/v1/totals").await;
    assert_eq!((status, &body["status"]), (StatusCode::SERVICE_UNAVAILABLE, &json!(503)));
    assert!(body["detail"].as_str().is_some_and(|detail| detail.contains("unplugged")), "{body}");

    let site = Site::unreadable(fixture::sales());
    site.service.live.durable(six());
    let (_, body) = site.get("/api/v1/totals").await;
    assert_eq!((ids(&body).len(), &body["complete"]), (6, &json!(true)), "the first run has written all that there is");
}

#[tokio::test]
async fn a_wrong_request_is_told_what_is_wrong() {
    let site = Site::new(fixture::sales(), six());
    for (path, word) in [
        ("/api/v1/totals?grupo=a", "unknown parameter"),
        ("/api/v1/totals?limit=1001", "from 1 to 1000"),
        ("/api/v1/totals?from=yesterday", "is not a time"),
        ("/api/v1/totals?group=a%7Cb", "1 values"),
        ("/api/v1/totals?after=x", "no _id"),
        ("/api/v1/top?by=categoria", "none of faturamento_total, volume_vendas"),
        ("/api/v1/top?per=day", "none of group, window"),
        ("/api/v1/day?day=today", "is not a day"),
        ("/api/v1/day?day=2025-11-28T00:00", "is not a day"),
        ("/api/v1/day?by=categoria", "none of faturamento_total, volume_vendas"),
        ("/api/v1/status?x=1", "knows none"),
        ("/health/ready?x=1", "knows none"),
    ] {
        let (status, body) = site.get(path).await;
        let detail = body["detail"].as_str().unwrap_or_default();
        assert!(status == StatusCode::BAD_REQUEST && detail.contains(word), "{path}: {status} {body}");
    }
    assert_eq!(site.get("/api/v2").await.0, StatusCode::NOT_FOUND);
    let request = Request::post("/api/v1/totals").body(Body::empty()).expect("a request");
    let response = site.router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
}

#[tokio::test]
async fn only_health_is_for_everybody() {
    let site = Site::with_token(fixture::sales(), Vec::new(), Some("s3cret"));
    for path in ["/", "/openapi.json", "/api/v1/totals", "/api/v1/status", "/api/v1/stream", "/nowhere"] {
        assert_eq!(site.get(path).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(site.get("/health/live").await.0, StatusCode::OK);
    let request = Request::get("/api/v1/status").header(header::AUTHORIZATION, "Bearer s3cret").body(Body::empty());
    let response = site.router.clone().oneshot(request.expect("a request")).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_run_is_ready_once_it_has_caught_up_and_reaches_its_servers() {
    let site = Site::new(fixture::sales(), Vec::new());
    let (status, body) = site.get("/health/ready").await;
    assert_eq!((status, &body["ready"]), (StatusCode::SERVICE_UNAVAILABLE, &json!(false)));
    site.run.gauges.speaks();
    assert_eq!(site.get("/health/ready").await, (StatusCode::OK, json!({ "ready": true, "reasons": [] })));
    site.service.current().expect("shown").health.lost("unplugged");
    let (status, body) = site.get("/health/ready").await;
    assert_eq!((status, &body["reasons"]), (StatusCode::SERVICE_UNAVAILABLE, &json!(["Kafka does not answer"])));
    assert_eq!(site.get("/health/live").await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_status_says_how_far_everything_is() {
    let site = Site::new(fixture::sales(), Vec::new());
    let tally = mare_checkpoint::Tally {
        read: 7,
        counted: 4,
        late: 2,
        dead: std::array::from_fn(|reason| u64::from(reason == 0)),
        ..Default::default()
    };
    let restored = Restored { epoch: Epoch(MINUTE as u64), ..Restored::default() };
    site.run.gauges.began(&Beginning { generation: 3, restored: Some(restored), ..Beginning::default() });
    let before = mare_checkpoint::Tally { read: 5, counted: 5, ..Default::default() };
    site.run
        .ledger
        .account(Partition(0))
        .expect("an account")
        .restore(&PartitionState { tally: before, ..PartitionState::unread(Offset(0)) });
    site.run.ledger.account(Partition(0)).expect("an account").post(&tally, Offset(7), EventTime(MINUTE));
    site.run.ledger.account(Partition(0)).expect("an account").reaches(Offset(10), Offset(12));
    site.service.current().expect("a run").health.lost("it is unplugged");
    let (_, body) = site.get("/api/v1/status").await;
    assert_eq!((&body["phase"], &body["generation"]), (&json!("catching_up"), &json!(3)));
    let account = json!({ "read": 7, "counted": 4, "filtered": 0, "late": 2, "duplicate": 0, "dead": 1, "dead_by_reason": { "tombstone": 1 }, "rounded": 0 });
    let partition = json!({ "partition": 0, "position": 7, "end": 12, "lag": 5, "held_back": 2, "promise": "1970-01-01T00:01:00Z", "account": account });
    assert_eq!(body["partitions"], json!([partition]));
    let read = body["operators"].as_array().and_then(|operators| operators.first()).expect("operators");
    assert_eq!((&read["name"], &read["count"]), (&json!("read"), &json!(7)));
    let resumed = &body["resumed"];
    assert_eq!((&resumed["through"], &resumed["account"]["read"]), (&json!("1970-01-01T00:01:00Z"), &json!(5)));
    let away = &body["kafka_away"];
    assert_eq!((&away["why"], away["since"].is_string()), (&json!("it is unplugged"), true));
    assert_eq!((&body["sink"]["away"], &body["checkpoint_every_ms"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn letters_are_shown_with_their_beginning() {
    let site = Site::new(fixture::sales(), Vec::new());
    let record = Record { partition: Partition(2), offset: Offset(9), ..Record::of_payload(Some(b"{oops")) };
    let reject = Reject::NotJson("a name is missing".into());
    site.run.ledger.samples().expect("kept").add(&Letter::dead(record, &reject));
    let (_, body) = site.get("/api/v1/letters").await;
    let letter = json!({ "reason": "not_json", "detail": "not a JSON object: a name is missing", "partition": 2, "offset": 9, "timestamp": null, "size": 5, "beginning": "{oops" });
    assert_eq!((&body["letters"], &body["of"], &body["cut"]), (&json!([letter]), &json!(1), &json!(false)));
}

/// The events of a stream, until one contains `last`.
async fn events(site: &Site, last_event: Option<&str>, last: &str) -> Vec<String> {
    let mut request = Request::get("/api/v1/stream");
    if let Some(id) = last_event {
        request = request.header("last-event-id", id);
    }
    let response =
        site.router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    let mut body = response.into_body().into_data_stream();
    let mut text = String::new();
    while !text.contains(last) {
        let chunk = tokio::time::timeout(PATIENCE, body.next()).await;
        let chunk = chunk.unwrap_or_else(|_| panic!("no {last} in {text}")).expect("more").expect("no failure");
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    text.split("\n\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn who_comes_back_to_the_stream_hears_what_it_has_missed() {
    let site = Site::new(fixture::sales(), Vec::new());
    site.service.live.durable(vec![change("a", 0, 1), change("b", 0, 1)]);
    site.service.live.durable(vec![change("a", 0, 2)]);
    let process = site.service.started.as_millisecond();
    let heard = events(&site, Some(&format!("{process}-0")), &format!("id: {process}-2")).await;
    let totals: Vec<&String> = heard.iter().filter(|event| event.contains("event: total")).collect();
    assert_eq!(totals.len(), 3, "{heard:?}");
    assert!(!totals[0].contains("id: ") && totals[1].contains(&format!("id: {process}-1")), "{totals:?}");
    assert!(totals[2].contains(r#""id":"a|1970-01-01T00:00:00Z","final":false,"version":2"#), "{totals:?}");
    for gone in [format!("{process}-3"), "1-1".to_owned(), "x".to_owned()] {
        let heard = events(&site, Some(&gone), "event: resync").await;
        assert!(heard.iter().any(|event| event.contains("event: resync")), "{gone}: {heard:?}");
    }
}

#[tokio::test]
async fn a_stream_ends_with_the_server() {
    let site = Site::new(fixture::sales(), Vec::new());
    let request = Request::get("/api/v1/stream").body(Body::empty()).expect("a request");
    let response = site.router.clone().oneshot(request).await.expect("an answer");
    site.service.closing.send_replace(true);
    let rest: Vec<_> = response.into_body().into_data_stream().collect().await;
    assert!(rest.len() <= 1, "{rest:?}");
}

#[tokio::test]
async fn every_route_is_documented() {
    let site = Site::new(fixture::sales(), Vec::new());
    let (_, document) = site.get("/openapi.json").await;
    let documented: BTreeSet<&str> = document["paths"].as_object().expect("paths").keys().map(String::as_str).collect();
    let expected = [
        "/",
        "/api/v1/alerts",
        "/api/v1/day",
        "/api/v1/explain",
        "/api/v1/groups",
        "/api/v1/history",
        "/api/v1/letters",
        "/api/v1/status",
        "/api/v1/stream",
        "/api/v1/top",
        "/api/v1/totals",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/openapi.json",
    ];
    assert_eq!(documented, BTreeSet::from(expected));
    for (path, item) in document["paths"].as_object().expect("paths") {
        let responses = item["get"]["responses"].as_object().expect("responses");
        assert!(responses.contains_key("200") && responses.contains_key("400"), "{path}: {responses:?}");
    }
    let mut parts = vec![&document];
    while let Some(part) = parts.pop() {
        if let Some(name) = part["$ref"].as_str() {
            assert!(document.pointer(name.trim_start_matches('#')).is_some(), "{name} is nowhere");
        }
        parts.extend(part.as_object().into_iter().flat_map(|part| part.values()));
        parts.extend(part.as_array().into_iter().flatten());
    }
}
