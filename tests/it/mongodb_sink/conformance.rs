//! A collection does what every sink must.

use mare::conformance::{self, run};
use mare::sink::Sink;

use super::*;

impl conformance::Scratch for Scratch {
    fn sink(&self) -> Sink {
        self.sink.clone().into()
    }

    fn remove(&self) {
        self.database.drop().run().unwrap();
    }

    fn empty(&self) {
        self.database.collection::<Document>(&self.sink.collection).delete_many(doc! {}).run().unwrap();
    }

    fn copy(&self) -> Box<dyn FnOnce() + '_> {
        let documents = |name: String| {
            let found = self.database.collection::<Document>(&name).find(doc! {}).run().unwrap();
            (name, found.map(Result::unwrap).collect::<Vec<_>>())
        };
        let names = self.database.list_collection_names().run().unwrap();
        let copies: Vec<_> = names.into_iter().map(documents).filter(|(_, found)| !found.is_empty()).collect();
        Box::new(move || {
            conformance::Scratch::remove(self);
            for (name, documents) in copies {
                self.database.collection(&name).insert_many(documents).run().unwrap();
            }
        })
    }
}

#[test]
fn a_collection_does_what_every_sink_must() {
    run(|| Scratch::new("conforms"));
}

#[test]
fn so_does_one_with_exact_decimals() {
    run(|| {
        let mut scratch = Scratch::new("conforms");
        scratch.sink.decimal128 = true;
        scratch
    });
}

/// Its control document and its documents go in commands of their own.
#[test]
fn so_does_one_of_an_older_server() {
    let server = crate::support::mongodb::MongoDb::start_older();
    run(|| Scratch::on(&server.uri(), "conforms"));
}
