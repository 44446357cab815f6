//! Nobody goes on over what one of the views has lost, and one that has nothing yet has lost nothing.

use super::dataflow::{self, HOPPING, NOTHING, PER_DAY, PER_MINUTE, Sales, View, produce, produce_at};
use crate::support::kafka::{Topic, kafka};

/// Two views that have been written, and the name of each.
fn written(prefix: &str) -> Sales {
    let topic = Topic::create(kafka(), prefix, 2);
    let sales = Sales::new(&topic, &[PER_MINUTE, PER_DAY]);
    produce(&topic, 61, 2_000);
    sales.run_until_end(&["-w", "2"]);
    sales
}

/// The run, the doctor and the auditor all name what is lost, and nothing is written.
fn assert_told(sales: &Sales, lost: &str, words: &str) {
    let place = format!("{}.{lost}", sales.database);
    sales.mare("run", &["--until-end", "-w", "2"]).refused(&[&place, words]).explained();
    sales.mare("doctor", &[]).refused(&[&format!("{lost}: "), &place, words]);
    sales.mare("verify", &[]).refused(&[&place, words]);
    sales.mare("verify", &["--view", lost]).refused(&[&place, words]);
    assert_eq!(sales.found(lost), [], "nothing is written");
}

#[test]
fn a_collection_that_is_gone_is_named_whichever_it_is() {
    for and_control in [true, false] {
        for lost in [PER_MINUTE.0, PER_DAY.0] {
            let sales = written("views-lost");
            let other = if lost == PER_MINUTE.0 { PER_DAY.0 } else { PER_MINUTE.0 };
            let before = sales.found(other);
            sales.lose(lost, and_control);
            assert_told(&sales, lost, if and_control { "has no control document" } else { "holds no document" });
            sales.mare("verify", &["--view", other]).success();
            assert_eq!(sales.found(other), before);
            sales.run_until_end(&["--fresh"]);
            assert_eq!(sales.found(other), before);
            assert_eq!(sales.run_until_end(&[]).summary("read"), 0, "and it goes on with them");
            sales.mare("verify", &[]).success();
        }
    }
}

/// Runs these views, kills the run with a checkpoint or before the first, and goes on.
fn killed(views: &[View], has_checkpoint: bool) {
    let topic = Topic::create(kafka(), "views-empty", 3);
    let sales = Sales::new(&topic, views);
    let coming = produce_at(2_000, &topic, 62, 4_000);
    let every = if has_checkpoint { "checkpoint.every=100ms" } else { "checkpoint.every=1h" };
    let mut run = sales.spawn(&["-w", "3", "--set", every]);
    if has_checkpoint {
        sales.wait_for_checkpoint(&mut run);
    }
    sales.wait_for_more(&mut run, PER_MINUTE.0, 10);
    dataflow::kill(run);
    coming.wait().success();
    sales.run_until_end(&["-w", "2"]);
    sales.run_until_end(&["-w", "3"]);
    sales.mare("doctor", &[]).success();
    assert_eq!(sales.found(NOTHING.0), []);
    sales.assert_exact("what there is");
}

#[test]
fn a_view_that_has_nothing_yet_is_not_missed() {
    for views in [[PER_MINUTE, NOTHING], [NOTHING, PER_MINUTE]] {
        for has_checkpoint in [true, false] {
            killed(&views, has_checkpoint);
        }
    }
}

#[test]
fn what_a_view_has_nothing_of_yet_comes_later() {
    let topic = Topic::create(kafka(), "views-later", 2);
    let sales = Sales::new(&topic, &[PER_MINUTE, PER_DAY, HOPPING]);
    sales.run_until_end(&["-w", "2"]);
    assert_eq!(sales.run_until_end(&["-w", "1"]).summary("read"), 0);
    produce(&topic, 63, 1_000);
    sales.run_until_end(&["-w", "3"]);
    sales.assert_exact("after runs over nothing");
}

#[test]
fn a_changed_view_is_refused_by_its_name() {
    let sales = written("views-changed");
    let before = [PER_MINUTE, PER_DAY].map(|(name, _)| sales.found(name));
    let (name, changed) = ("large_per_day", PER_DAY.1.replace("= \"day\"", "= \"week\""));
    let changed: &'static str = Box::leak(changed.into_boxed_str());
    let other = sales.of(&[PER_MINUTE, (name, changed)]);
    other.mare("run", &["--until-end"]).refused(&[&format!("view.{name}.window"), "--overwrite"]).explained();
    other.mare("run", &["--until-end", "--fresh"]).refused(&[&format!("{}.{name}", sales.database), "--overwrite"]);
    let swapped = sales.of(&[PER_DAY, PER_MINUTE]);
    swapped.mare("run", &["--until-end"]).refused(&["`views`"]);
    assert_eq!([PER_MINUTE, PER_DAY].map(|(name, _)| sales.found(name)), before, "nothing is written");
    assert_eq!(sales.run_until_end(&["-w", "2"]).summary("read"), 0, "and nothing is lost");
    other.run_until_end(&["--overwrite", "-w", "2"]);
    other.assert_exact("overwritten");
}
