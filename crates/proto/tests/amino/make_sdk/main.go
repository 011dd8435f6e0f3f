// Prints sdk.json: transactions with contents made at random, and what is signed of them in SIGN_MODE_LEGACY_AMINO_JSON by
// the SDK's own encoder. `go mod tidy && go run -ldflags=-checklinkname=0 . >../sdk.json`
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strings"

	"cosmossdk.io/api/amino"
	_ "cosmossdk.io/api/cosmos/auth/v1beta1"
	_ "cosmossdk.io/api/cosmos/bank/v1beta1"
	basev1beta1 "cosmossdk.io/api/cosmos/base/v1beta1"
	_ "cosmossdk.io/api/cosmos/crypto/ed25519"
	_ "cosmossdk.io/api/cosmos/crypto/secp256k1"
	_ "cosmossdk.io/api/cosmos/distribution/v1beta1"
	_ "cosmossdk.io/api/cosmos/evidence/v1beta1"
	_ "cosmossdk.io/api/cosmos/gov/v1"
	_ "cosmossdk.io/api/cosmos/gov/v1beta1"
	_ "cosmossdk.io/api/cosmos/slashing/v1beta1"
	_ "cosmossdk.io/api/cosmos/staking/v1beta1"
	txv1beta1 "cosmossdk.io/api/cosmos/tx/v1beta1"
	"cosmossdk.io/x/tx/signing"
	"cosmossdk.io/x/tx/signing/aminojson"
	cosmos_proto "github.com/cosmos/cosmos-proto"
	_ "github.com/cosmos/cosmos-sdk/x/bank/types"
	_ "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	_ "github.com/cosmos/cosmos-sdk/x/gov/types/v1beta1"
	_ "github.com/cosmos/cosmos-sdk/x/staking/types"
	gogoproto "github.com/cosmos/gogoproto/proto"
	_ "github.com/cosmos/ibc-go/v10/modules/apps/transfer/types"
	_ "github.com/cosmos/ibc-go/v10/modules/light-clients/07-tendermint"
	_ "github.com/cosmos/interchain-security/v7/x/ccv/consumer/types"
	_ "github.com/cosmos/interchain-security/v7/x/ccv/provider/types"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/anypb"
)

const perMessage = 6

