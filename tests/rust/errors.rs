//! The kinds of errors have the same names and numbers in every language.

use crate::yard::{read, root};
use forescale::Error;

#[test]
fn every_kind_of_error_has_its_number_in_c_and_python() {
    let header = read(root().join("include/forescale.h"));
    let python = read(root().join("python/src/forescale/errors.py"));
    for kind in Error::KINDS {
        let mut constant = String::new();
        for character in kind.name.chars() {
            constant += &format!(
                "{}{}",
                if character.is_uppercase() { "_" } else { "" },
                character.to_ascii_uppercase()
            );
        }
        assert!(
            header.contains(&format!("#define FORESCALE_ERROR{constant} {}\n", kind.code)),
            "{}",
            kind.name
        );
        let (_, class) = python.split_once(&format!("class {}Error(Error, ", kind.name)).expect(kind.name);
        let code = class.split_once("code = ").and_then(|(_, rest)| rest.lines().next());
        assert_eq!(code, Some(kind.code.to_string().as_str()), "{}", kind.name);
    }
    assert_eq!(python.matches("(Error, ").count(), Error::KINDS.len(), "Python has no other kinds");
}
