//! What a block wrote is seen by those who read its rows and by those who ask its state: never by the first alone.

use crate::open_block::{produce, provider_on};
use ics_engine::history;
use ics_kv::rows::{Batch, Disk, DiskError, Rows, Table};
use ics_kv::{Bytes, KeyRange};
use ics_world::Reader;
use ics_world::disk::MemoryDisk;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

/// How long a disk waits at most for somebody who looks while it writes.
const GLANCE: Duration = Duration::from_millis(300);

/// A disk that is slow to say that it has written what is there already; somebody looks meanwhile.
struct Slow {
    disk: Arc<MemoryDisk>,
    reader: OnceLock<Reader>,
    /// Heights of the last block and of the last state, as seen.
    seen: mpsc::Sender<(u64, u64)>,
}

impl Rows for Slow {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        self.disk.row(table, key)
    }
    fn rows(&self, table: Table, range: KeyRange, limit: usize) -> Result<Vec<(Bytes, Bytes)>, DiskError> {
        self.disk.rows(table, range, limit)
    }
}

impl Disk for Slow {
    fn write(&self, batch: Batch) -> Result<(), DiskError> {
        self.disk.write(batch)?;
        if let Some(reader) = self.reader.get().cloned() {
            let (disk, seen) = (Arc::clone(&self.disk), self.seen.clone());
            let (looked, wait) = mpsc::channel();
            std::thread::spawn(move || {
                let block = history::tip(&disk).unwrap().unwrap();
                seen.send((block.0, reader.height().0)).unwrap();
                let _ = looked.send(());
            });
            let _ = wait.recv_timeout(GLANCE);
        }
        Ok(())
    }
}

#[test]
fn whoever_finds_a_block_finds_its_state() {
    let (send, seen) = mpsc::channel();
    let slow = Arc::new(Slow { disk: Arc::new(MemoryDisk::default()), reader: OnceLock::new(), seen: send });
    let mut site = provider_on(Arc::<Slow>::clone(&slow));
    produce(&mut site);
    assert!(slow.reader.set(site.reader()).is_ok());
    for height in 2..=4 {
        produce(&mut site);
        assert_eq!(seen.recv().unwrap(), (height, height));
    }
}
