//! A table in a file does what every sink must.

use std::path::Path;

use mare::conformance::{Scratch, run};
use mare::dataflow::{Overrides, load};
use mare::position::{Offset, Partition};
use mare::sink::sqlite::SqliteSink;
use mare::sink::{Connector, Generation, Sink};
use rusqlite::Connection;
use tempfile::TempDir;

/// A table whose name has to be quoted.
fn sink(folder: &Path) -> SqliteSink {
    SqliteSink { path: folder.join("mare.db"), table: "tempo \"real\"".into() }
}

/// A folder with a file of its own.
struct Folder(TempDir);

impl Folder {
    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Scratch for Folder {
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
        Connection::open(&sink.path).unwrap().execute("DELETE FROM \"tempo \"\"real\"\"\"", ()).unwrap();
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
    run(|| Folder(TempDir::new().unwrap()));
}

#[test]
fn a_file_of_format_1_is_taken_over_and_renewed() {
    let (root, folder) = (Path::new(env!("CARGO_MANIFEST_DIR")), TempDir::new().unwrap());
    let sink = SqliteSink { path: folder.path().join("totals.db"), table: "black_friday".into() };
    std::fs::copy(root.join("tests/fixtures/control-v1/sqlite.db"), &sink.path).unwrap();
    let overrides = Overrides::new(["source.kafka.topic=black-friday-fixture"]);
    let mut plan = load(&root.join("dataflows/black_friday.toml"), &overrides, &|_| None).expect("the flagship");
    plan.outputs[0].sink = sink.clone().into();
    let claim = plan.claim(None);
    assert_eq!(claim.fingerprint_1.as_deref(), Some("f9a92987fbd9f62a"));
    let found = sink.examine(&plan.layout(), &claim, 0);
    assert!(found.unanswered.is_none(), "{found:?}");
    let standing = sink.claim(&plan.layout(), &claim).unwrap();
    assert_eq!((standing.generation, standing.id.is_some()), (Generation(2), true));
    let shown = [(0, 8), (1, 8), (2, 7), (3, 7)].map(|(partition, offset)| (Partition(partition), Offset(offset)));
    assert_eq!(standing.shown, shown.into());
    let connection = Connection::open(&sink.path).unwrap();
    let control = "SELECT format, fingerprint FROM mare_control WHERE sink = 'black_friday'";
    let stands: (i64, String) = connection.query_one(control, (), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(stands, (2, claim.fingerprint.clone()));
    let rows: i64 = connection.query_one("SELECT sum(volume_vendas) FROM black_friday", (), |row| row.get(0)).unwrap();
    assert_eq!(rows, 30, "and its documents stay");
}
