//! The place of the checkpoints, and the one that a run would go on from.

use super::Finding;
use super::list::{DISK, FOLDER, LOST, NEWEST};
use mare_checkpoint::{Broken, Checkpointing, Loss, Manifest, RecoverError, Recovered, Repository, store};
use mare_checks::{disk, folder};
use mare_dataflow::Plan;
use mare_model::time::Epoch;
use mare_source::OnDataLoss;

const KEY: &str = "checkpoint.path";

/// Examines the checkpoints of `plan`; returns the manifest of the one that a run would go on from.
pub fn examine(plan: &Plan, found: &mut Vec<Finding>) -> Option<Manifest> {
    let Some(settings) = &plan.checkpoint else {
        found.push(Finding::ok(FOLDER, "the dataflow keeps no checkpoints"));
        return None;
    };
    place(settings, &plan.name, found);
    let (finding, manifest) = newest(plan, settings);
    found.push(finding);
    found.extend(loss(plan, settings));
    manifest
}

/// Whether the last run ended because its log no longer had what it had read, and nobody has decided since. Nothing if
/// the store cannot be asked, which is said otherwise.
#[must_use]
pub fn loss(plan: &Plan, settings: &Checkpointing) -> Option<Finding> {
    let note = Repository::open(settings, &plan.name).ok()?.loss().ok()?;
    Some(judge_loss(note.as_ref(), plan.source.on_data_loss()))
}

fn judge_loss(note: Option<&Loss>, policy: OnDataLoss) -> Finding {
    let Some(note) = note else { return Finding::ok(LOST, "no run before has left a note of records that are gone") };
    let finding = note.words();
    match policy {
        OnDataLoss::Fail => Finding::failed(LOST, finding, Loss::REMEDY),
        OnDataLoss::Continue => Finding::warning(LOST, finding, "on_data_loss = \"continue\": a run goes on"),
    }
}

/// Looks for the checkpoint that a run of `plan` would go on from, and reads all of it.
#[must_use]
pub fn newest(plan: &Plan, settings: &Checkpointing) -> (Finding, Option<Manifest>) {
    match Repository::open(settings, &plan.name) {
        Ok(repository) => judge(repository.recover(&plan.shape(), false)),
        Err(error) => (Finding::of(NEWEST, &error, OTHER), None),
    }
}

/// Checks the folder of the dataflow and its disk. A URL is asked when its objects are.
pub(super) fn place(settings: &Checkpointing, dataflow: &str, found: &mut Vec<Finding>) {
    if let Some(path) = store::registry::folder(&settings.path) {
        let folder = path.join(dataflow);
        found.push(folder::check(FOLDER, &folder, KEY, true));
        found.push(disk::check(DISK, &folder));
    }
}

/// The remedy where the store's words are all that is known.
const OTHER: &str = "see that the place in checkpoint.path is there and may be read";

/// What it means that this was found.
fn judge(recovered: Result<Recovered, RecoverError>) -> (Finding, Option<Manifest>) {
    match recovered {
        Err(error) => (Finding::of(NEWEST, &error, OTHER), None),
        Ok(Recovered { manifest: None, .. }) => {
            (Finding::ok(NEWEST, "there is none: a run begins at source.kafka.start"), None)
        }
        Ok(Recovered { manifest: Some(manifest), skipped, .. }) => (goes_on(&manifest, &skipped), Some(manifest)),
    }
}

fn goes_on(manifest: &Manifest, skipped: &[(Epoch, Broken)]) -> Finding {
    let finding = format!("whole, taken {}, epoch {}, {} rows", manifest.taken, manifest.epoch.0, manifest.rows());
    if skipped.is_empty() {
        return Finding::ok(NEWEST, finding);
    }
    let broken: Vec<_> = skipped.iter().map(|(epoch, why)| format!("epoch {}: {why}", epoch.0)).collect();
    let remedy =
        "a run goes on from the older one by itself; look for what damaged the newer (disk, a copy that broke off)";
    Finding::warning(NEWEST, format!("{}; newer ones are broken: {}", finding, broken.join("; ")), remedy)
}

