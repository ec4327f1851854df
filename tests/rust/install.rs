//! What `install.sh` lays out is what a C or C++ project finds, through pkg-config and through CMake.

use crate::programs::C;
use crate::yard::{has, root, run, workshop};
use std::path::Path;
use std::process::Command;

const CONSUMER: &str = "\
#include <forescale.h>
#include <stdio.h>
int main(void) {
    double p = 0;
    return forescale_erlang_c(2, 1.0, &p, NULL) != FORESCALE_OK || p < 0.33 || p > 0.34;
}
";

#[test]
fn an_installed_library_is_found() {
    if !has(C.compiler) {
        return;
    }
    let folder = workshop("install");
    let prefix = folder.join("prefix");
    let _ = std::fs::remove_dir_all(&prefix);
    run(Command::new(root().join("install.sh")).arg("--prefix").arg(&prefix).args(["--profile", "dev"]));
    std::fs::write(folder.join("consumer.c"), CONSUMER).unwrap();
    if has("pkg-config") {
        with_pkg_config(&folder, &prefix);
    }
    if has("cmake") {
        with_cmake(&folder, &prefix);
    }
}

fn with_pkg_config(folder: &Path, prefix: &Path) {
    let ask = |options: &[&str]| {
        let mut command = Command::new("pkg-config");
        let printed =
            run(command.args(options).arg("forescale").env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")));
        printed.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ask(&["--modversion"]), [forescale::VERSION]);
    let library = format!("-Wl,-rpath,{}", prefix.join("lib").display());
    for (name, flags) in [
        ("shared", [ask(&["--cflags", "--libs"]), vec![library]].concat()),
        ("static", [vec!["-Wl,-Bstatic".into()], ask(&["--cflags", "--libs", "--static"])].concat()),
    ] {
        let program = folder.join(name);
        // The system's own libraries stay shared: only ours is asked for as a static one.
        let flags: Vec<String> = flags
            .into_iter()
            .flat_map(|flag| {
                if flag == "-lforescale" && name == "static" {
                    vec![flag, "-Wl,-Bdynamic".into()]
                } else {
                    vec![flag]
                }
            })
            .collect();
        run(Command::new(C.compiler).arg(folder.join("consumer.c")).args(flags).arg("-o").arg(&program));
        run(&mut Command::new(program));
    }
}

fn with_cmake(folder: &Path, prefix: &Path) {
    let source = folder.join("cmake");
    std::fs::create_dir_all(&source).unwrap();
    std::fs::copy(folder.join("consumer.c"), source.join("consumer.c")).unwrap();
    let project = "\
cmake_minimum_required(VERSION 3.16)
project(consumer C)
find_package(forescale 0.1 REQUIRED)
add_executable(shared consumer.c)
target_link_libraries(shared PRIVATE forescale::forescale)
add_executable(fixed consumer.c)
target_link_libraries(fixed PRIVATE forescale::static)
";
    std::fs::write(source.join("CMakeLists.txt"), project).unwrap();
    let build = source.join("build");
    run(Command::new("cmake")
        .arg("-S")
        .arg(&source)
        .arg("-B")
        .arg(&build)
        .arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display())));
    run(Command::new("cmake").arg("--build").arg(&build));
    run(&mut Command::new(build.join("shared")));
    run(&mut Command::new(build.join("fixed")));
}

/// The libraries that the static one needs are those that `install.sh` writes down.
#[test]
fn the_static_library_needs_no_more_than_is_written_down() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "rustc",
        "--quiet",
        "-p",
        "forescale-ffi",
        "--lib",
        "--crate-type",
        "staticlib",
        "--",
        "--print=native-static-libs",
    ]);
    let output = cargo.current_dir(root()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let needed = text.split_once("native-static-libs: ").expect("rustc says what the library needs").1;
    let script = crate::yard::read(root().join("install.sh"));
    // What every C compiler links anyway.
    let implied = ["-lgcc_s", "-lc", "-lrt", "-lutil"];
    for library in needed.lines().next().unwrap_or_default().split_whitespace() {
        assert!(implied.contains(&library) || script.contains(library), "install.sh does not name {library}");
    }
}
