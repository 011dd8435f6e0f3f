//! What a wallet reads that others wrote: refused, or what it writes again means the same.

use ics_abci::AccAddr;
use ics_client::{
    Account, Coin, GasPrice, HdPath, Key, Keyring, PublicKey, encode, parse_coins, print_coins,
};
use ics_proto::Any;
use ics_proto::cosmos::auth::v1beta1::{BaseAccount, QueryAccountResponse};
use proptest::prelude::*;
use prost::{Message, Name};

const KEYRING: &str = r#"{"version":1,"keys":[],"consensus":[
    {"name":"val1","seed":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"},
    {"name":"val2","seed":"abababababababababababababababababababababababababababababababab"}]}"#;

fn comes_back(text: &str) -> Result<bool, TestCaseError> {
    let Ok(keyring) = ics_client::decode(text) else { return Ok(false) };
    let written = encode(&keyring);
    prop_assert_eq!(ics_client::decode(&written).map(|again: Keyring| encode(&again)), Ok(written));
    Ok(true)
}

fn coin_text() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]{0,40}[a-z/:.]{0,6}", "[ 0-9.-]{0,6}stake", "(1a,){0,9}[0-9]{1,3}[a-z]{3}", ".{0,20}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_keyring_is_refused_or_comes_back(
        place in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f, cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        prop_assert!(comes_back(KEYRING)?);
        let mut bytes = KEYRING.as_bytes().to_vec();
        let at = place.index(bytes.len());
        bytes[at] = byte;
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        comes_back(&String::from_utf8(bytes).unwrap())?;
    }

    #[test]
    fn coins_and_prices_come_back_from_their_text(text in coin_text()) {
        if let Ok(coin) = text.parse::<Coin>() {
            prop_assert_eq!(coin.to_string().parse::<Coin>(), Ok(coin));
        }
        if let Ok(coins) = parse_coins(&text) {
            prop_assert!(coins.len() <= 1_000);
            prop_assert_eq!(parse_coins(&print_coins(&coins)), Ok(coins));
        }
        if let Ok(price) = text.parse::<GasPrice>() {
            prop_assert_eq!(price.to_string().parse::<GasPrice>(), Ok(price));
        }
    }

    #[test]
    fn paths_come_back_from_their_text(text in prop_oneof!["m(/[0-9]{1,11}'?){0,20}", "[m/0-9'hH-]{0,20}"]) {
        if let Ok(path) = text.parse::<HdPath>() {
            prop_assert!(text.matches('/').count() <= 16, "{text}");
            prop_assert_eq!(path.to_string().parse::<HdPath>(), Ok(path));
        }
    }

    #[test]
    fn words_are_a_mnemonic_or_refused(words in "((test|junk|abandon|about|é|zoo) ?){0,26}") {
        let path = HdPath::cosmos(0, 0).unwrap();
        if let Ok(key) = Key::from_mnemonic(&words, &path) {
            prop_assert_eq!(Key::from_secret_hex(&key.to_secret_hex()).unwrap().public(), key.public());
        }
        prop_assert!(Key::from_mnemonic_index(&words, 1 << 31).is_err());
    }

    #[test]
    fn public_keys_are_points_or_refused(x in any::<[u8; 32]>(), first in 0_u8..6, strange in prop::collection::vec(any::<u8>(), 0..70)) {
        let bytes = [&[first], &x[..]].concat();
        for bytes in [bytes, strange] {
            if let Ok(key) = PublicKey::from_bytes(&bytes) {
                prop_assert_eq!(key.to_bytes().to_vec(), bytes);
            }
        }
    }

    #[test]
    fn an_answer_is_refused_or_about_the_account_asked_for(
        number: u64, sequence: u64, noise in prop::collection::vec(any::<u8>(), 0..120),
        place in any::<prop::sample::Index>(), mask in 1_u8..,
    ) {
        let who = AccAddr(vec![7; 20]);
        let read = |bytes: &[u8]| Account::from_answer(bytes, "cosmos", &who);
        let account = BaseAccount { address: who.to_text("cosmos"), account_number: number, sequence, ..BaseAccount::default() };
        let any = Any { type_url: BaseAccount::type_url(), value: account.encode_to_vec() };
        let answer = QueryAccountResponse { account: Some(any) }.encode_to_vec();
        prop_assert_eq!(read(&answer), Ok(Account { number, sequence }));
        prop_assert!(read(&noise).is_err());
        let mut damaged = answer;
        let place = place.index(damaged.len());
        damaged[place] ^= mask;
        let _ = read(&damaged);
    }
}

#[test]
fn deep_nesting_and_long_texts_are_refused() {
    let deep = "[".repeat(1_000_000);
    assert!(ics_client::decode(&deep).is_err());
    assert!(ics_client::decode(&format!("{{\"version\":1,\"keys\":{deep}")).is_err());
    let digits = "9".repeat(1_000_000);
    assert!(digits.parse::<Coin>().is_err() && format!("{digits}stake").parse::<Coin>().is_err());
    assert!(format!("m/{digits}").parse::<HdPath>().is_err());
    assert!(format!("m{}", "/0".repeat(17)).parse::<HdPath>().is_err());
    assert!(Key::from_mnemonic(&"test ".repeat(100_000), &HdPath::cosmos(0, 0).unwrap()).is_err());
}
