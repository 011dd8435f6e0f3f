//! Transactions: what they do, what they cost, what they are refused for.

use crate::base_chain::*;
use ics_abci::{Application, Check, ConsKey, Height, Proposal, Verdict, module_address};
use ics_chain::modules::auth::{self, FEE_COLLECTOR};
use ics_chain::modules::bank;
use ics_chain::roles::STANDALONE;
use ics_chain::{Ctx, Error, Role};
use ics_client::{Body, Fee, msgs};
use ics_proto::Any;
use ics_proto::cosmos::bank::v1beta1::MsgMultiSend;
use ics_proto::cosmos::base::abci::v1beta1::TxMsgData;
use ics_proto::cosmos::tx::v1beta1::{AuthInfo, SimulateRequest, SimulateResponse, TxBody, TxRaw};
use prost::Message;

#[test]
fn a_transfer_moves_coins_pays_its_fee_and_says_so_in_the_sdks_events() {
    let mut chain = Chain::new();
    let draft = Draft::send(2, 3, 5);
    let tx = draft.sign(&chain);
    let signature = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(&TxRaw::decode(tx.as_slice()).unwrap().signatures[0])
    };
    let result = chain.deliver(&draft);
    assert_eq!(outcome(&result), good());
    assert_eq!(chain.balance(2), FUNDS - 5 - 2_000);
    assert_eq!(chain.balance(3), FUNDS + 5);
    assert_eq!(bank::balance(&chain.state(), &module_address(FEE_COLLECTOR), "stake"), Ok(2_000));
    assert_eq!(chain.account(2).sequence, 1);
    let account = auth::account(&chain.state(), &key(2).address()).unwrap().unwrap();
    assert_eq!(ConsKey::Secp256k1(account.key.unwrap()).address().0.to_vec(), key(2).address().0);
    let (from, to) = (address(2), address(3));
    let collector = module_address(FEE_COLLECTOR).to_text("cosmos");
    let events: Vec<String> = result.events.iter().map(text).collect();
    assert_eq!(
        events,
        [
            format!("coin_spent{{spender={from},amount=2000stake}}"),
            format!("coin_received{{receiver={collector},amount=2000stake}}"),
            format!("transfer{{recipient={collector},sender={from},amount=2000stake}}"),
            format!("message{{sender={from}}}"),
            format!("tx{{fee=2000stake,fee_payer={from}}}"),
            format!("tx{{acc_seq={from}/0}}"),
            format!("tx{{signature={signature}}}"),
            format!("message{{action=/cosmos.bank.v1beta1.MsgSend,sender={from},module=bank,msg_index=0}}"),
            format!("coin_spent{{spender={from},amount=5stake,msg_index=0}}"),
            format!("coin_received{{receiver={to},amount=5stake,msg_index=0}}"),
            format!("transfer{{recipient={to},sender={from},amount=5stake,msg_index=0}}"),
            format!("message{{sender={from},msg_index=0}}"),
        ]
    );
    let data = TxMsgData::decode(result.data.as_slice()).unwrap();
    let response = Any { type_url: "/cosmos.bank.v1beta1.MsgSendResponse".into(), value: vec![] };
    assert_eq!(data.msg_responses, [response]);
    assert_eq!(result.gas_wanted, 2_000_000);
    assert!(result.gas_used > 30_000 && result.gas_used < 120_000, "{}", result.gas_used);
}

