//! Test vectors: `tests/vectors/{oracle,golden}/<name>.json`, read by Rust, C, C++ and Python alike.
//!
//! A file is `{"about", "tolerance", "absolute", "cases"}`; a case holds inputs and expected outputs under names that its
//! dispatch knows, and may have a `"tolerance"` of its own, or an `"error"`: the kind that the call must fail with.
//! A number passes when it is within `tolerance · |expected| + absolute` (both 0 unless given: then bit for bit).
//! Numbers that are not finite are the texts "inf", "-inf" and "nan". Files with `"only": "core"` are for unit tests.

use crate::yard::{read, root, updates};
use serde_json::Value;
use std::cell::RefCell;

/// One file of vectors.
pub struct Vectors {
    /// `oracle` or `golden`.
    pub source: String,
    /// The file's name, which is also the name of its dispatch.
    pub name: String,
    pub cases: Vec<Case>,
}

/// Values under the names that they are to have in a file.
type Update = Vec<(String, Value)>;

/// One case: named fields.
pub struct Case {
    pub label: String,
    pub tolerance: f64,
    pub absolute: f64,
    pub fields: Vec<(String, Field)>,
    /// With `FORESCALE_UPDATE`, what our own files are to hold instead.
    update: Option<RefCell<Update>>,
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
                    update: (updates() && source == "golden").then(RefCell::default),
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
        if let Some(update) = &self.update {
            if got.len() != want.len() || got.iter().zip(want).any(|(&got, &want)| !self.close(got, want)) {
                let values: Vec<Value> = got.iter().map(|&value| json_number(value)).collect();
                let is_number = self.values(name).1 == 0;
                let value = if is_number { values[0].clone() } else { values.into() };
                update.borrow_mut().push((name.to_owned(), value));
            }
            return;
        }
        assert_eq!(got.len(), want.len(), "{}: length of {name}", self.label);
        for (at, (&got, &want)) in got.iter().zip(want).enumerate() {
            assert!(self.close(got, want), "{}: {name}[{at}] is {got:?}, expected {want:?}", self.label);
        }
    }

    /// Compares a text with what the case expects.
    pub fn expect_text(&self, name: &str, got: &str) {
        match &self.update {
            Some(update) if got != self.text(name) => update.borrow_mut().push((name.to_owned(), got.into())),
            Some(_) => {}
            None => assert_eq!(got, self.text(name), "{}: {name}", self.label),
        }
    }

    /// The lines of a text as calls: a name, and what follows it.
    pub fn calls(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        self.text(name).lines().map(|line| line.split_once(' ').unwrap_or((line, "")))
    }

    fn close(&self, got: f64, want: f64) -> bool {
        let allowed = self.tolerance * want.abs() + self.absolute;
        got.to_bits() == want.to_bits()
            || (got.is_nan() && want.is_nan())
            || (allowed > 0.0 && (got == want || (got - want).abs() <= allowed))
    }
}

impl Vectors {
    /// Rewrites a file of our own with the numbers that the library gave, when `FORESCALE_UPDATE` is set.
    pub fn update(&self) {
        let updates =
            |case: &Case| case.update.iter().flat_map(|update| update.borrow().clone()).collect::<Vec<_>>();
        if self.cases.iter().all(|case| updates(case).is_empty()) {
            return;
        }
        let path = root().join(format!("tests/vectors/golden/{}.json", self.name));
        let mut file: Value = serde_json::from_str(&read(&path)).unwrap();
        let mut cases = file["cases"].take();
        for (json, case) in cases.as_array_mut().expect("cases").iter_mut().zip(&self.cases) {
            for (name, got) in updates(case) {
                json[&name] = got;
            }
        }
        let mut text = String::from("{");
        for (name, value) in file.as_object().into_iter().flatten().filter(|(name, _)| *name != "cases") {
            text += &format!("\"{name}\": {value},\n ");
        }
        let rows: Vec<String> = cases.as_array().into_iter().flatten().map(Value::to_string).collect();
        text += &format!("\"cases\": [\n  {}\n]}}\n", rows.join(",\n  "));
        std::fs::write(path, text).unwrap();
    }
}

fn json_number(value: f64) -> Value {
    let whole = value as i64;
    match value {
        _ if value.is_nan() => "nan".into(),
        f64::INFINITY => "inf".into(),
        f64::NEG_INFINITY => "-inf".into(),
        _ if (whole as f64).to_bits() == value.to_bits() => whole.into(),
        _ => value.into(),
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
