//! Every block is accepted by the light client of the tendermint crates, unmodified, and no forged one is.

use crate::support::*;
use ics_abci::{Height, Params};
use ics_engine::light::{LightBlock, light_block};
use std::time::Duration;
use tendermint::block::CommitSig;
use tendermint::validator::{Info, Set};
use tendermint_light_client_verifier::options::Options;
use tendermint_light_client_verifier::types::{TrustThreshold, TrustedBlockState, UntrustedBlockState};
use tendermint_light_client_verifier::{ProdVerifier, Verdict, Verifier};

fn verify(trusted: &LightBlock, untrusted: &LightBlock) -> Verdict {
    let header = &trusted.signed_header.header;
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(1_000_000),
        clock_drift: Duration::from_secs(10),
    };
    let now = header.time.checked_add(Duration::from_secs(10_000)).unwrap();
    ProdVerifier::default().verify_update_header(
        UntrustedBlockState {
            signed_header: &untrusted.signed_header,
            validators: &untrusted.validators,
            next_validators: Some(&untrusted.next_validators),
        },
        TrustedBlockState {
            chain_id: &header.chain_id,
            header_time: header.time,
            height: header.height,
            next_validators: &trusted.next_validators,
            next_validators_hash: header.next_validators_hash,
        },
        &options,
        now,
    )
}

fn light(chain: &Chain, height: u64) -> LightBlock {
    light_block(&chain.rows, Height(height)).unwrap().unwrap()
}

/// Power of `set` that signed `block`, and all of it.
fn overlap(set: &Set, block: &LightBlock) -> (u64, u64) {
    let signed = |info: &&Info| {
        block
            .signed_header
            .commit
            .signatures
            .iter()
            .any(|sig| sig.is_commit() && sig.validator_address() == Some(info.address))
    };
    let power = set.validators().iter().filter(signed).map(Info::power).sum();
    (power, set.total_voting_power().value())
}

/// Forty blocks in which the set changes in every way, with transactions, absent and nil votes.
fn eventful() -> Chain {
    let mut chain = Chain::start(&[100, 90, 80, 70]);
    for n in 0..40_u8 {
        let change = match n % 8 {
            0 => vec![format!("power {} {}", 4 + n / 8, 60 + i64::from(n))],
            1 => vec![format!("power {} 0", n / 8)],
            3 => vec![format!("power {} {}", 4 + n / 8, 1), format!("set n {n}")],
            4 => vec![format!("power {} {}", 4 + n / 8, 500 * i64::from(n))],
            5 => (0..n).map(|i| format!("set {i} {n}")).collect(),
            _ => Vec::new(),
        };
        chain.block_of(&change.iter().map(String::as_str).collect::<Vec<_>>());
    }
    chain
}

#[test]
fn a_light_client_follows_header_by_header_and_skips_where_a_third_is_known() {
    let chain = eventful();
    let blocks: Vec<_> = (1..=40).map(|height| light(&chain, height)).collect();
    let (mut skipped, mut refused) = (0, 0);
    for (i, trusted) in blocks.iter().enumerate() {
        for (j, untrusted) in blocks.iter().enumerate().skip(i + 1) {
            let verdict = verify(trusted, untrusted);
            let (known, total) = overlap(&trusted.next_validators, untrusted);
            if j == i + 1 {
                assert_eq!(verdict, Verdict::Success, "{} to {}", i + 1, j + 1);
            } else if 3 * known > total {
                assert_eq!(verdict, Verdict::Success, "{} to {}", i + 1, j + 1);
                skipped += 1;
            } else {
                assert!(matches!(verdict, Verdict::NotEnoughTrust(_)), "{} to {}: {verdict:?}", i + 1, j + 1);
                refused += 1;
            }
        }
    }
    assert!(skipped > 100 && refused > 10, "{skipped} skipped, {refused} refused");
}

