// What a wallet or a dApp does through CosmJS, on a provider and, where there is one, on a consumer. Says what it did, a line
// each; ends with an error at the first thing that is not as it should be.
//
// Its argument is a JSON object: `mnemonic`, `provider` and maybe `consumer`, each with `rpc`, `chainId` and `prefix`,
// of a consumer its `id` on the provider too, and `validator`, an operator of the provider.
import assert from "node:assert/strict";
import { Secp256k1HdWallet, makeCosmoshubPath } from "@cosmjs/amino";
import { DirectSecp256k1HdWallet, Registry } from "@cosmjs/proto-signing";
import {
  AminoTypes,
  GasPrice,
  QueryClient,
  SigningStargateClient,
  StargateClient,
  assertIsDeliverTxSuccess,
  createDefaultAminoConverters,
  createProtobufRpcClient,
  defaultRegistryTypes,
  setupAuthExtension,
  setupBankExtension,
  setupGovExtension,
  setupIbcExtension,
  setupStakingExtension,
  setupTxExtension,
} from "@cosmjs/stargate";
import { connectComet } from "@cosmjs/tendermint-rpc";

const { mnemonic, provider, consumer, validator } = JSON.parse(process.argv[2]);
const stake = (amount) => ({ denom: "stake", amount: String(amount) });
const fee = { amount: [stake(2000)], gas: "500000" };
const done = (what) => console.log(what);

async function until(what, look) {
  for (const began = Date.now(); Date.now() - began < 300_000; ) {
    const found = await look();
    if (found) return found;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`no ${what} after five minutes`);
}

// Protobuf by hand: texts and messages, which is all that is needed of what CosmJS does not know.
const field = (number, content) => {
  const bytes = Buffer.from(content);
  const length = [];
  for (let rest = bytes.length; rest > 127 || length.push(rest) < 0; rest >>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
};
const optIn = "/interchain_security.ccv.provider.v1.MsgOptIn";
const createConsumer = "/interchain_security.ccv.provider.v1.MsgCreateConsumer";
const encoder = (encode) => ({ encode: (message) => ({ finish: () => encode(message) }), decode: () => ({}), fromPartial: (message) => message });
const registry = new Registry([
  ...defaultRegistryTypes,
  [optIn, encoder(({ provider_addr, signer, consumer_id }) => Buffer.concat([field(2, provider_addr), field(4, signer), field(5, consumer_id)]))],
  [
    createConsumer,
    encoder(({ submitter, chain_id, metadata: { name, description, metadata } }) =>
      Buffer.concat([field(1, submitter), field(2, chain_id), field(3, Buffer.concat([field(1, name), field(2, description), field(3, metadata)]))]),
    ),
  ],
]);
const asItIs = (aminoType) => ({ aminoType, toAmino: (message) => message, fromAmino: (message) => message });
const aminoTypes = new AminoTypes({ ...createDefaultAminoConverters(), [optIn]: asItIs(optIn), [createConsumer]: asItIs(createConsumer) });

// Two ways to sign for the accounts of the mnemonic at these places.
const signers = {
  direct: (prefix, ...places) => DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix, hdPaths: places.map(makeCosmoshubPath) }),
  amino: (prefix, ...places) => Secp256k1HdWallet.fromMnemonic(mnemonic, { prefix, hdPaths: places.map(makeCosmoshubPath) }),
};

async function connect(chain, mode, ...places) {
  const signer = await signers[mode](chain.prefix, ...places);
  const options = { registry, aminoTypes, broadcastPollIntervalMs: 100, broadcastTimeoutMs: 300_000, gasPrice: GasPrice.fromString("0.01stake") };
  const client = await SigningStargateClient.connectWithSigner(chain.rpc, signer, options);
  const addresses = (await signer.getAccounts()).map(({ address }) => address);
  return { client, addresses };
}

async function reads(chain) {
  const client = await StargateClient.connect(chain.rpc);
  assert.equal(await client.getChainId(), chain.chainId);
  const height = await client.getHeight();
  assert(height > 0);
  const block = await client.getBlock(height);
  assert.equal(block.header.height, height);
  assert.equal(block.header.chainId, chain.chainId);
  assert.match(block.id, /^[0-9A-F]{64}$/);
  assert.equal((await client.getBlock()).header.chainId, chain.chainId);

  const [alice] = (await (await signers.direct(chain.prefix, 0)).getAccounts()).map(({ address }) => address);
  // No key of anybody's is behind this one.
  const [nobody] = (await (await signers.direct(chain.prefix, 4711)).getAccounts()).map(({ address }) => address);
  const account = await client.getAccount(alice);
  assert.equal(account.address, alice);
  assert.equal(await client.getAccount(nobody), null);
  await assert.rejects(client.getSequence(nobody), /does not exist on chain/);
  assert(BigInt((await client.getBalance(alice, "stake")).amount) > 1_000_000n);
  assert.deepEqual(await client.getBalance(nobody, "stake"), stake(0));
  assert.deepEqual(await client.getAllBalances(nobody), []);
  assert((await client.getAllBalances(alice)).some(({ denom }) => denom === "stake"));
  assert.equal(await client.getTx("0".repeat(64)), null);
  client.disconnect();
  done(`${chain.chainId}: chain id, height, blocks, accounts, balances`);
}

