//! Test vectors: `tests/vectors/{oracle,golden}/<name>.json`, read by Rust, C, C++ and Python alike.
//!
//! A file is `{"about", "tolerance", "absolute", "cases"}`; a case holds inputs and expected outputs under names that its
//! dispatch knows, and may have a `"tolerance"` of its own, or an `"error"`: the kind that the call must fail with.
//! A number passes when it is within `tolerance · |expected| + absolute` (both 0 unless given: then bit for bit).
//! `FORESCALE_UPDATE=1` rewrites the golden numbers that moved; say in CHANGELOG.md why they did.
//! Numbers that are not finite are the texts "inf", "-inf" and "nan". Files with `"only": "core"` are for unit tests.

use crate::yard::{read, root, updating};
use serde_json::Value;

/// One file of vectors.
pub struct Vectors {
    /// `oracle` or `golden`.
    pub source: String,
    /// The file's name, which is also the name of its dispatch.
    pub name: String,
    pub cases: Vec<Case>,
}

/// One case: named fields.
pub struct Case {
    pub label: String,
    pub tolerance: f64,
    pub absolute: f64,
    pub fields: Vec<(String, Field)>,
}

pub enum Field {
    /// A number, an array, or a table row after row. `columns` is 0 for a number and 1 for an array.
    Numbers { values: Vec<f64>, columns: usize },
    /// A text, or anything else as JSON.
    Text(String),
}

/// Every file that the languages share.
pub fn all() -> Vec<Vectors> {
    let mut files = Vec::new();
    for source in ["oracle", "golden"] {
        let folder = root().join("tests/vectors").join(source);
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
        paths.sort();
        for path in paths {
            let json: Value = serde_json::from_str(&read(&path))
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            if json["only"] == "core" {
                continue;
            }
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(json["about"].is_string(), "{name}: says nothing about where it comes from");
            let number = |value: &Value| value.as_f64().unwrap_or(0.0);
            let cases: Vec<Case> = json["cases"]
                .as_array()
                .expect("cases")
                .iter()
                .enumerate()
                .map(|(at, case)| Case {
                    label: format!("{source}/{name} case {at}"),
                    tolerance: number(if case["tolerance"].is_null() {
                        &json["tolerance"]
                    } else {
                        &case["tolerance"]
                    }),
                    absolute: number(if case["absolute"].is_null() {
                        &json["absolute"]
                    } else {
                        &case["absolute"]
                    }),
                    fields: fields(case),
                })
                .collect();
            assert!(!cases.is_empty(), "{source}/{name} has no cases");
            files.push(Vectors { source: source.into(), name, cases });
        }
    }
    files
}

fn fields(case: &Value) -> Vec<(String, Field)> {
    let object = case.as_object().expect("a case is an object");
    object
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), field(value)))
        .collect()
}

fn field(value: &Value) -> Field {
    if let Some(number) = number(value) {
        return Field::Numbers { values: vec![number], columns: 0 };
    }
    if let Value::Array(items) = value {
        let row = |items: &[Value]| items.iter().map(number).collect::<Option<Vec<f64>>>();
        if let Some(values) = row(items) {
            return Field::Numbers { values, columns: 1 };
        }
        let rows: Option<Vec<Vec<f64>>> =
            items.iter().map(|item| item.as_array().and_then(|items| row(items))).collect();
        if let Some(rows) =
            rows.filter(|rows| rows.iter().all(|row| row.len() == rows[0].len() && !row.is_empty()))
        {
            return Field::Numbers { columns: rows[0].len(), values: rows.concat() };
        }
    }
    Field::Text(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::String(text) => match text.as_str() {
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            "nan" => Some(f64::NAN),
            _ => None,
        },
        _ => None,
    }
}

