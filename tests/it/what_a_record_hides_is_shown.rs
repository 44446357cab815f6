//! Records with what terminals obey in their groups and in what is no time: every number is exact in every kind of
//! sink, and nothing that a command prints for people, nor the log, has any of it raw.

use rdkafka::producer::BaseRecord;

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{Finished, Mare};

/// 2025-11-28T12:00:00Z.
const NOON: i64 = 1_764_331_200_000;
/// As JSON writes them: an escape sequence, a new line, a NUL, marks of direction, no width, C1.
const GROUPS: [&str; 5] =
    [r"a\u001b]0;title\u0007b", r"two\nlines", r"nul\u0000nul", r"\u202egnol\u2066\u200b", r"\u009b2J=1+1"];

/// Whether a terminal or a reader would be led astray by `character`; a list of its own, not the program's.
fn is_hidden(character: char) -> bool {
    let is_line_end = character == '\n';
    (character.is_control() && !is_line_end) || "\u{202e}\u{2066}\u{200b}".contains(character)
}

/// Asserts that nothing in what a command has printed is raw.
fn assert_shown(what: &str, finished: &Finished) {
    let output = finished.output();
    let hidden = output.lines().find(|line| line.contains(is_hidden) || *line == "lines" || line.starts_with("lines "));
    assert!(hidden.is_none(), "{what}: {:?} in\n{output:?}", hidden.unwrap_or_default());
}

#[test]
fn what_a_record_hides_is_shown() {
    let topic = Topic::create(kafka(), "hidden", 1);
    let sale = |(second, group): (usize, &&str)| {
        format!(
            r#"{{"id_pedido":"p{second}","categoria":"{group}","valor":10.00,"timestamp":"2025-11-28T12:00:0{second}"}}"#
        )
    };
    let mut payloads: Vec<String> = GROUPS.iter().enumerate().map(sale).collect();
    payloads
        .push(r#"{"id_pedido":"p","categoria":"x","valor":1.00,"timestamp":"\u001b[2Jnow\nforged\u202e"}"#.to_owned());
    let record = |payload: &'static [u8]| BaseRecord::to("").partition(0).timestamp(NOON).payload(payload);
    let payloads: Vec<&'static [u8]> = payloads.into_iter().map(|each| &*each.into_bytes().leak()).collect();
    topic.produce(payloads.into_iter().map(record));
    let flagship = Flagship::shared(&topic);

    let finished = flagship.run_until_end(&[]);
    assert_eq!((finished.summary("counted"), finished.summary("dead letters")), (5, 1), "{}", finished.output());
    assert!(finished.stderr.contains("not_a_time"), "{}", finished.output());
    assert_shown("run", &finished);
    flagship.assert_exact("with odd groups");
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = format!("sink.sqlite.path={}", folder.path().join("totals.db").display());
    let checkpoints = format!("checkpoint.path={}", folder.path().display());
    for more in [&[][..], &["--set", &sqlite, "--set", &checkpoints][..]] {
        if !more.is_empty() {
            assert_shown("run", &flagship.run_until_end(more));
        }
        let command = |words: &[&str], last: &[&str]| {
            let arguments = flagship.command("", &[more, last].concat()).into_iter().skip(1);
            Mare::run(words.iter().map(|word| (*word).to_owned()).chain(arguments)).success()
        };
        for (words, last) in [
            (&["verify"][..], &[][..]),
            (&["verify"], &["--format", "json"]),
            (&["query", "latest"], &[]),
            (&["query", "groups"], &["--format", "json"]),
            (&["query", "top"], &[]),
            (&["doctor"], &[]),
        ] {
            assert_shown(&format!("{words:?} {last:?} {more:?}"), &command(words, last));
        }
        let csv = command(&["query", "groups"], &["--format", "csv"]);
        assert!(csv.stdout.contains("\u{1b}]0;title"), "a program gets every character: {:?}", csv.stdout);
    }
}
