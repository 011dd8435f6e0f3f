//! Genesis transactions: signed as any other, and refused by their place and name.

use crate::base_chain::*;
use ics_abci::Application;
use ics_chain::App;
use ics_chain::modules::auth;
use ics_chain::roles::{PROVIDER, STANDALONE};
use serde_json::{Value, json};

/// Why a chain does not start where the second transaction of its genesis was changed.
fn halt(change: impl FnOnce(&mut Value)) -> String {
    let mut state = app_state();
    change(&mut state.genutil.gen_txs[1]);
    let text = |role| App::new(config(), role).init_chain(&genesis(&state)).unwrap_err().0;
    assert_eq!(text(&PROVIDER), text(&STANDALONE));
    text(&STANDALONE)
}

const FORGED: &str = "genesis: genutil.gen_txs[1] (val1): signature verification failed; please verify account number (0) \
                      and chain-id (base-1): (unable to verify single signer signature): unauthorized";

#[test]
fn a_genesis_transaction_that_was_changed_after_it_was_signed_is_refused_with_its_place_and_name() {
    assert_eq!(halt(|tx| tx["body"]["messages"][0]["value"]["amount"] = json!("89000000")), FORGED);
    assert_eq!(halt(|tx| tx["body"]["memo"] = json!("elsewhere")), FORGED);
    assert_eq!(halt(|tx| tx["auth_info"]["fee"]["gas_limit"] = json!("1")), FORGED);
    let other_moniker = halt(|tx| tx["body"]["messages"][0]["description"]["moniker"] = json!("mallory"));
    assert_eq!(other_moniker, FORGED.replace("val1", "mallory"));
}

#[test]
fn a_genesis_transaction_without_the_operators_signature_is_refused() {
    let first = |why: &str| format!("genesis: genutil.gen_txs[1] (val1): {why}");
    assert_eq!(halt(|tx| tx["signatures"] = json!([])), first("no signatures supplied"));
    assert_eq!(
        halt(|tx| *tx = gen_tx(3, &founder(1))),
        first(&format!(
            "pubKey does not match signer address {} with signer index: 0: invalid pubkey",
            address(1)
        ))
    );
    let nobody = halt(|tx| tx["auth_info"]["signer_infos"][0]["public_key"] = Value::Null);
    assert_eq!(nobody, first("pubkey on account is not set: invalid pubkey"));
    let elsewhere = ics_client::Body::of(vec![ics_client::msgs::create_validator(&founder(1))]);
    let elsewhere = ics_client::sign_genesis(&elsewhere, &key(1), "other-1").unwrap();
    let elsewhere = serde_json::from_str(&ics_proto::json::to_json_of(&elsewhere).unwrap()).unwrap();
    assert_eq!(halt(|tx| *tx = elsewhere), FORGED);
    assert_eq!(
        halt(|tx| tx["auth_info"]["signer_infos"][0]["sequence"] = json!("1")),
        first("account sequence mismatch, expected 0, got 1: incorrect account sequence")
    );
}

#[test]
fn a_genesis_transaction_does_what_its_message_may_and_no_more() {
    let mut new = founder(1);
    new.key = cons_key(0);
    assert_eq!(
        halt(|tx| *tx = gen_tx(1, &new)),
        "genesis: genutil.gen_txs[1] (val1): failed to execute message; message index: 0: validator already exist for this \
         pubkey; must use new validator pubkey"
    );
    let mut new = founder(1);
    new.self_delegation.amount = FUNDS + 1;
    assert_eq!(
        halt(|tx| *tx = gen_tx(1, &new)),
        "genesis: genutil.gen_txs[1] (val1): failed to execute message; message index: 0: spendable balance \
         1000000000000stake is smaller than 1000000000001stake: insufficient funds"
    );
    let send =
        ics_client::sign_genesis(&ics_client::Body::of(vec![send(1, 2, 5)]), &key(1), CHAIN_ID).unwrap();
    let send: Value = serde_json::from_str(&ics_proto::json::to_json_of(&send).unwrap()).unwrap();
    let idle = "genesis: genutil.gen_txs[1]: it must hold one message, a MsgCreateValidator: invalid request";
    assert_eq!(halt(|tx| *tx = send), idle);
    assert_eq!(halt(|tx| tx["body"]["messages"] = json!([])), idle);
    let text = halt(|tx| *tx = json!(7));
    assert!(text.starts_with("genesis: genutil.gen_txs[1]: cosmos.tx.v1beta1.Tx: "), "{text}");
    assert!(text.ends_with(": tx parse error"), "{text}");
}

#[test]
fn after_genesis_its_signers_have_keys_and_used_one_sequence() {
    let chain = Chain::new();
    let account = |index| auth::account(&chain.state(), &key(index).address()).unwrap().unwrap();
    assert_eq!(account(1).sequence, 1);
    let known = ics_client::PublicKey::from_bytes(&account(1).key.unwrap()).unwrap();
    assert_eq!(known.address(), key(1).address());
    assert_eq!((account(2).sequence, account(2).key), (0, None));
}

#[test]
fn genesis_transactions_beside_the_validators_of_a_chain_that_ran_before_are_refused() {
    let chain = Chain::new();
    let exported = chain.app.export(&ics_abci::Params::default()).unwrap();
    let mut state: Value = serde_json::from_slice(&exported.app_state).unwrap();
    state["genutil"] = json!({"gen_txs": [gen_tx(1, &founder(1))]});
    let document = ics_abci::Genesis { app_state: state.to_string().into_bytes(), ..exported };
    let config = ics_chain::Config { initial_height: document.initial_height, ..config() };
    assert_eq!(
        App::new(config, &STANDALONE).init_chain(&document).unwrap_err().0,
        "genesis: genutil.gen_txs must be empty beside the validators of a chain that ran before: invalid request"
    );
}
