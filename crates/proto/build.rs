//! Generates the `interchain_security.*` types from our own `.proto` files, without protoc.
//!
//! Foreign imports (Cosmos SDK, IBC, CometBFT, Google) are resolved from the descriptors that `ibc-proto` ships, so
//! that no foreign `.proto` file is kept here. What it does not ship but JSON and reflection need stands in the table
//! `cosmos.txt`; no code is generated from it. Descriptor sets are split and joined as bytes: decoding them with
//! `prost-types` would lose the custom options that the JSON form depends on.

use std::{error::Error, fs, path::PathBuf};

use prost::Message;
use protox::file::{ChainFileResolver, DescriptorSetFileResolver, File, FileResolver, IncludeFileResolver};

#[path = "build/table.rs"]
mod table;

const PROTOS: [&str; 10] = [
    "interchain_security/ccv/v1/shared_consumer.proto",
    "interchain_security/ccv/v1/wire.proto",
    "interchain_security/ccv/consumer/v1/consumer.proto",
    "interchain_security/ccv/consumer/v1/genesis.proto",
    "interchain_security/ccv/consumer/v1/query.proto",
    "interchain_security/ccv/consumer/v1/tx.proto",
    "interchain_security/ccv/provider/v1/genesis.proto",
    "interchain_security/ccv/provider/v1/provider.proto",
    "interchain_security/ccv/provider/v1/query.proto",
    "interchain_security/ccv/provider/v1/tx.proto",
];

const OURS: &str = "interchain_security/";

/// The proof format: `ics23` ships a newer file than `ibc-proto`, under another name.
const PROOFS: &str = "cosmos/ics23/v1/proofs.proto";

#[allow(clippy::print_stdout)] // how a build script speaks to cargo
fn main() -> Result<(), Box<dyn Error>> {
    for path in ["build.rs", "build", "proto", "cosmos.txt"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    let mut foreign = foreign_files(ibc_proto::FILE_DESCRIPTOR_SET)?;
    foreign.splice(0..0, proofs()?); // before the files that need it
    let tables = table::files(&fs::read_to_string(root.join("cosmos.txt"))?)?;
    let extra: Vec<String> = tables.iter().map(|(name, _)| name.clone()).collect();
    let mut resolver = ChainFileResolver::new();
    resolver.add(IncludeFileResolver::new(root.join("proto")));
    resolver.add(DescriptorSetFileResolver::decode(foreign.as_slice())?);
    resolver.add(Sources(tables));
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_source_info(true).include_imports(true); // the generator walks into foreign messages
    compiler.open_files(PROTOS)?;

    let mut config = prost_build::Config::new();
    config.enable_type_names();
    tonic_build::configure()
        .compile_well_known_types(true)
        .extern_path(".google.protobuf", "::tendermint_proto::google::protobuf")
        .extern_path(".tendermint", "::tendermint_proto")
        .extern_path(".ibc", "::ibc_proto::ibc")
        .extern_path(".cosmos.ics23.v1", "::ibc_proto::ics23")
        .extern_path(".cosmos", "::ibc_proto::cosmos")
        .compile_fds_with_config(config, compiler.file_descriptor_set())?;

    let mut set = foreign;
    compiler.open_files(extra)?;
    compiler.include_source_info(false).include_imports(false);
    set.extend(compiler.encode_file_descriptor_set());
    fs::write(out.join("descriptors.bin"), set)?;
    Ok(())
}

/// The files of an encoded descriptor set that are not ours, encoded as a set.
///
/// A set is nothing but its field 1 repeated, so that files can be left out without being decoded in full.
fn foreign_files(set: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut kept = Vec::with_capacity(set.len());
    let mut rest = set;
    while !rest.is_empty() {
        let before = rest;
        let tag = prost::encoding::decode_varint(&mut rest)?;
        if tag != 10 {
            return Err(format!("a descriptor set holds files alone, found tag {tag}").into());
        }
        let length = usize::try_from(prost::encoding::decode_varint(&mut rest)?)?;
        let (file, after) = rest.split_at_checked(length).ok_or("the descriptor set is cut off")?;
        let entry = before.get(..before.len().saturating_sub(after.len())).ok_or("the lengths disagree")?;
        let file = prost_types::FileDescriptorProto::decode(file)?;
        if !file.name().starts_with(OURS) && file.name() != PROOFS {
            kept.extend_from_slice(entry);
        }
        rest = after;
    }
    Ok(kept)
}

/// The proof format as `ics23` has it, under the name that others import it by.
fn proofs() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut set = prost_types::FileDescriptorSet::decode(ibc_proto::ics23::FILE_DESCRIPTOR_SET)?;
    set.file.retain(|file| file.name().ends_with(PROOFS));
    let file = set.file.first_mut().ok_or("ics23 ships no proof format")?;
    file.name = Some(PROOFS.into());
    Ok(set.encode_to_vec())
}

/// Sources held in memory, as (name, text).
struct Sources(Vec<(String, String)>);

impl FileResolver for Sources {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let found = self.0.iter().find(|(own, _)| own == name);
        let (name, text) = found.ok_or_else(|| protox::Error::file_not_found(name))?;
        File::from_source(name, text)
    }
}
