//! What a plan says of alerts: rules over final totals, and where what they find is sent.

use std::fmt;

use mare_letters::LetterTopic;
use mare_model::view::{Number, ViewId};
pub use mare_sink::alerts::Severity;

/// The alerts of a dataflow: its rules, and where alerts go beside the log.
#[derive(Clone, PartialEq, Eq)]
pub struct Alerts {
    /// Where alerts are posted, and as what.
    pub webhook: Option<Webhook>,
    /// The Kafka topic that they go to.
    pub topic: Option<LetterTopic>,
    /// How long before the newest window at the start of a run a window may have closed for its alerts to be sent, in
    /// milliseconds.
    pub max_age_ms: i64,
    /// The rules, in the order of the file; no two have one name.
    pub rules: Vec<Rule>,
}

/// Where alerts are posted.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// An `http` or `https` URL. It may hold a secret and is never printed whole: see [`Webhook::redacted`].
    pub url: String,
    /// What is posted there.
    pub format: WebhookFormat,
    /// Where people look further, an `http` or `https` URL that receivers show as a link: the page of the run, say.
    pub page: Option<String>,
}

/// The shapes of what is posted to a webhook.
#[derive(Clone, PartialEq, Eq)]
pub enum WebhookFormat {
    /// The alert as a JSON object of its own.
    Json,
    /// A message of Slack's incoming webhooks.
    Slack,
    /// An event of PagerDuty's Events API v2.
    PagerDuty {
        /// The key of the service's integration: a secret.
        routing_key: String,
    },
    /// An array of one alert, as Alertmanager's API v2 takes it.
    Alertmanager,
}

/// A condition over one total of the groups that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name: plain, so that it can be a part of an alert's id.
    pub name: String,
    /// The view whose documents it is about.
    pub view: ViewId,
    /// The document's field that holds the total.
    pub total: String,
    /// What kind of number the total is; bounds are in its units.
    pub number: Number,
    /// Values that the group must have: an index into [`View::group_by`](mare_model::view::View::group_by), and the
    /// value's canonical text.
    pub group: Vec<(usize, String)>,
    /// How bad it is.
    pub severity: Severity,
    /// When it alerts.
    pub condition: Condition,
    /// In how many windows in a row the condition must hold, the judged one included: at least one.
    pub windows_held: i64,
    /// How long after it has alerted for a group it does not do so again, in milliseconds of event time.
    pub cooldown_ms: Option<i64>,
}

/// A decimal number as it was written: `units * 10^-scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact {
    /// How many units.
    pub units: i128,
    /// Digits behind the point.
    pub scale: u8,
}

/// When a rule alerts for a group's window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The total is above a bound, in the total's units.
    Above {
        /// The bound.
        bound: i128,
        /// Whether windows that are not final yet are looked at too.
        on_update: bool,
    },
    /// The total is below a bound, in the total's units.
    Below {
        /// The bound.
        bound: i128,
    },
    /// The total has changed by more than so much since an earlier window of the group.
    Change {
        /// How many windows before this one the other one lies, at least one.
        against: i64,
        /// Alerts above this share of the earlier total, in percent.
        above: Option<Exact>,
        /// Alerts below it.
        below: Option<Exact>,
    },
    /// So many windows have become final since the group's last one.
    Silent {
        /// How many, at least one.
        windows: i64,
        /// For so long by the clock of the run, in milliseconds, whatever event time does; `None` if event time alone
        /// decides.
        by_clock_ms: Option<i64>,
    },
    /// The total's robust score among the group's windows before is above a bound.
    Anomaly {
        /// The bound, not negative.
        score: Exact,
        /// How many windows back the others are, at least one.
        windows: i64,
        /// How many of them must be there, at least two.
        min_windows: usize,
    },
}

impl Webhook {
    /// The URL without user, password, path and query: what may be printed of it.
    #[must_use]
    pub fn redacted(&self) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("https", &self.url));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        format!("{scheme}://{host}")
    }
}

impl WebhookFormat {
    /// Its word in the file.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            WebhookFormat::Json => "json",
            WebhookFormat::Slack => "slack",
            WebhookFormat::PagerDuty { .. } => "pagerduty",
            WebhookFormat::Alertmanager => "alertmanager",
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {:?}", self.redacted(), self.format)
    }
}

impl fmt::Debug for WebhookFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Debug for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Alerts");
        shown.field("webhook", &self.webhook).field("topic", &self.topic);
        shown.field("max_age_ms", &self.max_age_ms).field("rules", &self.rules).finish()
    }
}

impl Exact {
    /// Reads digits with at most one point, as TOML writes a number without an exponent: `-1_000.50`. At most 30
    /// digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Exact> {
        let plain = text.replace('_', "");
        let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let has_digits = !whole.is_empty() && (!fraction.is_empty() || !digits.contains('.'));
        if !has_digits || !is_number(whole) || !is_number(fraction) || digits.len() > 30 {
            return None;
        }
        let units: i128 = format!("{whole}{fraction}").parse().ok()?;
        let units = if plain.starts_with('-') { -units } else { units };
        Some(Exact { units, scale: u8::try_from(fraction.len()).ok()? })
    }

    /// The same number in units of `10^-scale`; `None` if it has digits beyond that.
    #[must_use]
    pub fn at_scale(self, scale: u8) -> Option<i128> {
        match scale.checked_sub(self.scale) {
            Some(more) => self.units.checked_mul(10_i128.checked_pow(more.into())?),
            None => {
                let less = 10_i128.checked_pow((self.scale - scale).into())?;
                (self.units % less == 0).then_some(self.units / less)
            }
        }
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mare_model::decimal::text(self.units, self.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let exact = |text| Exact::parse(text).map(|exact| (exact.units, exact.scale));
        assert_eq!(exact("-1_000.50"), Some((-100_050, 2)));
        assert_eq!(exact("0.1"), Some((1, 1)));
        assert_eq!(exact("7"), Some((7, 0)));
        for text in ["", "-", ".5", "5.", "1e3", "nan", "inf", "1.2.3", "0x10", "1234567890123456789012345678901"] {
            assert_eq!(exact(text), None, "{text}");
        }
    }

    #[test]
    fn a_scale_takes_what_it_can_hold() {
        let at = |text, scale| Exact::parse(text).and_then(|exact| exact.at_scale(scale));
        assert_eq!((at("1.5", 2), at("1.500", 2), at("1.505", 2), at("3", 0)), (Some(150), Some(150), None, Some(3)));
    }

    #[test]
    fn a_webhook_keeps_its_secrets() {
        for url in ["https://user:s3cret@hooks.example/T0/s3cret?key=s3cret", "https://hooks.example#s3cret"] {
            let format = WebhookFormat::PagerDuty { routing_key: "s3cret".to_owned() };
            let webhook = Webhook { url: url.to_owned(), format, page: None };
            assert_eq!(webhook.redacted(), "https://hooks.example");
            assert_eq!(format!("{webhook:?}"), "https://hooks.example as pagerduty");
        }
    }
}
