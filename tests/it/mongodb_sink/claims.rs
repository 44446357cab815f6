//! Runs that claim a collection after each other, and what older ones may still do.

use mare::position::{Offset, Partition, Positions};
use mare::sink::{Claim, Generation, Standing};
use mongodb::bson::Bson;

use super::*;

fn says(fingerprint: &str, overwrite: bool) -> Claim {
    let (dataflow, sink, who) = ("black-friday".into(), "here".into(), "host:1".into());
    Claim { dataflow, fingerprint: fingerprint.into(), sink, overwrite, who, ..Claim::default() }
}

fn positions(pairs: &[(i32, i64)]) -> Positions {
    pairs.iter().map(|(partition, offset)| (Partition(*partition), Offset(*offset))).collect()
}

/// One batch of one document, as the delivery thread does it.
fn deliver(writer: &mut Box<dyn Writer>, shows: &[(i32, i64)], n: i64) -> Result<Written, SinkError> {
    writer.show(&positions(shows))?;
    writer.write(&[change(key("Gamer", 0), total(n))])
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, SinkError>) -> String {
    match outcome {
        Err(SinkError::Refused(fault) | SinkError::Superseded(fault)) => fault.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

impl Scratch {
    fn claim(&self, fingerprint: &str, overwrite: bool) -> Result<Standing, SinkError> {
        self.plan().sink().claim(&self.plan().layout(), &says(fingerprint, overwrite))
    }

    fn plan(&self) -> Plan {
        plan(&self.sink)
    }

    /// A new run of the dataflow, with its writer.
    fn run(&self, fingerprint: &str) -> Box<dyn Writer> {
        let token = self.claim(fingerprint, false).unwrap().token();
        self.plan().writer(&[token]).unwrap()
    }

    fn control(&self) -> Collection<Document> {
        self.database.collection("mare_control")
    }

    fn control_document(&self) -> Document {
        self.control().find_one(doc! {}).run().unwrap().unwrap()
    }
}

#[test]
fn the_control_document_says_whose_documents_stand_there_and_what_they_show() {
    let scratch = Scratch::new("control");
    let mut run = scratch.run("f1");
    deliver(&mut run, &[(0, 5), (2, 7)], 1).unwrap();
    let mut found = scratch.control_document();
    let since = found.remove("since");
    assert!(matches!(since, Some(Bson::DateTime(_))), "{since:?}");
    assert!(matches!(found.remove("id"), Some(Bson::String(id)) if id.len() == 36));
    for collection in ["collection", "control_collection"] {
        let uuid = found.remove(collection);
        assert!(matches!(uuid, Some(Bson::Null | Bson::String(_))), "{collection}: {uuid:?}");
    }
    let mut expected = doc! {
        "_id": "vendas",
        "format": 2_i64,
        "dataflow": "black-friday",
        "fingerprint": "f1",
        "generation": 1_i64,
        "shown": { "0": 5_i64, "2": 7_i64 },
        "begins": {},
        "log": {},
        "who": "host:1",
        "fields": ["janela_inicio", "janela_fim", "volume_vendas"],
    };
    for (key, value) in found {
        assert_eq!(Some(value), expected.remove(&key), "{key}");
    }
    assert_eq!(expected, doc! {}, "missing");
}

#[test]
fn a_run_that_has_claimed_nothing_touches_no_control_document() {
    let scratch = Scratch::new("unfenced");
    scratch.claim("f1", false).unwrap();
    let before = scratch.control_document();
    deliver(&mut scratch.open(), &[(0, 5)], 1).unwrap();
    assert_eq!((scratch.control_document(), scratch.documents().len()), (before, 1));
}

#[test]
fn claims_that_race_get_different_generations() {
    let scratch = Scratch::new("claims");
    let mut generations: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(|| scratch.claim("f1", false).unwrap().generation)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    generations.sort();
    assert_eq!(generations, (1..=6).map(Generation).collect::<Vec<_>>());
}

#[test]
fn positions_only_rise_and_the_next_run_finds_them() {
    let scratch = Scratch::new("positions");
    let token = scratch.claim("f1", false).unwrap().token();
    let writers = || scratch.plan().writer(std::slice::from_ref(&token)).unwrap();
    let (mut one, mut two) = (writers(), writers());
    deliver(&mut one, &[(0, 5), (1, 9)], 1).unwrap();
    deliver(&mut two, &[(0, 6), (1, 3), (2, 0)], 2).unwrap();
    deliver(&mut one, &[(0, 5), (1, 9)], 3).unwrap();
    let standing = scratch.claim("f1", false).unwrap();
    let (shown, id) = (positions(&[(0, 6), (1, 9), (2, 0)]), standing.id.clone());
    assert_eq!(standing, Standing { generation: Generation(2), id, shown, ..Standing::default() });
}

#[test]
fn a_superseded_writer_is_refused_before_it_writes() {
    let scratch = Scratch::new("zombie");
    let mut zombie = scratch.run("f1");
    deliver(&mut zombie, &[(0, 5)], 1).unwrap();
    let mut newer = scratch.run("f1");
    let before = scratch.documents();
    for shows in [&[(0, 9)][..], &[(0, 5)], &[]] {
        let Err(SinkError::Superseded(fault)) = deliver(&mut zombie, shows, 2) else { panic!("not superseded") };
        let text = fault.to_string();
        assert!(text.contains("generation 2, host:1") && text.contains("Nothing is lost"), "{text}");
    }
    assert_eq!(scratch.documents(), before);
    assert_eq!(scratch.control_document().get_document("shown"), Ok(&doc! { "0": 5_i64 }));
    deliver(&mut newer, &[(0, 6)], 2).unwrap();
}

#[test]
fn a_run_whose_control_document_is_gone_stops() {
    let scratch = Scratch::new("gone");
    let mut run = scratch.run("f1");
    scratch.control().drop().run().unwrap();
    let text = refused(deliver(&mut run, &[(0, 5)], 1));
    assert!(text.contains("is gone"), "{text}");
    assert_eq!(scratch.documents().len(), 0);
}

#[test]
fn another_fingerprint_is_refused_and_does_not_stop_the_run_that_writes() {
    let scratch = Scratch::new("fingerprint");
    let mut run = scratch.run("f1");
    deliver(&mut run, &[(0, 5)], 1).unwrap();
    let text = refused(scratch.claim("f2", false));
    for part in ["vendas", "f1 there, f2 here", "--overwrite", "sink.mongodb.collection"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    deliver(&mut run, &[(0, 6)], 2).unwrap();
}

#[test]
fn told_to_overwrite_a_claim_replaces_the_documents_under_any_names_and_no_others() {
    let scratch = Scratch::new("overwrite");
    let mut old = scratch.run("f1");
    deliver(&mut old, &[(0, 5)], 7).unwrap();
    let foreign = [
        doc! { "_id": "nota", "volume_vendas": 1 },
        doc! { "_id": 7, "janela_inicio": 1, "janela_fim": 1, "volume_vendas": 1 },
    ];
    scratch.collection.insert_many(&foreign).run().unwrap();
    let mut corrected = scratch.plan();
    corrected.outputs[0].view.totals[1].name = "vendas".into();
    corrected.outputs[0].view.version = "vendas".into();
    let standing = corrected.sink().claim(&corrected.layout(), &says("f2", true)).unwrap();
    let id = standing.id.clone();
    assert_eq!(standing, Standing { generation: Generation(2), id, overwritten: true, ..Standing::default() });
    assert_eq!(scratch.documents(), [foreign[1].clone(), foreign[0].clone()]);
    assert!(refused(deliver(&mut old, &[(0, 6)], 8)).contains("generation 2"));
    let mut new = corrected.writer(&[standing.token()]).unwrap();
    deliver(&mut new, &[(0, 2)], 3).unwrap();
    assert_eq!(scratch.documents().len(), 3);
    let control = scratch.control_document();
    assert_eq!((control.get_str("fingerprint"), control.contains_key("overwriting")), (Ok("f2"), false));
    assert_eq!(control.get_document("shown"), Ok(&doc! { "0": 2_i64 }));
    assert!(
        corrected.sink().claim(&corrected.layout(), &says("f2", true)).unwrap().overwritten,
        "the same fingerprint too"
    );
    assert_eq!(scratch.documents().len(), 2);
}

/// What a run leaves that ends between the two changes of the control document.
#[test]
fn a_replacement_that_broke_off_is_finished_by_the_next_one_and_by_nothing_else() {
    let scratch = Scratch::new("broken");
    deliver(&mut scratch.run("f1"), &[(0, 5)], 7).unwrap();
    let begun = doc! { "$set": { "generation": 2_i64, "overwriting": true, "who": "host:2" } };
    scratch.control().update_one(doc! {}, begun).run().unwrap();
    for fingerprint in ["f1", "f2"] {
        let text = refused(scratch.claim(fingerprint, false));
        assert!(text.contains("host:2") && text.contains("--overwrite to finish"), "{text}");
    }
    let standing = scratch.claim("f2", true).unwrap();
    let id = standing.id.clone();
    assert_eq!(standing, Standing { generation: Generation(3), id, overwritten: true, ..Standing::default() });
    assert_eq!(scratch.documents(), []);
    assert_eq!(scratch.claim("f2", false).unwrap().generation, Generation(4));
}

#[test]
fn documents_from_before_the_control_documents_are_kept_or_replaced_as_told() {
    for (overwrite, left) in [(false, 1), (true, 0)] {
        let scratch = Scratch::new("before");
        scratch.open().write(&[change(key("Gamer", 0), total(5))]).unwrap();
        assert_eq!(scratch.claim("f1", overwrite).unwrap().overwritten, overwrite);
        assert_eq!(scratch.documents().len(), left);
        assert_eq!(scratch.control_document().get_i64("generation"), Ok(1));
    }
}

#[test]
fn a_control_document_of_something_else_is_refused_and_left_alone() {
    let scratch = Scratch::new("other");
    let other = doc! { "_id": "vendas", "of": "something else" };
    scratch.control().insert_one(&other).run().unwrap();
    for overwrite in [false, true] {
        let text = refused(scratch.claim("f1", overwrite));
        assert!(text.contains("mare_control") && text.contains("remove it"), "{text}");
    }
    assert_eq!(scratch.control_document(), other);
}
