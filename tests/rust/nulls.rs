//! Every function of the header survives NULL for every pointer, and says which argument it was.
//!
//! The program is made from the header's declarations, so that no function can be forgotten.

use crate::programs::{C, SANITIZERS};
use crate::yard::{has, read, root, run, workshop};
use std::process::Command;

struct Function {
    returns: String,
    name: String,
    parameters: Vec<String>,
}

/// The functions that the header declares.
fn functions() -> Vec<Function> {
    let header = read(root().join("include/forescale.h"));
    let mut code = String::new();
    let mut rest = header.as_str();
    while let Some((before, after)) = rest.split_once("/*") {
        code += before;
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    code += rest;
    let code: String =
        code.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, " "]).collect();
    let functions = code.split(';').filter_map(|declaration| {
        let (head, parameters) =
            declaration.trim().trim_start_matches("extern \"C\" {").trim().split_once('(')?;
        let start = head.find("forescale_").filter(|_| !head.starts_with("typedef"))?;
        let name_at = head.rfind("forescale_").unwrap_or(start);
        let inner = parameters.rsplit_once(')')?.0;
        let mut list = Vec::new();
        let (mut depth, mut parameter) = (0, String::new());
        for character in inner.chars() {
            depth += i32::from(character == '(') - i32::from(character == ')');
            if character == ',' && depth == 0 {
                list.push(std::mem::take(&mut parameter));
            } else {
                parameter.push(character);
            }
        }
        list.push(parameter);
        let list =
            list.into_iter().map(|text| text.trim().to_owned()).filter(|text| text != "void").collect();
        Some(Function {
            returns: head[..name_at].trim().into(),
            name: head[name_at..].trim().into(),
            parameters: list,
        })
    });
    functions.collect()
}

#[test]
fn every_function_survives_null() {
    let functions = functions();
    let header = read(root().join("include/forescale.h"));
    let structures = header.split("typedef struct {").skip(1).filter_map(|rest| rest.split_once("\n} "));
    let callbacks: usize =
        structures.map(|(fields, _)| fields.lines().filter(|line| line.ends_with(");")).count()).sum();
    assert_eq!(
        functions.len() + callbacks,
        header.matches(");\n").count(),
        "every declaration was understood"
    );
    if !has(C.compiler) {
        return;
    }
    let mut calls = String::new();
    for function in &functions {
        let fails = function.returns == "forescale_status"
            && function.parameters.last().is_some_and(|last| last.contains("forescale_error"));
        for number in ["0", "1"] {
            let arguments = |error: &str| {
                let argument = |parameter: &String| match parameter {
                    p if p.contains("forescale_error") => error.to_owned(),
                    p if p.contains('*') => "NULL".to_owned(),
                    _ => number.to_owned(),
                };
                function.parameters.iter().map(argument).collect::<Vec<_>>().join(", ")
            };
            let name = &function.name;
            if fails {
                calls += &format!("    expect(\"{name}\", {name}({}), &error);\n", arguments("&error"));
                calls += &format!("    {name}({});\n", arguments("NULL"));
            } else {
                calls += &format!("    (void){name}({});\n", arguments("NULL"));
            }
        }
    }
    let program = format!("\
#include \"forescale.h\"
#include <stdio.h>
#include <string.h>

static int failures = 0;

/* With its out-parameters NULL no call can do its work. */
static void expect(const char *name, forescale_status status, const forescale_error *error) {{
    if (status == FORESCALE_OK || status == FORESCALE_ERROR_INTERNAL || error->code != status || error->message[0] == 0) {{
        fprintf(stderr, \"%s: %d %s\\n\", name, (int)status, error->message);
        failures++;
    }}
}}

int main(void) {{
    forescale_error error;
{calls}    return failures != 0;
}}
");
    let folder = workshop("nulls");
    let source = folder.join("nulls.c");
    std::fs::write(&source, program).unwrap();
    for (name, flags) in [("plain", &[][..]), ("sanitized", &SANITIZERS[..])] {
        if name == "plain" || crate::programs::compiles_sanitized(&C) {
            let program = folder.join(name);
            C.compile(&program, std::slice::from_ref(&source), flags);
            run(&mut Command::new(program));
        }
    }
}
