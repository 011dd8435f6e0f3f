//! Transactions that a live network of the Go reference included: ours must be the same to the byte.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ics_abci::{AccAddr, ConsKey, Dec};
use ics_client::{
    Account, AccountError, Body, Coin, Fee, HdPath, Key, SignError, msgs, parse_coins, sign, sign_bytes,
    tx_hash, verify,
};
use ics_proto::cosmos::tx::v1beta1::{AuthInfo, TxBody, TxRaw};
use ics_proto::google::protobuf::Any;
use ics_proto::interchain_security::ccv::provider::v1::{MsgCreateConsumer, MsgUpdateConsumer};
use prost::Message;
use serde_json::Value;

struct Recorded {
    name: String,
    chain_id: String,
    number: u64,
    hash: String,
    bytes: Vec<u8>,
    key: Key,
}

fn file() -> Value {
    serde_json::from_str(include_str!("../recordings/txs.json")).unwrap()
}

fn key(who: &str) -> Key {
    let abandon = format!("{}about", "abandon ".repeat(11));
    let legal = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    let (words, account) = match who {
        "alice" => (abandon.as_str(), 0),
        "owner" => (&*abandon, 1),
        "user" => (&*abandon, 2),
        "relayer" => (&*abandon, 3),
        "stranger" => (&*abandon, 4),
        "bob" => (legal, 0),
        who => panic!("unknown signer {who}"),
    };
    Key::from_mnemonic(words, &HdPath::cosmos(account, 0).unwrap()).unwrap()
}

fn recorded() -> Vec<Recorded> {
    let file = file();
    let all = file["txs"].as_array().unwrap().iter().map(|tx| {
        let text = |field: &str| tx[field].as_str().unwrap().to_owned();
        Recorded {
            name: text("name"),
            chain_id: text("chain_id"),
            number: tx["account_number"].as_u64().unwrap(),
            hash: text("hash"),
            bytes: STANDARD.decode(text("tx")).unwrap(),
            key: key(&text("signer")),
        }
    });
    all.collect()
}

fn one(name: &str) -> Recorded {
    recorded().into_iter().find(|tx| tx.name == name).unwrap_or_else(|| panic!("no recording {name}"))
}

impl Recorded {
    fn parts(&self) -> (TxRaw, TxBody, AuthInfo) {
        let raw = TxRaw::decode(self.bytes.as_slice()).unwrap();
        let body = TxBody::decode(raw.body_bytes.as_slice()).unwrap();
        let auth_info = AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap();
        (raw, body, auth_info)
    }
}

#[test]
fn recorded_signatures_verify_and_are_what_we_would_sign() {
    let all = recorded();
    assert_eq!(all.len(), 49);
    for tx in &all {
        let (name, raw) = (&tx.name, tx.parts().0);
        assert_eq!(tx_hash(&tx.bytes), tx.hash, "{name}");
        assert_eq!(verify(&tx.bytes, &tx.chain_id, &[tx.number]), Ok(()), "{name}");
        let message = sign_bytes(&raw.body_bytes, &raw.auth_info_bytes, &tx.chain_id, tx.number);
        assert_eq!(raw.signatures, [tx.key.sign(&message).to_vec()], "{name}");
    }
}

#[test]
fn recorded_transactions_are_rebuilt_to_the_byte() {
    for tx in recorded() {
        let (_, body, auth_info) = tx.parts();
        let fee = auth_info.fee.unwrap();
        let amount =
            fee.amount.iter().map(|coin| Coin::new(coin.amount.parse().unwrap(), &coin.denom).unwrap());
        let fee = Fee { amount: amount.collect(), gas_limit: fee.gas_limit };
        let account = Account { number: tx.number, sequence: auth_info.signer_infos[0].sequence };
        let body = Body { messages: body.messages, memo: body.memo, timeout_height: body.timeout_height };
        let signed = sign(&body, &fee, &tx.chain_id, &[(&tx.key, account)]);
        assert_eq!(hex::encode(signed.bytes), hex::encode(&tx.bytes), "{}", tx.name);
        assert_eq!(signed.hash, tx.hash, "{}", tx.name);
    }
}

#[test]
fn recorded_signatures_bind_chain_and_account() {
    let tx = one("09_delegate_alice");
    let wrong = Err(SignError::Signature(0));
    assert_eq!(verify(&tx.bytes, "prov", &[tx.number]), wrong);
    assert_eq!(verify(&tx.bytes, &tx.chain_id, &[tx.number + 1]), wrong);
    let count = |accounts| Err(SignError::Count { signers: 1, signatures: 1, accounts });
    assert_eq!(verify(&tx.bytes, &tx.chain_id, &[]), count(0));
    assert_eq!(verify(&tx.bytes, &tx.chain_id, &[3, 3]), count(2));
}

fn stake(amount: u128) -> Coin {
    Coin::new(amount, "stake").unwrap()
}

