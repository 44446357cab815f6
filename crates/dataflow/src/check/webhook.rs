//! The webhook of `[alerts]`: where alerts are posted, and as what.
//!
//! No message repeats a URL or a key, because each may be a secret.

use super::super::alerts::{Webhook, WebhookFormat};
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::Marked;

/// The keys of `[alerts]` that are read here.
pub(super) const KEYS: [&str; 4] = ["webhook", "format", "routing_key", "page"];

/// Where PagerDuty takes events, unless a file says otherwise: its service in Europe has another host.
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

/// The path to which Alertmanager takes alerts, behind whatever prefix it is served under.
const ALERTMANAGER: &str = "/api/v2/alerts";

/// The webhook, if there is one; `None` alone means that it is refused.
pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<Option<Webhook>> {
    let text = section.text_or("format", "json", report)?;
    let key = match text.value.as_str() {
        "pagerduty" => Some(routing_key(section, report)?),
        _ => None,
    };
    let words = [
        ("json", WebhookFormat::Json),
        ("slack", WebhookFormat::Slack),
        ("pagerduty", WebhookFormat::PagerDuty { routing_key: key.unwrap_or_default() }),
        ("alertmanager", WebhookFormat::Alertmanager),
    ];
    let format = section.one_of_words("format", &text, &words, report)?;
    let is_pagerduty = matches!(format, WebhookFormat::PagerDuty { .. });
    if let Some(entry) = section.table.entry("routing_key").filter(|_| !is_pagerduty) {
        let remedy = "add `format = \"pagerduty\"`, or remove the key";
        report.refuse(entry.key.mark, "`alerts.routing_key` is PagerDuty's, and the format is another one", remedy);
        return None;
    }
    let url = match section.table.entry("webhook") {
        Some(entry) => section.text_of("webhook", &entry.node, "https://host/path", report)?,
        None if is_pagerduty => Marked { value: PAGERDUTY.to_owned(), mark: section.mark },
        None => return without(section, report).map(|()| None),
    };
    let url = checked(url, &format, report)?;
    let page = section.table.entry("page").map(|_| page(section, report));
    Some(Some(Webhook { url, format, page: page.map_or(Some(None), |page| page.map(Some))? }))
}

/// Refuses the keys that say something of a webhook that is not there.
fn without(section: &Section<'_>, report: &mut Report) -> Option<()> {
    let present = ["format", "page"].into_iter().find_map(|key| section.table.entry(key));
    let Some(entry) = present else { return Some(()) };
    let message = format!("`alerts.{}` belongs to a webhook, and there is none", entry.key.value);
    report.refuse(entry.key.mark, message, "add `webhook = \"https://host/path\"` under `[alerts]`, or remove it");
    None
}

/// The URL, if it is one, and one at which a receiver of that kind listens.
fn checked(url: Marked<String>, format: &WebhookFormat, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = url;
    let (message, remedy) = if !is_url(&value) {
        ("`alerts.webhook` is no URL of a webhook", "write `https://host/path` or `http://host:port/path`")
    } else if *format == WebhookFormat::Alertmanager && !value.ends_with(ALERTMANAGER) {
        (
            "`alerts.webhook` does not end in `/api/v2/alerts`, where Alertmanager takes alerts",
            "write `http://host:9093/api/v2/alerts`, with the prefix of Alertmanager's own address if it has one",
        )
    } else {
        return Some(value);
    };
    report.refuse(mark, message, remedy);
    None
}

/// PagerDuty's key.
fn routing_key(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = section.text("routing_key", "${PAGERDUTY_ROUTING_KEY}", report)?;
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let remedy = "copy the integration key of an \"Events API v2\" integration: letters and digits alone";
        report.refuse(mark, "`alerts.routing_key` is no key of PagerDuty's", remedy);
        return None;
    }
    Some(value)
}

/// Where people look further.
fn page(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = section.text("page", "https://mare.example.com/", report)?;
    if !is_url(&value) || value.contains(['<', '>', '|', '"']) {
        let remedy = "write the address at which people open it: `https://mare.example.com/`";
        report.refuse(mark, "`alerts.page` is no URL that can be linked to", remedy);
        return None;
    }
    Some(value)
}

/// Whether a text is a URL by `http` or `https`, as far as can be told without asking.
fn is_url(text: &str) -> bool {
    let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !text.contains(char::is_whitespace))
}
