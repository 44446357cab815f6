//! Alerts posted to a webhook, one at a time and in order, until it takes them.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use ureq::Agent;

use super::shape::PayloadShape;
use super::{Courier, DeliveryReport, DeliveryStatus};
use crate::Alert;
use crate::events::{TargetAway, TargetBack};
use mare_metrics::events::InternalEvent;
use mare_sink::alerts::Target;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Posts alerts. When it is dropped its thread ends by itself, and nobody waits for it: what is queued is left for the
/// next run, and an answer that is still out may take as long as a request may.
pub struct WebhookTarget {
    alerts: Sender<Alert>,
    is_away: Arc<AtomicBool>,
    /// Tells the thread, by being dropped, that nobody wants to hear more.
    _open: Sender<Infallible>,
}

/// What the thread has.
struct Poster {
    agent: Agent,
    url: String,
    /// The URL without its secrets.
    name: String,
    shape: PayloadShape,
    outcomes: Sender<DeliveryReport>,
    is_away: Arc<AtomicBool>,
    /// Breaks when what is still queued is to be left for the next run.
    open: Receiver<Infallible>,
}

/// Why a post has no effect yet.
enum Attempt {
    /// It was taken.
    Taken,
    /// It never will be.
    Refused(String),
    /// It may be later.
    Away(String),
}

impl WebhookTarget {
    /// Starts the thread that posts to `url` in a shape. It is called `name` where it is printed.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn start(
        url: &str,
        name: &str,
        shape: PayloadShape,
        outcomes: Sender<DeliveryReport>,
    ) -> Result<WebhookTarget, std::io::Error> {
        let is_away = Arc::new(AtomicBool::new(false));
        let [url, name] = [url, name].map(str::to_owned);
        let (_open, open) = mpsc::channel();
        let poster = Poster { agent: agent(), url, name, shape, outcomes, is_away: is_away.clone(), open };
        let (alerts, queue) = mpsc::channel();
        thread::Builder::new().name("mare-webhook".to_owned()).spawn(move || poster.run(&queue))?;
        Ok(WebhookTarget { alerts, is_away, _open })
    }
}

impl Courier for WebhookTarget {
    fn target(&self) -> Target {
        Target::Webhook
    }

    fn send(&mut self, alert: &Alert) {
        let _ = self.alerts.send(alert.clone()); // the thread lives as long as this
    }

    fn is_away(&self) -> bool {
        self.is_away.load(Ordering::Acquire)
    }
}

impl Poster {
    fn run(&self, alerts: &Receiver<Alert>) {
        for alert in alerts {
            if self.closes_within(Duration::ZERO) {
                return;
            }
            let Some(verdict) = self.deliver(&alert) else { return };
            if self.outcomes.send(DeliveryReport { target: Target::Webhook, id: alert.id, verdict }).is_err() {
                return;
            }
        }
    }

    /// Waits until nobody wants to hear more, at most for `time`, and returns whether that is so.
    fn closes_within(&self, time: Duration) -> bool {
        self.open.recv_timeout(time) == Err(RecvTimeoutError::Disconnected)
    }

    /// Posts until there is a verdict; `None` if nobody wants to hear it any more.
    fn deliver(&self, alert: &Alert) -> Option<DeliveryStatus> {
        let pauses = ExponentialBuilder::new().with_min_delay(Duration::from_millis(250)).with_max_delay(PAUSE_MAX);
        let mut pauses = pauses.without_max_times().build();
        loop {
            match self.post(alert) {
                Attempt::Taken => {
                    self.answers();
                    return Some(DeliveryStatus::Sent);
                }
                Attempt::Refused(why) => {
                    self.answers();
                    return Some(DeliveryStatus::Refused(why));
                }
                Attempt::Away(why) => self.is_silent(&why),
            }
            if self.closes_within(pauses.next().unwrap_or(PAUSE_MAX)) {
                return None;
            }
        }
    }

    fn post(&self, alert: &Alert) -> Attempt {
        let request = self.agent.post(&self.url).content_type("application/json");
        match request.send(&self.shape.body(alert, Timestamp::now())) {
            Ok(response) => judge(response.status().as_u16()),
            Err(error) => Attempt::Away(error.to_string().replace(&self.url, &self.name)),
        }
    }

