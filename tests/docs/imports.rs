//! Which folder of `src` imports which, tests aside: nobody below the command line knows it, and there is no circle;
//! and which crate depends on which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// For each folder or file of `src`, those that it imports, and a file in which it does.
type Imports = BTreeMap<String, BTreeMap<String, PathBuf>>;

/// Every file of code below `folder`.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    let found = entries.flat_map(|entry| below(entry.expect("an entry").path()));
    found.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The code of a file as the formatter leaves it, without comments and without what is there for tests alone; and the
/// names of modules in files of their own that are.
fn without_tests(text: &str) -> (String, Vec<String>) {
    let comment = |line: &&str| !line.trim_start().starts_with("//");
    let mut lines = text.lines().filter(comment).map(|line| line.split(" // ").next().unwrap_or(line).trim_end());
    let (mut code, mut modules) = (String::new(), Vec::new());
    while let Some(line) = lines.next() {
        if line.trim_start() != "#[cfg(test)]" {
            code.extend([line, "\n"]);
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let Some(first) = lines.by_ref().find(|line| !line.trim_start().starts_with("#[")) else { break };
        let module = first.split_once("mod ").and_then(|(_, rest)| rest.strip_suffix(';'));
        modules.extend(module.map(str::to_owned));
        let is_end = |line: &str| line.get(indent..).is_some_and(|rest| rest.starts_with(['}', ')', ']']));
        if !first.ends_with([';', ',', '}']) {
            lines.by_ref().find(|line| is_end(line) && line.ends_with([';', ',', '}']));
        }
    }
    (code, modules)
}

/// The first names of what is behind a path's beginning: one, or those of a group.
fn names(rest: &str) -> Vec<String> {
    let name =
        |text: &str| text.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned);
    let Some(group) = rest.strip_prefix('{') else { return name(rest).into_iter().collect() };
    let (mut depth, mut members) = (1, vec![String::new()]);
    for letter in group.chars() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        match letter {
            _ if depth == 0 => break,
            ',' if depth == 1 => members.push(String::new()),
            _ => members.last_mut().expect("one at least").push(letter),
        }
    }
    members.iter().filter_map(|member| name(member)).collect()
}

/// The modules of the crate's root that are named in the code of a file, whose module is `depth` below that.
fn imported(code: &str, depth: usize) -> BTreeSet<String> {
    let is_inner = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    let begins = |root: &str| -> Vec<String> {
        let found = code.match_indices(root).filter(|(at, _)| !is_inner(&code[..*at]));
        found.flat_map(|(at, _)| names(&code[at + root.len()..])).collect()
    };
    let upwards = if depth == 0 { Vec::new() } else { begins(&"super::".repeat(depth)) };
    let found = begins("crate::").into_iter().chain(upwards);
    found
        .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()) && name != "super" && name != "self")
        .collect()
}

/// The path of a file's module, name by name.
fn module(source: &Path, file: &Path) -> Vec<String> {
    let path = file.strip_prefix(source).expect("below it").with_extension("");
    let mut names: Vec<String> = path.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.pop_if(|last| matches!(&**last, "mod" | "lib" | "main"));
    names
}

/// The code below `source` that is not there for tests alone: each file, the path of its module, and its code.
pub(super) fn code(source: &Path) -> Vec<(PathBuf, Vec<String>, String)> {
    let read = |file: PathBuf| {
        let (code, tests) = without_tests(&fs::read_to_string(&file).expect("code"));
        (module(source, &file), file, code, tests)
    };
    let files: Vec<_> = files(source).into_iter().map(read).collect();
    let below = |(module, _, _, tests): &(Vec<String>, PathBuf, String, Vec<String>)| -> Vec<Vec<String>> {
        tests.iter().map(|test| [&module[..], std::slice::from_ref(test)].concat()).collect()
    };
    let tests: Vec<Vec<String>> = files.iter().flat_map(below).collect();
    let is_test = |module: &[String]| tests.iter().any(|test| module.starts_with(test));
    files
        .into_iter()
        .filter(|(module, ..)| !is_test(module))
        .map(|(module, file, code, _)| (file, module, code))
        .collect()
}

/// What is imported below `source`.
fn imports(source: &Path) -> Imports {
    let mut imports = Imports::new();
    for (file, module, code) in code(source) {
        let Some(folder) = module.first() else { continue };
        let found = imports.entry(folder.clone()).or_default();
        let others = imported(&code, module.len()).into_iter().filter(|name| name != folder);
        found.extend(others.map(|name| (name, file.clone())));
    }
    imports
}

/// Where the code is.
pub(super) fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The crates of ours that a crate depends on, tests aside: what is optional is for tests of others.
pub(super) fn dependencies(manifest: &str) -> Vec<&str> {
    let tables = manifest.split("\n[").filter(|table| table.starts_with("dependencies]"));
    let lines = tables.flat_map(|table| table.lines().skip(1)).filter(|line| !line.contains("optional = true"));
    lines.filter_map(|line| line.strip_prefix("mare-")?.split(['.', ' ']).next()).collect()
}

