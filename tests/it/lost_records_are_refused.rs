//! Records are deleted that a checkpoint says come next, or the topic is made anew: that is an error with a remedy, or
//! policy, and never passed over in silence.

use std::sync::Arc;

use mongodb::bson::Document;

use crate::support::checkpoints::accounts;
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;
use crate::support::mongodb::documents;

/// The policy that is not the default.
const CONTINUE: [&str; 2] = ["--set", "source.kafka.on_data_loss=continue"];

/// A run that has ended, and sales that it has not read.
fn behind(topic: &Topic) -> Flagship {
    let flagship = Flagship::shared(topic);
    produce_hour(kafka(), &topic.name, 95, 3_000);
    flagship.run_until_end(&["-w", "2"]);
    produce_hour(kafka(), &topic.name, 96, 3_000);
    flagship
}

/// How many records of a partition the newest checkpoint has not, and its next offset there.
fn unread(flagship: &Flagship, partition: i32) -> (u64, i64) {
    let (next, counts) = accounts(flagship)[&partition];
    (flagship.oracle().partitions()[&partition].read - counts.read, next)
}

/// Who has claimed the documents.
fn claims(flagship: &Flagship) -> Vec<Document> {
    documents(&flagship.uri, &flagship.database, "mare_control")
}

#[test]
fn when_they_were_deleted_before_they_were_read() {
    let topic = Topic::create(kafka(), "retention", 3);
    let flagship = behind(&topic);
    let (before, claimed) = (flagship.documents(), claims(&flagship));
    let [(zero, _), (one, next), (two, _)] = [0, 1, 2].map(|partition| unread(&flagship, partition));
    let lost = one / 2;
    let left = next + lost as i64;
    topic.delete_records_before(1, left);
    let refused = flagship.spawn(&["--until-end"]).wait();
    let words = format!("[1]: {lost} records from offset {next} on were deleted before they were read");
    let refused = refused.refused(&[&words, "on_data_loss = \"continue\""]).explained();
    assert!(
        !refused.output().contains("--overwrite"),
        "nothing is offered that empties the database: {}",
        refused.output()
    );
    assert_eq!(flagship.documents(), before, "a run that is refused changes nothing");
    assert_eq!(claims(&flagship), claimed, "and takes over from nobody");
    let went_on = flagship.run_until_end(&CONTINUE);
    assert!(
        went_on.output().contains(&format!("reading on from offset {left}, as on_data_loss")),
        "{}",
        went_on.output()
    );
    assert_eq!(went_on.summary("read"), zero + one - lost + two, "{}", went_on.output());
    assert_eq!(flagship.run_until_end(&[]).summary("read"), 0, "the loss was said once, and is behind");
}

#[test]
fn when_the_topic_was_made_anew() {
    let topic = Topic::create(kafka(), "remade", 3);
    let flagship = behind(&topic);
    topic.make_anew(3);
    produce_hour(kafka(), &topic.name, 97, 500);
    let refused = flagship.spawn(&["--until-end"]).wait();
    refused.refused(&["it was deleted and made anew", "--overwrite"]).explained();
    flagship.run_until_end(&["--overwrite", "-w", "2"]);
    flagship.assert_exact("of the new topic alone");
}

#[test]
fn when_the_topic_was_made_anew_and_has_more_records_than_were_read() {
    let topic = Topic::create(kafka(), "remade-larger", 1);
    let flagship = Flagship::shared(&topic);
    produce_hour(kafka(), &topic.name, 95, 500);
    flagship.run_until_end(&[]);
    topic.make_anew(1);
    produce_hour(kafka(), &topic.name, 97, 2_000);
    flagship.spawn(&["--until-end"]).wait().refused(&["it was deleted and made anew (its id was", "on_data_loss"]);
    let went_on = flagship.run_until_end(&CONTINUE);
    assert_eq!(went_on.summary("read"), flagship.oracle().counts().read, "{}", went_on.output());
    assert_eq!(flagship.run_until_end(&[]).summary("read"), 0, "it was said once, and is behind");
}

