//! From which checkpoint a run goes on, and when it refuses to begin.

use crate::fixture::{author, checkpoint, edit_manifest, in_memory, object, part, shape};
use crate::manifest::Content;
use crate::{Broken, RecoverError, Refusal, Shape};
use mare_model::time::Epoch;

fn refusal(error: RecoverError) -> Refusal {
    match error {
        RecoverError::Refused(refusal) => refusal,
        other => panic!("not refused: {other}"),
    }
}

#[test]
fn without_checkpoints_a_run_begins_without_a_state() {
    let recovered = in_memory().1.recover(&shape(), false).unwrap();
    assert_eq!((recovered.manifest, recovered.skipped, recovered.newest), (None, vec![], None));
}

#[test]
fn the_newest_whole_checkpoint_is_taken() {
    let (_, repository) = in_memory();
    checkpoint(&repository, 9, 1).unwrap();
    let newest = checkpoint(&repository, 10, 3).unwrap();
    part(&repository, 11, 0).unwrap();
    let recovered = repository.recover(&shape(), false).unwrap();
    assert_eq!(recovered.manifest, Some(newest));
    assert_eq!((recovered.skipped, recovered.newest), (vec![], Some(Epoch(11))), "garbage is no broken checkpoint");
}

#[test]
fn every_broken_newer_one_is_named() {
    let (store, repository) = in_memory();
    (1..=4).for_each(|epoch| drop(checkpoint(&repository, epoch, 1).unwrap()));
    store.edit(&object(4, "manifest.json"), Vec::clear);
    store.edit(&object(3, "part-00000"), |bytes| *bytes.last_mut().unwrap() ^= 1);
    edit_manifest(&store, 2, |manifest| manifest.dataflow = "other".to_owned());
    let recovered = repository.recover(&shape(), false).unwrap();
    assert_eq!(recovered.manifest.unwrap().epoch, Epoch(1));
    let skipped: Vec<_> = recovered.skipped.iter().map(|(epoch, why)| (epoch.0, why.to_string())).collect();
    assert_eq!(skipped[0], (4, "its manifest ends too early".to_owned()));
    assert!(skipped[1].1.contains("part-00000") && skipped[1].1.contains("checksum"), "{}", skipped[1].1);
    assert_eq!(skipped[2], (2, "it is of the dataflow `other` at epoch 2".to_owned()));
}

#[test]
fn when_all_are_broken_nothing_begins_silently() {
    let (store, repository) = in_memory();
    (1..=2).for_each(|epoch| drop(checkpoint(&repository, epoch, 1).unwrap()));
    store.edit(&object(1, "part-00000"), Vec::clear);
    store.edit(&object(2, "part-00000"), Vec::clear);
    let refusal = refusal(repository.recover(&shape(), false).unwrap_err());
    assert!(matches!(&refusal, Refusal::AllBroken { broken } if broken.len() == 2), "{refusal}");
    assert!(
        refusal.to_string().contains("part-00000 has 0 bytes") && refusal.remedy().contains("--fresh"),
        "{refusal}"
    );
    let recovered = repository.recover(&shape(), true).unwrap();
    assert_eq!((recovered.manifest, recovered.newest), (None, Some(Epoch(2))));
}

#[test]
fn another_shape_is_refused_and_the_difference_named() {
    let (_, repository) = in_memory();
    checkpoint(&repository, 1, 1).unwrap();
    let mut other = shape();
    other.0.insert("window.tumbling".to_owned(), "5m".to_owned());
    other.0.insert("event.zone".to_owned(), "UTC".to_owned());
    let refusal = refusal(repository.recover(&other, false).unwrap_err());
    let expected = ["`event.zone` was not there, is `UTC`", "`window.tumbling` was `1m`, is `5m`"];
    assert!(matches!(&refusal, Refusal::Shape { differences, .. } if *differences == expected), "{refusal}");
    assert!(refusal.remedy().contains("--overwrite") && !refusal.remedy().contains("--fresh"));
    assert_eq!(repository.recover(&other, true).unwrap().manifest, None);
}

#[test]
fn another_format_version_is_refused_even_with_an_older_one_that_could_be_read() {
    let (store, repository) = in_memory();
    checkpoint(&repository, 1, 1).unwrap();
    checkpoint(&repository, 2, 1).unwrap();
    edit_manifest(&store, 2, |manifest| manifest.version = 3);
    let refusal = refusal(repository.recover(&Shape::default(), false).unwrap_err());
    assert_eq!(refusal, Refusal::Version { epoch: Epoch(2), found: 3 });
    assert!(refusal.to_string().contains("format version 3, this mare reads versions up to 2"), "{refusal}");
}

#[test]
fn another_sink_is_accepted() {
    let (_, repository) = in_memory();
    let part = part(&repository, 1, 0).unwrap();
    let author = crate::manifest::Author { sink: "sqlite a.db t".to_owned(), ..author() };
    repository
        .commit(&author.manifest(
            Epoch(1),
            jiff::Timestamp::UNIX_EPOCH,
            Content { parts: vec![part], ..Content::default() },
        ))
        .unwrap();
    assert_eq!(repository.recover(&shape(), false).unwrap().manifest.unwrap().sink, "sqlite a.db t");
}

/// A store that cannot be asked says nothing about what is in it: neither that there is nothing, nor that it is broken.
#[test]
fn a_store_that_is_away_is_no_store_without_checkpoints() {
    let (store, repository) = in_memory();
    checkpoint(&repository, 1, 1).unwrap();
    checkpoint(&repository, 2, 2).unwrap();
    let begin = store.operations();
    repository.recover(&shape(), false).unwrap();
    let operations = store.operations() - begin;
    assert_eq!(operations, 5, "a list, two manifests, two parts");
    for operation in 0..operations {
        let at = store.operations() + operation;
        store.fail(at..at + 1);
        let error = repository.recover(&shape(), false).unwrap_err();
        assert!(matches!(error, RecoverError::Store(_) | RecoverError::Part(_)), "operation {operation}: {error}");
        assert!(error.to_string().contains("scripted fault"), "operation {operation}: {error}");
    }
}

#[test]
fn a_missing_part_is_damage_and_a_missing_manifest_is_none() {
    let (store, repository) = in_memory();
    (1..=3).for_each(|epoch| drop(checkpoint(&repository, epoch, 2).unwrap()));
    crate::Store::delete(&store, &object(3, "manifest.json")).unwrap();
    crate::Store::delete(&store, &object(2, "part-00001")).unwrap();
    let recovered = repository.recover(&shape(), false).unwrap();
    assert_eq!(recovered.manifest.unwrap().epoch, Epoch(1));
    assert_eq!(recovered.skipped, [(Epoch(2), Broken::Damaged("part-00001 is missing".to_owned()))]);
}