#[test]
fn coins_are_sent_to_many_at_once_or_to_nobody() {
    let mut chain = Chain::new();
    let to_many = |all: u128, shares: &[(u8, u128)]| {
        let shares: Vec<_> = shares.iter().map(|(to, amount)| (address(*to), vec![coin(*amount)])).collect();
        Draft::of(2, vec![msgs::multi_send(&address(2), &[coin(all)], &shares)])
    };
    // Somebody new, somebody twice, and the sender.
    let result = chain.deliver(&to_many(10, &[(40, 4), (3, 1), (3, 2), (2, 3)]));
    assert_eq!(outcome(&result), good());
    assert_eq!((chain.balance(40), chain.balance(3)), (4, FUNDS + 3));
    assert_eq!(chain.balance(2), FUNDS - 7 - 2_000);
    assert_eq!(chain.account(40).sequence, 0);
    let (from, new) = (address(2), address(40));
    let events: Vec<String> = result.events.iter().map(text).skip(7).take(5).collect();
    assert_eq!(
        events,
        [
            format!(
                "message{{action=/cosmos.bank.v1beta1.MsgMultiSend,sender={from},module=bank,msg_index=0}}"
            ),
            format!("coin_spent{{spender={from},amount=10stake,msg_index=0}}"),
            format!("message{{sender={from},msg_index=0}}"),
            format!("coin_received{{receiver={new},amount=4stake,msg_index=0}}"),
            format!("transfer{{recipient={new},amount=4stake,msg_index=0}}"),
        ]
    );
    let other = |amend: fn(&mut MsgMultiSend)| {
        let mut message =
            MsgMultiSend::decode(to_many(2, &[(3, 2)]).body.messages[0].value.as_slice()).unwrap();
        amend(&mut message);
        Draft::of(2, vec![msgs::any(&message)])
    };
    let collector = module_address(FEE_COLLECTOR).to_text("cosmos");
    let to_collector = msgs::multi_send(&address(2), &[coin(1)], &[(collector.clone(), vec![coin(1)])]);
    let (of_bank, of_sdk) = (|code, log| refused("bank", code, log), |code, log| refused("sdk", code, log));
    let blocked = format!(
        "failed to execute message; message index: 0: {collector} is not allowed to receive funds: unauthorized"
    );
    let poor = format!(
        "failed to execute message; message index: 0: spendable balance {}stake is smaller than {}stake: insufficient funds",
        FUNDS - 6_007,
        2 * FUNDS
    );
    for (draft, expected) in [
        (other(|it| it.inputs.clear()), of_bank(2, "no inputs to send transaction")),
        (other(|it| it.outputs.clear()), of_bank(3, "no outputs to send transaction")),
        (other(|it| it.inputs.push(it.inputs[0].clone())), of_bank(9, "multiple senders not allowed")),
        (to_many(5, &[(3, 4)]), of_bank(4, "sum inputs != sum outputs")),
        (to_many(0, &[(3, 0)]), of_sdk(10, "0stake: invalid coins")),
        (to_many(5, &[(3, 5), (4, 0)]), of_sdk(10, "0stake: invalid coins")),
        (Draft::of(2, vec![to_collector]), of_sdk(4, &blocked)),
        (to_many(2 * FUNDS, &[(3, FUNDS), (4, FUNDS)]), of_sdk(5, &poor)),
    ] {
        let before = (chain.balance(3), chain.balance(4));
        assert_eq!(outcome(&chain.deliver(&draft)), expected);
        assert_eq!((chain.balance(3), chain.balance(4)), before);
    }
}