async function sends(chain, mode) {
  const { client, addresses: [alice, bob] } = await connect(chain, mode, 0, 1);
  const before = BigInt((await client.getBalance(bob, "stake")).amount);
  const message = { typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: { fromAddress: alice, toAddress: bob, amount: [stake(7)] } };
  const gas = await client.simulate(alice, [message], "a memo");
  assert(gas > 20_000 && gas < 200_000, `${gas} gas`);
  const { sequence } = await client.getSequence(alice);

  // "auto" simulates, and pays for 1.4 times as much gas.
  const memo = "tea & <cake> \u2615";
  const sent = await client.signAndBroadcast(alice, [message], "auto", memo);
  assertIsDeliverTxSuccess(sent);
  assert.equal(BigInt((await client.getBalance(bob, "stake")).amount), before + 7n);
  assert.equal((await client.getSequence(alice)).sequence, sequence + 1);
  assert(sent.gasUsed > 0 && sent.gasUsed <= sent.gasWanted);

  const found = await client.getTx(sent.transactionHash);
  assert.equal(found.hash, sent.transactionHash);
  assert.equal(found.height, sent.height);
  assert.equal(found.code, 0);
  assert.deepEqual(found.msgResponses.map(({ typeUrl }) => typeUrl), ["/cosmos.bank.v1beta1.MsgSendResponse"]);
  assert(found.events.some(({ type, attributes }) => type === "transfer" && attributes.some(({ key, value }) => key === "recipient" && value === bob)));
  for (const query of [[{ key: "transfer.recipient", value: bob }, { key: "tx.height", value: sent.height }], `tx.height=${sent.height}`]) {
    const all = await client.searchTx(query);
    assert(all.some(({ hash }) => hash === sent.transactionHash), JSON.stringify(query));
  }
  done(`${chain.chainId}: simulated, sent (${mode}), found by hash and by search`);

  const signed = await client.sign(alice, [message], fee, "signed, and sent without waiting");
  assert.equal(signed.signatures.length, 1);
  const hash = await client.broadcastTxSync(Buffer.concat([field(1, signed.bodyBytes), field(2, signed.authInfoBytes), field(3, signed.signatures[0])]));
  const later = await until("transaction", () => client.getTx(hash));
  assert.equal(later.code, 0);

  const rich = BigInt((await client.getBalance(alice, "stake")).amount);
  const tooMuch = { ...message, value: { ...message.value, amount: [stake(rich)] } };
  const failed = await client.signAndBroadcast(alice, [tooMuch], fee);
  assert.equal(failed.code, 5);
  assert.throws(() => assertIsDeliverTxSuccess(failed), /^Error: Error when broadcasting tx [0-9A-F]{64} at height \d+\. Code: 5; Raw log: failed to execute message; message index: 0: spendable balance \d+stake is smaller than \d+stake: insufficient funds$/);
  await assert.rejects(client.simulate(alice, [tooMuch], ""), /insufficient funds/);
  await assert.rejects(
    client.signAndBroadcast(alice, [message], { amount: [stake(2n * rich)], gas: "500000" }),
    /Error: Broadcasting transaction failed with code 5 \(codespace: sdk\)\. Log: spendable balance \d+stake is smaller than \d+stake: insufficient funds: insufficient funds$/,
  );
  await assert.rejects(
    client.signAndBroadcast(alice, [message], { amount: [stake(2000)], gas: "1" }),
    /Error: Broadcasting transaction failed with code 11 \(codespace: sdk\)\. Log: out of gas in location: \w+; gasWanted: 1, gasUsed: \d+: out of gas$/,
  );
  client.disconnect();
  done(`${chain.chainId}: refused what cannot be paid (${mode})`);
}

