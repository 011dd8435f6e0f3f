//! Generates the `interchain_security.*` types from our own `.proto` files, without protoc.
//!
//! Foreign imports (Cosmos SDK, IBC, CometBFT, Google) are resolved from the descriptors that `ibc-proto` ships, so
//! that no foreign `.proto` file is kept here. Descriptor sets are split and joined as bytes: decoding them with
//! `prost-types` would lose the custom options that the JSON form depends on.

use std::{error::Error, fs, path::PathBuf};

use prost::Message;
use protox::file::{ChainFileResolver, DescriptorSetFileResolver, IncludeFileResolver};

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

#[allow(clippy::print_stdout)] // how a build script speaks to cargo
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=proto");
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("proto");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    let foreign = foreign_files(ibc_proto::FILE_DESCRIPTOR_SET)?;
    let mut resolver = ChainFileResolver::new();
    resolver.add(IncludeFileResolver::new(root));
    resolver.add(DescriptorSetFileResolver::decode(foreign.as_slice())?);
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
        if !prost_types::FileDescriptorProto::decode(file)?.name().starts_with(OURS) {
            kept.extend_from_slice(entry);
        }
        rest = after;
    }
    Ok(kept)
}
