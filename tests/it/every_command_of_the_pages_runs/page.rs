//! What is in a page: headings, blocks, what is said to this test alone, and what sentences have in `code`.

use std::fs;
use std::iter::Peekable;
use std::path::Path;

use super::words;

/// Begins what is said to this test alone.
const TOLD: &str = "<!-- docs-test:";

/// A page.
pub struct Page {
    /// Its path from the root.
    pub path: String,
    /// What it is made of, in its order.
    pub parts: Vec<Part>,
    /// What stands in `code` in its sentences.
    pub named: Vec<Typed>,
}

/// A part of a page.
pub enum Part {
    /// A new section begins.
    Heading,
    /// A block between fences.
    Block(Block),
    /// Commands that are run and not shown.
    First(Vec<Typed>),
    /// A command outside of a fence, which nobody would find.
    Stray(Typed),
}

/// A line, and where it stands.
#[derive(Clone, Debug)]
pub struct Typed {
    /// From 1 on.
    pub line: usize,
    /// What is typed.
    pub text: String,
}

/// A block between fences.
pub struct Block {
    /// What stands behind the first fence.
    pub language: String,
    /// Its lines.
    pub lines: Vec<Typed>,
    /// What is to be done with it.
    pub wish: Wish,
}

/// What is to be done with a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Wish {
    /// What is done with all of them.
    #[default]
    Usual,
    /// Its last command ends with this code.
    Expect(i32),
    /// It cannot be run, for a reason.
    NotRun,
    /// It belongs to this dataflow file.
    Over(String),
}

/// The pages of a folder and of those below, by their paths; of the root only its own.
pub fn below(root: &Path, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root.join(folder)).unwrap_or_else(|e| panic!("{folder}: {e}"));
    let mut found = Vec::new();
    for entry in entries.map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if entry.path().is_dir() && !folder.is_empty() {
            found.extend(below(root, &path));
        } else if path.ends_with(".md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

impl Page {
    /// Reads one.
    pub fn read(root: &Path, path: &str) -> Page {
        let text = fs::read_to_string(root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        Page::of(path, &text)
    }

    /// One with this text.
    ///
    /// # Panics
    /// If it says something to this test that is not understood.
    pub fn of(path: &str, text: &str) -> Page {
        let mut reader = Reader { path, parts: Vec::new(), prose: Vec::new(), wish: Wish::Usual };
        let lines = text.lines().enumerate().map(|(at, line)| Typed { line: at + 1, text: line.to_owned() });
        let mut lines = lines.peekable();
        while let Some(line) = lines.next() {
            reader.take(line, &mut lines);
        }
        assert_eq!(reader.wish, Wish::Usual, "{path}: there is no block behind what is said of it");
        Page { path: path.to_owned(), named: named(&reader.prose), parts: reader.parts }
    }

    /// Every command of its blocks, whether it can be run or not.
    pub fn commands(&self) -> Vec<Typed> {
        let blocks =
            self.parts.iter().filter_map(|part| if let Part::Block(block) = part { Some(block) } else { None });
        blocks.flat_map(Block::commands).collect()
    }
}

impl Block {
    /// Its commands.
    pub fn commands(&self) -> Vec<Typed> {
        match self.language.as_str() {
            "sh" => words::whole(&self.lines),
            "console" | "text" => words::prompted(&self.lines),
            _ => Vec::new(),
        }
    }

    /// All of it.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{}\n", line.text)).collect()
    }

    /// Where it begins.
    pub fn line(&self) -> usize {
        self.lines.first().map_or(0, |line| line.line)
    }
}

/// The lines that are still to come.
type Lines<I> = Peekable<I>;

/// A page as it is read.
struct Reader<'a> {
    path: &'a str,
    parts: Vec<Part>,
    /// The lines outside of blocks.
    prose: Vec<Typed>,
    /// What has been said of the next block.
    wish: Wish,
}

impl Reader<'_> {
    fn take(&mut self, line: Typed, rest: &mut Lines<impl Iterator<Item = Typed>>) {
        let text = line.text.trim_start();
        let indent = line.text.len() - text.len();
        if let Some(language) = text.strip_prefix("```") {
            let (language, wish) = (language.trim_matches('`').trim().to_owned(), std::mem::take(&mut self.wish));
            let inner = rest.by_ref().take_while(|line| !line.text.trim_start().starts_with("```"));
            let lines = inner.map(|line| Typed { text: cut(&line.text, indent).to_owned(), ..line }).collect();
            self.parts.push(Part::Block(Block { language, lines, wish }));
        } else if let Some(told) = text.strip_prefix(TOLD) {
            self.told(told.trim(), &line, rest);
        } else if text.starts_with('#') {
            self.parts.push(Part::Heading);
        } else if indent >= 4 && text.starts_with("$ ") {
            self.indented(line, rest);
        } else if indent >= 4 && words::looks_typed(text) {
            self.parts.push(Part::Stray(line));
        } else {
            self.prose.push(line);
        }
    }

    /// A block that is one by its indent.
    fn indented(&mut self, first: Typed, rest: &mut Lines<impl Iterator<Item = Typed>>) {
        let mut lines = vec![first];
        while let Some(line) = rest.next_if(|line| line.text.starts_with("    ")) {
            lines.push(line);
        }
        lines.iter_mut().for_each(|line| line.text = cut(&line.text, 4).to_owned());
        self.parts.push(Part::Block(Block {
            language: "console".to_owned(),
            lines,
            wish: std::mem::take(&mut self.wish),
        }));
    }

    fn told(&mut self, told: &str, line: &Typed, rest: &mut Lines<impl Iterator<Item = Typed>>) {
        let whole = told.strip_suffix("-->").map(str::trim);
        let code = |text: &str| text.strip_prefix("expect ").and_then(|code| code.parse().ok());
        self.wish = match whole {
            None if told == "first" => {
                let lines: Vec<Typed> = rest.by_ref().take_while(|line| line.text.trim() != "-->").collect();
                return self.parts.push(Part::First(words::whole(&lines)));
            }
            Some(text) if code(text).is_some() => Wish::Expect(code(text).unwrap_or_default()),
            Some(text) if text.starts_with("not run: ") => Wish::NotRun,
            Some(text) if text.starts_with("over ") => Wish::Over(text["over ".len()..].to_owned()),
            _ => panic!("{}:{}: not understood: {told}", self.path, line.line),
        };
    }
}

/// A line without the indent of its fence.
fn cut(text: &str, indent: usize) -> &str {
    let blank = text.len() - text.trim_start().len();
    &text[blank.min(indent)..]
}

/// What stands between single backticks, though it goes on in the next line.
fn named(prose: &[Typed]) -> Vec<Typed> {
    let (mut found, mut open): (_, Option<Typed>) = (Vec::new(), None);
    for line in prose {
        if line.text.trim().is_empty() {
            open = None; // a paragraph ends, and a backtick that nobody closed with it
        }
        for (at, piece) in line.text.split('`').enumerate() {
            if at > 0 {
                open = match open.take() {
                    Some(code) => {
                        found.push(code);
                        None
                    }
                    None => Some(Typed { line: line.line, text: String::new() }),
                };
            }
            if let Some(code) = &mut open {
                code.text.push_str(if at == 0 { " " } else { "" });
                code.text.push_str(piece.trim());
            }
        }
    }
    found
}