var messages = strings.Fields(`
cosmos.auth.v1beta1.MsgUpdateParams
cosmos.bank.v1beta1.MsgSend cosmos.bank.v1beta1.MsgMultiSend cosmos.bank.v1beta1.MsgSetSendEnabled cosmos.bank.v1beta1.MsgUpdateParams
cosmos.distribution.v1beta1.MsgSetWithdrawAddress cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward
cosmos.distribution.v1beta1.MsgWithdrawValidatorCommission
cosmos.evidence.v1beta1.MsgSubmitEvidence
cosmos.gov.v1.MsgCancelProposal cosmos.gov.v1.MsgDeposit cosmos.gov.v1.MsgExecLegacyContent cosmos.gov.v1.MsgSubmitProposal
cosmos.gov.v1.MsgUpdateParams cosmos.gov.v1.MsgVote cosmos.gov.v1.MsgVoteWeighted
cosmos.gov.v1beta1.MsgDeposit cosmos.gov.v1beta1.MsgSubmitProposal cosmos.gov.v1beta1.MsgVote cosmos.gov.v1beta1.MsgVoteWeighted
cosmos.slashing.v1beta1.MsgUnjail cosmos.slashing.v1beta1.MsgUpdateParams
cosmos.staking.v1beta1.MsgBeginRedelegate cosmos.staking.v1beta1.MsgCancelUnbondingDelegation cosmos.staking.v1beta1.MsgCreateValidator
cosmos.staking.v1beta1.MsgDelegate cosmos.staking.v1beta1.MsgEditValidator cosmos.staking.v1beta1.MsgUndelegate
cosmos.staking.v1beta1.MsgUpdateParams
ibc.applications.transfer.v1.MsgTransfer ibc.applications.transfer.v1.MsgUpdateParams
ibc.core.channel.v1.MsgAcknowledgement ibc.core.channel.v1.MsgChannelCloseConfirm ibc.core.channel.v1.MsgChannelCloseInit
ibc.core.channel.v1.MsgChannelOpenAck ibc.core.channel.v1.MsgChannelOpenConfirm ibc.core.channel.v1.MsgChannelOpenInit
ibc.core.channel.v1.MsgChannelOpenTry ibc.core.channel.v1.MsgRecvPacket ibc.core.channel.v1.MsgTimeout ibc.core.channel.v1.MsgTimeoutOnClose
ibc.core.client.v1.MsgCreateClient ibc.core.client.v1.MsgSubmitMisbehaviour ibc.core.client.v1.MsgUpdateClient ibc.core.client.v1.MsgUpdateParams
ibc.core.connection.v1.MsgConnectionOpenAck ibc.core.connection.v1.MsgConnectionOpenConfirm ibc.core.connection.v1.MsgConnectionOpenInit
ibc.core.connection.v1.MsgConnectionOpenTry ibc.core.connection.v1.MsgUpdateParams
interchain_security.ccv.consumer.v1.MsgUpdateParams
interchain_security.ccv.provider.v1.MsgAssignConsumerKey interchain_security.ccv.provider.v1.MsgChangeRewardDenoms
interchain_security.ccv.provider.v1.MsgCreateConsumer
interchain_security.ccv.provider.v1.MsgOptIn interchain_security.ccv.provider.v1.MsgOptOut interchain_security.ccv.provider.v1.MsgRemoveConsumer
interchain_security.ccv.provider.v1.MsgSetConsumerCommissionRate interchain_security.ccv.provider.v1.MsgSubmitConsumerDoubleVoting
interchain_security.ccv.provider.v1.MsgSubmitConsumerMisbehaviour interchain_security.ccv.provider.v1.MsgUpdateConsumer
interchain_security.ccv.provider.v1.MsgUpdateParams
`)

var inAny = []string{
	"cosmos.crypto.secp256k1.PubKey", "cosmos.crypto.ed25519.PubKey", "cosmos.bank.v1beta1.MsgSend",
	"cosmos.gov.v1beta1.TextProposal", "interchain_security.ccv.provider.v1.MsgOptIn",
	"ibc.lightclients.tendermint.v1.ConsensusState", "cosmos.gov.v1.MsgVote",
}

var texts = []string{"a", "cosmos1qqq", "uatom", "<b>&\"c\"\\/", "\u00e9\u2028\u2029\u65e5\U0001f600", "\n\r\t\b\f\x00\x1f\x7f", "0", "long " + strings.Repeat("x", 40)}

type filler struct{ *rand.Rand }

func (r filler) digits() string {
	n := 1 + r.Intn(24)
	s := string(rune('1' + r.Intn(9)))
	for i := 1; i < n; i++ {
		s += string(rune('0' + r.Intn(10)))
	}
	return s
}

func (r filler) bytes() []byte {
	b := make([]byte, 1+r.Intn(36))
	r.Read(b)
	return b
}

func find(name string) protoreflect.MessageDescriptor {
	d, err := gogoproto.HybridResolver.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		panic(err)
	}
	return d.(protoreflect.MessageDescriptor)
}

