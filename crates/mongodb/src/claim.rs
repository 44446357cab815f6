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
//! # What a claim looks at before it writes
//! Whether the documents can stand there at all: a collection that throws some away, takes some for others or refuses
//! them is refused. And whether those of the checkpoint that the run goes on from stand there. The control document
//! notes the UUIDs that the server gave the two collections. If that of the documents alone is another one, it was
//! dropped and made anew behind the control document's back; if both are, the database was restored from a copy,
//! documents and all.
//!
//! # What `--overwrite` asks of people
//! The control document and the documents do not change in one step here, so whatever is on its way when a generation
//! is taken may land behind it. For runs of one dataflow that does no harm (see the rules of the fence). But a batch of
//! an old run that lands behind the removal leaves documents of the old dataflow, and the removal of a run that is
//! superseded in that moment takes documents of the newer one. So the old run is to be stopped before it is replaced,
//! and one run at a time is to be told to overwrite.

use ::mongodb::bson::{Bson, Document};
use jiff::Timestamp;

use super::connection::CollectionConnection;
use super::control::{self, COLLECTION};
use super::kind::{self, CollectionKind, Unfit};
use super::stored::{StoredControl, Uuids};
use super::{MongoSink, trial, update};
use mare_model::position::Positions;
use mare_sink::SinkError;
use mare_sink::document::Layout;
use mare_sink::fence::{self, Claim, ClaimDecision, ControlDocument, FencingToken, Standing, Stands};

/// How often a claim may lose against others before it is left to the caller to try again.
const ATTEMPTS: usize = 100;

/// Claims the collection of `sink` for a run of the dataflow of `layout`.
///
/// # Errors
/// [`SinkError::Away`] if nothing is known of the outcome; [`SinkError::Refused`] if the uri, the credentials, a name
/// or the user's rights are wrong, or if what stands there is not the dataflow's and is not to be overwritten.
pub fn claim(sink: &MongoSink, layout: &Layout, claim: &Claim) -> Result<Standing, SinkError> {
    update::check_names(sink, layout)?;
    claim_over(&CollectionConnection::reach(sink)?, layout, sink.decimal128, claim)
}

/// Claims the collection of a connection.
///
/// # Errors
/// As for [`claim`].
pub(super) fn claim_over(
    connection: &CollectionConnection,
    layout: &Layout,
    decimal128: bool,
    claim: &Claim,
) -> Result<Standing, SinkError> {
    let claiming = Claiming { connection, layout };
    for _ in 0..ATTEMPTS {
        // STEP 1: what stands there, can it hold the documents, and may this run have it?
        let found = find(connection)?;
        let control = found.as_ref().map(|found| &found.control);
        let stands = stands(connection, found.as_ref(), layout)?;
        let decision = fence::decide(control, stands, claim, connection.target.place())?;
        fits(connection, layout, decimal128)?;
        // STEP 2, 3: the next generation, unless another run has taken it in between.
        let next = ControlDocument::next(control, claim, decision, Timestamp::now());
        let Some(ours) = claiming.take(found.as_ref(), &next, decision)? else { continue };
        if decision == ClaimDecision::Replace {
            return claiming.replace(found.as_ref(), next);
        }
        if found.is_none() {
            claiming.tell_if_adopted()?;
        }
        return Ok(ours);
    }
    Err(connection.target.away("other runs claim it all the time"))
}

/// Refuses a collection that cannot hold the documents of `layout`.
fn fits(connection: &CollectionConnection, layout: &Layout, decimal128: bool) -> Result<(), SinkError> {
    let Some(kind) = told(connection.kind())?.flatten() else { return Ok(()) };
    let refusing = |unfit: Unfit| Err(connection.target.refused(&unfit.why, &unfit.remedy));
    if let Some(unfit) = kind.unfit() {
        return refusing(unfit);
    }
    let indexes = told(connection.indexes())?.unwrap_or_default();
    if let Some(unfit) = kind::refusing(&indexes, layout) {
        return refusing(unfit);
    }
    match validates(connection, &kind, layout, decimal128)? {
        Some(false) => refusing(kind::invalid()),
        _ => Ok(()),
    }
}

/// Whether the validator of a collection accepts any document of `layout`; `None` if it has none, or the server does
/// not tell.
pub(super) fn validates(
    connection: &CollectionConnection,
    kind: &CollectionKind,
    layout: &Layout,
    decimal128: bool,
) -> Result<Option<bool>, SinkError> {
    let Some(validator) = &kind.validator else { return Ok(None) };
    let documents = trial::documents(layout, validator, decimal128);
    let Some(command) = trial::command(validator, &documents) else { return Ok(None) };
    Ok(told(connection.read(command, documents.len()))?.map(|accepted| !accepted.is_empty()))
}

/// What stands beside `found`.
pub(super) fn stands(
    connection: &CollectionConnection,
    found: Option<&StoredControl>,
    layout: &Layout,
) -> Result<Stands, SinkError> {
    let Some(found) = found else { return Ok(Stands::Unknown) };
    let Some(uuids) = told(Uuids::ask(connection))? else { return Ok(Stands::Unknown) };
    if !uuids.is_there {
        return Ok(Stands::Nothing);
    }
    if found.uuids.is_another(&uuids) {
        return Ok(Stands::Remade);
    }
    let look = control::find_one_of_ours(&connection.collection, &layout.signature());
    if first(&connection.ask(look)?).is_some() {
        return Ok(Stands::Documents);
    }
    // Where old documents are removed by the server, none may be left.
    let expires = told(connection.indexes())?.is_none_or(|indexes| indexes.iter().any(|index| index.expires));
    Ok(if expires { Stands::Unknown } else { Stands::Nothing })
}

