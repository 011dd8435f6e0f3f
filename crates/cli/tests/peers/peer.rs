//! A program of others: found, or built once and kept.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What a peer is, and where it may be.
pub(crate) struct Peer {
    /// What it is called, with the releases that will do.
    pub(crate) name: &'static str,
    /// Names a program to use instead.
    pub(crate) variable: &'static str,
    /// What it is called in the path.
    pub(crate) usual: &'static str,
    /// Its folder in the cache, and its place in there.
    pub(crate) cached: (&'static str, &'static str),
    /// Whether a program is one of the releases that will do.
    pub(crate) is: fn(&Path) -> bool,
    /// Builds it into the folder, with another one to work in; says why not.
    pub(crate) build: fn(&Path, &Path) -> Result<(), String>,
    pub(crate) found: OnceLock<Option<PathBuf>>,
}

impl Peer {
    /// The program; none where it cannot be had, which is told once. Under CI that is a failure.
    pub(crate) fn program(&'static self) -> Option<&'static Path> {
        let found = self.found.get_or_init(|| match self.find() {
            Ok(path) => Some(path),
            Err(why) => {
                let is_ci = std::env::var("CI").as_deref() == Ok("true");
                assert!(!is_ci, "{} is missing under CI: {why}", self.name);
                tell(&format!("SKIPPED, every test with {}: {why}", self.name));
                None
            }
        });
        found.as_deref()
    }

    fn find(&self) -> Result<PathBuf, String> {
        if let Some(named) = std::env::var_os(self.variable).map(PathBuf::from) {
            let (variable, name) = (self.variable, self.name);
            assert!((self.is)(&named), "{variable} names {}, which is no {name}", named.display());
            return Ok(named);
        }
        let usual = PathBuf::from(self.usual);
        if (self.is)(&usual) {
            return Ok(usual);
        }
        let folder = cache().join(self.cached.0);
        let built = folder.join(self.cached.1);
        if (self.is)(&built) {
            return Ok(built);
        }
        // Other test runs may want it too: one builds, the others wait for it.
        let lock = cache().join(format!("{}.lock", self.cached.0));
        let lock = fs::create_dir_all(cache()).and_then(|()| fs::File::create(lock));
        let held = lock.and_then(|lock| lock.lock().map(|()| lock)).map_err(|error| error.to_string())?;
        if (self.is)(&built) {
            return Ok(built);
        }
        tell(&format!("building {}, once", self.name));
        (self.build)(&folder, &cache().join(format!("{}-build", self.cached.0)))?;
        drop(held);
        if (self.is)(&built) { Ok(built) } else { Err("what was built does not run".to_owned()) }
    }
}

fn cache() -> PathBuf {
    let user = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    user.unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR"))).join("ics-peers")
}

/// Not by a macro: what those print is hidden where a test passes.
fn tell(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}