/// Everything that a transaction can be refused for in CheckTx; in a block it gets the same answer (but for the fee,
/// which is each node's own rule) and changes nothing.
#[test]
fn what_is_wrong_with_a_transaction_is_said_with_the_sdks_code_and_words() {
    let plain = || Draft::send(2, 3, 5);
    let amend = |amend: fn(&mut Draft)| {
        let mut draft = plain();
        amend(&mut draft);
        draft
    };
    let memo = "x".repeat(257);
    let cases: Vec<(&str, Draft, (String, u32, String))> = vec![
        (
            "sequence",
            amend(|draft| draft.sequence = Some(9)),
            refused("sdk", 32, "account sequence mismatch, expected 0, got 9: incorrect account sequence"),
        ),
        (
            "chain id",
            amend(|draft| draft.chain_id = "other-1".into()),
            refused(
                "sdk",
                4,
                "signature verification failed; please verify account number (2) and chain-id (base-1): (unable to verify single signer signature): unauthorized",
            ),
        ),
        (
            "account number",
            amend(|draft| draft.number = Some(7)),
            refused(
                "sdk",
                4,
                "signature verification failed; please verify account number (2) and chain-id (base-1): (unable to verify single signer signature): unauthorized",
            ),
        ),
        (
            "another's key",
            amend(|draft| draft.signers = vec![4]),
            refused(
                "sdk",
                8,
                &format!(
                    "pubKey does not match signer address {} with signer index: 0: invalid pubkey",
                    address(2)
                ),
            ),
        ),
        (
            "two signatures for one signer",
            amend(|draft| draft.signers = vec![2, 3]),
            refused("sdk", 4, "wrong number of signers; expected 1, got 2: unauthorized"),
        ),
        ("no signature", amend(|draft| draft.signers = vec![]), refused("sdk", 15, "no signatures supplied")),
        (
            "no gas",
            amend(|draft| draft.fee.gas_limit = 0),
            refused("sdk", 41, "must provide positive gas: invalid gas limit"),
        ),
        (
            "too much gas",
            amend(|draft| draft.fee.gas_limit = 1 << 63),
            refused(
                "sdk",
                18,
                "invalid gas supplied; 9223372036854775808 > 9223372036854775807: invalid request",
            ),
        ),
        (
            "gas for half the checks",
            amend(|draft| draft.fee.gas_limit = 1_000),
            refused(
                "sdk",
                11,
                "out of gas in location: ReadPerByte; gasWanted: 1000, gasUsed: 1141: out of gas",
            ),
        ),
        (
            "fee beyond what the payer owns",
            amend(|draft| draft.fee.amount = vec![coin(FUNDS + 1)]),
            refused(
                "sdk",
                5,
                "spendable balance 1000000000000stake is smaller than 1000000000001stake: insufficient funds: insufficient funds",
            ),
        ),
        (
            "fee twice the same",
            amend(|draft| draft.fee.amount = vec![coin(2_000), coin(1)]),
            refused("sdk", 13, "invalid fee amount: 2000stake,1stake: insufficient fee"),
        ),
        (
            "memo",
            Draft { body: Body { memo: memo.clone(), ..plain().body }, ..plain() },
            refused(
                "sdk",
                12,
                "maximum number of characters is 256 but received 257 characters: memo too large",
            ),
        ),
        (
            "no message",
            amend(|draft| draft.body.messages = vec![]),
            refused("sdk", 18, "must contain at least one message: invalid request"),
        ),
        (
            "unknown message",
            amend(|draft| draft.body.messages[0].type_url = "/x.y.MsgZ".into()),
            refused("sdk", 2, "unable to resolve type URL /x.y.MsgZ: tx parse error"),
        ),
        (
            "message that does not decode",
            amend(|draft| draft.body.messages[0].value = vec![0x0a]),
            refused(
                "sdk",
                2,
                "could not consume field value for tagNum: 1, wireType: \"bytes\"; unexpected EOF: tx parse error",
            ),
        ),
        (
            "no coins",
            amend(|draft| draft.body.messages = vec![ics_client::msgs::send(&address(2), &address(3), &[])]),
            refused("sdk", 10, ": invalid coins"),
        ),
        (
            "zero coins",
            amend(|draft| draft.body.messages = vec![send(2, 3, 0)]),
            refused("sdk", 10, "0stake: invalid coins"),
        ),
        (
            "to nowhere",
            amend(|draft| draft.body.messages = vec![ics_client::msgs::send(&address(2), "", &[coin(1)])]),
            refused("sdk", 7, "invalid to address: empty address string is not allowed: invalid address"),
        ),
        (
            "to another chain",
            amend(|draft| {
                let to = key(3).address().to_text("consumer");
                draft.body.messages = vec![ics_client::msgs::send(&address(2), &to, &[coin(1)])];
            }),
            refused(
                "sdk",
                7,
                "invalid to address: invalid Bech32 prefix; expected cosmos, got consumer: invalid address",
            ),
        ),
    ];
    for (name, draft, expected) in cases {
        let mut chain = Chain::new();
        let before = chain.app.app_hash();
        assert_eq!(outcome(&chain.check(&draft)), expected, "{name} in CheckTx");
        let tx = draft.sign(&chain);
        let with = chain.app.finalize_block(&chain.next(&[tx])).unwrap();
        assert_eq!(outcome(&with.txs[0]), expected, "{name} in a block");
        assert!(with.txs[0].events.is_empty() && with.txs[0].data.is_empty(), "{name}");
        let without = chain.app.finalize_block(&chain.next(&[])).unwrap();
        assert_eq!(with.app_hash, without.app_hash, "{name} changed state");
        assert_eq!(chain.app.app_hash(), before);
    }
}

