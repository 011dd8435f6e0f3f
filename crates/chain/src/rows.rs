//! A store of the protocol as a section of the genesis document: every row of every table, as it is stored.
//!
//! The reference's own sections lose what they have no field for. Beside them stands `<store>_state`, which loses nothing:
//! table by table the rows, key and value in base64, as IBC writes the metadata of clients. A row comes back only where the
//! table's own types can read it.

use crate::Error;
use base64::{Engine, engine::general_purpose::STANDARD};
use ics_kv::{Bytes, Corrupt, Listed, Read, Write};
use serde_json::{Map, Value, json};

/// The rows of all tables in a scope; tables without rows are left out.
///
/// # Errors
/// [`Corrupt`] where a row is not of its table's types: what cannot come back must not go out.
pub(crate) fn export(scope: &(impl Read + ?Sized), tables: &[Listed]) -> Result<Value, Corrupt> {
    let mut section = Map::new();
    for table in tables {
        let mut rows = Vec::new();
        for (key, value) in table.rows(scope) {
            if !table.admits(&key, &value) {
                return Err(Corrupt { key: table.key(&key) });
            }
            rows.push(json!({"key": STANDARD.encode(&key), "value": STANDARD.encode(&value)}));
        }
        if !rows.is_empty() {
            section.insert(table.name.to_owned(), Value::Array(rows));
        }
    }
    Ok(Value::Object(section))
}

/// Writes the rows of a section into a scope; `section` is its name, for errors.
///
/// # Errors
/// `sdk/18`, naming the place in the document, where it is not of this form; then nothing is written.
pub(crate) fn import(
    scope: &mut (impl Write + ?Sized),
    tables: &[Listed],
    section: &str,
    value: &Value,
) -> Result<(), Error> {
    let wrong = |path: &str, what: &str| Error::invalid_request(format!("{section}{path}: {what}"));
    let listed = value.as_object().ok_or_else(|| wrong("", "expected an object of tables"))?;
    let mut writes: Vec<(&Listed, Vec<u8>, Vec<u8>)> = Vec::new();
    for (name, rows) in listed {
        let at = format!(".{name}");
        let table = tables.iter().find(|table| table.name == name);
        let table = table.ok_or_else(|| wrong(&at, "there is no such table"))?;
        let rows = rows.as_array().ok_or_else(|| wrong(&at, "expected a list of rows"))?;
        let mut last: Option<Vec<u8>> = None;
        for (index, row) in rows.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let part = |part: &str| {
                let text = row.get(part).and_then(Value::as_str);
                text.and_then(|text| STANDARD.decode(text).ok())
                    .ok_or_else(|| wrong(&format!("{at}.{part}"), "expected base64"))
            };
            let (key, value) = (part("key")?, part("value")?);
            if !table.admits(&key, &value) {
                return Err(wrong(&at, "the row is not of its table's types"));
            }
            if last.as_ref().is_some_and(|last| *last >= key) {
                return Err(wrong(&at, "the keys of a table must ascend"));
            }
            last = Some(key.clone());
            writes.push((table, key, value));
        }
    }
    for (table, key, value) in writes {
        table.put(scope, &key, Bytes::from(value));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ics_kv::{Item, Map as Table};
    use std::collections::BTreeMap;

    const COUNT: Item<u64> = Item::new(1);
    const NAMES: Table<u8, String> = Table::new(2);
    const TABLES: [Listed; 2] = [COUNT.listed("count"), NAMES.listed("names")];

    fn state() -> BTreeMap<Bytes, Bytes> {
        let mut state = BTreeMap::new();
        COUNT.set(&mut state, &7);
        NAMES.set(&mut state, &1, &"one".to_owned());
        NAMES.set(&mut state, &2, &"two".to_owned());
        state
    }

    #[test]
    fn a_store_that_went_out_comes_back_row_by_row() {
        let section = export(&state(), &TABLES).unwrap();
        assert_eq!(section["count"], json!([{"key": "", "value": "BwAAAAAAAAAB"}]));
        let mut copy = BTreeMap::new();
        import(&mut copy, &TABLES, "x_state", &section).unwrap();
        assert_eq!(copy, state());
    }

    #[test]
    fn hostile_rows_are_refused_where_they_stand_and_write_nothing() {
        let good = export(&state(), &TABLES).unwrap();
        let names = |rows: Value| {
            let mut section = good.clone();
            section["names"] = rows;
            section
        };
        let (one, two) = (good["names"][0].clone(), good["names"][1].clone());
        for (section, expected) in [
            (json!([]), "x_state: expected an object of tables"),
            (json!({"other": []}), "x_state.other: there is no such table"),
            (names(json!({})), "x_state.names: expected a list of rows"),
            (names(json!([one, 5])), "x_state.names[1].key: expected base64"),
            (names(json!([{"key": "*", "value": ""}])), "x_state.names[0].key: expected base64"),
            (names(json!([{"key": "AQ=="}])), "x_state.names[0].value: expected base64"),
            (
                names(json!([{"key": "AQ==", "value": ""}])),
                "x_state.names[0]: the row is not of its table's types",
            ),
            (names(json!([two, one])), "x_state.names[1]: the keys of a table must ascend"),
            (names(json!([one, one])), "x_state.names[1]: the keys of a table must ascend"),
        ] {
            let mut copy: BTreeMap<Bytes, Bytes> = BTreeMap::new();
            let found = import(&mut copy, &TABLES, "x_state", &section);
            assert_eq!(found, Err(Error::invalid_request(expected)));
            assert!(copy.is_empty());
        }
    }

    #[test]
    fn a_damaged_row_does_not_go_out() {
        let mut state = state();
        state.insert(Bytes::from_static(&[2, 9]), Bytes::from_static(&[9]));
        assert_eq!(export(&state, &TABLES), Err(Corrupt { key: vec![2, 9] }));
    }
}
