//! Where things are, which tools there are, and how files that are generated are kept up to date.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The rooms, in the order of the header: lower floors first.
pub const ROOMS: [&str; 11] = [
    "load", "forecast", "anomaly", "capacity", "scaling", "energy", "choice", "policy", "pool", "engine",
    "simulate",
];

/// The top of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A folder of its own for one test's files.
pub fn workshop(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Whether files that are generated are to be rewritten.
pub fn updates() -> bool {
    std::env::var_os("FORESCALE_UPDATE").is_some()
}

/// Compares a committed file with what it is generated from, or rewrites it when `FORESCALE_UPDATE` is set.
pub fn up_to_date(path: &Path, generated: &str) {
    if updates() {
        std::fs::write(path, generated).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let differs = committed.lines().zip(generated.lines()).position(|(a, b)| a != b);
    assert!(
        committed == generated,
        "{} is not up to date (line {}): run FORESCALE_UPDATE=1 cargo test -p forescale-tests",
        path.display(),
        differs.unwrap_or_else(|| committed.lines().count().min(generated.lines().count())) + 1
    );
}

/// Whether a program can be run; says so when it cannot.
pub fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    if !found {
        skipped(&format!("{tool} is not installed"));
    }
    found
}

/// A part that cannot run here: printed and, by `tests/run`, counted.
pub fn skipped(why: &str) {
    // Straight to the terminal: the test runner would swallow it in a test that passes.
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// Runs a command to its end and returns what it printed; a failure fails the test with both outputs.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}\nended with {}\n{}\n{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// The C library, built as `cargo build` builds it: the shared one under its SONAME, and the static one.
pub struct Library {
    pub folder: PathBuf,
    pub shared: PathBuf,
    pub fixed: PathBuf,
}

pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let printed = run(Command::new(env!("CARGO"))
            .args(["build", "--quiet", "-p", "forescale-ffi", "--message-format=json"])
            .current_dir(root()));
        let files: Vec<PathBuf> = printed
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter(|message| {
                message["reason"] == "compiler-artifact" && message["target"]["name"] == "forescale"
            })
            .filter(|message| message["target"]["crate_types"][0] == "cdylib")
            .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
            .filter_map(|name| name.as_str().map(PathBuf::from))
            .collect();
        let find = |suffix: &str| {
            files
                .iter()
                .find(|file| file.to_string_lossy().ends_with(suffix))
                .cloned()
                .unwrap_or_else(|| panic!("no {suffix} in {files:?}"))
        };
        let folder = workshop("library");
        let shared = folder.join("libforescale.so.1");
        std::fs::copy(find(".so"), &shared).unwrap();
        let link = folder.join("libforescale.so");
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink("libforescale.so.1", link).unwrap();
        let fixed = folder.join("static/libforescale.a");
        std::fs::create_dir_all(folder.join("static")).unwrap();
        std::fs::copy(find(".a"), &fixed).unwrap();
        Library { folder, shared, fixed }
    })
}