#[test]
fn a_node_takes_no_transaction_below_its_price_but_a_block_does() {
    let mut chain = Chain::new();
    let pay = |amount: Vec<ics_client::Coin>| Draft {
        fee: Fee { amount, gas_limit: 2_000_000 },
        ..Draft::send(2, 3, 5)
    };
    let foo = ics_client::Coin { denom: "foo".into(), amount: 20_000 };
    for (draft, got) in [(pay(vec![coin(1)]), "1stake"), (pay(vec![]), ""), (pay(vec![foo]), "20000foo")] {
        let log = format!("insufficient fees; got: {got} required: 2000stake: insufficient fee");
        assert_eq!(outcome(&chain.check(&draft)), refused("sdk", 13, &log));
    }
    assert_eq!(outcome(&chain.check(&pay(vec![coin(1_999)]))).1, 13);
    assert_eq!(outcome(&chain.check(&pay(vec![coin(2_000)]))), good());
    let result = chain.deliver(&pay(vec![]));
    assert_eq!(outcome(&result), good());
    assert_eq!(text(&result.events[0]), format!("tx{{fee=,fee_payer={}}}", address(2)));
}

#[test]
fn a_transaction_is_good_up_to_its_timeout_height() {
    let mut chain = Chain::new();
    let timeout = |height| Draft {
        body: Body { timeout_height: height, ..Draft::send(2, 3, 5).body },
        ..Draft::send(2, 3, 5)
    };
    chain.block(&[]);
    assert_eq!(outcome(&chain.deliver(&timeout(3))), good());
    let log = "block height: 4, timeout height: 3: tx timeout height";
    assert_eq!(outcome(&chain.deliver(&timeout(3))), refused("sdk", 30, log));
    assert_eq!(outcome(&chain.check(&timeout(3))), refused("sdk", 30, log));
}

#[test]
fn one_flipped_bit_of_a_signature_is_refused_though_the_good_one_is_remembered() {
    let mut chain = Chain::new();
    let good_tx = Draft::send(2, 3, 5).sign(&chain);
    assert_eq!(chain.app.check_tx(&good_tx, Check::New).code, 0);
    chain.block(&[]);
    let mut raw = TxRaw::decode(good_tx.as_slice()).unwrap();
    raw.signatures[0][40] ^= 1;
    let bad = raw.encode_to_vec();
    let result = chain.block(&[bad.clone(), good_tx]);
    assert_eq!((result.txs[0].code, result.txs[1].code), (4, 0));
    // Without a memory the results are the same.
    let mut fresh = Chain::new();
    let good_tx = Draft::send(2, 3, 5).sign(&fresh);
    fresh.block(&[]);
    assert_eq!(fresh.block(&[bad, good_tx]).txs, result.txs);
}

#[test]
fn who_has_no_account_cannot_pay() {
    let mut chain = Chain::new();
    let stranger = key(9);
    let message = ics_client::msgs::send(&address(9), &address(3), &[coin(1)]);
    let account = ics_client::Account { number: 0, sequence: 0 };
    let fee = Fee { amount: vec![], gas_limit: 200_000 };
    let tx = ics_client::sign(&Body::of(vec![message]), &fee, CHAIN_ID, &[(&stranger, account)]).bytes;
    let log = format!("fee payer address: {} does not exist: unknown address", address(9));
    assert_eq!(outcome(&chain.block(&[tx]).txs[0]), refused("sdk", 9, &log));
}

