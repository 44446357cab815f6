//! The dataflow file of a proposal, with comments that say what was seen. Pure.

use super::guess::{FieldUse, Guess, Proposed};
use super::lateness::ProposedLateness;
use super::look::{SampleLook, SeenField};
use super::sink::Asked;
use crate::cli::sheet::with_commas;
use crate::schema::TimeFormat;

/// Where a comment begins that stands behind a line.
const COMMENT_COLUMN: usize = 34;

/// An example of more characters stands alone.
const EXAMPLE_LONG: usize = 20;

/// All that a file says and that is not inferred.
#[derive(Clone, Debug)]
pub(super) struct Frame<'a> {
    /// The dataflow's name.
    pub name: &'a str,
    /// What the file will be called.
    pub file: &'a str,
    /// Bootstrap servers.
    pub brokers: &'a str,
    /// The topic.
    pub topic: &'a str,
    /// Client properties, as the file has them.
    pub properties: Vec<(String, String)>,
    /// Where the documents go.
    pub sink: &'a Asked,
    /// How many records were looked at.
    pub records: usize,
}

/// A text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A text that the environment is not put into, as TOML writes it.
pub(super) fn literal(text: &str) -> String {
    quoted(&text.replace("${", "$${"))
}

/// The file.
pub(super) fn file(frame: &Frame<'_>, look: &SampleLook, proposal: &Guess) -> String {
    let parts = [
        head(frame),
        source(frame),
        event(look, proposal),
        fields(look, proposal),
        window(&proposal.lateness),
        totals(proposal),
        frame.sink.text(frame.name),
        dedup(proposal),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn head(Frame { name, file, topic, records, .. }: &Frame<'_>) -> String {
    format!(
        "# Proposed by `mare init` from {} records of the topic {topic}, the newest of each partition. Everything here may be\n\
         # changed; the comments say what was seen, and docs/format.md has every key.\n#\n\
         #   mare check  {file}    look for mistakes, connect to nothing\n\
         #   mare doctor {file}    look for what would go wrong\n\
         #   mare run    {file}\n\n\
         name = {}\n",
        count(*records as u64),
        quoted(name)
    )
}

fn source(frame: &Frame<'_>) -> String {
    let brokers = quoted(&format!("${{KAFKA_BROKERS:-{}}}", frame.brokers));
    let mut text = format!("[source.kafka]\nbrokers = {brokers}\ntopic = {}\n", quoted(frame.topic));
    text += &commented("start = \"earliest\"", "\"latest\" reads only what comes from the first run on");
    if !frame.properties.is_empty() {
        let pairs = frame.properties.iter().map(|(key, value)| format!("{} = {}", quoted(key), quoted(value)));
        text += &format!("properties = {{ {} }}\n", pairs.collect::<Vec<_>>().join(", "));
    }
    text
}

fn event(look: &SampleLook, Guess { time, .. }: &Guess) -> String {
    let others = if time.others.is_empty() {
        String::new()
    } else {
        format!("# Times as well, and not taken: {}\n", time.others.join(", "))
    };
    let seen = format!("{} such as {}", share(time.events, look.objects), examples(&time.field, 1));
    let mut text = format!("[event]\n{others}{}", commented(&format!("time = {}", quoted(&time.field.name())), &seen));
    text += &format!("time_format = \"{}\"\n", time.format);
    if time.format == TimeFormat::Iso && !time.has_offset {
        text += &commented("zone = \"UTC\"", "the times have no offset; name their zone if they are local");
    }
    text
}

fn fields(look: &SampleLook, proposal: &Guess) -> String {
    let line = |proposed: &Proposed, front: &str| {
        let declaration = format!("{front}{} = {}", key(&proposed.field.name()), quoted(&proposed.kind_text()));
        commented(&declaration, &seen(proposed, look))
    };
    let mut text = String::new();
    if !(proposal.fields.is_empty() && proposal.spare.is_empty()) {
        text += "[event.fields]\n";
    }
    proposal.fields.iter().for_each(|proposed| text += &line(proposed, ""));
    if !proposal.spare.is_empty() {
        text += "# No total needs these. Take the # away to use one; a record without it is then no event, unless a ? stands behind\n\
                 # its type.\n";
        proposal.spare.iter().for_each(|proposed| text += &line(proposed, "# "));
    }
    let unnamable: Vec<_> = look.unnamable.iter().map(|key| key.escape_debug().to_string()).collect();
    for (names, why) in
        [(&proposal.typeless, "of no type that a total can use"), (&unnamable, "with a name that no path can have")]
    {
        if !names.is_empty() {
            text += &format!("# Left out, {why}: {}\n", names.join(", "));
        }
    }
    text
}

/// What was seen of a field.
fn seen(Proposed { field, role, .. }: &Proposed, look: &SampleLook) -> String {
    let distinct = field.distinct.len();
    let values = match role {
        FieldUse::Group | FieldUse::Few => format!("{distinct} values, "),
        FieldUse::Id => "no two alike, ".to_owned(),
        FieldUse::Sum | FieldUse::Spare => String::new(),
    };
    format!("{} {values}such as {}", share(field.values(), look.objects), examples(field, 2))
}

fn window(ProposedLateness { text, late, events }: &ProposedLateness) -> String {
    let late: Vec<_> = late.iter().map(|(text, late)| format!("{late} with {text}")).collect();
    format!(
        "[window]\ntumbling = \"1m\"\n# How long after its end a window takes events; it is final that much later. Of {} events of the\n\
         # sample so many would be late: {}.\nlateness = \"{text}\"\n",
        count(*events),
        late.join(", ")
    )
}

fn totals(proposal: &Guess) -> String {
    let mut text = "[totals]\n".to_owned();
    let names = |role| proposal.with(role).map(|proposed| proposed.field.name()).collect::<Vec<_>>();
    let (groups, few) = (names(FieldUse::Group), names(FieldUse::Few));
    if !few.is_empty() {
        text += &format!("# Few values as well: {}\n", few.join(", "));
    }
    let quoted_groups: Vec<_> = groups.iter().map(|name| quoted(name)).collect();
    let why = if groups.is_empty() { "one group for all: no text has few values" } else { "texts with few values" };
    text += &commented(&format!("group_by = [{}]", quoted_groups.join(", ")), why);
    for (place, proposed) in proposal.with(FieldUse::Sum).enumerate() {
        let total =
            format!("{} = {}", key(&proposed.document_name()), quoted(&format!("sum({})", proposed.field.name())));
        let why =
            if place == 0 { "a sum is right for amounts; of rates and temperatures take avg, min or max" } else { "" };
        text += &commented(&total, why);
    }
    text + &commented("events = \"count()\"", "counts every event, so it is also the document's version")
}

fn dedup(proposal: &Guess) -> String {
    let Some(id) = proposal.with(FieldUse::Id).next() else { return String::new() };
    format!(
        "# An event that is sent twice counts once, if it names itself: take the # away here and in front of {} above.\n\
         # All records of one id must be in one partition.\n# [dedup]\n# by = {}\n",
        id.field.name(),
        quoted(&id.field.name())
    )
}

/// A number of things.
fn count(number: u64) -> String {
    with_commas(&number.to_string())
}

/// A line with a comment behind it.
fn commented(line: &str, comment: &str) -> String {
    match comment {
        "" => format!("{line}\n"),
        comment => format!("{line:<COMMENT_COLUMN$}  # {comment}\n"),
    }
}

/// A key, in quotes if TOML wants them.
fn key(name: &str) -> String {
    let is_bare = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if is_bare && !name.is_empty() { name.to_owned() } else { quoted(name) }
}

/// In how many of the records.
fn share(some: u64, all: u64) -> String {
    if some >= all {
        return "in all,".to_owned();
    }
    // Never 100.0 of what is not all.
    let tenths = (some * 1000 / all.max(1)).min(999);
    format!("in {}.{} %,", tenths / 10, tenths % 10)
}

/// So many examples, and only one if they are long.
fn examples(field: &SeenField, count: usize) -> String {
    let is_long = |example: &String| example.chars().count() > EXAMPLE_LONG;
    let count = if field.examples.iter().take(count).any(is_long) { 1 } else { count };
    field.examples.iter().take(count).map(String::as_str).collect::<Vec<_>>().join(", ")
}