    fn answers(&self) {
        if self.is_away.swap(false, Ordering::AcqRel) {
            TargetBack { target: Target::Webhook, name: &self.name }.emit();
        }
    }

    fn is_silent(&self, why: &str) {
        if !self.is_away.swap(true, Ordering::AcqRel) {
            TargetAway { target: Target::Webhook, name: &self.name, why: &why }.emit();
        }
    }
}

/// A client that takes an answer as it is, whatever its status.
fn agent() -> Agent {
    let config = Agent::config_builder().timeout_global(Some(REQUEST_TIMEOUT)).http_status_as_error(false);
    config.max_redirects(0).user_agent(concat!("mare/", env!("CARGO_PKG_VERSION"))).build().into()
}

/// What the status of an answer means: whether the same request may be taken later.
fn judge(status: u16) -> Attempt {
    match status {
        200..=299 => Attempt::Taken,
        408 | 425 | 429 | 500.. => Attempt::Away(format!("it answers with status {status}")),
        _ => Attempt::Refused(format!("status {status}")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// The alert itself.
    fn json() -> PayloadShape {
        let rule = "webhook = \"http://h/\"\n[[alerts.rules]]\nname = \"r\"\ntotal = \"volume_vendas\"\nabove = 1";
        let plan = crate::tests::plan_with(rule);
        PayloadShape::of(&plan, plan.alerts.as_ref().and_then(|alerts| alerts.webhook.as_ref()).expect("a webhook"))
    }

    /// A TLS alert of a server that speaks no version of it that a client knows: `protocol_version`.
    const NO_VERSION: [u8; 7] = [21, 3, 3, 0, 2, 2, 70];

    #[test]
    fn https_is_spoken_as_tls() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = thread::spawn(move || {
            let (mut connection, _) = listener.accept().expect("a client");
            let mut hello = [0; 3];
            connection.read_exact(&mut hello).expect("a greeting");
            connection.write_all(&NO_VERSION).expect("an answer");
            hello
        });
        let refused = agent().post(&format!("https://{address}/hook")).send("{}").expect_err("no TLS").to_string();
        assert_eq!(server.join().expect("a server")[..2], [22, 3], "a handshake of TLS");
        assert!(refused.contains("ProtocolVersion"), "{refused}");
    }

    #[test]
    fn nobody_waits_for_a_webhook_that_says_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port"); // connects, and never answers
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let (report, outcomes) = mpsc::channel();
        let mut webhook = WebhookTarget::start(&url, "http://hook", json(), report).expect("a thread");
        webhook.send(&crate::tests::alert("a"));
        let _request = listener.accept().expect("a request");
        let began = std::time::Instant::now();
        drop(webhook);
        assert!(began.elapsed() < REQUEST_TIMEOUT / 2, "the request is left alone");
        assert_eq!(outcomes.try_recv(), Err(mpsc::TryRecvError::Empty), "nothing is known of it");
    }

    #[test]
    fn a_webhook_that_is_away_is_left_within_its_pause() {
        let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        let (report, outcomes) = mpsc::channel();
        let mut webhook =
            WebhookTarget::start(&format!("http://{closed}/"), "http://hook", json(), report).expect("a thread");
        webhook.send(&crate::tests::alert("a"));
        while !webhook.is_away() {
            thread::yield_now();
        }
        drop(webhook);
        let left = outcomes.recv_timeout(REQUEST_TIMEOUT);
        assert_eq!(
            left,
            Err(RecvTimeoutError::Disconnected),
            "the thread has ended, and tells nothing of what is pending"
        );
    }

    #[test]
    fn a_status_says_whether_to_try_again() {
        let taken = |status| matches!(judge(status), Attempt::Taken);
        let away = |status| matches!(judge(status), Attempt::Away(_));
        assert!([200, 201, 204, 299].into_iter().all(taken));
        assert!([408, 425, 429, 500, 503, 599].into_iter().all(away));
        assert!([301, 307, 400, 401, 404, 422].into_iter().all(|status| !taken(status) && !away(status)));
    }
}
