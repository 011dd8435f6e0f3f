use ics_abci::{AccAddr, AddrError, ConsAddr, ValAddr, from_bech32, module_address, to_bech32};
use proptest::prelude::*;

/// Addresses of module accounts as every Cosmos chain with this prefix has them.
const MODULES: [(&str, &str); 7] = [
    ("bonded_tokens_pool", "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh"),
    ("not_bonded_tokens_pool", "cosmos1tygms3xhhs3yv487phx3dw4a95jn7t7lpm470r"),
    ("fee_collector", "cosmos17xpfvakm2amg962yls6f84z3kell8c5lserqta"),
    ("distribution", "cosmos1jv65s3grqf6v6jl3dp4t6c9t9rk99cd88lyufl"),
    ("mint", "cosmos1m3h30wlvsf8llruxtpukdvsy0km2kum8g38c8q"),
    ("gov", "cosmos10d07y265gmmuvt4z0w9aw880jnsr700j6zn9kn"),
    ("transfer", "cosmos1yl6hdjhmkf37639730gffanpzndzdpmhwlkfhr"),
];

#[test]
fn module_accounts_have_the_addresses_that_everybody_knows() {
    for (name, text) in MODULES {
        assert_eq!(module_address(name).to_text("cosmos"), text, "{name}");
        assert_eq!(AccAddr::parse("cosmos", text), Ok(module_address(name)), "{name}");
    }
}

#[test]
fn texts_of_the_standard_are_read() {
    assert_eq!(from_bech32("A12UEL5L"), Ok(("a".into(), vec![])));
    let data = hex::decode("00443214c74254b635cf84653a56d7c675be77df").unwrap();
    let text = "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw";
    assert_eq!(from_bech32(text), Ok(("abcdef".into(), data.clone())));
    assert_eq!(to_bech32("abcdef", &data), text);
    assert_eq!(from_bech32(&text.to_uppercase()), Ok(("abcdef".into(), data)));
}

