//! A table in a file does what every sink must.

use super::*;
use crate::conformance::{Scratch, run};
use crate::sink::{Connector, Sink};

impl Scratch for TempDir {
    fn sink(&self) -> Sink {
        sink(self.path()).into()
    }

    fn remove(&self) {
        for entry in std::fs::read_dir(self.path()).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }

    fn empty(&self) {
        let sink = sink(self.path());
        Connection::open(&sink.path).unwrap().execute(&statements::delete_all(&sink.table), ()).unwrap();
    }

    fn copy(&self) -> Box<dyn FnOnce() + '_> {
        let sink = sink(self.path());
        sink.close();
        let bytes = std::fs::read(&sink.path).unwrap();
        Box::new(move || {
            self.remove();
            std::fs::write(&sink.path, bytes).unwrap();
        })
    }
}

#[test]
fn a_table_does_what_every_sink_must() {
    run(|| TempDir::new().unwrap());
}
