//! Outboxes on librdkafka's own broker in memory.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, TopicPartitionList};

use super::{Destinations, Fail, Letter, LetterTopic, Letters, Outbox, Outboxes};
use mare_decode::Reject;
use mare_model::position::{Offset, Partition};
use mare_model::record::{Record, Waker};
use mare_model::time::{EventTime, Windows};

/// How long a condition may take to come true before a test fails. No test passes by a shorter time.
const PATIENCE: Duration = Duration::from_secs(30);
const MINUTES: Windows = Windows::tumbling(60_000, 0);

/// A broker with topics `late` and `dead`, and the clients of a dataflow.
struct Post {
    cluster: MockCluster<'static, DefaultProducerContext>,
    outboxes: Outboxes,
    /// Why the run failed.
    failures: Arc<Mutex<Vec<String>>>,
    /// Told of each failure and each waking.
    news: Receiver<()>,
    waker: Waker,
}

/// The topics `late` and `dead`, as a dataflow has them.
struct Topics {
    late: Option<LetterTopic>,
    dead: Option<LetterTopic>,
}

impl Topics {
    /// With `property` of that of dead letters or of late events, if any: `late queue.buffering.max.messages=1`.
    fn new(brokers: &str, property: &str) -> Topics {
        let topic = |topic: &str| {
            let own = property.split_once(' ').filter(|(of, _)| *of == topic).and_then(|(_, own)| own.split_once('='));
            let properties = own.map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect();
            Some(LetterTopic { brokers: brokers.to_owned(), topic: topic.to_owned(), properties })
        };
        Topics { late: topic("late"), dead: topic("dead") }
    }

    fn destinations(&self) -> Destinations<'_> {
        let Topics { late, dead } = self;
        Destinations { dataflow: "events", source: "events".to_owned(), late: late.as_ref(), dead: dead.as_ref() }
    }
}

impl Post {
    fn new(property: &str) -> Post {
        let cluster = MockCluster::new(1).expect("a broker");
        for topic in ["late", "dead"] {
            cluster.create_topic(topic, 1, 1).expect("a topic");
        }
        let (news, heard) = mpsc::channel();
        let failures = Arc::new(Mutex::new(Vec::new()));
        let fail = fail(Arc::clone(&failures), news.clone());
        let letters = Letters::new(Topics::new(&cluster.bootstrap_servers(), property).destinations(), &fail)
            .expect("good properties");
        let waker: Waker = Arc::new(move || {
            let _ = news.send(()); // nobody listens once the test is over
        });
        Post { cluster, outboxes: letters.expect("topics for letters").outboxes(), failures, news: heard, waker }
    }

    fn outbox(&self) -> Box<dyn Outbox> {
        (self.outboxes)(Arc::clone(&self.waker))
    }

    /// Waits until `condition` holds, looking at each piece of news.
    fn eventually(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let began = Instant::now();
        while !condition() {
            let left = PATIENCE.checked_sub(began.elapsed());
            let left = left.unwrap_or_else(|| panic!("{what}: not within {PATIENCE:?}; {:?}", self.failures()));
            let _ = self.news.recv_timeout(left); // the condition is looked at once more
        }
    }

    fn failures(&self) -> Vec<String> {
        self.failures.lock().expect("not poisoned").clone()
    }

    /// How many records a topic holds.
    fn records(&self, topic: &str) -> i64 {
        let mut config = ClientConfig::new();
        let client: BaseConsumer =
            config.set("bootstrap.servers", self.cluster.bootstrap_servers()).create().expect("a client");
        let (low, high) = client.fetch_watermarks(topic, 0, PATIENCE).expect("offsets");
        high - low
    }
}

fn fail(failures: Arc<Mutex<Vec<String>>>, news: Sender<()>) -> Fail {
    Arc::new(move |fault| {
        failures.lock().expect("not poisoned").push(fault.to_string());
        let _ = news.send(()); // nobody listens once the test is over
    })
}

fn record(offset: i64, payload: Option<&[u8]>) -> Record<'_> {
    Record { partition: Partition(0), offset: Offset(offset), timestamp_ms: Some(0), ..Record::of_payload(payload) }
}

fn send_dead(outbox: &mut dyn Outbox, offset: i64, payload: &[u8]) {
    outbox.send(Letter::dead(record(offset, Some(payload)), &Reject::NotJson("?".to_owned())));
}

#[test]
fn each_kind_goes_to_its_topic_and_a_mark_is_delivered() {
    let post = Post::new("");
    let [mut one, mut other] = [post.outbox(), post.outbox()];
    let before = one.mark();
    assert!(one.is_delivered(before), "nothing was sent");
    for offset in 0..10 {
        send_dead(&mut *one, offset, b"{");
        other.send(Letter::late(record(offset, Some(b"{}")), MINUTES, EventTime(0), EventTime(90_000)));
        other.send(Letter::dead(record(100 + offset, None), &Reject::Tombstone));
    }
    let (mark, other_mark) = (one.mark(), other.mark());
    post.eventually("delivered", || one.is_delivered(mark) && other.is_delivered(other_mark));
    assert_eq!((post.records("late"), post.records("dead")), (10, 20));
    assert_eq!(post.failures(), [""; 0]);
}

#[test]
fn a_kind_without_a_topic_is_let_go() {
    let post = Post::new("");
    let topics = Topics { dead: None, ..Topics::new(&post.cluster.bootstrap_servers(), "") };
    let fail = fail(Arc::clone(&post.failures), mpsc::channel().0);
    let letters =
        Letters::new(topics.destinations(), &fail).expect("good properties").expect("a topic for late events");
    let mut outbox = letters.outboxes()(Arc::clone(&post.waker));
    send_dead(&mut *outbox, 0, b"{");
    let mark = outbox.mark();
    assert!(outbox.is_delivered(mark));
    let topics = Topics { late: None, ..topics };
    assert!(Letters::new(topics.destinations(), &fail).expect("good properties").is_none());
}

