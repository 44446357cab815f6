//! What stands under the collection's name. Pure.

use super::{COLLECTION, VALIDATOR};
use crate::kind::{CollectionKind, Unfit, invalid};
use mare_checks::Finding;
use mare_sink::SinkError;

/// What `kind` means for upserts: nothing stands there yet, a collection, or something that takes none. Whether its
/// validator accepts a document of the dataflow is known if the server tells.
pub(super) fn judge(kind: &Result<Option<CollectionKind>, SinkError>, validates: Option<bool>) -> Vec<Finding> {
    let kind = match kind {
        Err(error) => return vec![Finding::unknown(COLLECTION, error.to_string())],
        Ok(None) => return vec![Finding::ok(COLLECTION, "it is not there yet, and made by the first document")],
        Ok(Some(kind)) => kind,
    };
    if let Some(Unfit { why, remedy }) = kind.unfit() {
        return vec![Finding::failed(COLLECTION, why, remedy)];
    }
    let validator = match (&kind.validator, validates) {
        (None, _) => Finding::ok(VALIDATOR, "none that refuses documents"),
        (Some(_), Some(true)) => Finding::ok(VALIDATOR, "it accepts documents of this dataflow"),
        (Some(_), Some(false)) => {
            let Unfit { why, remedy } = invalid();
            Finding::failed(VALIDATOR, why, remedy)
        }
        (Some(_), None) => {
            let remedy = "see that it accepts these documents (db.getCollectionInfos shows it), or name another collection in \
                          sink.mongodb.collection";
            Finding::warning(VALIDATOR, "it has a validator, which may refuse documents", remedy)
        }
    };
    vec![Finding::ok(COLLECTION, "a plain collection"), validator]
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::Document;

    use super::*;
    use mare_checks::{Check, Verdict};

    fn judged(kind: CollectionKind) -> Vec<(Check, Verdict)> {
        judge(&Ok(Some(kind)), None).iter().map(|found| (found.check, found.verdict)).collect()
    }

    #[test]
    fn only_a_plain_collection_takes_upserts() {
        let plain = CollectionKind { name: "collection".into(), ..CollectionKind::default() };
        let validated = CollectionKind { validator: Some(Document::new()), ..plain.clone() };
        let capped = CollectionKind { is_capped: true, ..plain.clone() };
        let collated = CollectionKind { collation: Some("`en`, strength 2".into()), ..plain.clone() };
        assert_eq!(judged(plain), [(COLLECTION, Verdict::Ok), (VALIDATOR, Verdict::Ok)]);
        let told = |validates| judge(&Ok(Some(validated.clone())), validates)[1].verdict;
        assert_eq!([None, Some(true), Some(false)].map(told), [Verdict::Warning, Verdict::Ok, Verdict::Failed]);
        for unfit in [capped, collated, CollectionKind { name: "view".into(), ..CollectionKind::default() }] {
            assert_eq!(judged(unfit), [(COLLECTION, Verdict::Failed)]);
        }
        assert_eq!(judge(&Ok(None), None)[0].verdict, Verdict::Ok);
        assert_eq!(judge(&Err(SinkError::refused("no", "mend it")), None)[0].verdict, Verdict::Unknown);
    }
}
