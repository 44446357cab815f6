//! What stands under the collection's name. Pure.

use crate::doctor::Finding;
use crate::sink::SinkError;
use crate::sink::mongodb::inspect::Kind;

const CHECK: &str = "mongodb.collection";
const VALIDATOR: &str = "mongodb.validator";

/// What `kind` means for upserts: nothing stands there yet, a collection, or something that takes none.
#[must_use]
pub fn judge(kind: &Result<Option<Kind>, SinkError>) -> Vec<Finding> {
    let kind = match kind {
        Err(error) => return vec![Finding::unknown(CHECK, error.to_string())],
        Ok(None) => return vec![Finding::ok(CHECK, "it is not there yet, and made by the first document")],
        Ok(Some(kind)) => kind,
    };
    let another = "name another collection in sink.mongodb.collection";
    if kind.name != "collection" {
        let finding = format!("it is a {}, which takes no upserts", kind.name);
        return vec![Finding::failed(CHECK, finding, format!("drop it, or {another}"))];
    }
    if kind.is_capped {
        let finding = "it is capped: the server throws the oldest documents away and lets none grow";
        return vec![Finding::failed(CHECK, finding, format!("drop it, or {another}"))];
    }
    let validator = if kind.refuses_invalid {
        let remedy = format!("see that it accepts these documents (db.getCollectionInfos shows it), or {another}");
        Finding::warning(VALIDATOR, "it has a validator, which may refuse documents", remedy)
    } else {
        Finding::ok(VALIDATOR, "none that refuses documents")
    };
    vec![Finding::ok(CHECK, "a plain collection"), validator]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    fn judged(name: &str, is_capped: bool, refuses_invalid: bool) -> Vec<(&'static str, Verdict)> {
        let kind = Kind { name: name.into(), is_capped, refuses_invalid };
        judge(&Ok(Some(kind))).iter().map(|found| (found.check, found.verdict)).collect()
    }

    #[test]
    fn only_a_plain_collection_takes_upserts() {
        assert_eq!(judged("collection", false, false), [(CHECK, Verdict::Ok), (VALIDATOR, Verdict::Ok)]);
        assert_eq!(judged("collection", false, true), [(CHECK, Verdict::Ok), (VALIDATOR, Verdict::Warning)]);
        assert_eq!(judged("collection", true, false), [(CHECK, Verdict::Failed)]);
        assert_eq!(judged("view", false, false), [(CHECK, Verdict::Failed)]);
        assert_eq!(judged("timeseries", false, false), [(CHECK, Verdict::Failed)]);
        assert_eq!(judge(&Ok(None))[0].verdict, Verdict::Ok);
        assert_eq!(judge(&Err(SinkError::Refused("no".into())))[0].verdict, Verdict::Unknown);
    }
}