/// What the server says, or nothing if it does not tell: no right is needed for more than a run does.
fn told<T>(answer: Result<T, SinkError>) -> Result<Option<T>, SinkError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(SinkError::Away(why)) => Err(SinkError::Away(why)),
        Err(SinkError::Refused(_) | SinkError::Superseded(_)) => Ok(None),
    }
}

/// The UUIDs of the documents' collection and of that of the control documents, as the server has them now.
impl Uuids {
    pub(super) fn ask(connection: &CollectionConnection) -> Result<Uuids, SinkError> {
        let mut kinds = connection.kinds(&[&connection.collection, COLLECTION])?;
        let is_there = kinds.contains_key(&connection.collection);
        let mut uuid = |name: &str| kinds.remove(name).and_then(|kind| kind.uuid);
        Ok(Uuids { documents: uuid(&connection.collection), control: uuid(COLLECTION), is_there })
    }
}

/// The control document of the connection's collection, if there is one.
pub(super) fn find(connection: &CollectionConnection) -> Result<Option<StoredControl>, SinkError> {
    let reply = connection.ask(control::find(&connection.collection))?;
    let Some(document) = first(&reply) else { return Ok(None) };
    match StoredControl::parse(document) {
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
fn not_ours(connection: &CollectionConnection) -> SinkError {
    let (name, collection) = (connection.target.place().name, &connection.collection);
    SinkError::refused(
        format_args!("{name}: the document `{collection}` of {COLLECTION} is not as mare writes it"),
        "remove it, or name another collection",
    )
}

/// One claim on its way.
struct Claiming<'a> {
    connection: &'a CollectionConnection,
    /// What the documents of the claiming run consist of.
    layout: &'a Layout,
}

impl Claiming<'_> {
    /// Takes the generation behind `found`; `None` if another run was faster. Makes both collections first, to know
    /// them by.
    fn take(
        &self,
        found: Option<&StoredControl>,
        next: &ControlDocument,
        decision: ClaimDecision,
    ) -> Result<Option<Standing>, SinkError> {
        let (connection, collection) = (self.connection, &*self.connection.collection);
        match super::index(self.layout) {
            Some(index) => connection.ensure_index(index)?,
            None => connection.ensure(collection)?, // which an index makes by the way
        }
        connection.ensure(COLLECTION)?;
        let uuids = told(Uuids::ask(connection))?.unwrap_or_default();
        let Some(found) = found else {
            let insert = control::insert(collection, self.layout, next, decision, &uuids);
            let is_taken = !connection.write(insert)?.taken.is_empty();
            return Ok((!is_taken).then(|| next.clone().standing(decision)));
        };
        let passed = found.control.journal.heartbeats().filter(|heartbeat| !next.journal.has(*heartbeat));
        let found = (found.control.generation, &*passed.collect::<Vec<_>>());
        let take = control::take(collection, found, next, decision, &uuids);
        match connection.change(take)?.get("value") {
            Some(Bson::Document(document)) => {
                // What older runs have shown is read here, where none of them can raise it any more.
                let control = StoredControl::parse(document).ok_or_else(|| not_ours(connection))?.control;
                Ok(Some(control.standing(decision)))
            }
            _ => Ok(None),
        }
    }

    /// Removes the documents that stand there and says that they are gone.
    fn replace(&self, found: Option<&StoredControl>, next: ControlDocument) -> Result<Standing, SinkError> {
        let collection = &*self.connection.collection;
        // STEP 4: those of the dataflow before, and those of ours from before there were control documents.
        let before = found.map(|found| found.fields.iter().map(|field| &**field).collect());
        let signatures: Vec<_> = before.into_iter().chain([self.layout.signature()]).collect();
        self.connection.write(control::remove(collection, &signatures))?;
        // STEP 5: they are gone, if this run is still the newest.
        let uuids = told(Uuids::ask(self.connection))?.unwrap_or_default();
        let done = self.connection.write(control::replaced(collection, &next, self.layout, &uuids))?;
        if done.applied == 0 {
            return Err(superseded(self.connection, &next.standing(ClaimDecision::Replace).token())?);
        }
        Ok(next.standing(ClaimDecision::Replace))
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

/// Whether documents are left beside `found`, where the run has written some.
pub(super) fn look_for_documents(
    connection: &CollectionConnection,
    found: &StoredControl,
    layout: &Layout,
) -> Result<(), SinkError> {
    match stands(connection, Some(found), layout)? {
        Stands::Nothing => Err(fence::owner::emptied(connection.target.place())),
        Stands::Unknown | Stands::Documents | Stands::Remade => Ok(()),
    }
}

/// What is said to the run of `token`, by whom it is superseded.
pub(super) fn superseded(connection: &CollectionConnection, token: &FencingToken) -> Result<SinkError, SinkError> {
    let found = find(connection)?;
    Ok(fence::superseded(token, found.as_ref().map(|found| &found.control), connection.target.place()))
}

/// Whether what the run of `token` has claimed, and seen showing `shown`, is still there and still its own; looked at
/// once in a while. Returns the control document.
pub(super) fn look(
    connection: &CollectionConnection,
    token: &FencingToken,
    shown: &Positions,
) -> Result<StoredControl, SinkError> {
    let found = find(connection)?;
    let found = match found {
        Some(found) if fence::is_own(&found.control, token, shown) => found,
        found => {
            let control = found.as_ref().map(|found| &found.control);
            return Err(fence::superseded(token, control, connection.target.place()));
        }
    };
    match told(Uuids::ask(connection))? {
        Some(uuids) if !uuids.is_there || found.uuids.is_another(&uuids) => Err(connection.target.refused(
            "the collection was dropped, or made anew, while the run wrote there: documents are missing",
            fence::owner::REMEDY,
        )),
        _ => Ok(found),
    }
}
