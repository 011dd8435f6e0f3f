//! A simulated disk for all chains of a world: remembers every write, and crashes at the one that it is told to.

use ics_kv::rows::{Batch, Disk, DiskError, Memory, Rows, Table};
use ics_kv::{Bytes, KeyRange};
use ics_world::DiskFactory;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// What the write at which the machine crashes leaves behind. A batch is atomic, so there is nothing in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Torn {
    /// Nothing of it.
    Lost,
    /// All of it, though whoever wrote it never heard so.
    Written,
}

/// A machine's disks. Clones are the same disks.
#[derive(Clone, Default)]
pub(crate) struct SimDisks(Arc<Mutex<Machine>>);

#[derive(Default)]
struct Machine {
    chains: BTreeMap<String, Memory>,
    writes: Vec<(String, Batch)>,
    crash_at: Option<(usize, Torn)>,
    crashed: bool,
}

struct SimDisk {
    machine: Arc<Mutex<Machine>>,
    chain: String,
}

impl SimDisks {
    /// Disks that hold what these writes leave.
    pub(crate) fn holding(writes: &[(String, Batch)]) -> Self {
        let disks = Self::default();
        for (chain, batch) in writes {
            disks.lock().chains.entry(chain.clone()).or_default().apply(batch.clone());
        }
        disks
    }

    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap()
    }

    /// Every write that these disks were asked for, in order.
    pub(crate) fn writes(&self) -> Vec<(String, Batch)> {
        self.lock().writes.clone()
    }

    /// The machine crashes at the write of this number, counted from 0.
    pub(crate) fn crash_at(&self, write: usize, torn: Torn) {
        self.lock().crash_at = Some((write, torn));
    }

    pub(crate) fn has_crashed(&self) -> bool {
        self.lock().crashed
    }

    /// What is on the disks when the machine is switched on again.
    pub(crate) fn survivors(&self) -> Self {
        let chains = self.lock().chains.clone();
        Self(Arc::new(Mutex::new(Machine { chains, ..Machine::default() })))
    }
}

impl DiskFactory for SimDisks {
    fn disk(&mut self, chain_id: &str) -> Result<Arc<dyn Disk>, DiskError> {
        Ok(Arc::new(SimDisk { machine: Arc::clone(&self.0), chain: chain_id.to_owned() }))
    }

    fn stored(&mut self, chain_id: &str) -> Result<Option<Arc<dyn Disk>>, DiskError> {
        let is_known = self.lock().chains.contains_key(chain_id);
        if is_known { self.disk(chain_id).map(Some) } else { Ok(None) }
    }
}

fn dead() -> DiskError {
    DiskError::Failed("the machine crashed".to_owned())
}

impl SimDisk {
    fn read<T>(&self, read: impl FnOnce(&Memory) -> Result<T, DiskError>) -> Result<T, DiskError> {
        let machine = self.machine.lock().unwrap();
        if machine.crashed {
            return Err(dead());
        }
        read(machine.chains.get(&self.chain).unwrap_or(&Memory::default()))
    }
}

impl Rows for SimDisk {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        self.read(|memory| memory.row(table, key))
    }
    fn rows(&self, table: Table, range: KeyRange, limit: usize) -> Result<Vec<(Bytes, Bytes)>, DiskError> {
        self.read(|memory| memory.rows(table, range, limit))
    }
}

impl Disk for SimDisk {
    fn write(&self, batch: Batch) -> Result<(), DiskError> {
        let machine = &mut *self.machine.lock().unwrap();
        if machine.crashed {
            return Err(dead());
        }
        let number = machine.writes.len();
        machine.writes.push((self.chain.clone(), batch.clone()));
        let torn = machine.crash_at.filter(|(at, _)| *at == number).map(|(_, torn)| torn);
        machine.crashed = torn.is_some();
        if torn != Some(Torn::Lost) {
            machine.chains.entry(self.chain.clone()).or_default().apply(batch);
        }
        if torn.is_some() { Err(dead()) } else { Ok(()) }
    }
}