fn ed25519(text: &str) -> ConsKey {
    ConsKey::ed25519(&STANDARD.decode(text).unwrap()).unwrap()
}

#[test]
fn recorded_messages_are_what_the_constructors_build() {
    let (user, alice, bob) = (key("user").address(), key("alice"), key("bob"));
    let on_provider = |address: &AccAddr| address.to_text("cosmos");
    let operator = |key: &Key| key.operator().to_text("cosmosvaloper");
    let dec = |text: &str| text.parse::<Dec>().unwrap();
    let new_validator = msgs::NewValidator {
        operator: operator(&bob),
        key: ed25519("7rJtYzDhoatjTos2CaF3UXQc4vtJUC0vYbLoXLOwAVI="),
        moniker: "bob".to_owned(),
        details: "ghost validator".to_owned(),
        self_delegation: stake(5_000_000),
        self_delegation_min: 1,
        commission: dec("0.1"),
        commission_max: dec("0.2"),
        commission_change_max: dec("0.01"),
    };
    let consumer_key = ed25519("/Oskm8CE+j7W+gaNZhFaz1oKHrbaZEA3R5nN5xO+26I=");
    let bobs_key =
        r#"{"@type":"/cosmos.crypto.ed25519.PubKey","key":"Y/SksRV4N5Q+iXtjvI+NUYLwFdn4XJ28jUlZv4ToRGk="}"#;
    let (alice_addr, bob_addr) = (on_provider(&alice.address()), on_provider(&bob.address()));
    let consumer_send = msgs::send(
        &user.to_text("consumer"),
        &key("owner").address().to_text("consumer"),
        &parse_coins("5stake").unwrap(),
    );
    let cases: [(&str, Any); 10] = [
        ("02_create_validator_bob", msgs::create_validator(&new_validator)),
        ("03_opt_in_alice_with_key", msgs::opt_in(&alice_addr, &operator(&alice), "0", Some(&consumer_key))),
        ("05_opt_in_bob_no_key", msgs::opt_in(&bob_addr, &operator(&bob), "0", None)),
        ("06_assign_key_bob", msgs::assign_consumer_key(&bob_addr, &operator(&bob), "0", bobs_key)),
        ("09_delegate_alice", msgs::delegate(&on_provider(&user), &operator(&alice), &stake(7_000_000))),
        ("11_opt_out_bob", msgs::opt_out(&bob_addr, &operator(&bob), "0")),
        ("12_undelegate_alice", msgs::undelegate(&on_provider(&user), &operator(&alice), &stake(2_000_000))),
        ("25_remove_consumer_0", msgs::remove_consumer(&on_provider(&key("owner").address()), "0")),
        ("30_consumer_bank_send", consumer_send),
        ("50_remove_consumer_0_run2", msgs::remove_consumer(&on_provider(&key("owner").address()), "0")),
    ];
    for (name, message) in cases {
        assert_eq!(one(name).parts().1.messages, [message], "{name}");
    }
}

#[test]
fn recorded_consumer_messages_come_back_to_the_byte() {
    let mut ran = 0;
    for tx in recorded() {
        let message = tx.parts().1.messages.remove(0);
        let again = match message.type_url.rsplit('.').next().unwrap() {
            "MsgCreateConsumer" => {
                msgs::create_consumer(&MsgCreateConsumer::decode(message.value.as_slice()).unwrap())
            }
            "MsgUpdateConsumer" => {
                msgs::update_consumer(&MsgUpdateConsumer::decode(message.value.as_slice()).unwrap())
            }
            _ => continue,
        };
        assert_eq!(again, message, "{}", tx.name);
        ran += 1;
    }
    assert_eq!(ran, 12);
}

#[test]
fn recorded_account_answer_gives_number_and_sequence() {
    let file = file();
    let recorded = &file["account_answer"];
    let answer = STANDARD.decode(recorded["value"].as_str().unwrap()).unwrap();
    let relayer = key("relayer").address();
    assert_eq!(relayer.to_text("cosmos"), recorded["address"].as_str().unwrap());
    let expected = Account { number: 4, sequence: 14 };
    assert_eq!(Account::from_answer(&answer, "cosmos", &relayer), Ok(expected));
    assert_eq!(
        Account::from_answer(&answer, "cosmos", &key("user").address()),
        Err(AccountError::Other(relayer.to_text("cosmos")))
    );
    assert_eq!(Account::from_answer(&[], "cosmos", &relayer), Err(AccountError::Missing));
    assert_eq!(Account::from_answer(&[0xff], "cosmos", &relayer), Err(AccountError::Undecodable));
    let module = answer.iter().map(|byte| if *byte == b'B' { b'b' } else { *byte }).collect::<Vec<_>>();
    assert_eq!(
        Account::from_answer(&module, "cosmos", &relayer),
        Err(AccountError::Kind("/cosmos.auth.v1beta1.baseAccount".to_owned()))
    );
}
