//! The C and C++ programs of this folder, compiled without a warning and run: plain, sanitized, and under valgrind.

use crate::vectors::{all, as_c_header};
use crate::yard::{Library, ROOMS, has, library, root, run, skipped, workshop};
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Language {
    pub compiler: &'static str,
    standard: &'static str,
    pub folder: &'static str,
    pub end: &'static str,
    header: &'static str,
}

pub const C: Language =
    Language { compiler: "cc", standard: "-std=c99", folder: "c", end: "c", header: "forescale.h" };
pub const CPP: Language =
    Language { compiler: "c++", standard: "-std=c++17", folder: "cpp", end: "cpp", header: "forescale.hpp" };

const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-overlength-strings"];
pub const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

impl Language {
    /// Compiles `sources` into one program; `extra` are further flags.
    pub fn compile(&self, program: &Path, sources: &[PathBuf], extra: &[&str]) {
        let Library { folder, .. } = library();
        run(Command::new(self.compiler)
            .args([self.standard, "-g", "-O1", "-pthread"])
            .args(WARNINGS)
            .args(extra)
            .arg(format!("-I{}", root().join("include").display()))
            .arg(format!("-I{}", root().join("tests/c/conformance").display()))
            .arg(format!("-I{}", program.parent().unwrap().display()))
            .args(sources)
            .arg("-o")
            .arg(program)
            .arg(format!("-L{}", folder.display()))
            .arg(format!("-Wl,-rpath,{}", folder.display()))
            .args(["-lforescale", "-lm"]));
    }

    /// Every program of this language: its name and its sources.
    fn programs(&self) -> Vec<(String, Vec<PathBuf>)> {
        let files = |folder: PathBuf, end: &str| {
            let mut paths: Vec<PathBuf> =
                std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            paths.retain(|path| path.extension().is_some_and(|found| found == end));
            paths.sort();
            paths
        };
        let folder = root().join("tests").join(self.folder);
        let mut conformance = files(folder.join("conformance"), self.end);
        if self.end == "cpp" {
            conformance.push(compile_vectors());
        }
        let mut programs = vec![("conformance".to_owned(), conformance)];
        for path in files(folder, self.end) {
            programs.push((path.file_stem().unwrap().to_string_lossy().into_owned(), vec![path]));
        }
        programs
    }

    /// Compiles every program with the given flags and gives each to `check`.
    fn each(&self, variant: &str, flags: &[&str], check: impl Fn(&Path)) {
        let folder = workshop(&format!("{}-{variant}", self.folder));
        std::fs::write(folder.join("all_vectors.h"), as_c_header(&all())).unwrap();
        for (name, sources) in self.programs() {
            let program = folder.join(&name);
            self.compile(&program, &sources, flags);
            check(&program);
        }
    }
}

/// The readers of the vectors are C: the C++ programs link them as an object file.
fn compile_vectors() -> PathBuf {
    let object = workshop("cpp-common").join("vectors.o");
    run(Command::new("cc")
        .args(["-std=c99", "-g", "-O1", "-c"])
        .args(WARNINGS)
        .arg(root().join("tests/c/conformance/vectors.c"))
        .arg("-o")
        .arg(&object));
    object
}

fn languages() -> Vec<Language> {
    [C, CPP].into_iter().filter(|language| has(language.compiler)).collect()
}

#[test]
fn programs_run_plain_and_under_valgrind() {
    let valgrind = has("valgrind");
    for language in languages() {
        language.each("plain", &[], |program| {
            run(&mut Command::new(program));
            if valgrind {
                let options = [
                    "--quiet",
                    "--error-exitcode=9",
                    "--leak-check=full",
                    "--errors-for-leak-kinds=definite",
                ];
                run(Command::new("valgrind").args(options).arg(program));
            }
        });
    }
}

#[test]
fn programs_run_sanitized() {
    for language in languages() {
        if !compiles_sanitized(&language) {
            skipped(&format!("{} cannot link {}", language.compiler, SANITIZERS[0]));
            continue;
        }
        language.each("sanitized", &SANITIZERS, |program| {
            let symbols = run(Command::new("nm").arg(program));
            assert!(symbols.contains("__asan_init"), "{} is not sanitized", program.display());
            run(Command::new(program).env("UBSAN_OPTIONS", "print_stacktrace=1"));
        });
    }
}

pub fn compiles_sanitized(language: &Language) -> bool {
    let folder = workshop("sanitizers");
    let source = folder.join(format!("empty.{}", language.end));
    std::fs::write(&source, "int main(void) { return 0; }\n").unwrap();
    let made = Command::new(language.compiler)
        .args(SANITIZERS)
        .arg(&source)
        .arg("-o")
        .arg(folder.join("empty"))
        .output();
    made.is_ok_and(|output| output.status.success())
}

#[test]
fn the_static_library_links() {
    let program = workshop("static").join("program");
    let source = workshop("static").join("program.c");
    std::fs::write(&source, "#include \"forescale.h\"\nint main(void) { return forescale_abi_version() != FORESCALE_ABI_VERSION; }\n").unwrap();
    if has("cc") {
        run(Command::new("cc")
            .args([C.standard])
            .args(WARNINGS)
            .arg(format!("-I{}", root().join("include").display()))
            .arg(&source)
            .arg(&library().fixed)
            .args(["-lpthread", "-ldl", "-lm", "-o"])
            .arg(&program));
        run(&mut Command::new(&program));
    }
}

/// Each header compiles alone, and twice in one program; the C header also as C++, and the C++ header room by room.
#[test]
fn headers_stand_alone() {
    for language in languages() {
        let mut headers = vec![language.header];
        if language.end == "cpp" {
            headers.push(C.header);
        }
        for header in headers {
            let folder = workshop(&format!("alone-{}-{header}", language.end));
            let source = |name: &str, text: &str| {
                let path = folder.join(format!("{name}.{}", language.end));
                std::fs::write(&path, format!("#include \"{header}\"\n#include \"{header}\"\n{text}\n"))
                    .unwrap();
                path
            };
            let sources = [
                source("one", "int main(void) { return 0; }"),
                source("two", "int two(void);\nint two(void) { return 0; }"),
            ];
            language.compile(&folder.join("program"), &sources, &[]);
        }
    }
    if has(CPP.compiler) {
        let folder = workshop("alone-rooms");
        let mut sources = vec![folder.join("main.cpp")];
        std::fs::write(&sources[0], "int main(void) { return 0; }\n").unwrap();
        for room in ROOMS {
            let path = folder.join(format!("{room}.cpp"));
            std::fs::write(&path, format!("#include \"forescale/{room}.hpp\"\n")).unwrap();
            sources.push(path);
        }
        CPP.compile(&folder.join("program"), &sources, &[]);
    }
}
