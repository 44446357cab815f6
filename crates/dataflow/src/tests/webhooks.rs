//! The webhook of `[alerts]`: what it may be, and refusals as in [`super::refusals`].

use super::super::alerts::{Webhook, WebhookFormat};
use super::refusals::check;
use super::{GOOD, parsed};

#[test]
fn a_webhook_has_a_format() {
    let webhook = |keys: &[&str]| {
        let rules = ["alerts.rules=[{ name = \"r\", total = \"n\", above = 1 }]"];
        let plan = parsed(GOOD, &[keys, &rules].concat()).unwrap_or_else(|invalid| panic!("{invalid}"));
        plan.alerts.expect("alerts").webhook.expect("a webhook")
    };
    let plain = |url: &str, format| Webhook { url: url.to_owned(), format, page: None };
    let slack = webhook(&["alerts.webhook=https://hooks/x", "alerts.format=slack", "alerts.page=https://mare/"]);
    let page = Some("https://mare/".to_owned());
    assert_eq!(slack, Webhook { page, ..plain("https://hooks/x", WebhookFormat::Slack) });
    let pagerduty = webhook(&["alerts.format=pagerduty", "alerts.routing_key=R0hunter2"]);
    let routing_key = "R0hunter2".to_owned();
    let europe = webhook(&["alerts.webhook=https://eu/", "alerts.format=pagerduty", "alerts.routing_key=R0hunter2"]);
    assert!(!format!("{pagerduty:?}").contains("hunter2"));
    let expected = plain("https://events.pagerduty.com/v2/enqueue", WebhookFormat::PagerDuty { routing_key });
    assert_eq!((&pagerduty, europe.url.as_str()), (&expected, "https://eu/"));
    let url = "http://am:9093/prefix/api/v2/alerts";
    let alertmanager = webhook(&[&format!("alerts.webhook={url}"), "alerts.format=alertmanager"]);
    assert_eq!(alertmanager, plain(url, WebhookFormat::Alertmanager));
}

/// A table of alerts with these keys below its header, on line 14 and behind it, and one rule.
macro_rules! table {
    ($keys:literal) => {
        concat!("[alerts]\n", $keys, "\n[[alerts.rules]]\nname = \"r\"\ntotal = \"n\"\nabove = 1\n[totals]")
    };
}

#[test]
fn webhooks_of_alerts() {
    check(&[
        ("[totals]", table!("format = \"slack\""), 14, "`alerts.format` belongs to a webhook", "add `webhook"),
        ("[totals]", table!("page = \"https://h\""), 14, "`alerts.page` belongs to a webhook", "add `webhook"),
        (
            "[totals]",
            table!("webhook = \"https://h\"\nformat = \"slak\""),
            15,
            "`alerts.format` cannot be `slak`",
            "did you mean `slack`?",
        ),
        ("[totals]", table!("format = \"pagerduty\""), 13, "`alerts.routing_key` is missing", "PAGERDUTY_ROUTING_KEY"),
        (
            "[totals]",
            table!("format = \"pagerduty\"\nrouting_key = \"R 0\""),
            15,
            "`alerts.routing_key` is no key of PagerDuty's",
            "integration key",
        ),
        (
            "[totals]",
            table!("webhook = \"https://h\"\nrouting_key = \"R0\""),
            15,
            "`alerts.routing_key` is PagerDuty's",
            "add `format = \"pagerduty\"`",
        ),
        (
            "[totals]",
            table!("webhook = \"http://h:9093\"\nformat = \"alertmanager\""),
            14,
            "does not end in `/api/v2/alerts`",
            "`http://host:9093/api/v2/alerts`",
        ),
        (
            "[totals]",
            table!("webhook = \"http://h\"\npage = \"mare.example\""),
            15,
            "`alerts.page` is no URL",
            "`https://mare.example.com/`",
        ),
    ]);
}