#[test]
fn who_receives_coins_for_the_first_time_gets_an_account() {
    let mut chain = Chain::new();
    assert_eq!(chain.deliver(&Draft::send(2, 9, 50_000)).code, 0);
    let account = auth::account(&chain.state(), &key(9).address()).unwrap().unwrap();
    // Five accounts of genesis, four of modules.
    assert_eq!((account.number, account.sequence, account.key), (9, 0, None));
    assert_eq!(chain.deliver(&Draft::send(9, 2, 1)).code, 0);
    assert_eq!(chain.balance(9), 50_000 - 1 - 2_000);
}

#[test]
fn a_failed_message_keeps_fee_and_sequence_and_undoes_what_was_written() {
    let mut chain = Chain::new();
    let draft = Draft::of(2, vec![send(2, 3, 5), send(2, 3, FUNDS)]);
    let result = chain.deliver(&draft);
    let log = "failed to execute message; message index: 1: spendable balance 999999997995stake is smaller than 1000000000000stake: insufficient funds";
    assert_eq!(outcome(&result), refused("sdk", 5, log));
    assert_eq!((chain.balance(2), chain.balance(3)), (FUNDS - 2_000, FUNDS));
    assert_eq!(chain.account(2).sequence, 1);
    assert_eq!(result.events.len(), 7, "those of the fee and the signature only");
    assert!(result.data.is_empty());
}

#[test]
fn every_message_has_its_index_on_its_events_and_its_response() {
    let mut chain = Chain::new();
    let result = chain.deliver(&Draft::of(2, vec![send(2, 3, 5), send(2, 4, 6)]));
    assert_eq!(outcome(&result), good());
    let indices: Vec<Option<&str>> = result.events.iter().map(|event| event.get("msg_index")).collect();
    assert_eq!(indices, [vec![None; 7], vec![Some("0"); 5], vec![Some("1"); 5]].concat());
    assert_eq!(TxMsgData::decode(result.data.as_slice()).unwrap().msg_responses.len(), 2);
}

#[test]
fn two_signers_sign_one_transaction_and_the_first_pays() {
    let mut chain = Chain::new();
    let mut draft = Draft::of(2, vec![send(2, 4, 5), send(3, 4, 6), send(2, 4, 7)]);
    draft.signers = vec![2, 3];
    assert_eq!(outcome(&chain.deliver(&draft)), good());
    assert_eq!(chain.balance(2), FUNDS - 12 - 2_000);
    assert_eq!((chain.balance(3), chain.balance(4)), (FUNDS - 6, FUNDS + 18));
    assert_eq!((chain.account(2).sequence, chain.account(3).sequence), (1, 1));
    draft.signers = vec![3, 2];
    assert_eq!(chain.deliver(&draft).code, 8);
}

#[test]
fn out_of_gas_in_a_message_keeps_the_fee_and_names_the_place() {
    let mut chain = Chain::new();
    let mut draft = Draft::send(2, 3, 5);
    let needed = chain.check(&draft).gas_used;
    chain.block(&[]);
    draft.fee.gas_limit = u64::try_from(needed).unwrap() + 100;
    let result = chain.deliver(&draft);
    assert_eq!((result.codespace.as_str(), result.code), ("sdk", 11));
    let (wanted, used) = (result.gas_wanted, result.gas_used);
    assert_eq!(
        result.log,
        format!("out of gas in location: ReadFlat; gasWanted: {wanted}, gasUsed: {used}: out of gas")
    );
    assert!(used > wanted);
    assert_eq!((chain.balance(2), chain.balance(3)), (FUNDS - 2_000, FUNDS));
    assert_eq!(chain.account(2).sequence, 1);
    assert_eq!(result.events.len(), 7);
}

#[test]
fn exactly_enough_gas_is_enough() {
    let mut chain = Chain::new();
    let mut draft = Draft::send(2, 3, 5);
    draft.fee.gas_limit = 100_000;
    let mut fork =
        Chain { app: chain.app.clone(), init: chain.init.clone(), now: chain.now, disk: chain.disk.clone() };
    let used = u64::try_from(fork.deliver(&draft).gas_used).unwrap();
    let size = draft.sign(&chain).len();
    draft.fee.gas_limit = used;
    let shorter = u64::try_from(size - draft.sign(&chain).len()).unwrap() * 10;
    draft.fee.gas_limit = used - shorter;
    assert_eq!(outcome(&chain.deliver(&draft)), good());
    draft.fee.gas_limit -= 1;
    assert_eq!(chain.deliver(&draft).code, 11);
}