async function delegates(chain, mode) {
  const { client, addresses: [alice] } = await connect(chain, mode, 0);
  const staked = async () => BigInt((await client.getDelegation(alice, validator))?.amount ?? 0);
  const before = await staked();
  const result = await client.delegateTokens(alice, validator, stake(1_000_000), fee, "a delegation");
  assertIsDeliverTxSuccess(result);
  assert.equal(await staked(), before + 1_000_000n);
  assert.deepEqual(await client.getBalanceStaked(alice), stake(before + 1_000_000n));
  const undelegated = await client.undelegateTokens(alice, validator, stake(400_000), fee);
  assertIsDeliverTxSuccess(undelegated);
  assert.equal(await staked(), before + 600_000n);
  const cancel = { delegatorAddress: alice, validatorAddress: validator, amount: stake(100_000), creationHeight: BigInt(undelegated.height) };
  assertIsDeliverTxSuccess(await client.signAndBroadcast(alice, [{ typeUrl: "/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation", value: cancel }], fee));
  assert.equal(await staked(), before + 700_000n);
  const [nobody] = (await (await signers.direct(chain.prefix, 4711)).getAccounts()).map(({ address }) => address);
  assert.equal(await client.getDelegation(nobody, validator), null);
  client.disconnect();
  done(`${chain.chainId}: delegated, undelegated and thought better of it (${mode})`);
}

// Its operator changes what the first validator says of itself; what is not to change is left as it is.
async function edits(chain, mode) {
  const { client, addresses: [owner] } = await connect(chain, mode, 20);
  const same = "[do-not-modify]";
  const description = { moniker: same, identity: same, website: same, securityContact: same, details: `by ${mode} & CosmJS` };
  const value = { description, validatorAddress: validator, commissionRate: "", minSelfDelegation: "" };
  assertIsDeliverTxSuccess(await client.signAndBroadcast(owner, [{ typeUrl: "/cosmos.staking.v1beta1.MsgEditValidator", value }], fee));
  const comet = await connectComet(chain.rpc);
  const found = (await QueryClient.withExtensions(comet, setupStakingExtension).staking.validator(validator)).validator.description;
  assert.deepEqual([found.moniker, found.details], ["val1", description.details]);
  comet.disconnect();
  client.disconnect();
  done(`${chain.chainId}: a validator edited (${mode})`);
}

// Messages that CosmJS does not know, signed under the names that the chain gives them.
async function registers(chain, mode) {
  const { client, addresses: [alice] } = await connect(chain, mode, 0);
  const message = { typeUrl: createConsumer, value: { submitter: alice, chain_id: `by-${mode}-1`, metadata: { name: "a <name>", description: "by CosmJS", metadata: "{}" } } };
  const result = await client.signAndBroadcast(alice, [message], fee);
  assertIsDeliverTxSuccess(result);
  const { value: id } = result.events.flatMap(({ attributes }) => attributes).find(({ key }) => key === "consumer_id");

  const comet = await connectComet(chain.rpc);
  const rpc = createProtobufRpcClient(QueryClient.withExtensions(comet));
  const ask = async (method, request) => Buffer.from(await rpc.request("interchain_security.ccv.provider.v1.Query", method, request));
  const one = await ask("QueryConsumerChain", field(1, id));
  assert(one.includes(`by-${mode}-1`) && one.includes("a <name>"));
  const all = await ask("QueryConsumerChains", Buffer.alloc(0));
  assert(all.includes(`by-${mode}-1`));
  assert((await ask("QueryParams", Buffer.alloc(0))).length > 0);
  await assert.rejects(ask("QueryConsumerChain", field(1, "99")), /Query failed with/);
  comet.disconnect();
  client.disconnect();
  done(`${chain.chainId}: a consumer registered (${mode}), and read by CCV queries`);
}

async function optsIn(chain, mode, consumerId) {
  const { client, addresses: [operator] } = await connect(chain, mode, 20);
  const message = { typeUrl: optIn, value: { provider_addr: validator, signer: operator, consumer_id: consumerId } };
  assertIsDeliverTxSuccess(await client.signAndBroadcast(operator, [message], fee));
  client.disconnect();
  done(`${chain.chainId}: a validator opted in (${mode})`);
}

async function queries(chain) {
  const comet = await connectComet(chain.rpc);
  assert.equal(comet.constructor.name, "Comet38Client");
  const [alice] = (await (await signers.direct(chain.prefix, 0)).getAccounts()).map(({ address }) => address);
  const client = QueryClient.withExtensions(comet, setupAuthExtension, setupBankExtension, setupIbcExtension, setupTxExtension);
  assert.equal((await client.auth.account(alice)).typeUrl, "/cosmos.auth.v1beta1.BaseAccount");
  assert.equal((await client.bank.balance(alice, "stake")).denom, "stake");
  const supply = await client.bank.totalSupply();
  assert(supply.supply.some(({ denom }) => denom === "stake"));
  assert.equal((await client.bank.supplyOf("stake")).denom, "stake");
  const { channels } = await client.ibc.channel.channels();
  const { clientStates } = await client.ibc.client.states();
  const { connections } = await client.ibc.connection.connections();
  assert.equal(channels.length, 2 * connections.length);
  assert(clientStates.length >= connections.length);
  await client.ibc.client.params();
  const denoms = client.ibc.transfer.denoms ?? client.ibc.transfer.denomTraces;
  await denoms();
  await client.ibc.transfer.params();
  for (const { portId, channelId } of channels) {
    assert.equal((await client.ibc.channel.channel(portId, channelId)).channel.counterparty.channelId, channels.find((one) => one.channelId === channelId).counterparty.channelId);
    await client.ibc.channel.packetCommitments(portId, channelId);
  }
  for (const { clientId } of connections) {
    await client.ibc.client.stateTm(clientId);
  }
  comet.disconnect();
  done(`${chain.chainId}: auth, bank and ibc extensions`);
}

