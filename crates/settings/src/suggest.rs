//! "Did you mean": the known name that is nearest to a misspelt one, or that other systems call by another name.

/// What people write who come from elsewhere, and the names here that they may mean by it: the first that is known
/// where it is written.
const ELSEWHERE: [(&[&str], &[&str]); 36] = [
    (
        &[
            "iso8601",
            "iso-8601",
            "iso_8601",
            "rfc3339",
            "rfc-3339",
            "rfc_3339",
            "datetime",
            "date",
            "date-time",
            "auto",
        ],
        &["iso"],
    ),
    (&["string", "str"], &["string", "iso"]),
    (&["text", "varchar", "uuid"], &["string", "iso"]),
    (
        &[
            "epoch",
            "unix",
            "unixtime",
            "unix_time",
            "unix_timestamp",
            "seconds",
            "sec",
            "s",
            "epoch_s",
            "epoch_sec",
            "unix_seconds",
        ],
        &["epoch_seconds"],
    ),
    (
        &[
            "millis",
            "milliseconds",
            "ms",
            "epoch_ms",
            "epoch_milliseconds",
            "unix_ms",
            "unix_millis",
            "timestamp_millis",
        ],
        &["epoch_millis"],
    ),
    (
        &["micros", "microseconds", "us", "µs", "usec", "epoch_us", "unix_us", "unix_micros", "timestamp_micros"],
        &["epoch_micros"],
    ),
    (&["nanos", "nanoseconds", "ns", "nsec", "epoch_ns", "unix_ns", "unix_nanos", "timestamp_nanos"], &["epoch_nanos"]),
    (&["int", "long", "int64", "i64", "bigint"], &["integer"]),
    (&["float", "double", "number", "numeric", "money"], &["decimal(2)", "double"]),
    (&["f64", "float64"], &["double"]),
    (&["bool"], &["boolean"]),
    (&["beginning", "smallest", "first", "oldest", "start"], &["earliest"]),
    (&["end", "largest", "newest", "last", "now"], &["latest"]),
    (&["ignore", "skip", "warn", "none"], &["continue"]),
    (&["error", "stop", "abort", "exit", "refuse"], &["fail"]),
    (&["ndjson", "jsonl", "json_lines"], &["json"]),
    (&["warn"], &["warning"]),
    (&["bootstrap_servers", "bootstrap.servers", "bootstrap", "servers", "hosts", "broker_list"], &["brokers"]),
    (&["offset", "auto_offset_reset", "from"], &["start"]),
    (&["url", "connection", "connection_string"], &["uri"]),
    (&["timezone", "time_zone", "tz"], &["zone"]),
    (&["size", "length", "window"], &["tumbling"]),
    (&["sliding"], &["hopping"]),
    (&["cumulate", "accumulating", "growing"], &["cumulative"]),
    (&["sessions", "gap", "inactivity", "session_gap"], &["session"]),
    (&["global", "unbounded", "forever"], &["none"]),
    (&["step", "slide", "hop", "advance"], &["every"]),
    (&["grace", "allowed_lateness", "watermark", "delay"], &["lateness"]),
    (&["some", "or", "bool_or"], &["any"]),
    (&["every", "and", "bool_and"], &["all"]),
    (&["average", "mean"], &["avg"]),
    (&["minimum", "least", "smallest", "lowest"], &["min"]),
    (&["maximum", "greatest", "largest", "highest"], &["max"]),
    (&["ssl.truststore.location", "ssl.truststore.certificates"], &["ssl.ca.location"]),
    (&["fetch.max.wait.ms"], &["fetch.wait.max.ms"]),
    (&["sasl.jaas.config", "sasl.user", "username"], &["sasl.username"]),
];

/// The remedy for a misspelt name: the nearest of the known ones, or else all of them.
pub fn remedy(wrong: &str, known: &[&str]) -> String {
    match (closest(wrong, known), known) {
        (Some(name), _) => format!("did you mean `{name}`?"),
        (None, []) => "remove it: there is nothing to choose from here".to_owned(),
        (None, [only]) => format!("the only one here is `{only}`"),
        (None, _) => format!("the known ones here are `{}`", known.join("`, `")),
    }
}

/// The name that is nearest to `wrong`, if a slip of the fingers explains the difference, or another system's name for
/// it.
pub fn closest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let slips = |name: &str| strsim::damerau_levenshtein(&wrong, &name.to_lowercase());
    let (slips, name) = known.iter().map(|name| (slips(name), *name)).min_by_key(|(slips, _)| *slips)?;
    let is_slip = slips <= 1.max(name.chars().count() / 3);
    meant(&wrong, known).or_else(|| is_slip.then_some(name))
}

/// What somebody from elsewhere means by `wrong`.
fn meant<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let lists = ELSEWHERE.iter().filter(|(written, _)| written.contains(&wrong));
    lists.flat_map(|(_, names)| names.iter()).find_map(|name| known.iter().find(|known| *known == name).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_explained_and_another_word_is_not() {
        let known = ["tumbling", "lateness", "start", "end"];
        for (wrong, expected) in [("tumblng", Some("tumbling")), ("Lateness", Some("lateness")), ("ned", Some("end"))] {
            assert_eq!(closest(wrong, &known), expected);
        }
        assert_eq!(closest("hopping", &known), None);
        assert_eq!(remedy("hopping", &["a", "b"]), "the known ones here are `a`, `b`");
    }

    #[test]
    fn a_name_from_elsewhere_is_known_where_its_meaning_is() {
        let formats = ["iso", "epoch_seconds", "epoch_millis"];
        for (wrong, expected) in [
            ("RFC3339", "iso"),
            ("epoch", "epoch_seconds"),
            ("unix", "epoch_seconds"),
            ("ms", "epoch_millis"),
            ("text", "iso"),
        ] {
            assert_eq!(closest(wrong, &formats), Some(expected), "{wrong}");
        }
        assert_eq!(closest("text", &["string", "integer"]), Some("string"));
        assert_eq!(closest("end", &["start", "end"]), Some("end"), "what is known stays what it is");
        assert_eq!(closest("unix", &["a", "b"]), None);
    }
}
