//! When partitions are silent.

use std::time::Duration;

use super::{GOOD, edited, parsed};
use mare_model::schema::IdlePlan;

#[test]
fn partitions_are_waited_for_unless_the_file_says_when_they_are_silent() {
    let idle = |keys: &str| parsed(&edited("[event]\n", &format!("[event]\n{keys}\n")), &[]).expect(keys).idle;
    let after = Duration::from_secs(90);
    assert_eq!(idle(""), None);
    assert_eq!(idle("idle_close = false"), None);
    assert_eq!(idle("idle = \"90s\""), Some(IdlePlan { after, closes: false }));
    assert_eq!(idle("idle = \"90s\"\nidle_close = true"), Some(IdlePlan { after, closes: true }));
}

#[test]
fn it_changes_no_fingerprint_and_no_shape() {
    let [with, without] = ["[event]\nidle = \"90s\"\nidle_close = true\n", "[event]\n"]
        .map(|event| parsed(&edited("[event]\n", event), &[]).expect(event));
    assert_eq!(with.fingerprint(), without.fingerprint());
    assert_eq!(with.shape(), without.shape());
}

#[test]
fn standard_output_has_nowhere_to_write_it_down() {
    let (good, _) = GOOD.split_once("[sink.mongodb]").expect("a sink");
    let file = format!("{good}[sink.stdout]\n").replacen("[event]\n", "[event]\nidle = \"30s\"\n", 1);
    let invalid = parsed(&file, &[]).unwrap_err();
    let [problem] = invalid.problems() else { panic!("{invalid}") };
    assert!(problem.message().contains("standard output keeps nothing"), "{invalid}");
    assert!(problem.remedy().contains("`[sink.sqlite]`") && problem.remedy().contains("remove `idle`"), "{invalid}");
}