func (r filler) message(d protoreflect.MessageDescriptor, depth int) *dynamicpb.Message {
	m := dynamicpb.NewMessage(d)
	switch d.FullName() {
	case "google.protobuf.Any":
		inner := r.message(find(inAny[r.Intn(len(inAny))]), depth+1)
		b, _ := proto.MarshalOptions{Deterministic: true}.Marshal(inner)
		m.Set(d.Fields().ByName("type_url"), protoreflect.ValueOfString("/"+string(inner.Descriptor().FullName())))
		m.Set(d.Fields().ByName("value"), protoreflect.ValueOfBytes(b))
		return m
	case "google.protobuf.Timestamp":
		seconds := []int64{0, -62135596800, 253402300799, 1700000000, -1, 951782400, r.Int63n(4e9)}[r.Intn(7)]
		nanos := []int32{0, 1, 999999999, 100000000, 120, 5000, r.Int31n(1e9)}[r.Intn(7)]
		m.Set(d.Fields().ByName("seconds"), protoreflect.ValueOfInt64(seconds))
		m.Set(d.Fields().ByName("nanos"), protoreflect.ValueOfInt32(nanos))
		return m
	case "google.protobuf.Duration":
		m.Set(d.Fields().ByName("seconds"), protoreflect.ValueOfInt64([]int64{0, 1, 600, 9223372035, -5, r.Int63n(1e6)}[r.Intn(6)]))
		m.Set(d.Fields().ByName("nanos"), protoreflect.ValueOfInt32([]int32{0, 1, 999999999, r.Int31n(1e9)}[r.Intn(4)]))
		return m
	}
	for i := 0; i < d.Fields().Len(); i++ {
		f := d.Fields().Get(i)
		if f.FullName() == "ibc.applications.transfer.v1.MsgTransfer.encoding" {
			continue // of ibc-go 10, which the types that we read do not have
		}
		must := proto.GetExtension(f.Options(), amino.E_DontOmitempty).(bool)
		skip := r.Intn(10)
		if f.Kind() == protoreflect.MessageKind && !f.IsList() && must {
			skip = 1 + r.Intn(60)
		}
		if skip < 3 && skip > 0 || depth > 6 && !must || skip == 0 && !f.IsList() {
			continue
		}
		if f.ContainingOneof() != nil && m.WhichOneof(f.ContainingOneof()) != nil {
			continue
		}
		if f.IsList() {
			if skip == 0 && r.Intn(2) == 0 {
				continue
			}
			list := m.Mutable(f).List()
			for n := 1 + r.Intn(2); n > 0; n-- {
				list.Append(r.value(f, depth))
			}
			continue
		}
		m.Set(f, r.value(f, depth))
	}
	return m
}

func (r filler) value(f protoreflect.FieldDescriptor, depth int) protoreflect.Value {
	scalar := proto.GetExtension(f.Options(), cosmos_proto.E_Scalar).(string)
	number := scalar == "cosmos.Int" || scalar == "cosmos.Dec"
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(r.Intn(2) == 0)
	case protoreflect.StringKind:
		if number {
			return protoreflect.ValueOfString(r.digits())
		}
		return protoreflect.ValueOfString(texts[r.Intn(len(texts))])
	case protoreflect.BytesKind:
		if number {
			return protoreflect.ValueOfBytes([]byte(r.digits()))
		}
		return protoreflect.ValueOfBytes(r.bytes())
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(r.Intn(5)))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(r.Int31() - 1<<30)
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(r.Uint32())
	case protoreflect.Int64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(r.Int63() - 1<<62)
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(r.Uint64() >> r.Intn(64))
	case protoreflect.MessageKind:
		return protoreflect.ValueOfMessage(r.message(f.Message(), depth+1))
	}
	panic(f.FullName())
}

type entry struct {
	Name          string `json:"name"`
	Body          string `json:"body"`
	AuthInfo      string `json:"auth_info"`
	ChainID       string `json:"chain_id"`
	AccountNumber uint64 `json:"account_number,string"`
	Sequence      uint64 `json:"sequence,string"`
	// What is signed, or none where the encoder refuses.
	SignBytes *string `json:"sign_bytes"`
	Refused   string  `json:"refused,omitempty"`
}