async function staking(chain) {
  const comet = await connectComet(chain.rpc);
  const [alice] = (await (await signers.direct(chain.prefix, 0)).getAccounts()).map(({ address }) => address);
  const client = QueryClient.withExtensions(comet, setupStakingExtension, setupGovExtension);
  const { validators } = await client.staking.validators("BOND_STATUS_BONDED");
  assert(validators.some(({ operatorAddress }) => operatorAddress === validator));
  assert.equal((await client.staking.validator(validator)).validator.operatorAddress, validator);
  const { delegationResponse } = await client.staking.delegation(alice, validator);
  assert.equal(delegationResponse.delegation.delegatorAddress, alice);
  assert.equal((await client.staking.delegatorDelegations(alice)).delegationResponses.length, 1);
  assert.equal((await client.staking.unbondingDelegation(alice, validator)).unbond.entries.length > 0, true);
  assert((await client.staking.validatorDelegations(validator)).delegationResponses.length > 1);
  assert.equal((await client.staking.params()).params.bondDenom, "stake");
  assert(BigInt((await client.staking.pool()).pool.bondedTokens) > 0n);
  assert.equal((await client.gov.params("voting")).votingParams.votingPeriod.seconds > 0, true);
  await client.gov.proposals(0, "", "");
  comet.disconnect();
  done(`${chain.chainId}: staking and gov extensions`);
}

async function subscribes(chain) {
  const comet = await connectComet(chain.rpc.replace("http", "ws"));
  const heights = await new Promise((resolve, reject) => {
    const seen = [];
    const next = (block) => {
      seen.push(block.header?.height ?? block.height);
      if (seen.length === 3) resolve(seen);
    };
    comet.subscribeNewBlock().addListener({ next, error: reject, complete: () => reject(new Error("the stream ended")) });
    setTimeout(() => reject(new Error("no three blocks in five minutes")), 300_000).unref();
  });
  assert.deepEqual(heights, [heights[0], heights[0] + 1, heights[0] + 2]);
  // The same connection carries calls.
  const client = await StargateClient.create(comet);
  assert.equal(await client.getChainId(), chain.chainId);
  client.disconnect();
  done(`${chain.chainId}: blocks by subscription`);
}

async function transfers(from, to, mode) {
  const { client, addresses: [alice] } = await connect(from, mode, 0);
  const comet = await connectComet(to.rpc);
  const { channels } = await QueryClient.withExtensions(comet, setupIbcExtension).ibc.channel.channels();
  comet.disconnect();
  const other = await StargateClient.connect(to.rpc);
  const [bob] = (await (await signers.direct(to.prefix, 1)).getAccounts()).map(({ address }) => address);
  const vouchers = async () => (await other.getAllBalances(bob)).filter(({ denom }) => denom.startsWith("ibc/")).reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  const before = await vouchers();
  const { portId, channelId } = channels.find((one) => one.portId === "transfer").counterparty;
  const until_s = Math.floor(Date.now() / 1000) + 600;
  const result = await client.sendIbcTokens(alice, bob, stake(9), portId, channelId, { revisionNumber: 0n, revisionHeight: 0n }, until_s, fee, "by <IBC>");
  assertIsDeliverTxSuccess(result);
  await until("voucher", async () => (await vouchers()) === before + 9n);
  other.disconnect();
  client.disconnect();
  done(`${from.chainId}: coins sent to ${to.chainId} (${mode})`);
}

await reads(provider);
for (const mode of ["direct", "amino"]) {
  await sends(provider, mode);
  await delegates(provider, mode);
  await edits(provider, mode);
  await registers(provider, mode);
}
await queries(provider);
await staking(provider);
await subscribes(provider);
if (consumer) {
  await reads(consumer);
  await queries(consumer);
  for (const mode of ["direct", "amino"]) {
    await sends(consumer, mode);
    await optsIn(provider, mode, consumer.id);
    await transfers(provider, consumer, mode);
  }
}
// What CosmJS leaves open of a websocket would keep Node here.
process.exit(0);