#[cfg(test)]
mod tests {
    use super::super::{Verdict, fixture};
    use super::*;
    use mare_checkpoint::manifest::{Author, Content};

    fn author(plan: &Plan) -> Author {
        Author { dataflow: plan.name.clone(), shape: plan.shape(), generation: 1, ..Author::default() }
    }

    /// A plan whose checkpoints are in a fresh folder, with an empty checkpoint at epoch 7.
    fn with_checkpoint() -> (tempfile::TempDir, Plan) {
        let folder = tempfile::tempdir().unwrap();
        let plan = fixture::plan_at(&folder.path().display().to_string());
        let repository = Repository::open(plan.checkpoint.as_ref().unwrap(), &plan.name).unwrap();
        let manifest = author(&plan).manifest(Epoch(7), jiff::Timestamp::UNIX_EPOCH, Content::default());
        repository.commit(&manifest).unwrap();
        (folder, plan)
    }

    fn examined(plan: &Plan) -> (Finding, Option<Manifest>) {
        let mut found = Vec::new();
        let manifest = examine(plan, &mut found);
        (found.into_iter().find(|finding| finding.check == NEWEST).unwrap(), manifest)
    }

    #[test]
    fn the_newest_checkpoint_is_read() {
        let (_folder, plan) = with_checkpoint();
        let (finding, manifest) = examined(&plan);
        assert_eq!((finding.verdict, manifest.map(|manifest| manifest.epoch)), (Verdict::Ok, Some(Epoch(7))));
    }

    #[test]
    fn another_shape_is_a_failure_with_the_differences() {
        let (_folder, mut plan) = with_checkpoint();
        plan.outputs[0].view.windows = mare_model::time::Windows::tumbling(
            5 * plan.view().windows.length_ms_max(),
            plan.view().windows.lateness_ms,
        );
        let (finding, manifest) = examined(&plan);
        assert!(finding.verdict == Verdict::Failed && finding.finding.contains("window.tumbling"), "{finding:?}");
        assert!(finding.remedy.unwrap().contains("--overwrite") && manifest.is_none());
    }

    #[test]
    fn a_broken_newer_one_is_a_warning() {
        let (folder, plan) = with_checkpoint();
        let newer = folder.path().join(&plan.name).join(format!("{:020}", 9));
        std::fs::create_dir_all(&newer).unwrap();
        std::fs::write(newer.join("manifest.json"), "half").unwrap();
        let (finding, manifest) = examined(&plan);
        assert!(finding.verdict == Verdict::Warning && finding.finding.contains("epoch 9"), "{finding:?}");
        assert!(manifest.is_some());
        std::fs::remove_dir_all(folder.path().join(&plan.name).join(format!("{:020}", 7))).unwrap();
        assert_eq!(examined(&plan).0.verdict, Verdict::Failed, "none is whole");
    }

    #[test]
    fn a_note_of_a_loss_is_a_failure_until_somebody_decides() {
        let note = Loss::new("the log was cut short", jiff::Timestamp::UNIX_EPOCH);
        let found = judge_loss(Some(&note), OnDataLoss::Fail);
        assert!(found.verdict == Verdict::Failed && found.finding.contains("the log was cut short"), "{found:?}");
        assert_eq!(judge_loss(Some(&note), OnDataLoss::Continue).verdict, Verdict::Warning);
        assert_eq!(judge_loss(None, OnDataLoss::Fail).verdict, Verdict::Ok);
    }

    #[test]
    fn a_store_that_cannot_be_opened_is_a_failure() {
        let mut plan = fixture::plan();
        plan.checkpoint.as_mut().expect("checkpoints").path = "gopher://nowhere".into();
        let (finding, _) = examined(&plan);
        assert!(finding.verdict == Verdict::Failed && finding.remedy.is_some(), "{finding:?}");
    }
}
