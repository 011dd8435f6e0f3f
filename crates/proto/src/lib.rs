//! The protobuf types of the whole workspace, and their JSON form.
//!
//! Our own `interchain_security.*` types are generated from the `.proto` files beside this crate; those of Cosmos,
//! IBC, CometBFT and Google are re-exported from the crates that everybody else uses, so that a message is one Rust
//! type everywhere.
//!
//! Journey: `node` and `client` decode what comes over a socket into these types; `chain` and `ccv` parse them into
//! domain types at their border; [`json`] prints and reads them as the Cosmos SDK does, [`amino`] writes what wallets
//! sign, [`known`] finds fields that nobody reads, [`http`] knows their addresses, [`openapi`] describes them.
//! Source: the wire tables of the specification; the SDK's codec for JSON.
//!
//! Invariants:
//! - packet data and acknowledgements are **not** printed from here: their bytes are part of the protocol, and
//!   `ccv::wire` writes them itself;
//! - no foreign `.proto` file is kept here.

pub mod amino;
pub mod http;
pub mod json;
pub mod known;
pub mod openapi;

pub use ibc_proto::{cosmos, google, ibc, ics23};
pub use tendermint_proto as tendermint;
pub use tendermint_proto::google::protobuf::{Any, Duration, Timestamp};

/// Descriptors of every file that these types come from: reflection and [`json`] work from them.
///
/// An encoded `google.protobuf.FileDescriptorSet`, dependencies before the files that need them.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Interchain Security (ICS-28), generated.
#[allow(missing_docs, unreachable_pub, rustdoc::all, clippy::all, clippy::pedantic, clippy::restriction)]
pub mod interchain_security {
    pub mod ccv {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/interchain_security.ccv.v1.rs"));
        }
        pub mod consumer {
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/interchain_security.ccv.consumer.v1.rs"));
            }
        }
        pub mod provider {
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/interchain_security.ccv.provider.v1.rs"));
            }
        }
    }
}
