//! Claiming a collection for a run.
//!
//! # Why two claims never get one generation
//! A claim reads the control document, decides, and takes the next generation on the condition that the one it read
//! is still there; the server does that atomically, as it refuses a second document of one `_id`. Whoever loses reads
//! and decides again. So a refused claim changes nothing: it does not stop the run that writes there.
//!
//! # Why a replacement that breaks off is not forgotten
//! STEP 3 says `overwriting` in the same update that takes the generation, before a document is removed, and STEP 5
//! unsays it after. A claim that finds it is refused unless it replaces too, and then does all of it again: the control
//! document still says by which fields the old documents are known.
//!
//! # What `--overwrite` asks of people
//! The control document and the documents do not change in one step here, so whatever is on its way when a generation is
//! taken may land behind it. For runs of one dataflow that does no harm (see the rules of the fence). But a batch of an
//! old run that lands behind the removal leaves documents of the old dataflow, and the removal of a run that is
//! superseded in that moment takes documents of the newer one. So the old run is to be stopped before it is
//! replaced, and one run at a time is to be told to overwrite.

use ::mongodb::bson::{Bson, Document};
use jiff::Timestamp;

use super::connection::Connection;
use super::control::{self, COLLECTION, Found};
use super::update;
use crate::dataflow::MongoSink;
use crate::sink::document::Layout;
use crate::sink::fence::{self, Claim, Decision, Generation, Standing};
use crate::sink::{Positions, SinkError};

/// How often a claim may lose against others before it is left to the caller to try again.
const ATTEMPTS: usize = 100;

/// Claims the collection of `sink` for a run of the dataflow of `layout`.
///
/// # Errors
/// [`SinkError::Away`] if nothing is known of the outcome; [`SinkError::Refused`] if the uri, the credentials, a name or
/// the user's rights are wrong, or if what stands there is not the dataflow's and is not to be overwritten.
pub fn claim(sink: &MongoSink, layout: &Layout, claim: &Claim) -> Result<Standing, SinkError> {
    update::check_names(sink, layout)?;
    let connection = Connection::reach(sink)?;
    let claiming = Claiming { connection: &connection, layout, claim };
    for _ in 0..ATTEMPTS {
        // STEP 1: what stands there, and may this run have it?
        let found = find(&connection)?;
        let decision = fence::decide(found.as_ref().map(|found| &found.control), claim, connection.target.place())?;
        // STEP 2, 3: the next generation, unless another run has taken it in between.
        let Some(ours) = claiming.take(found.as_ref(), decision)? else { continue };
        if decision == Decision::Replace {
            return claiming.replace(found.as_ref(), ours.generation);
        }
        if found.is_none() {
            claiming.tell_if_adopted()?;
        }
        return Ok(ours);
    }
    Err(connection.target.away("other runs claim it all the time"))
}

/// The control document of the connection's collection, if there is one.
pub(super) fn find(connection: &Connection) -> Result<Option<Found>, SinkError> {
    let reply = connection.ask(control::find(&connection.collection))?;
    let Some(document) = first(&reply) else { return Ok(None) };
    match Found::parse(document) {
        Some(found) => Ok(Some(found)),
        None => Err(not_ours(connection)),
    }
}

/// The first document of a reply to `find`.
fn first(reply: &Document) -> Option<&Document> {
    reply.get_document("cursor").ok()?.get_array("firstBatch").ok()?.first()?.as_document()
}

/// What is said of a control document that cannot be read.
#[cold]
fn not_ours(connection: &Connection) -> SinkError {
    let (name, collection) = (connection.target.place().name, &connection.collection);
    SinkError::Refused(format!(
        "{name}: the document `{collection}` of {COLLECTION} is not as mare writes it; remove it, or name another collection"
    ))
}

/// One claim on its way.
struct Claiming<'a> {
    connection: &'a Connection,
    /// What the documents of the claiming run consist of.
    layout: &'a Layout,
    claim: &'a Claim,
}

impl Claiming<'_> {
    /// Takes the generation behind `found`; `None` if another run was faster.
    fn take(&self, found: Option<&Found>, decision: Decision) -> Result<Option<Standing>, SinkError> {
        let (collection, now) = (&*self.connection.collection, Timestamp::now());
        let Some(found) = found else {
            let insert = control::insert(collection, self.layout, self.claim, decision, now);
            let is_taken = !self.connection.write(insert)?.taken.is_empty();
            let generation = Generation::UNFENCED.next();
            return Ok((!is_taken).then(|| Standing { generation, shown: Positions::new(), overwritten: false }));
        };
        let take = control::take(collection, found.control.generation, self.claim, decision, now);
        match self.connection.change(take)?.get("value") {
            Some(Bson::Document(document)) => {
                // What older runs have shown is read here, where none of them can raise it any more.
                let control = Found::parse(document).ok_or_else(|| not_ours(self.connection))?.control;
                Ok(Some(Standing { generation: control.generation, shown: control.shown, overwritten: false }))
            }
            _ => Ok(None),
        }
    }

    /// Removes the documents that stand there and says that they are gone.
    fn replace(&self, found: Option<&Found>, ours: Generation) -> Result<Standing, SinkError> {
        let collection = &*self.connection.collection;
        // STEP 4: those of the dataflow before, and those of ours from before there were control documents.
        let before = found.map(|found| found.fields.iter().map(|field| &**field).collect());
        let signatures: Vec<_> = before.into_iter().chain([self.layout.signature()]).collect();
        self.connection.write(control::remove(collection, &signatures))?;
        // STEP 5: they are gone, if this run is still the newest.
        let done = self.connection.write(control::replaced(collection, ours, self.layout, self.claim))?;
        if done.applied == 0 {
            return Err(superseded(self.connection, ours)?);
        }
        Ok(Standing { generation: ours, shown: Positions::new(), overwritten: true })
    }

    /// Says that documents of unknown origin count as this dataflow's from now on, if there are any.
    fn tell_if_adopted(&self) -> Result<(), SinkError> {
        let look = control::find_one_of_ours(&self.connection.collection, &self.layout.signature());
        if first(&self.connection.ask(look)?).is_some() {
            let name = self.connection.target.place().name;
            tracing::info!("{name} has documents and no control document: they are kept as those of this dataflow");
        }
        Ok(())
    }
}

/// What is said to the run of `ours` by whom it is superseded.
pub(super) fn superseded(connection: &Connection, ours: Generation) -> Result<SinkError, SinkError> {
    let found = find(connection)?;
    Ok(fence::superseded(ours, found.as_ref().map(|found| &found.control), connection.target.place()))
}
