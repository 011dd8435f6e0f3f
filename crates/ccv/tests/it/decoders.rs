//! Texts from outside that are not documents: ids, chain ids, durations; and documents that nest without end.

use ics_abci::AccAddr;
use ics_ccv::id::{ChainId, ConsumerId};
use ics_ccv::provider::msgs::{AssignConsumerKey, OptIn};
use ics_ccv::wire::Ack;
use ics_ccv::wire::genesis::{
    ClientState, ConsensusState, ConsumerGenesis, ConsumerParams, DurationNs, GenesisState,
};
use ics_ccv::wire::handshake::HandshakeMetadata;
use ics_ccv::wire::slash::ConsumerPacket;
use ics_ccv::wire::vsc::ValidatorSetChange;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn consumer_ids_come_back_from_their_text(text in prop_oneof!["[0-9]{0,21}", "[-+ 0-9]{0,4}", ".{0,10}"], id: u64) {
        prop_assert_eq!(ConsumerId::parse(&id.to_string()), Ok(ConsumerId(id)));
        if let Ok(id) = ConsumerId::parse(&text) {
            prop_assert_eq!(id.to_string(), text.clone());
            prop_assert_eq!(ConsumerId::check(&text), Ok(()));
        }
    }

    #[test]
    fn chain_ids_have_a_revision_or_are_refused(text in prop_oneof!["[a-z-]{0,6}-[0-9]{0,22}", ".{0,80}"]) {
        let id = ChainId(text.clone());
        if let Ok(revision) = id.revision() {
            let tail = format!("-{revision}");
            prop_assert!(revision == 0 || text.ends_with(&tail));
        }
        if id.check().is_ok() {
            prop_assert!(text.len() <= ChainId::BYTES_MAX);
        }
    }

    #[test]
    fn durations_come_back_from_their_text(text in prop_oneof!["-?[0-9]{1,11}(\\.[0-9]{0,10})?s", ".{0,10}"], ns: i64) {
        prop_assert_eq!(DurationNs::parse(&DurationNs(ns).to_string()), Some(DurationNs(ns)));
        if let Some(duration) = DurationNs::parse(&text) {
            prop_assert_eq!(DurationNs::parse(&duration.to_string()), Some(duration));
        }
    }

    #[test]
    fn keys_of_any_text_are_refused_or_understood(
        text in prop_oneof![
            ".{0,40}",
            "\\{\"@type\":\"/cosmos.crypto.ed25519.PubKey\",\"key\":\"[A-Za-z0-9+/]{43}=?\"\\}",
            "\\{\"@type\":(null|1|\"x\"),\"key\":(null|\\[\\]|\"=\")\\}",
        ],
        provider_addr in ".{0,20}",
    ) {
        let signer = AccAddr(vec![1; 20]);
        let assign = AssignConsumerKey {
            chain_id: String::new(),
            provider_addr: provider_addr.clone(),
            consumer_key: text.clone(),
            signer: signer.clone(),
            consumer_id: "0".into(),
        };
        prop_assert_eq!(assign.validate_basic("cosmos"), assign.validate_basic("cosmos"));
        let opt_in = OptIn { chain_id: String::new(), provider_addr, consumer_key: text, signer, consumer_id: "0".into() };
        prop_assert_eq!(opt_in.validate_basic("cosmos"), opt_in.validate_basic("cosmos"));
    }
}

/// Nesting is followed to a bound, so no text takes the stack of whoever reads it.
#[test]
fn nesting_without_end_is_refused_by_every_decoder() {
    for unit in ["[", "{\"params\":", "{\"provider\":{\"client_state\":", "{\"validator_updates\":["] {
        let text = unit.repeat(200_000);
        let bytes = text.as_bytes();
        assert!(ValidatorSetChange::decode(bytes).is_err());
        assert!(ConsumerPacket::decode(bytes).is_err());
        assert!(Ack::decode(bytes).is_err());
        assert!(HandshakeMetadata::decode(bytes).is_err());
        assert!(ConsumerParams::from_json(bytes).is_err());
        assert!(ConsumerGenesis::from_json(bytes).is_err());
        assert!(GenesisState::from_json(bytes).is_err());
        assert!(ClientState::from_json(bytes).is_err());
        assert!(ConsensusState::from_json(bytes).is_err());
    }
    // A length of 2^63 in front of nothing.
    let claim = [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    assert!(HandshakeMetadata::decode(&claim).is_err());
}