#[test]
fn text_that_is_no_bech32_is_refused() {
    let good = MODULES[0].1;
    let mixed_case = good.replacen('c', "C", 1);
    let wrong_character = good.replacen("fl48", "fl4b", 1);
    let wrong_checksum = good.replace("mf0eh", "mf0ee");
    let cut = &good[..good.len() - 1];
    let spaced = format!(" {good}");
    // The checksum of the later standard, bech32m.
    let later = "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx";
    for text in [
        "",
        "cosmos",
        "1",
        "cosmos1",
        "é1é",
        &mixed_case,
        &wrong_character,
        &wrong_checksum,
        cut,
        &spaced,
        later,
    ] {
        for error in [
            from_bech32(text).map(|_| ()),
            AccAddr::parse("cosmos", text).map(|_| ()),
            ValAddr::parse("cosmos", text).map(|_| ()),
            ConsAddr::parse("cosmos", text).map(|_| ()),
        ] {
            assert!(matches!(error, Err(AddrError::Bech32(_))), "{text:?}: {error:?}");
        }
    }
    assert_eq!(
        from_bech32(&wrong_checksum).unwrap_err().to_string(),
        "decoding bech32 failed: invalid checksum: the checksum residue is not valid for the data"
    );
}

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Bech32 of these groups of five bits, whatever bytes they are: written from the standard.
fn from_groups(prefix: &str, groups: &[u8]) -> String {
    let generator = [0x3b6a_57b2_u32, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let expanded = prefix.bytes().map(|c| c >> 5).chain([0]).chain(prefix.bytes().map(|c| c & 31));
    let sum = expanded.chain(groups.iter().copied()).chain([0; 6]).fold(1_u32, |sum, group| {
        let top = sum >> 25;
        let next = (sum & 0x01ff_ffff) << 5 ^ u32::from(group);
        generator
            .iter()
            .enumerate()
            .fold(next, |next, (i, g)| if top >> i & 1 == 1 { next ^ g } else { next })
    }) ^ 1;
    let check = (0..6).map(|i| (sum >> (5 * (5 - i)) & 31) as usize);
    let data = groups.iter().map(|group| usize::from(*group));
    let letters: String = data.chain(check).map(|group| char::from(ALPHABET[group])).collect();
    format!("{prefix}1{letters}")
}

#[test]
fn an_address_has_one_text() {
    let only = to_bech32("cosmos", &[0xff]);
    assert_eq!(from_groups("cosmos", &[31, 28]), only);
    // The same byte with bits set behind it, and with a whole group too many: good checksums both.
    for groups in [&[31, 29][..], &[31, 31], &[31, 28, 0]] {
        let text = from_groups("cosmos", groups);
        let found = AccAddr::parse("cosmos", &text);
        assert!(matches!(found, Err(AddrError::Bech32(_))), "{text}: {found:?}");
    }
}

#[test]
fn addresses_of_another_kind_are_refused() {
    let account = module_address("gov").to_text("cosmos");
    let other = AddrError::Prefix { expected: "cosmosvaloper".into(), found: "cosmos".into() };
    assert_eq!(ValAddr::parse("cosmosvaloper", &account), Err(other.clone()));
    assert_eq!(other.to_string(), "invalid Bech32 prefix; expected cosmosvaloper, got cosmos");
    assert_eq!(
        ConsAddr::parse("consumervalcons", &ConsAddr([1; 20]).to_text("cosmosvalcons")),
        Err(AddrError::Prefix { expected: "consumervalcons".into(), found: "cosmosvalcons".into() })
    );
}

#[test]
fn addresses_of_another_length_are_refused() {
    for len in [0, 256, 500] {
        let text = to_bech32("cosmos", &vec![7; len]);
        assert_eq!(AccAddr::parse("cosmos", &text), Err(AddrError::Length(len)), "{len}");
        assert_eq!(ValAddr::parse("cosmos", &text), Err(AddrError::Length(len)), "{len}");
    }
    for len in [1, 19, 21, 32, 255] {
        let text = to_bech32("cosmosvalcons", &vec![7; len]);
        assert_eq!(ConsAddr::parse("cosmosvalcons", &text), Err(AddrError::Length(len)), "{len}");
    }
    assert_eq!(AddrError::Length(19).to_string(), "address of 19 bytes");
}

#[test]
fn a_prefix_that_no_text_can_have_gives_no_text() {
    for prefix in ["", "with space", "é", &"x".repeat(84)] {
        assert_eq!(to_bech32(prefix, &[1, 2, 3]), "", "{prefix}");
    }
}

#[test]
fn addresses_print_as_hex_where_developers_see_them() {
    assert_eq!(format!("{:?}", AccAddr(vec![0xab, 1])), "AccAddr(ab01)");
    assert_eq!(format!("{:?}", ConsAddr([0x11; 20])), format!("ConsAddr({})", "11".repeat(20)));
}

proptest! {
    #[test]
    fn every_address_comes_back_from_its_text(
        bytes in prop::collection::vec(any::<u8>(), 1..256),
        cons in any::<[u8; 20]>(),
        prefix in "[a-z]{1,20}",
    ) {
        let account = AccAddr(bytes.clone());
        prop_assert_eq!(AccAddr::parse(&prefix, &account.to_text(&prefix)), Ok(account.clone()));
        prop_assert_eq!(AccAddr::parse(&prefix, &account.to_text(&prefix).to_uppercase()), Ok(account));
        let operator = ValAddr(bytes);
        prop_assert_eq!(ValAddr::parse(&prefix, &operator.to_text(&prefix)), Ok(operator));
        prop_assert_eq!(ConsAddr::parse(&prefix, &ConsAddr(cons).to_text(&prefix)), Ok(ConsAddr(cons)));
    }

    #[test]
    fn what_is_read_is_written_the_same(
        groups in prop::collection::vec(0_u8..32, 0..40), text in prop_oneof![any::<String>(), "[ac]{1,3}1[a-z0-9]{0,60}"],
    ) {
        for text in [from_groups("cosmos", &groups), text] {
            if let Ok((prefix, bytes)) = from_bech32(&text) {
                prop_assert_eq!(to_bech32(&prefix, &bytes), text.to_lowercase());
            }
        }
    }
}
