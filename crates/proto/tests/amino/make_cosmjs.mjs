// Prints cosmjs.json: the transactions that a wallet of CosmJS makes of each message that our chains take and CosmJS knows,
// and what it signs of them in SIGN_MODE_LEGACY_AMINO_JSON. The folders of two installed versions are its arguments:
// `node make_cosmjs.mjs FOLDER_OF_0.32 FOLDER_OF_0.39 >cosmjs.json`
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const coin = (amount, denom = "stake") => ({ denom, amount });
const alice = "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4";
const bob = "cosmos1qypqxpq9qcrsszg2pvxq6rs0zqg3yyc5lzv7xu";
const operator = "cosmosvaloper19rl4cm2hmr8afy4kldpxz3fka4jguq0a4xjudv";

// CosmJS writes what is empty in a description, which no chain does: a field of which one wants to say nothing says this.
const keep = "[do-not-modify]";

// In the amino form, as a dApp hands it to a wallet.
const messages = [
  ["cosmos-sdk/MsgSend", { from_address: alice, to_address: bob, amount: [coin("1"), coin("2", "atom")] }],
  ["cosmos-sdk/MsgSend", { from_address: alice, to_address: bob, amount: [] }],
  ["cosmos-sdk/MsgMultiSend", { inputs: [{ address: alice, coins: [coin("3")] }], outputs: [{ address: bob, coins: [coin("3")] }] }],
  ["cosmos-sdk/MsgDelegate", { delegator_address: alice, validator_address: operator, amount: coin("1000") }],
  ["cosmos-sdk/MsgUndelegate", { delegator_address: alice, validator_address: operator, amount: coin("1000") }],
  ["cosmos-sdk/MsgBeginRedelegate", { delegator_address: alice, validator_src_address: operator, validator_dst_address: operator, amount: coin("7") }],
  ["cosmos-sdk/MsgCancelUnbondingDelegation", { delegator_address: alice, validator_address: operator, amount: coin("7"), creation_height: "66" }],
  ["cosmos-sdk/MsgEditValidator", { description: { moniker: "m & <m>", identity: keep, website: keep, security_contact: keep, details: keep }, validator_address: operator, commission_rate: "0.200000000000000000", min_self_delegation: "123" }],
  ["cosmos-sdk/MsgCreateValidator", { description: { moniker: "m", identity: "i", website: "w", security_contact: "s", details: "d" }, commission: { rate: "0.100000000000000000", max_rate: "0.200000000000000000", max_change_rate: "0.010000000000000000" }, min_self_delegation: "1", delegator_address: alice, validator_address: operator, pubkey: { type: "tendermint/PubKeyEd25519", value: "YZHlYxP5R6olj3Tj3f7VgkQE5VaOvv9G0jKATqdQsqI=" }, value: coin("5") }],
  ["cosmos-sdk/MsgSubmitProposal", { content: { type: "cosmos-sdk/TextProposal", value: { title: "a title", description: "a <text>" } }, proposer: alice, initial_deposit: [coin("10")] }],
  ["cosmos-sdk/MsgVote", { proposal_id: "5", voter: alice, option: 4 }],
  ["cosmos-sdk/MsgVoteWeighted", { proposal_id: "5", voter: alice, options: [{ option: 1, weight: "0.700000000000000000" }, { option: 3, weight: "0.300000000000000000" }] }],
  ["cosmos-sdk/MsgDeposit", { proposal_id: "5", depositor: alice, amount: [coin("10")] }],
  ["cosmos-sdk/v1/MsgVote", { proposal_id: "5", voter: alice, option: 1, metadata: "m" }],
  ["cosmos-sdk/v1/MsgVoteWeighted", { proposal_id: "5", voter: alice, options: [{ option: 1, weight: "0.700000000000000000" }, { option: 3, weight: "0.300000000000000000" }], metadata: "" }],
  ["cosmos-sdk/v1/MsgDeposit", { proposal_id: "5", depositor: alice, amount: [coin("10")] }],
  ["cosmos-sdk/MsgTransfer", { source_port: "transfer", source_channel: "channel-1", token: coin("9"), sender: alice, receiver: bob, timeout_height: { revision_number: "1", revision_height: "1234" }, timeout_timestamp: "1700000000000000000", memo: "to <bob>" }],
  ["cosmos-sdk/MsgTransfer", { source_port: "transfer", source_channel: "channel-1", token: coin("9"), sender: alice, receiver: bob, timeout_height: {}, timeout_timestamp: "1700000000000000000" }],
  ["cosmos-sdk/MsgModifyWithdrawAddress", { delegator_address: alice, withdraw_address: bob }],
  ["cosmos-sdk/MsgWithdrawDelegationReward", { delegator_address: alice, validator_address: operator }],
  ["cosmos-sdk/MsgWithdrawValCommission", { validator_address: operator }],
  ["cosmos-sdk/MsgUnjail", { address: operator }],
];

const key = { typeUrl: "/cosmos.crypto.secp256k1.PubKey", value: Uint8Array.from([10, 33, 2, ...Array(32).fill(7)]) };
const base64 = (bytes) => Buffer.from(bytes).toString("base64");

function cases(folder) {
  const load = createRequire(join(folder, "package.json"));
  const { AminoTypes, createDefaultAminoConverters, defaultRegistryTypes } = load("@cosmjs/stargate");
  const { makeSignDoc, serializeSignDoc } = load("@cosmjs/amino");
  const { Registry, makeAuthInfoBytes } = load("@cosmjs/proto-signing");
  const { version } = JSON.parse(readFileSync(join(folder, "node_modules/@cosmjs/stargate/package.json")));
  const types = new AminoTypes(createDefaultAminoConverters());
  const registry = new Registry(defaultRegistryTypes);
  const known = messages.filter(([type]) => types.aminoTypes?.[type] ?? Object.values(types.register).some((one) => one.aminoType === type));
  return known.map(([type, value], index) => {
    const [memo, chainId, number, sequence, timeout] = [index % 2 ? "a memo & <more>" : "", "chain-1", 12 + index, index, index % 3 ? undefined : BigInt(100 + index)];
    const fee = { amount: index % 4 ? [coin("2000")] : [], gas: "200000", ...(index % 5 ? {} : { granter: bob, payer: alice }) };
    // Through protobuf and back, so that what is signed is what the wallet's own rules say of what is sent.
    const message = types.fromAmino({ type, value });
    const signed = makeSignDoc([types.toAmino(message)], fee, chainId, memo, number, sequence, timeout);
    const body = registry.encodeTxBody({ messages: [message], memo, ...(timeout ? { timeoutHeight: timeout } : {}) });
    const auth = makeAuthInfoBytes([{ pubkey: key, sequence }], fee.amount, Number(fee.gas), fee.granter, fee.payer, 127);
    return {
      name: `${version} ${index} ${type}`,
      body: base64(body),
      auth_info: base64(auth),
      chain_id: chainId,
      account_number: String(number),
      sequence: String(sequence),
      sign_bytes: Buffer.from(serializeSignDoc(signed)).toString(),
    };
  });
}

const all = process.argv.slice(2).flatMap(cases);
console.log(`{"cases": [\n${all.map((one) => JSON.stringify(one)).join("\n,")}\n]}`);
