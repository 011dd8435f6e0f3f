//! Worlds: chains, a relayer and one clock, driven step by step.
//!
//! The local network that a user starts is such a world, tied to the wall clock; a test drives the same code through
//! virtual months in milliseconds. The same seed and the same acts give the same app hashes, always.
//!
//! Absent here: threads, sleeps, sockets, the wall clock; time is an argument of [`World::step`].

mod act;
mod app_state;
mod ask;
mod bring_up;
pub mod disk;
mod effect;
mod endpoint;
mod executor;
mod founding;
mod genesis;
mod keys;
mod launch;
mod plan;
mod relayer;
mod seeded;
mod site;
pub mod topology;
mod unstarted;
mod view;
mod wallet;
mod world;

pub use act::{Act, Outcome};
pub use app_state::{TopologyError, consumer_genesis, provider_genesis};
pub use ask::{AskError, ask};
pub use bring_up::{BringUp, Phase, Progress, listed};
pub use effect::Effect;
pub use endpoint::Endpoint;
pub use founding::next as founding_acts;
pub use genesis::{GenesisError, genesis_from_json, genesis_json};
pub use ics_chain::Reader;
pub use keys::{KeySource, NoKeys};
pub use launch::{first_genesis, path_to};
pub use plan::{AccountPlan, ConsumerPlan, Plan, ValidatorPlan};
pub use relayer::{Relayer, Relaying};
pub use seeded::Seeded;
pub use site::{NewBlock, Site, SiteConfig, SiteError, found, stored_genesis};
pub use unstarted::Unstarted;
pub use wallet::{Submission, SubmitError, account, account_at, submit};
pub use world::{ChainIndex, DiskFactory, InMemory, World, WorldError, export};
