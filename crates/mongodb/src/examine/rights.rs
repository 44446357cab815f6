//! Whether the user may do what a run does. Pure.

use super::RIGHTS;
use crate::MongoSink;
use crate::inspect::Privilege;
use mare_checks::Finding;
use mare_sink::SinkError;

/// What a run does with the documents, and, but for the index, with the control documents.
const NEEDED: [&str; 4] = ["find", "insert", "update", "createIndex"];
/// The collection of the control documents.
const CONTROL: &str = "mare_control";

/// What the user's `privileges` mean for `sink`; nothing if nobody is authenticated.
pub(super) fn judge(privileges: Result<Option<Vec<Privilege>>, SinkError>, sink: &MongoSink) -> Finding {
    match privileges {
        Err(error) => Finding::unknown(RIGHTS, error.to_string()),
        Ok(None) => Finding::ok(RIGHTS, "the server lets everybody in"),
        Ok(Some(privileges)) if privileges.is_empty() => {
            Finding::unknown(RIGHTS, "the server does not tell what this user may do")
        }
        Ok(Some(privileges)) => {
            let lacking = lacking(&privileges, sink);
            if lacking.is_empty() {
                return Finding::ok(RIGHTS, "the user may find, insert, update and create indexes");
            }
            let remedy = format!("grant the user the role readWrite on the database `{}`", sink.database);
            Finding::failed(RIGHTS, format!("the user lacks {}", lacking.join(", ")), remedy)
        }
    }
}

/// What a run needs and the user may not do.
fn lacking(privileges: &[Privilege], sink: &MongoSink) -> Vec<String> {
    let needed = NEEDED.iter().map(|action| (*action, &*sink.collection));
    let needed = needed.chain(NEEDED.iter().take(3).map(|action| (*action, CONTROL)));
    let lacks = |(action, collection): &(&str, &str)| {
        !privileges.iter().any(|privilege| allows(privilege, &sink.database, collection, action))
    };
    needed.filter(lacks).map(|(action, collection)| format!("{action} on {}.{collection}", sink.database)).collect()
}

fn allows(privilege: &Privilege, database: &str, collection: &str, action: &str) -> bool {
    let fits = |granted: &str, wanted: &str| granted.is_empty() || granted == wanted;
    let there = privilege.is_any || (fits(&privilege.database, database) && fits(&privilege.collection, collection));
    there && privilege.actions.iter().any(|granted| granted == action || granted == "anyAction")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_checks::Verdict;

    fn judged(privileges: &[(&str, &str, &[&str])]) -> Finding {
        let sink =
            MongoSink { uri: String::new(), database: "loja".into(), collection: "vendas".into(), decimal128: false };
        let privileges = privileges.iter().map(|(database, collection, actions)| Privilege {
            is_any: *database == "*",
            database: (*database).to_owned(),
            collection: (*collection).to_owned(),
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        });
        judge(Ok(Some(privileges.collect())), &sink)
    }

    #[test]
    fn a_role_on_the_database_is_enough_wherever_it_is_granted() {
        for (database, collection) in [("loja", ""), ("", ""), ("*", "")] {
            assert_eq!(judged(&[(database, collection, &NEEDED)]).verdict, Verdict::Ok, "{database}");
        }
        assert_eq!(judged(&[("*", "", &["anyAction"])]).verdict, Verdict::Ok);
    }

    #[test]
    fn what_is_lacking_is_named() {
        let reader = judged(&[("loja", "", &["find"])]);
        assert!(reader.verdict == Verdict::Failed && reader.finding.contains("update on loja.vendas"), "{reader:?}");
        assert!(reader.remedy.unwrap().contains("readWrite on the database `loja`"));
        let narrow = judged(&[("loja", "vendas", &NEEDED)]);
        assert!(narrow.finding.contains("insert on loja.mare_control"), "{narrow:?}");
        assert!(!narrow.finding.contains("loja.vendas"), "{narrow:?}");
        assert_eq!(judged(&[("other", "", &NEEDED)]).verdict, Verdict::Failed);
    }

    #[test]
    fn a_server_that_does_not_tell_is_not_judged() {
        assert_eq!(judged(&[]).verdict, Verdict::Unknown);
        let sink = MongoSink { uri: String::new(), database: "d".into(), collection: "c".into(), decimal128: false };
        assert_eq!(judge(Err(SinkError::away("no")), &sink).verdict, Verdict::Unknown);
        assert_eq!(judge(Ok(None), &sink).verdict, Verdict::Ok);
    }
}
