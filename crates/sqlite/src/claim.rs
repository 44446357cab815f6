//! Claiming a table for a run: one transaction, so that it is done wholly or not at all.

use std::sync::PoisonError;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::fault::TransactionFailure;
use super::table::{columns, prepare};
use super::{OPENING, SqliteSink, connect, control, file, name_of, place, statements};
use mare_model::fault::{Domain, Fault};
use mare_sink::SinkError;
use mare_sink::document::Layout;
use mare_sink::fence::{self, Claim, ClaimDecision, ControlDocument, Standing, Stands};

/// Claims the table of `sink` for a run of the dataflow of `layout`.
///
/// # Errors
/// [`SinkError::Away`] if another connection holds the file for too long; [`SinkError::Refused`] if it cannot be opened
/// or written, if the table is not one of mare's, or if it is another dataflow's and not to be overwritten.
pub fn claim(sink: &SqliteSink, layout: &Layout, claim: &Claim) -> Result<Standing, SinkError> {
    let name = name_of(sink);
    if sink.table.eq_ignore_ascii_case(control::TABLE) {
        let text = "mare keeps its control documents there: name another table in sink.sqlite.table";
        return Err(SinkError::Refused(Fault::new(Domain::User, format!("{name}: {text}"))));
    }
    if sink.path.symlink_metadata().is_err() {
        fence::decide(None, Stands::Nothing, claim, place(&name))?; // a run that is refused makes no file
    }
    let _alone = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    let claiming = Claiming { table: &sink.table, name: &name, layout, claim };
    let unfolded = file::log_bytes(&sink.path);
    let standing = connect(sink).map_err(TransactionFailure::from).and_then(|connection| {
        file::sound(&connection, unfolded, &name)?;
        claiming.run(connection)
    });
    standing.map_err(|failure| failure.of(&name))
}

/// One claim on its way.
struct Claiming<'a> {
    table: &'a str,
    /// Names the sink in messages.
    name: &'a str,
    /// What the rows of the claiming run consist of.
    layout: &'a Layout,
    claim: &'a Claim,
}

impl Claiming<'_> {
    /// The transaction.
    fn run(&self, mut connection: Connection) -> Result<Standing, TransactionFailure> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // STEP 1: what stands there, and may this run have it?
        control::create(&transaction)?;
        let found = control::find(&transaction, self.table)?;
        let stands = stands(&transaction, self.table)?;
        let decision = fence::decide(found.as_ref(), stands, self.claim, place(self.name))?;
        // STEP 2: a table as this run writes it.
        self.make_table(&transaction, found.as_ref(), decision)?;
        // STEP 3: the next generation, with the positions shown unless what showed them is gone.
        let next = ControlDocument::next(found.as_ref(), self.claim, decision, Timestamp::now());
        control::store(&transaction, self.table, &next)?;
        transaction.commit()?;
        Ok(next.standing(decision))
    }

    /// Makes the table, in the place of the one that stands there if that is to be replaced. One of which nothing says
    /// that mare made it is never dropped, only emptied if it is as this run would make it.
    fn make_table(
        &self,
        transaction: &Transaction,
        found: Option<&ControlDocument>,
        decision: ClaimDecision,
    ) -> Result<(), TransactionFailure> {
        if decision == ClaimDecision::Replace && found.is_some() {
            transaction.execute(&statements::drop_table(self.table), ())?;
        }
        prepare(transaction, self.table, self.layout, self.name)?;
        if found.is_none() && decision == ClaimDecision::Replace {
            transaction.execute(&statements::delete_all(self.table), ())?;
        }
        if found.is_none() && transaction.query_one(&statements::has_rows(self.table), (), |row| row.get(0))? {
            tracing::info!("{} has rows and no control document: they are kept as those of this dataflow", self.name);
        }
        Ok(())
    }
}

/// Whether there is a row.
pub(super) fn stands(connection: &Connection, table: &str) -> rusqlite::Result<Stands> {
    let has_rows = !columns(connection, table)?.is_empty()
        && connection.query_one(&statements::has_rows(table), (), |row| row.get(0))?;
    Ok(if has_rows { Stands::Documents } else { Stands::Nothing })
}