/// Not every accessor is in use at all times.
#[allow(dead_code)]
impl Case {
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, field)| field)
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn values(&self, name: &str) -> (&[f64], usize) {
        match self.get(name) {
            Some(Field::Numbers { values, columns }) => (values, *columns),
            _ => panic!("{}: has no numbers {name}", self.label),
        }
    }

    pub fn number(&self, name: &str) -> f64 {
        self.values(name).0[0]
    }

    pub fn count(&self, name: &str) -> u64 {
        self.number(name) as u64
    }

    pub fn flag(&self, name: &str) -> bool {
        self.number(name) != 0.0
    }

    pub fn numbers(&self, name: &str) -> &[f64] {
        self.values(name).0
    }

    /// A table; an array is one column.
    pub fn table(&self, name: &str) -> forescale::Rows<'_> {
        let (values, columns) = self.values(name);
        forescale::Rows::new(name, values, columns.max(1)).unwrap()
    }

    pub fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Field::Text(text)) => text,
            _ => panic!("{}: has no text {name}", self.label),
        }
    }

    /// Compares one number with what the case expects.
    pub fn expect(&self, name: &str, got: f64) {
        self.expect_array(name, &[got]);
    }

    /// Compares an array, or a table row after row, with what the case expects.
    pub fn expect_array(&self, name: &str, got: &[f64]) {
        let want = self.numbers(name);
        let same = got.len() == want.len() && got.iter().zip(want).all(|(&got, &want)| self.close(got, want));
        if !same && updating() && self.label.starts_with("golden/") {
            return self.rewrite(name, got);
        }
        assert_eq!(got.len(), want.len(), "{}: length of {name}", self.label);
        for (at, (&got, &want)) in got.iter().zip(want).enumerate() {
            assert!(self.close(got, want), "{}: {name}[{at}] is {got:?}, expected {want:?}", self.label);
        }
    }

    /// Puts what the core gives now into a golden file, in which each case has a line of its own.
    fn rewrite(&self, name: &str, got: &[f64]) {
        let (file, at) = self.label.split_once(" case ").unwrap();
        let path = root().join("tests/vectors").join(format!("{file}.json"));
        let text = read(&path);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let case = lines.iter_mut().filter(|line| line.starts_with("  {")).nth(at.parse().unwrap()).unwrap();
        let key = format!("\"{name}\": ");
        let start =
            case.rfind(&key).unwrap_or_else(|| panic!("{}: no {name} in its line", self.label)) + key.len();
        let is_array = case[start..].starts_with('[');
        let end = start
            + if is_array {
                case[start..].find(']').unwrap() + 1
            } else {
                case[start..].find([',', '}']).unwrap()
            };
        let json = |value: &f64| {
            if value.is_finite() {
                Value::from(*value).to_string()
            } else {
                format!("{value:?}").to_lowercase()
            }
        };
        let numbers: Vec<String> = got
            .iter()
            .map(|value| if value.is_finite() { json(value) } else { format!("\"{}\"", json(value)) })
            .collect();
        let new = if is_array { format!("[{}]", numbers.join(", ")) } else { numbers.concat() };
        case.replace_range(start..end, &new);
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
    }

    fn close(&self, got: f64, want: f64) -> bool {
        let allowed = self.tolerance * want.abs() + self.absolute;
        got.to_bits() == want.to_bits()
            || (got.is_nan() && want.is_nan())
            || (allowed > 0.0 && (got == want || (got - want).abs() <= allowed))
    }
}

/// All vectors as a C header, so that C and C++ need no JSON reader.
pub fn as_c_header(files: &[Vectors]) -> String {
    let mut data = String::new();
    let mut table = String::new();
    for (f, file) in files.iter().enumerate() {
        let mut cases = String::new();
        for (c, case) in file.cases.iter().enumerate() {
            let mut fields = String::new();
            for (n, (name, field)) in case.fields.iter().enumerate() {
                let row = match field {
                    Field::Numbers { values, columns } => {
                        let id = format!("numbers_{f}_{c}_{n}");
                        let list: Vec<String> = values.iter().map(|&value| c_number(value)).collect();
                        if list.is_empty() {
                            data += &format!("static const double {id}[1] = {{0}};\n");
                        } else {
                            data += &format!("static const double {id}[] = {{{}}};\n", list.join(","));
                        }
                        format!("{{{}, NULL, {id}, {}, {columns}}}", c_text(name), values.len())
                    }
                    Field::Text(text) => format!("{{{}, {}, NULL, 0, 0}}", c_text(name), c_text(text)),
                };
                fields += &format!("{row},");
            }
            data += &format!("static const field fields_{f}_{c}[] = {{{fields}}};\n");
            cases += &format!(
                "{{{}, {}, {}, fields_{f}_{c}, {}}},",
                c_text(&case.label),
                c_number(case.tolerance),
                c_number(case.absolute),
                case.fields.len()
            );
        }
        data += &format!("static const test_case cases_{f}[] = {{{cases}}};\n");
        table += &format!(
            "    {{{}, {}, cases_{f}, {}}},\n",
            c_text(&file.source),
            c_text(&file.name),
            file.cases.len()
        );
    }
    format!("{data}\nstatic const vectors all_vectors[] = {{\n{table}    {{NULL, NULL, NULL, 0}}\n}};\n")
}

fn c_number(value: f64) -> String {
    match value {
        _ if value.is_nan() => "NAN".into(),
        f64::INFINITY => "INFINITY".into(),
        f64::NEG_INFINITY => "-INFINITY".into(),
        _ => format!("{value:?}"),
    }
}

/// A C string literal of any bytes.
fn c_text(text: &str) -> String {
    let mut literal = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' => literal += "\\\"",
            b'?' => literal += "\\?", // no trigraphs
            b'\\' => literal += "\\\\",
            b' '..=b'~' => literal.push(byte as char),
            _ => literal += &format!("\\{byte:03o}"),
        }
    }
    literal + "\""
}
