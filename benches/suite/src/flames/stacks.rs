//! What a profiler has seen, added up. Pure, but for the picture that it writes.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use inferno::flamegraph::{self, Options};

/// How narrow a frame is that is not drawn any more, in per cent of the picture.
const NARROW: f64 = 0.2;

/// What the name of a function of the operating system ends with.
const SYSTEM: &str = "_[k]";

/// Stacks, and for how long each was seen.
pub struct Stacks {
    /// `thread;outermost function;…;innermost function`, and nanoseconds of processor time.
    seen: BTreeMap<String, u64>,
}

impl Stacks {
    /// Those of a text with a line for each: thread and frames from the outermost on, a space, and nanoseconds. Threads
    /// that do the same are put together, and what the system does for a call is one frame.
    pub fn of(folded: &str) -> Stacks {
        let mut seen = BTreeMap::new();
        for (stack, nanos) in folded.lines().filter_map(|line| line.rsplit_once(' ')) {
            let (thread, frames) = stack.split_once(';').unwrap_or((stack, ""));
            let frames: Vec<&str> = frames.split(';').collect();
            let (own, system) = frames.split_at(frames.iter().take_while(|frame| !frame.ends_with(SYSTEM)).count());
            let named = own.iter().map(|frame| function(frame)).chain(call(system));
            let stack: Vec<String> = [kind(thread).to_owned()].into_iter().chain(named).collect();
            *seen.entry(stack.join(";")).or_default() += nanos.parse().unwrap_or(0);
        }
        Stacks { seen }
    }

    /// For how long all of them were seen.
    pub fn seconds(&self) -> f64 {
        self.seen.values().sum::<u64>() as f64 / 1e9
    }

    /// The `most` functions that took most of the time themselves: how much of it, and in which threads.
    pub fn table(&self, most: usize) -> Table {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN);
        table.set_header(["share", "function", "threads"]);
        for (function, share, threads) in self.innermost().into_iter().take(most) {
            table.add_row([format!("{:.1} %", 100.0 * share), format!("`{function}`"), threads.join(", ")]);
        }
        table
    }

    /// Each function that was seen innermost, its share of the time, and its threads, most first.
    fn innermost(&self) -> Vec<(&str, f64, Vec<&str>)> {
        let mut functions: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
        for (stack, nanos) in &self.seen {
            let (thread, function) = (stack.split(';').next(), stack.rsplit(';').next());
            let threads = functions.entry(function.unwrap_or_default()).or_default();
            *threads.entry(thread.unwrap_or_default()).or_default() += nanos;
        }
        let all = self.seconds() * 1e9;
        let mut rows: Vec<_> = functions
            .into_iter()
            .map(|(function, threads)| {
                let share = threads.values().sum::<u64>() as f64 / all;
                let mut threads: Vec<(&str, u64)> = threads.into_iter().collect();
                threads.sort_by_key(|(_, nanos)| Reverse(*nanos));
                (function, share, threads.into_iter().map(|(thread, _)| thread).collect())
            })
            .collect();
        rows.sort_by(|one, other| other.1.total_cmp(&one.1));
        rows
    }

    /// Draws the flame graph of the job `name`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn draw(&self, name: &str, file: &Path) -> Result<(), String> {
        let told = |e: &dyn std::fmt::Display| format!("{}: {e}", file.display());
        file.parent().map_or(Ok(()), fs::create_dir_all).map_err(|e| told(&e))?;
        let lines: Vec<String> = self.seen.iter().map(|(stack, nanos)| format!("{stack} {nanos}")).collect();
        let mut options = Options::default();
        options.title = format!("mare: {name}");
        options.deterministic = true;
        options.min_width = NARROW;
        let picture = File::create(file).map_err(|e| told(&e))?;
        flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), picture).map_err(|e| told(&e))
    }
}

/// What threads that do the same are called: their name without its number.
fn kind(thread: &str) -> &str {
    thread.trim_end_matches(|of: char| of.is_ascii_digit() || of == '-' || of == ':')
}

/// What the system was doing, by its frames; nothing if it was not asked.
fn call(system: &[&str]) -> Option<String> {
    let mut names = system.iter().map(|frame| frame.trim_end_matches(SYSTEM));
    let outermost = names.clone().next()?;
    let call =
        names.find_map(|name| name.strip_prefix("__x64_sys_").or(name.contains("page_fault").then_some("page fault")));
    Some(format!("system: {}", call.unwrap_or(outermost)))
}

/// The name of a function without the types that it is made for: of `<A<B> as C>::run::{{closure}}` that is `A::run`.
fn function(name: &str) -> String {
    let inside = name.strip_prefix('<').and_then(|rest| rest.split_once(" as ")).map(|(of, _)| of);
    let behind = name.rsplit_once(">::").map(|(_, rest)| rest);
    let name = match (inside, behind) {
        (Some(of), Some(behind)) => format!("{of}::{behind}"),
        _ => name.to_owned(),
    };
    let mut depth = 0;
    let keeps = |of: &char| {
        depth += i32::from(*of == '<');
        let is_kept = depth == 0;
        depth -= i32::from(*of == '>');
        is_kept
    };
    name.trim_start_matches('&')
        .trim_start_matches("mut ")
        .chars()
        .filter(keeps)
        .collect::<String>()
        .replace("::{{closure}}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_called_what_people_call_them() {
        for (name, called) in [
            ("rd_kafka_poll", "rd_kafka_poll"),
            ("mare_decode::Decoder::decode", "mare_decode::Decoder::decode"),
            ("<&mut json::Serializer<W,F> as serde::Serializer>::serialize_str", "json::Serializer::serialize_str"),
            ("<a::Merger as b::Merger<a::Batch<T>>>::work", "a::Merger::work"),
            ("timely::Builder<T>::build::{{closure}}::{{closure}}", "timely::Builder::build"),
            ("core::ops::FnOnce<(A,)>::call", "core::ops::FnOnce::call"),
        ] {
            assert_eq!(function(name), called);
        }
    }

    #[test]
    fn threads_that_do_the_same_are_one_and_so_is_what_the_system_does_for_a_call() {
        let stacks = Stacks::of(
            "timely:work-0;run;decode 30\ntimely:work-1;run;decode 15\nmare;run;decode 5\n\
             rdk:broker1;poll;entry_[k];__x64_sys_futex_[k];wake_[k] 40\n\
             rdk:broker12;poll;entry_[k];__x64_sys_futex_[k] 5\n\
             timely:work-2;run;asm_exc_page_fault_[k];clear_[k] 4\nmare;irq_[k] 1\n",
        );
        let rows = [
            ("decode", 0.5, vec!["timely:work", "mare"]),
            ("system: futex", 0.45, vec!["rdk:broker"]),
            ("system: page fault", 0.04, vec!["timely:work"]),
            ("system: irq", 0.01, vec!["mare"]),
        ];
        assert_eq!(stacks.innermost(), rows);
        assert!((stacks.seconds() - 100e-9).abs() < 1e-15);
        let table = stacks.table(1).to_string();
        assert!(table.contains("50.0 % | `decode` | timely:work, mare") && table.lines().count() == 3, "{table}");
    }

    #[test]
    fn a_picture_has_each_frame_that_is_wide_enough() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("deeper/job.svg");
        Stacks::of("work;run;decode 9990\nwork;run;hardly 10\n").draw("job", &file).expect("a picture");
        let picture = fs::read_to_string(&file).expect("a picture");
        assert!(picture.contains("decode") && !picture.contains("hardly"), "{picture}");
    }
}
