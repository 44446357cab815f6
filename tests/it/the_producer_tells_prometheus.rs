//! `mare produce --metrics` answers Prometheus while it produces: what it has delivered, and how long that took.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{BOUND, Mare};
use crate::support::wait;

/// What is answered at `address`, without the head.
fn scrape(address: &str) -> Result<String, String> {
    let mut stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no head")?;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.to_lowercase().contains(&format!("content-length: {}", body.len())), "{head}");
    Ok(body.to_owned())
}

/// The number of a series.
fn number(body: &str, series: &str) -> f64 {
    let value = body.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {series} in:\n{body}")).parse().expect("a number")
}

#[test]
fn the_producer_tells_prometheus_what_it_has_delivered() {
    let topic = Topic::create(kafka(), "metered", 3);
    let flags = ["--rate", "500", "--metrics", "127.0.0.1:0"];
    let mut producer = Mare::spawn([&["produce", "--brokers", kafka(), "--topic", &topic.name], &flags[..]].concat());
    producer.wait_for_lines(1, "metrics at http://");
    let output = producer.output();
    let address =
        output.split("metrics at http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
    let delivered = |least: f64| {
        wait::until(BOUND, "records that are told of", || {
            let body = scrape(address)?;
            let delivered = number(&body, "mare_producer_delivered_records_total");
            if delivered > least { Ok((body, delivered)) } else { Err(format!("{delivered} records")) }
        })
    };
    let (_, first) = delivered(0.0);
    let (body, second) = delivered(first);
    assert!(second > first, "{body}");
    assert_eq!(number(&body, "mare_producer_failed_records_total"), 0.0, "{body}");
    let timed = number(&body, "mare_producer_delivery_seconds_count");
    assert!(timed >= first && number(&body, "mare_producer_delivery_seconds_sum") > 0.0, "{body}");
    assert!(producer.is_running());
}