#[test]
fn when_the_topic_was_made_anew_and_the_documents_alone_know_it() {
    let topic = Topic::create(kafka(), "remade-forgotten", 1);
    let flagship = Flagship::shared(&topic);
    produce_hour(kafka(), &topic.name, 95, 1_000);
    flagship.run_until_end(&[]);
    let before = flagship.documents();
    topic.make_anew(1);
    produce_hour(kafka(), &topic.name, 97, 1_500);
    let nowhere = Flagship { checkpoints: Arc::new(tempfile::tempdir().expect("a folder")), ..flagship.clone() };
    let words = ["records of another log", "it was deleted and made anew", "--overwrite"];
    let told = |command: &str, more: &[&str]| Mare::run(nowhere.command(command, more)).refused(&words);
    told("run", &["--until-end"]).explained();
    told("doctor", &[]);
    told("verify", &[]);
    assert_eq!(flagship.documents(), before, "a run that is refused changes nothing");
    let again = nowhere.run_until_end(&["--fresh"]);
    assert!(again.output().contains("records of another log"), "{}", again.output());
    nowhere.run_until_end(&["--overwrite"]);
    nowhere.assert_exact("of the new topic alone");
}

#[test]
fn when_the_topic_is_made_anew_while_it_is_read() {
    let topic = Topic::create(kafka(), "remade-live", 1);
    let flagship = Flagship::shared(&topic);
    produce_hour(kafka(), &topic.name, 95, 500);
    let mut run = flagship.spawn(&[]);
    flagship.wait_until_exact(&mut run);
    topic.make_anew(1);
    produce_hour(kafka(), &topic.name, 97, 2_000);
    run.wait().refused(&["made anew"]).explained();
    flagship.spawn(&["--until-end"]).wait().refused(&["on_data_loss"]).explained();
}

#[test]
fn when_the_topic_is_deleted_while_it_is_read() {
    let topic = Topic::create(kafka(), "deleted-live", 1);
    let flagship = Flagship::shared(&topic);
    produce_hour(kafka(), &topic.name, 95, 500);
    let mut run = flagship.spawn(&[]);
    flagship.wait_until_exact(&mut run);
    topic.delete();
    run.wait().refused(&["while it was read", "does not exist", "mare topic create"]).explained();
}

#[test]
fn when_no_checkpoint_is_found_and_they_are_behind_what_the_documents_show() {
    let topic = Topic::create(kafka(), "no-checkpoint", 1);
    let flagship = Flagship::shared(&topic);
    produce_hour(kafka(), &topic.name, 95, 1_000);
    flagship.run_until_end(&[]);
    let elsewhere = Flagship { checkpoints: Arc::new(tempfile::tempdir().expect("a folder")), ..flagship.clone() };
    assert_eq!(
        elsewhere.run_until_end(&[]).summary("read"),
        flagship.oracle().counts().read,
        "it counts all of it again"
    );
    let (end, _) = (accounts(&flagship)[&0].0, produce_hour(kafka(), &topic.name, 96, 1_000));
    let before = flagship.documents();
    for (left, words) in [(10, "cannot be counted again"), (end + 100, "100 records from offset")] {
        topic.delete_records_before(0, left);
        let nowhere = Flagship { checkpoints: Arc::new(tempfile::tempdir().expect("a folder")), ..flagship.clone() };
        nowhere.spawn(&["--until-end"]).wait().refused(&[
            words,
            "no checkpoint is in",
            "checkpoint.path",
            "on_data_loss",
        ]);
    }
    assert_eq!(flagship.documents(), before, "a run that is refused changes nothing");
    let nowhere = Flagship { checkpoints: Arc::new(tempfile::tempdir().expect("a folder")), ..flagship.clone() };
    let anew = nowhere.run_until_end(&["--fresh"]);
    assert!(anew.output().contains("they stay uncounted, as --fresh says"), "{}", anew.output());
}
