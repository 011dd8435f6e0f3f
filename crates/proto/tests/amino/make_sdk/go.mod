module amino

go 1.23.6

require (
	cosmossdk.io/api v0.7.6
	cosmossdk.io/x/tx v0.13.7
	github.com/cosmos/cosmos-proto v1.0.0-beta.5
	github.com/cosmos/cosmos-sdk v0.50.13
	github.com/cosmos/gogoproto v1.7.0
	github.com/cosmos/ibc-go/v10 v10.1.1
	github.com/cosmos/interchain-security/v7 v7.0.1
	google.golang.org/protobuf v1.36.5
)
