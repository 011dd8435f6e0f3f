use crate::model::{Plain, filtered, range, short_bytes};
use ics_kv::Bytes;
use ics_kv::rows::{Batch, Memory, Rows};
use proptest::prelude::*;

const TABLES: [&str; 2] = ["blocks", "index"];

proptest! {
    #[test]
    fn merged_batches_leave_what_their_rows_leave_one_by_one(
        rows in prop::collection::vec((0_usize..2, short_bytes(0..3), any::<Option<u8>>()), 0..30),
        split in any::<prop::sample::Index>(),
        asked in range(),
        limit in 0_usize..6,
    ) {
        let mut plain = [Plain::new(), Plain::new()];
        let mut batches = [Batch::default(), Batch::default()];
        for (at, (table, key, value)) in rows.iter().enumerate() {
            let batch = &mut batches[usize::from(at >= split.index(rows.len()))];
            let key = Bytes::from(key.clone());
            match value {
                Some(value) => {
                    batch.put(TABLES[*table], key.clone(), vec![*value]);
                    plain[*table].insert(key, vec![*value].into());
                }
                None => {
                    batch.delete(TABLES[*table], key.clone());
                    plain[*table].remove(&key);
                }
            }
        }
        let [mut batch, later] = batches;
        batch.merge(later);
        let mut disk = Memory::default();
        disk.apply(batch);
        for (table, plain) in TABLES.into_iter().zip(&plain) {
            let expected: Vec<_> = filtered(plain, &asked).into_iter().take(limit).collect();
            prop_assert_eq!(disk.rows(table, asked.clone(), limit), Ok(expected));
            for (_, key, _) in &rows {
                prop_assert_eq!(disk.row(table, key), Ok(plain.get(key.as_slice()).cloned()));
            }
        }
    }
}

#[test]
fn a_table_that_was_never_written_is_empty() {
    let disk = Memory::default();
    assert_eq!(disk.row("blocks", b"k"), Ok(None));
    assert_eq!(disk.rows("blocks", ics_kv::KeyRange::prefix(b""), 9), Ok(vec![]));
}