#[test]
fn a_light_client_follows_a_chain_with_another_initial_height_and_unlimited_blocks() {
    let params = Params { block_max_bytes: -1, app_version: 7, ..Params::default() };
    let mut chain =
        Chain::from(&ics_abci::Genesis { initial_height: Height(100), params, ..genesis(&[1, 1]) });
    for _ in 0..3 {
        chain.block_of(&[]);
    }
    assert_eq!(light_block(&chain.rows, Height(99)), Ok(None));
    assert_eq!(light_block(&chain.rows, Height(103)), Ok(None));
    let first = light(&chain, 100);
    assert_eq!(first.signed_header.header.version.app, 7);
    assert_eq!(first.signed_header.header.last_block_id, None);
    assert_eq!(verify(&first, &light(&chain, 101)), Verdict::Success);
    assert_eq!(verify(&first, &light(&chain, 102)), Verdict::Success);
}

/// Three equal validators: every signature is needed, so every one is verified.
#[test]
fn no_flipped_byte_of_signature_time_or_set_is_accepted() {
    let mut chain = Chain::start(&[10, 10, 10]);
    for _ in 0..3 {
        chain.block();
    }
    let (trusted, good) = (light(&chain, 1), light(&chain, 2));
    assert_eq!(verify(&trusted, &good), Verdict::Success);
    let refuse = |what: &str, bad: &LightBlock| {
        assert!(bad != &good, "{what} changes nothing");
        let verdict = verify(&trusted, bad);
        assert!(matches!(verdict, Verdict::Invalid(_) | Verdict::NotEnoughTrust(_)), "{what}: {verdict:?}");
    };
    for who in 0..3 {
        for byte in 0..64 {
            let mut bad = good.clone();
            let CommitSig::BlockIdFlagCommit { signature, .. } =
                &mut bad.signed_header.commit.signatures[who]
            else {
                panic!("not signed");
            };
            let mut bytes = signature.as_ref().unwrap().as_bytes().to_vec();
            bytes[byte] ^= 1;
            *signature = tendermint::Signature::new(bytes).unwrap();
            refuse("signature", &bad);
        }
        let mut bad = good.clone();
        let CommitSig::BlockIdFlagCommit { timestamp, .. } = &mut bad.signed_header.commit.signatures[who]
        else {
            panic!("not signed");
        };
        *timestamp = timestamp.checked_add(Duration::from_nanos(1)).unwrap();
        refuse("time of a vote", &bad);

        let sets: [fn(&mut LightBlock) -> &mut Set; 2] =
            [|block| &mut block.validators, |block| &mut block.next_validators];
        for set in sets {
            let mut bad = good.clone();
            let mut infos = set(&mut bad).validators().clone();
            infos[who].power = 11_u32.into();
            *set(&mut bad) = Set::without_proposer(infos);
            refuse("power", &bad);
            let mut bad = good.clone();
            let mut infos = set(&mut bad).validators().clone();
            infos[who].pub_key = tendermint::PublicKey::from_raw_ed25519(key(15).bytes()).unwrap();
            *set(&mut bad) = Set::without_proposer(infos);
            refuse("key", &bad);
        }
    }
    let mut bad = good.clone();
    let time = &mut bad.signed_header.header.time;
    *time = time.checked_add(Duration::from_nanos(1)).unwrap();
    refuse("time", &bad);
    let mut bad = good.clone();
    bad.signed_header.commit.block_id.part_set_header =
        tendermint::block::parts::Header::new(2, good.signed_header.header.validators_hash).unwrap();
    refuse("parts", &bad);
    let mut bad = good.clone();
    bad.signed_header.header.app_hash = vec![0; 32].try_into().unwrap();
    refuse("app hash", &bad);
}

#[test]
fn a_light_client_accepts_blocks_that_a_third_did_not_sign() {
    let mut chain = Chain::start(&[100, 90, 80, 70]);
    chain.block();
    for signing in [absent(&[3]), nil(&[2]), absent(&[0]), nil(&[1])] {
        chain.block_signed(&signing).unwrap();
    }
    chain.block();
    for height in 1..6 {
        assert_eq!(verify(&light(&chain, height), &light(&chain, height + 1)), Verdict::Success);
    }
    assert_eq!(verify(&light(&chain, 1), &light(&chain, 5)), Verdict::Success);
}