#[test]
fn the_mempool_sees_sequences_and_fees_of_what_it_took_until_a_block_comes() {
    let mut chain = Chain::new();
    for sequence in 0..3 {
        let draft = Draft { sequence: Some(sequence), ..Draft::send(2, 3, 5) };
        assert_eq!(outcome(&chain.check(&draft)), good());
    }
    let again = chain.check(&Draft::send(2, 3, 5));
    let log = "account sequence mismatch, expected 3, got 0: incorrect account sequence";
    assert_eq!(outcome(&again), refused("sdk", 32, log));
    // A block without them brings back the committed state; what is rechecked counts again.
    chain.block(&[]);
    let tx = Draft::send(2, 3, 5).sign(&chain);
    assert_eq!(chain.app.check_tx(&tx, Check::Again).code, 0);
    assert_eq!(chain.app.check_tx(&tx, Check::Again).code, 32);
    assert_eq!(chain.balance(2), FUNDS, "the mempool's state is not the chain's");
}

#[test]
fn module_accounts_take_no_coins_from_strangers() {
    let mut chain = Chain::new();
    let pool = module_address("bonded_tokens_pool").to_text("cosmos");
    let message = ics_client::msgs::send(&address(2), &pool, &[coin(5)]);
    let log = format!(
        "failed to execute message; message index: 0: {pool} is not allowed to receive funds: unauthorized"
    );
    assert_eq!(outcome(&chain.deliver(&Draft::of(2, vec![message]))), refused("sdk", 4, &log));
}

fn unsigned(message: Any, sequence: u64, signatures: Vec<Vec<u8>>) -> Vec<u8> {
    // As CosmJS sends it: key given, mode unspecified, fee empty, signature empty.
    let info = ics_proto::cosmos::tx::v1beta1::SignerInfo {
        public_key: Some(key(2).public().to_any()),
        mode_info: Some(ics_proto::cosmos::tx::v1beta1::ModeInfo {
            sum: Some(ics_proto::cosmos::tx::v1beta1::mode_info::Sum::Single(Default::default())),
        }),
        sequence,
    };
    let auth = AuthInfo { signer_infos: vec![info], fee: Some(Default::default()), ..AuthInfo::default() };
    let body = TxBody { messages: vec![message], ..TxBody::default() };
    TxRaw { body_bytes: body.encode_to_vec(), auth_info_bytes: auth.encode_to_vec(), signatures }
        .encode_to_vec()
}

const SIMULATE: &str = "/cosmos.tx.v1beta1.Service/Simulate";

