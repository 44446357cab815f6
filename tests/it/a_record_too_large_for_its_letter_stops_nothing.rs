//! A record that just fits its topic does not fit that of the letters, which is as large: the letter goes without its
//! payload, says so, and the run goes on; the next one goes on behind it.

use rdkafka::producer::BaseRecord;

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;
use crate::support::oracle::read;
use crate::support::unique;

/// 2025-11-28T12:00:00Z.
const NOON: i64 = 1_764_331_200_000;

/// A topic as `mare topic create` makes it on a broker that is left as it comes.
fn made(prefix: &str) -> Topic {
    let name = unique(prefix);
    let create = ["topic", "create", &name, "--partitions", "1", "--brokers", kafka()];
    Mare::run(create.iter().chain(&["--config", "max.message.bytes=1048588"])).success();
    Topic::named(kafka(), &name)
}

/// Bytes that no codec makes smaller.
fn noise(bytes: u32) -> Vec<u8> {
    let mut state = 1_u64;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..bytes).map(next).collect()
}

#[test]
fn a_record_too_large_for_its_letter_stops_nothing() {
    let [topic, letters] = ["too-large", "too-large-dead"].map(made);
    let (large, key) = (noise(1_048_400), noise(1_048_400));
    let sale = |second: u32| {
        format!(
            r#"{{"id_pedido":"p{second}","categoria":"Gamer","valor":10.00,"timestamp":"2025-11-28T12:00:{second:02}"}}"#
        )
    };
    let sales = [1, 2, 3].map(sale);
    let record = |key: Option<&'static [u8]>, payload| BaseRecord {
        key,
        payload,
        ..BaseRecord::to("").partition(0).timestamp(NOON)
    };
    let key: &'static [u8] = Box::leak(key.into_boxed_slice());
    topic.produce([
        record(None, Some(sales[0].as_bytes())),
        record(None, Some(&large[..])),
        record(None, Some(sales[1].as_bytes())),
        record(Some(key), Some(&b"{"[..])),
        record(None, Some(&b"small and not JSON"[..])),
        record(None, Some(sales[2].as_bytes())),
    ]);
    let flagship = Flagship::shared(&topic);
    let set = format!("dead_letter.topic={}", letters.name);
    let finished = flagship.run_until_end(&["--set", set.as_str()]);
    flagship.assert_exact("beside letters that do not fit");
    assert_eq!((finished.summary("read"), finished.summary("counted")), (6, 3), "{}", finished.output());

    let mut letters = read(kafka(), &letters.name);
    letters.sort_by_key(|letter| letter.headers["mare-offset"].parse::<i64>().expect("an offset"));
    let said = |name: &str| letters.iter().map(|letter| letter.headers.get(name).cloned()).collect::<Vec<_>>();
    assert_eq!(said("mare-offset"), ["1", "3", "4"].map(|offset| Some(offset.to_owned())));
    let bytes = |bytes: &str| Some(bytes.to_owned());
    assert_eq!(said("mare-payload-bytes"), [bytes("1048400"), bytes("1"), None]);
    assert_eq!(said("mare-key-bytes"), [None, bytes("1048400"), None]);
    let payloads: Vec<_> = letters.iter().map(|letter| letter.payload.as_deref()).collect();
    assert_eq!(payloads, [None, None, Some(&b"small and not JSON"[..])], "what fits is left as it was");

    let finished = flagship.run_until_end(&["--set", set.as_str()]);
    assert_eq!(finished.summary("read"), 0, "the next run begins behind it:\n{}", finished.output());
}
