//! Reading the documents that a question is about, a page at a time.

use compact_str::CompactString;
use jiff::Zoned;
use jiff::tz::TimeZone;

use super::edges::{Edges, TimeRange, said};
use crate::cli::documents::{Chosen, GroupArgs, reader, slot};
use crate::cli::sheet::SheetFormat;
use crate::cli::when::{Period, RangeArgs};
use crate::cli::{DataflowArgs, Failure, ViewArgs, output, when};
use crate::plain::plain;
use crate::sink::document::{Document, Layout};
use crate::sink::read::each;
use crate::sink::{Query, Reader};
use crate::time::{EventTime, Windows};

/// How many documents a page has.
const PAGE: usize = 5_000;

/// What every question takes.
#[derive(Debug, clap::Args)]
pub struct Common {
    #[command(flatten)]
    dataflow: DataflowArgs,
    #[command(flatten)]
    view: ViewArgs,
    #[command(flatten)]
    groups: GroupArgs,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t)]
    pub format: SheetFormat,
}

/// A question on its way: the documents it may be about.
pub struct Ask {
    /// What a document consists of.
    pub layout: Layout,
    /// The dataflow's zone.
    pub zone: TimeZone,
    /// Its windows, or those of them that are [added up](Ask::add_up).
    pub windows: Windows,
    /// All of them, if these are not.
    overlapping: Option<Windows>,
    reader: Box<dyn Reader>,
    chosen: Chosen,
    /// The one group that it is about, if it is one.
    group: Option<CompactString>,
    damaged: Damaged,
}

/// Documents that cannot be read: how many, and what is wrong with the first.
#[derive(Debug, Default)]
struct Damaged {
    count: u64,
    first: String,
}

impl Ask {
    /// Opens the sink of a dataflow.
    ///
    /// # Errors
    /// If the file is refused, the sink cannot be read, or `common` names groups that the dataflow does not have.
    pub fn new(common: &Common) -> Result<Ask, Failure> {
        let plan = common.view.one(&common.dataflow.load()?)?;
        let chosen = common.groups.resolve(&plan)?;
        let group = Some(chosen.one()).filter(|_| !plan.view().group_by.is_empty()).flatten();
        let (layout, zone, reader) = (plan.layout(), plan.zone().clone(), reader(&plan)?);
        let (windows, damaged) = (plan.view().windows, Damaged::default());
        Ok(Ask { layout, zone, windows, overlapping: None, reader, chosen, group, damaged })
    }

    /// Looks from now on at windows alone that may be added up: of those that overlap at such that follow one another,
    /// so that each event is in one of them.
    ///
    /// # Errors
    /// If there are none such.
    pub fn add_up(&mut self) -> Result<(), Failure> {
        let windows = self.windows;
        self.windows = windows.tiles().ok_or_else(|| {
            let message =
                "windows of {} overlap, and an event is in several: a sum over them would count it several times";
            let remedy = "ask for single windows (`mare query latest`, `mare query top --of windows`), or make \
                          `window.hopping` a multiple of `window.every`";
            Failure::new(message.replace("{}", &said(windows))).remedy(remedy)
        })?;
        self.overlapping = Some(windows).filter(Windows::overlap);
        Ok(())
    }

    /// Now, in the dataflow's zone.
    #[must_use]
    pub fn now(&self) -> Zoned {
        Zoned::now().with_time_zone(self.zone.clone())
    }

    /// An instant as answers write it.
    #[must_use]
    pub fn instant(&self, time: EventTime) -> String {
        when::text(time, &self.zone)
    }

    /// The windows of `period`.
    ///
    /// # Errors
    /// If it begins or ends within a window, or is empty.
    pub fn period(&self, period: &Period) -> Result<TimeRange, Failure> {
        Edges { windows: self.windows, now: &self.now() }.period(period)
    }

    /// From when to when `range` is, wherever windows lie.
    ///
    /// # Errors
    /// If there are no windows, and it has a time.
    pub fn times(&self, range: &RangeArgs) -> Result<TimeRange, Failure> {
        let now = self.now();
        if self.windows.is_global() {
            return Edges { windows: self.windows, now: &now }.range(range);
        }
        range.resolve(&now)
    }

    /// How many documents the sink holds, of whatever group and time, if it tells.
    pub fn size(&mut self) -> Option<u64> {
        self.reader.size().ok()
    }

    /// Hands each document of `range`, oldest window first, to `visit`, to be added up.
    ///
    /// # Errors
    /// If the sink does not answer, or `range` is empty or begins or ends within a window.
    pub fn within(&mut self, range: &RangeArgs, mut visit: impl FnMut(&Layout, &Document)) -> Result<(), Failure> {
        let (from, to) = Edges { windows: self.windows, now: &self.now() }.range(range)?;
        self.between(from, to, false, |layout, document| {
            visit(layout, document);
            true
        })
    }

    /// Hands each document of windows with a slot between two times to `visit`, until that returns false.
    ///
    /// # Errors
    /// If the sink does not answer.
    pub fn between(
        &mut self,
        from: EventTime,
        to: EventTime,
        newest_first: bool,
        mut visit: impl FnMut(&Layout, &Document) -> bool,
    ) -> Result<(), Failure> {
        let query = Query { from, to, newest_first, group: self.group.clone(), ..Query::all(PAGE) };
        let Ask { layout, chosen, damaged, reader, overlapping, .. } = self;
        let is_left_out = |slot| overlapping.is_some_and(|windows| !windows.is_tile(slot));
        each(&mut **reader, query, &mut |found| match &found.document {
            Ok(document) if is_left_out(slot(layout, document)) => true,
            Ok(document) => !chosen.has(layout, document) || visit(layout, document),
            Err(wrong) => {
                damaged.note(&found.id, wrong);
                true
            }
        })?;
        Ok(())
    }
}

impl Damaged {
    fn note(&mut self, id: &str, wrong: &str) {
        if self.count == 0 {
            self.first = format!("`{}`: {}", plain(id), plain(wrong));
        }
        self.count += 1;
    }
}

impl Drop for Ask {
    /// Says which documents the answer leaves out.
    fn drop(&mut self) {
        let Damaged { count, first } = &self.damaged;
        if *count > 0 {
            let (s, are) = if *count == 1 { ("", "is") } else { ("s", "are") };
            output::tell(format_args!(
                "{} {count} document{s} {are} not as this dataflow writes them and left out; {first}; \
                 `mare verify` lists them",
                console::style("warning:").for_stderr().yellow().bold()
            ));
        }
    }
}