/// ARCHITECTURE.md has each crate behind those that it depends on, so there is no circle and the arrows point one way.
#[test]
fn a_crate_depends_on_none_that_stands_below_it_in_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("ARCHITECTURE.md")).expect("a page");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `crates/")?.split('`').next());
    let rows: Vec<&str> = rows.collect();
    let (mut told, mut arrows) = (BTreeSet::new(), 0);
    for name in &rows {
        let manifest = fs::read_to_string(root.join("crates").join(name).join("Cargo.toml")).expect("a manifest");
        for dependency in dependencies(&manifest) {
            assert!(told.contains(dependency), "{name} depends on {dependency}, which does not stand above it");
            arrows += 1;
        }
        told.insert(*name);
    }
    let folders = fs::read_dir(root.join("crates")).expect("a folder").count();
    assert!(folders == rows.len() && arrows >= 5, "{folders} crates, of which the table has {rows:?}; {arrows} arrows");
}

/// Amounts are integers: in what is released an overflow is an error, never a wrong amount. A crate that the profile
/// does not name has no such check.
#[test]
fn every_crate_of_ours_is_released_with_checks_for_overflow() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
    let release = manifest.split("\n[").find(|table| table.starts_with("profile.release]")).expect("a profile");
    let is_checked = |name: &str| {
        let own = |line: &&str| {
            line.starts_with(&format!("package.{name} ")) || line.starts_with(&format!("package.{name}."))
        };
        release.lines().filter(own).any(|line| line.contains("overflow-checks = true"))
    };
    let crates = fs::read_dir(root.join("crates")).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let released = crates
        .map(|name| format!("mare-{}", name.to_string_lossy()))
        .filter(|name| manifest.contains(&format!("\n{name}.workspace")));
    let unchecked: Vec<String> =
        released.chain(["mare".to_owned()]).filter(|name| name != "mare-random" && !is_checked(name)).collect();
    assert!(unchecked.is_empty(), "not released with overflow-checks: {unchecked:?}");
}

#[test]
fn nobody_imports_the_command_line() {
    let imports = imports(&source());
    let others = imports.iter().filter(|(folder, _)| *folder != "cli");
    let found: Vec<_> = others.filter_map(|(folder, names)| Some((folder, names.get("cli")?))).collect();
    assert!(found.is_empty(), "{found:?}");
}

/// The way from one folder to another along imports; none if there is no way.
fn way(imports: &Imports, from: &str, to: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![from.to_owned()]];
    let mut seen = BTreeSet::from([from.to_owned()]);
    while let Some(way) = ways.pop() {
        let last = way.last().expect("where it begins");
        for next in imports.get(last).into_iter().flat_map(BTreeMap::keys) {
            let further = || [&way[..], std::slice::from_ref(next)].concat();
            if next == to {
                return Some(further());
            }
            if seen.insert(next.clone()) {
                ways.insert(0, further()); // the shortest first
            }
        }
    }
    None
}

/// Each folder that imports itself by others, with the shortest circle that it is on, in words.
fn circles(imports: &Imports) -> Vec<String> {
    let told = |circle: Vec<String>| {
        let file = |(from, to): (&String, &String)| format!("{from} imports {to} in {}", imports[from][to].display());
        circle.iter().zip(circle.iter().skip(1)).map(file).collect::<Vec<_>>().join(", ")
    };
    imports.keys().filter_map(|folder| way(imports, folder, folder).map(told)).collect()
}

#[test]
fn there_is_no_circle_between_folders() {
    let imports = imports(&source());
    let found = circles(&imports);
    assert!(found.is_empty(), "a circle between folders of src:\n{}", found.join("\n"));
}

#[test]
fn a_circle_is_told_by_its_arrows() {
    let file = |name: &str| PathBuf::from(name);
    let imports = Imports::from([
        ("a".to_owned(), BTreeMap::from([("b".to_owned(), file("a/x.rs")), ("time".to_owned(), file("a/y.rs"))])),
        ("b".to_owned(), BTreeMap::from([("c".to_owned(), file("b/z.rs"))])),
        ("c".to_owned(), BTreeMap::from([("b".to_owned(), file("c.rs"))])),
    ]);
    let found = circles(&imports);
    assert_eq!(found, ["b imports c in b/z.rs, c imports b in c.rs", "c imports b in c.rs, b imports c in b/z.rs"]);
    let cut = Imports::from([("c".to_owned(), BTreeMap::new()), ("b".to_owned(), imports["b"].clone())]);
    assert_eq!(circles(&cut), [""; 0]);
}

/// The tests above find what there is: else they would find nothing, and pass.
#[test]
fn an_import_is_found_wherever_it_is_written_and_a_test_is_passed_over() {
    let text = "use crate::{engine::{self, Run}, plain};\nuse super::super::sink;\n// crate::comment\n\
                fn f() -> crate::time::Epoch {\n    1 // crate::remark\n}\n\
                #[cfg(test)]\npub(crate) mod fixture;\n#[cfg(test)]\nuse crate::canary;\nuse super::inner;\n\
                #[cfg(test)]\nmod tests {\n    use crate::cli;\n    mod more {\n    }\n}\nuse crate::letters;\n";
    let (code, tests) = without_tests(text);
    assert_eq!(tests, ["fixture"]);
    let found = imported(&code, 2);
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), ["engine", "letters", "plain", "sink", "time"]);
    let imports = imports(&source());
    assert!(imports["cli"].len() >= 10 && imports["conformance"].contains_key("sink"), "{imports:?}");
    assert!(!imports["sink"].contains_key("cli") && imports.len() >= 5, "{imports:?}");
}
