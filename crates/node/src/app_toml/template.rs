//! The file that a new home begins with: every key that means something, with what it means.

use super::ChainKind;

const TEXT: &str = r#"# What this node does with its chain. Names and units are those of the Cosmos SDK's app.toml, which can be used as it is.
# Keys of the SDK's that are not here mean nothing here: they are ignored, and named when the node starts.

# What the chain is in interchain security: "provider", "consumer" or "standalone". Where the key is missing, the genesis
# document tells: its section `provider` or `ccvconsumer`.
role = "ROLE"

# The least prices of gas that this node's mempool takes, several behind commas: "0.001stake,0.002uatom".
minimum-gas-prices = PRICES

# How many of the last heights can be asked about: "default" keeps 1000, "everything" 2, "custom" pruning-keep-recent
# of them (2 to 100000). They are in memory. "nothing" keeps 1000 there, or pruning-keep-recent
# of them, and on the disk what every height since then is rebuilt from when somebody asks about it: what each block
# changed, and the whole state every 1000 blocks.
pruning = "default"
pruning-keep-recent = "0"
# The SDK forgets heights every so many blocks; here one is forgotten at every block. "custom" wants a number above 0.
pruning-interval = "0"

# The process stops after the block of this height; 0: never.
halt-height = 0

# The process stops after the first block whose time is this or later, in seconds since 1970; 0: never.
halt-time = 0

# Of how many of the last blocks CometBFT keeps at least; 0: all of them. Never fewer than evidence may be old.
min-retain-blocks = 0

[telemetry]

# Whether metrics are collected.
enabled = false

# In seconds; metrics are served for Prometheus where this is above 0.
prometheus-retention-time = 0

[api]

# Whether the REST gateway is served.
enable = false

# Whether the page that describes it is served beside it.
swagger = false

# Where. Nobody else reaches localhost.
address = "tcp://localhost:1317"

# Whether pages of any origin may ask. Unsafe where others reach the address.
enabled-unsafe-cors = false

# How long an answer may take, in seconds; 0: ten. Those of gRPC have ten too.
rpc-write-timeout = 0

# How many connections there are at once, while others wait; 0: as many as the system allows.
max-open-connections = 1000

[grpc]

# Whether gRPC is served.
enable = true

# Where.
address = "localhost:9090"
"#;

pub(super) fn fill(role: ChainKind, minimum_gas_prices: &str) -> String {
    let prices = toml::Value::from(minimum_gas_prices).to_string();
    TEXT.replacen("ROLE", role.word(), 1).replacen("PRICES", &prices, 1)
}
