//! `include/forescale.h` is what cbindgen makes of `ffi/src`, room by room.

use crate::yard::{ROOMS, read, root, up_to_date};
use cbindgen::{Builder, Config, DocumentationLength, DocumentationStyle, ExportConfig, Language, Style};

const HEAD: &str = "\
/* forescale: decides how much capacity to run, before the load arrives.
 *
 * Generated from ffi/src by cbindgen; do not edit. C++ programs may include forescale.hpp instead.
 *
 * Every function that can fail returns a forescale_status and takes a `forescale_error *error`, which may be NULL, as
 * its last argument. Out-parameters (`out_...`) are written only on success. An array of length 0 may be NULL.
 * Objects are created and destroyed by the library. Calls that take an object as pointer to const may overlap in time;
 * any other call on it may not. Texts are UTF-8 and end with NUL; lengths are counts of elements.
 * Settings are JSON texts: an absent field has its default, an unknown one is an error; NULL stands for `{}`.
 * A buffer for an answer of unknown length may be NULL with capacity 0: the call then only tells the length.
 */

#ifndef FORESCALE_H
#define FORESCALE_H

#include <stddef.h>
#include <stdint.h>

";

const TAIL: &str = "\
#ifdef __cplusplus
}
#endif

#endif /* FORESCALE_H */
";

#[test]
fn the_header_is_generated_from_the_source() {
    up_to_date(&root().join("include/forescale.h"), &generate());
}

fn generate() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = String::from(HEAD);
    for (part, number) in ["MAJOR", "MINOR", "PATCH"].iter().zip(version.split(['.', '-'])) {
        text += &format!("#define FORESCALE_VERSION_{part} {number}\n");
    }
    text +=
        &format!("#define FORESCALE_VERSION \"{version}\"\n\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n");
    for section in ["library", "error"].iter().chain(&ROOMS) {
        for path in files_of(section) {
            let body = section_of(&path);
            if body.trim().is_empty() {
                continue;
            }
            let source = read(&path);
            let title = source.lines().next().unwrap_or_default().trim_start_matches("//! ");
            text += &format!("\n/* ---- {section}: {title} ---- */\n\n{}\n", compact(body.trim()));
        }
    }
    text += "\n";
    text + TAIL
}

/// `<section>.rs`, then `<section>_*.rs` by name.
fn files_of(section: &str) -> Vec<std::path::PathBuf> {
    let folder = root().join("ffi/src");
    let named = |path: &std::path::PathBuf| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        stem == section || stem.strip_prefix(section).is_some_and(|rest| rest.starts_with('_'))
    };
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(named).collect();
    files.sort();
    files
}

fn section_of(path: &std::path::Path) -> String {
    let config = Config {
        language: Language::C,
        style: Style::Type,
        no_includes: true,
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::C,
        documentation_length: DocumentationLength::Full,
        line_length: 110,
        // No function of their own files takes them.
        export: ExportConfig {
            include: vec!["forescale_error".into(), "forescale_custom_policy".into()],
            ..ExportConfig::default()
        },
        ..Config::default()
    };
    let bindings = Builder::new().with_src(path).with_config(config).generate();
    let mut text = Vec::new();
    bindings.unwrap_or_else(|error| panic!("{}: {error}", path.display())).write(&mut text);
    String::from_utf8(text).unwrap()
}

/// Comments of one line on one line.
fn compact(body: &str) -> String {
    let lines: Vec<&str> = body.lines().collect();
    let mut text = String::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let indent = line.strip_suffix("/*");
        match (indent, lines.get(at + 1), lines.get(at + 2).map(|line| line.trim())) {
            (Some(indent), Some(comment), Some("*/")) => {
                text += &format!("{indent}/* {} */\n", comment.trim());
                at += 3;
            }
            _ => {
                text += line;
                text.push('\n');
                at += 1;
            }
        }
    }
    text.trim_end().to_owned()
}

#[test]
fn the_header_and_the_library_agree_on_their_version() {
    let header = read(root().join("include/forescale.h"));
    let value = |name: &str| {
        let start = format!("#define {name} ");
        header
            .lines()
            .find_map(|line| line.strip_prefix(&start))
            .unwrap_or_else(|| panic!("{name} is not defined"))
            .to_owned()
    };
    let composed =
        ["MAJOR", "MINOR", "PATCH"].map(|part| value(&format!("FORESCALE_VERSION_{part}"))).join(".");
    assert_eq!(composed, forescale::VERSION);
    assert_eq!(value("FORESCALE_VERSION"), format!("\"{composed}\""));
}
