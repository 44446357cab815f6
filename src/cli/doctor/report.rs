//! What `mare doctor` prints. Pure.

use console::{Style, StyledObject};
use serde::Serialize;

use crate::checks::{Finding, Verdict, counted};
use crate::cli::hang::hung;
use crate::plain::plain;

/// A line for each finding, a line for each remedy, and how many there are of which kind; in colours if `coloured`.
///
/// On a terminal of so many `columns` long ones hang below their beginning.
#[must_use]
pub fn text(findings: &[Finding], coloured: bool, columns: Option<usize>) -> String {
    let width = findings.iter().map(|finding| finding.check.name().len()).max().unwrap_or_default();
    let mut lines = Vec::with_capacity(findings.len() * 2 + 1);
    for Finding { check, verdict, finding, remedy } in findings {
        let finding = plain(finding);
        lines.extend(hung(&format!("{}  {:<width$}  ", styled(*verdict, coloured), check.name()), &finding, columns));
        let arrow = format!("{:<8} {:<width$}   -> ", "", "");
        lines.extend(remedy.iter().flat_map(|remedy| hung(&arrow, &plain(remedy), columns)));
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let [ok, unknown, warnings, failed] = [Verdict::Ok, Verdict::Unknown, Verdict::Warning, Verdict::Failed].map(count);
    lines.push(format!("{ok} ok, {}, {failed} failed, {unknown} unknown", counted(warnings, "warning")));
    lines.join("\n")
}

/// The name of a verdict, padded, in its colour.
fn styled(verdict: Verdict, coloured: bool) -> StyledObject<String> {
    let (name, style) = match verdict {
        Verdict::Ok => ("ok", Style::new().green()),
        Verdict::Unknown => ("unknown", Style::new().dim()),
        Verdict::Warning => ("warning", Style::new().yellow().bold()),
        Verdict::Failed => ("failed", Style::new().red().bold()),
    };
    style.force_styling(coloured).apply_to(format!("{name:<7}"))
}

/// One JSON object: the dataflow, how many checks failed and warned, and the findings.
#[must_use]
pub fn json(dataflow: &str, findings: &[Finding]) -> String {
    #[derive(Serialize)]
    struct Report<'a> {
        dataflow: &'a str,
        failed: usize,
        warnings: usize,
        checks: &'a [Finding],
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (failed, warnings) = (count(Verdict::Failed), count(Verdict::Warning));
    let report = Report { dataflow, failed, warnings, checks: findings };
    serde_json::to_string_pretty(&report).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{Check, Consequence};
    use crate::doctor::list;

    const DISK: Check = Check::new("disk", Consequence::Says);

    fn findings() -> [Finding; 3] {
        [
            Finding::ok(list::PORTS, "free"),
            Finding::warning(DISK, "low", "make room"),
            Finding::failed(list::TOPIC, "gone", "make it"),
        ]
    }

    #[test]
    fn each_finding_has_a_line_and_each_remedy_one() {
        let expected = "ok       ports        free\n\
                        warning  disk         low\n                       -> make room\n\
                        failed   kafka.topic  gone\n                       -> make it\n\
                        1 ok, 1 warning, 1 failed, 0 unknown";
        assert_eq!(text(&findings(), false, None), expected);
    }

    #[test]
    fn a_long_finding_hangs_below_its_beginning() {
        let finding = Finding::failed(list::TOPIC, "there is no topic of that name", "make it, or name another one");
        let expected = "failed   kafka.topic  there is no\n\
                        \x20                     topic of that\n\
                        \x20                     name\n\
                        \x20                      -> make it, or\n\
                        \x20                         name another\n\
                        \x20                         one\n\
                        0 ok, 0 warnings, 1 failed, 0 unknown";
        assert_eq!(text(&[finding], false, Some(38)), expected);
    }

    #[test]
    fn colours_come_only_when_asked_for() {
        assert!(!text(&findings(), false, None).contains('\x1b'));
        assert!(text(&findings(), true, None).contains("\x1b[31m"));
    }

    #[test]
    fn json_has_what_the_text_has() {
        let report: serde_json::Value = serde_json::from_str(&json("d", &findings())).unwrap();
        assert_eq!((&report["dataflow"], &report["failed"], &report["warnings"]), (&"d".into(), &1.into(), &1.into()));
        assert_eq!(report["checks"][2]["verdict"], "failed");
        assert_eq!(report["checks"][0]["remedy"], serde_json::Value::Null);
    }
}