#[test]
#[allow(deprecated)]
fn a_simulation_needs_neither_signature_nor_fee_and_tells_the_gas() {
    let mut chain = Chain::new();
    let tx_bytes = unsigned(send(2, 3, 5), 0, vec![vec![]]);
    let before = chain.app.app_hash();
    let response: SimulateResponse =
        chain.ask(SIMULATE, &SimulateRequest { tx_bytes: tx_bytes.clone(), tx: None });
    let gas = response.gas_info.unwrap();
    assert_eq!(gas.gas_wanted, u64::MAX);
    let result = response.result.unwrap();
    assert_eq!(result.msg_responses.len(), 1);
    assert!(result.events.iter().any(|event| event.r#type == "transfer"));
    let used = u64::try_from(chain.deliver(&Draft::send(2, 3, 5)).gas_used).unwrap();
    assert!(gas.gas_used.abs_diff(used) < 1_500, "{} against {used}", gas.gas_used);
    assert_ne!(chain.app.app_hash(), before);
    // In a block, the same bytes are nobody's.
    assert_eq!(chain.block(&[tx_bytes]).txs[0].code, 41);
}

#[test]
#[allow(deprecated)]
fn a_simulation_runs_on_what_the_mempool_saw_and_says_why_it_fails() {
    let mut chain = Chain::new();
    assert_eq!(chain.check(&Draft::send(2, 3, 5)).code, 0);
    let simulate = |chain: &Chain, sequence| {
        let tx_bytes = unsigned(send(2, 3, 5), sequence, vec![vec![]]);
        chain.query(SIMULATE, &SimulateRequest { tx_bytes, tx: None })
    };
    assert_eq!(simulate(&chain, 1).code, 0);
    let stale = simulate(&chain, 0);
    let log = "account sequence mismatch, expected 1, got 0: incorrect account sequence with gas used: '";
    assert!(stale.log.starts_with(log) && stale.log.ends_with("': unknown request"), "{}", stale.log);
    assert_eq!((stale.codespace.as_str(), stale.code), ("sdk", 6));
    let path = "/app/simulate";
    let query = ics_abci::Query { path: path.into(), data: vec![], height: Height(0), prove: false };
    let empty = chain.app.query(&query);
    assert_eq!(empty.log, "failed to simulate tx: must contain at least one message: invalid request");
    assert_eq!((empty.codespace.as_str(), empty.code), ("sdk", 18));
    let data = unsigned(send(2, 3, 5), 1, vec![]);
    assert_eq!(chain.app.query(&ics_abci::Query { data, ..query }).code, 0);
}

fn only_delegations(_: &Ctx<'_>, urls: &[&str]) -> Result<(), Error> {
    if urls.iter().all(|url| *url == "/cosmos.staking.v1beta1.MsgDelegate") {
        return Ok(());
    }
    Err(Error::unregistered("tx contains unsupported message types at height"))
}

fn nothing_is_new(_: &mut Ctx<'_>, _: &[Any], _: ics_chain::tx::Mode) -> Result<(), Error> {
    Err(Error::refused("channel", 22, "packet messages are redundant"))
}

static GATED: Role =
    Role { message_filter: Some(only_delegations), relay_check: Some(nothing_is_new), ..STANDALONE_COPY };
const STANDALONE_COPY: Role = Role {
    name: "gated",
    stores: STANDALONE.stores,
    module_accounts: STANDALONE.module_accounts,
    init_genesis: STANDALONE.init_genesis,
    export_genesis: STANDALONE.export_genesis,
    begin_block: STANDALONE.begin_block,
    end_block: STANDALONE.end_block,
    msgs: STANDALONE.msgs,
    electorate: STANDALONE.electorate,
    queries: STANDALONE.queries,
    message_filter: None,
    relay_check: None,
    ports: STANDALONE.ports,
};

#[test]
fn a_role_decides_which_messages_are_taken_and_which_are_superfluous() {
    let mut chain = Chain::in_role(&GATED, |_| {});
    let log = "tx contains unsupported message types at height";
    assert_eq!(outcome(&chain.check(&Draft::send(2, 3, 5))), refused("undefined", 1, log));
    assert_eq!(outcome(&chain.deliver(&Draft::send(2, 3, 5))), refused("undefined", 1, log));
    let draft = Draft::delegate(2, 0, 5);
    assert_eq!(outcome(&chain.check(&draft)), refused("channel", 22, "packet messages are redundant"));
    assert_eq!(outcome(&chain.deliver(&draft)), good(), "asked by the mempool only");
}

#[test]
fn a_proposal_holds_what_fits_in_order() {
    let chain = Chain::new();
    let txs = vec![vec![0_u8; 100], vec![1; 200], vec![2; 10]];
    let proposal = |max_bytes| Proposal { height: Height(2), time: start(), max_bytes, txs: txs.clone() };
    // A key byte and a length of one byte (two from 128 on) stand before each.
    assert_eq!(chain.app.prepare(proposal(102)), txs[..1]);
    assert_eq!(chain.app.prepare(proposal(101)), txs[..0]);
    assert_eq!(chain.app.prepare(proposal(304)), txs[..1]);
    assert_eq!(chain.app.prepare(proposal(305)), txs[..2]);
    assert_eq!(chain.app.prepare(proposal(317)), txs);
    assert_eq!(chain.app.process(&proposal(317)), Verdict::Accept);
    assert_eq!(chain.app.process(&proposal(316)), Verdict::Reject);
}