#[test]
fn what_the_client_has_no_room_for_waits_and_is_delivered() {
    for down in [false, true] {
        let post = Post::new("late queue.buffering.max.messages=1");
        let mut outbox = post.outbox();
        if down {
            post.cluster.broker_down(1).expect("a broker that goes");
        }
        let late = |offset| Letter::late(record(offset, Some(b"{}")), MINUTES, EventTime(0), EventTime(90_000));
        (0..50).for_each(|offset| outbox.send(late(offset)));
        if down {
            assert!(outbox.is_full(), "there is room for one, and nobody takes it");
            post.cluster.broker_up(1).expect("a broker that comes");
        }
        post.eventually("room", || !outbox.is_full());
        let mark = outbox.mark();
        post.eventually("delivered", || outbox.is_delivered(mark));
        assert_eq!(post.records("late"), 50);
    }
}

#[test]
fn a_topic_that_refuses_its_user_fails_the_run_and_nothing_is_delivered() {
    let post = Post::new("");
    let mut outbox = post.outbox();
    let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    post.cluster.request_errors(RDKafkaApiKey::Produce, &[error]);
    send_dead(&mut *outbox, 0, b"{");
    let mark = outbox.mark();
    post.eventually("a failure", || !post.failures().is_empty());
    let [failure] = post.failures().try_into().expect("one failure");
    assert!(failure.contains("topic dead") && failure.contains("grant this user Write"), "{failure}");
    assert!(!outbox.is_delivered(mark));
}

/// A letter that was read back: headers, key, payload.
type Read = (Vec<String>, Option<Vec<u8>>, Option<Vec<u8>>);

/// What the letters of a topic say of what they have left out, and what they carry.
fn read_back(post: &Post, topic: &str) -> Vec<Read> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", post.cluster.bootstrap_servers()).set("group.id", "reader");
    let client: BaseConsumer = config.create().expect("a client");
    let mut first = TopicPartitionList::new();
    first.add_partition_offset(topic, 0, rdkafka::Offset::Offset(0)).expect("an offset");
    client.assign(&first).expect("assigned");
    let letter = |_| {
        // A poll also ends with news that is no letter.
        let mut polled = (0..PATIENCE.as_secs()).filter_map(|_| client.poll(Duration::from_secs(1)));
        let letter = polled.next().expect("a letter in time").expect("a letter").detach();
        let headers = letter.headers().expect("headers");
        let bytes = |header: Header<'_, &[u8]>| {
            let value = String::from_utf8_lossy(header.value.unwrap_or_default()).into_owned();
            header.key.ends_with("-bytes").then(|| format!("{}={value}", header.key))
        };
        let left_out = headers.iter().filter_map(bytes).collect();
        (left_out, letter.key().map(<[u8]>::to_vec), letter.payload().map(<[u8]>::to_vec))
    };
    (0..post.records(topic)).map(letter).collect()
}

#[test]
fn a_letter_that_is_refused_for_what_it_is_goes_with_less_and_the_run_goes_on() {
    let (key, payload) = (b"key".to_vec(), vec![b'x'; 100]);
    let left_out = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    let carried: [Read; 4] = [
        (vec![], Some(key.clone()), Some(payload.clone())),
        (vec![], Some(key.clone()), Some(payload.clone())),
        (left_out(&["mare-payload-bytes=100"]), Some(key.clone()), None),
        (left_out(&["mare-payload-bytes=100", "mare-key-bytes=3"]), None, None),
    ];
    for error in [
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
    ] {
        let all = [0, 1, 2, 3, 4];
        // How often does not depend on why.
        let is_first = error == RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
        for refusals in all.into_iter().filter(|refusals| is_first || *refusals == 2) {
            let post = Post::new("");
            let mut outbox = post.outbox();
            post.cluster.request_errors(RDKafkaApiKey::Produce, &vec![error; refusals]);
            let record = Record { key: Some(&key), ..record(7, Some(&payload)) };
            outbox.send(Letter::dead(record, &Reject::NotJson("?".to_owned())));
            let mark = outbox.mark();
            post.eventually("delivered", || outbox.is_delivered(mark) && !outbox.is_full());
            assert_eq!(post.failures(), [""; 0], "{error:?}, {refusals} refusals");
            let expected: Vec<Read> = carried.get(refusals).cloned().into_iter().collect();
            assert_eq!(read_back(&post, "dead"), expected, "{error:?}, {refusals} refusals");
        }
    }
}

#[test]
fn a_letter_that_never_fits_the_client_goes_without_its_payload() {
    for property in ["dead queue.buffering.max.kbytes=1", "dead message.max.bytes=1000"] {
        let post = Post::new(property);
        let mut outbox = post.outbox();
        send_dead(&mut *outbox, 0, &[b'x'; 5_000]);
        let mark = outbox.mark();
        post.eventually("delivered", || outbox.is_delivered(mark) && !outbox.is_full());
        assert_eq!(read_back(&post, "dead"), [(vec!["mare-payload-bytes=5000".to_owned()], None, None)]);
        assert_eq!(post.failures(), [""; 0]);
    }
}

#[test]
fn a_property_that_the_client_refuses_is_found_at_the_start() {
    let fail: Fail = Arc::new(|_| ());
    let refused = Letters::new(Topics::new("unused:1", "dead max.in.flight=6").destinations(), &fail);
    let refused = refused.err().expect("a refusal").to_string();
    assert!(refused.contains("max.in.flight") && refused.contains("[dead_letter] properties"), "{refused}");
}
