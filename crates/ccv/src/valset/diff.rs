//! The difference between two validator sets, by consensus key. Source: provider spec §3.9.
