//! What is signed verifies, and nothing else does.

use ics_client::{Account, Body, Fee, Key, SignError, Signed, msgs, parse_coins, sign, verify};
use proptest::prelude::*;

const CHAIN: &str = "provider-1";

fn signed(secrets: &[[u8; 32]], amount: u64, memo: &str, first: Account) -> Option<(Signed, Vec<u64>)> {
    let keys = secrets.iter().map(Key::from_secret).collect::<Result<Vec<_>, _>>().ok()?;
    let coins = parse_coins(&format!("{amount}stake")).unwrap();
    let messages = keys.iter().map(|key| {
        let address = key.address().to_text("cosmos");
        msgs::send(&address, &address, &coins)
    });
    let body = Body { messages: messages.collect(), memo: memo.to_owned(), timeout_height: amount };
    let fee = Fee { amount: coins.clone(), gas_limit: 200_000 };
    let accounts = (0_u64..).map(|step| Account { number: first.number.wrapping_add(step), ..first });
    let signers = keys.iter().zip(accounts).collect::<Vec<_>>();
    let numbers = signers.iter().map(|(_, account)| account.number).collect();
    Some((sign(&body, &fee, CHAIN, &signers), numbers))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_verifies_and_any_flipped_byte_does_not(
        secrets in prop::collection::vec(any::<[u8; 32]>(), 1..4), amount: u64, memo in ".{0,40}",
        number: u64, sequence: u64, place: prop::sample::Index, mask in 1_u8..,
    ) {
        let Some((signed, numbers)) = signed(&secrets, amount, &memo, Account { number, sequence }) else {
            return Ok(());
        };
        prop_assert_eq!(verify(&signed.bytes, CHAIN, &numbers), Ok(()));
        let mut bytes = signed.bytes.clone();
        let place = place.index(bytes.len());
        bytes[place] ^= mask;
        prop_assert_ne!(verify(&bytes, CHAIN, &numbers), Ok(()), "byte {} ^ {}", place, mask);
    }

    #[test]
    fn hostile_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_ne!(verify(&bytes, CHAIN, &[0]), Ok(()));
    }

    #[test]
    fn hostile_texts_are_refused_without_panic(text in "\\PC{0,60}") {
        let _ = ics_client::decode(&text);
        let _ = parse_coins(&text);
        let _ = text.parse::<ics_client::GasPrice>();
        let _ = text.parse::<ics_client::HdPath>();
        let _ = ics_client::Mismatch::find(&text);
        prop_assert!(Key::from_secret_hex(&text).is_err());
    }
}

#[test]
fn every_bit_of_a_transaction_is_bound() {
    let (signed, numbers) = signed(&[[7; 32]], 5, "memo", Account { number: 300, sequence: 9 }).unwrap();
    for place in 0..signed.bytes.len() {
        for bit in 0..8 {
            let mut bytes = signed.bytes.clone();
            bytes[place] ^= 1 << bit;
            assert_ne!(verify(&bytes, CHAIN, &numbers), Ok(()), "byte {place} bit {bit}");
        }
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let make = || signed(&[[7; 32], [8; 32]], 5, "", Account { number: 1, sequence: 2 }).unwrap();
    assert_eq!(make(), make());
    let (signed, _) = make();
    assert_eq!(signed.hash.len(), 64);
    assert_eq!(verify(&signed.bytes, CHAIN, &[2, 1]), Err(SignError::Signature(0)));
}

#[test]
fn a_transaction_without_signers_does_not_verify() {
    let unsigned = sign(&Body::default(), &Fee::default(), CHAIN, &[]);
    let none = SignError::Count { signers: 0, signatures: 0, accounts: 0 };
    assert_eq!(verify(&unsigned.bytes, CHAIN, &[]), Err(none.clone()));
    assert_eq!(verify(&[], CHAIN, &[]), Err(none));
    assert_eq!(verify(&[0x0a], CHAIN, &[0]), Err(SignError::Undecodable("the transaction")));
}