func (r filler) entry(name string, extra func(*txv1beta1.TxBody, *txv1beta1.AuthInfo)) entry {
	inner, err := proto.MarshalOptions{Deterministic: true}.Marshal(r.message(find(name), 0))
	if err != nil {
		panic(err)
	}
	body := &txv1beta1.TxBody{Messages: []*anypb.Any{{TypeUrl: "/" + name, Value: inner}}}
	if r.Intn(3) == 0 {
		body.Memo = texts[r.Intn(len(texts))]
	}
	if r.Intn(3) == 0 {
		body.TimeoutHeight = r.Uint64() >> r.Intn(64)
	}
	auth := &txv1beta1.AuthInfo{Fee: &txv1beta1.Fee{GasLimit: uint64(r.Intn(1000000))}}
	for n := r.Intn(3); n > 0; n-- {
		auth.Fee.Amount = append(auth.Fee.Amount, &basev1beta1.Coin{Denom: "uatom", Amount: r.digits()})
	}
	if r.Intn(4) == 0 {
		auth.Fee.Payer = "cosmos1payer"
	}
	if r.Intn(4) == 0 {
		auth.Fee.Granter = "cosmos1granter"
	}
	if extra != nil {
		extra(body, auth)
	}
	det := proto.MarshalOptions{Deterministic: true}
	bodyBytes, _ := det.Marshal(body)
	authBytes, _ := det.Marshal(auth)
	e := entry{Name: name, Body: base64.StdEncoding.EncodeToString(bodyBytes), AuthInfo: base64.StdEncoding.EncodeToString(authBytes),
		ChainID: "chain-<1>", AccountNumber: r.Uint64() >> r.Intn(64), Sequence: uint64(r.Intn(3))}
	bytes, err := sign(body, auth, bodyBytes, authBytes, e)
	if err != nil {
		e.Refused = err.Error()
	} else {
		s := string(bytes)
		e.SignBytes = &s
	}
	return e
}

func sign(body *txv1beta1.TxBody, auth *txv1beta1.AuthInfo, bodyBytes, authBytes []byte, e entry) (b []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	handler := aminojson.NewSignModeHandler(aminojson.SignModeHandlerOptions{})
	return handler.GetSignBytes(context.Background(),
		signing.SignerData{Address: "cosmos1signer", ChainID: e.ChainID, AccountNumber: e.AccountNumber, Sequence: e.Sequence},
		signing.TxData{Body: body, AuthInfo: auth, BodyBytes: bodyBytes, AuthInfoBytes: authBytes})
}

func main() {
	var all []entry
	for i, name := range messages {
		r := filler{rand.New(rand.NewSource(int64(i)))}
		n := perMessage
		if strings.HasPrefix(name, "ibc.core.") || strings.Contains(name, "MsgSubmitConsumer") {
			n = 3
		}
		for ; n > 0; n-- {
			all = append(all, r.entry(name, nil))
		}
	}
	r := filler{rand.New(rand.NewSource(99))}
	two := func(b *txv1beta1.TxBody, _ *txv1beta1.AuthInfo) { b.Messages = append(b.Messages, b.Messages[0]) }
	noFee := func(_ *txv1beta1.TxBody, a *txv1beta1.AuthInfo) { a.Fee = nil }
	critical := func(b *txv1beta1.TxBody, _ *txv1beta1.AuthInfo) {
		b.ExtensionOptions = []*anypb.Any{b.Messages[0]}
	}
	other := func(b *txv1beta1.TxBody, _ *txv1beta1.AuthInfo) {
		b.NonCriticalExtensionOptions = []*anypb.Any{b.Messages[0]}
	}
	// A field that no message has, in the message (9), and one that may be left unread (1033).
	field := func(tail ...byte) func(*txv1beta1.TxBody, *txv1beta1.AuthInfo) {
		return func(b *txv1beta1.TxBody, _ *txv1beta1.AuthInfo) {
			b.Messages[0].Value = append(b.Messages[0].Value, tail...)
		}
	}
	for _, change := range []func(*txv1beta1.TxBody, *txv1beta1.AuthInfo){two, noFee, critical, other, field(0x48, 1), field(0xc8, 0x40, 1)} {
		all = append(all, r.entry("cosmos.bank.v1beta1.MsgSend", change))
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	fmt.Print("{\"cases\": [\n")
	for i, e := range all {
		e.Name = fmt.Sprintf("%d %s", i, e.Name)
		if i > 0 {
			fmt.Print(",")
		}
		if err := out.Encode(e); err != nil {
			panic(err)
		}
	}
	fmt.Println("]}")
}
