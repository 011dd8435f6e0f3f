#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Read {
    AppToml::read(text).unwrap()
}

fn refused(text: &str) -> String {
    AppToml::read(text).unwrap_err().to_string()
}

/// A file as `gaiad init` writes it, without its comments.
const OF_GAIA: &str = r#"
minimum-gas-prices = "0.005uatom"
query-gas-limit = "0"
pruning = "default"
pruning-keep-recent = "0"
pruning-interval = "0"
halt-height = 0
halt-time = 0
min-retain-blocks = 0
inter-block-cache = true
index-events = []
iavl-cache-size = 781250
iavl-disable-fastnode = false
app-db-backend = ""
[telemetry]
service-name = ""
enabled = false
enable-hostname = false
enable-hostname-label = false
enable-service-label = false
prometheus-retention-time = 0
global-labels = [
]
metrics-sink = ""
statsd-addr = ""
datadog-hostname = ""
[api]
enable = true
swagger = true
address = "tcp://0.0.0.0:1317"
max-open-connections = 1000
rpc-read-timeout = 10
rpc-write-timeout = 0
rpc-max-body-bytes = 1000000
enabled-unsafe-cors = true
[grpc]
enable = false
address = "localhost:9091"
max-recv-msg-size = "10485760"
max-send-msg-size = "2147483647"
skip-check-header = false
[grpc-web]
enable = true
[state-sync]
snapshot-interval = 0
snapshot-keep-recent = 2
[streaming]
[streaming.abci]
keys = []
plugin = ""
stop-node-on-err = true
[mempool]
max-txs = -1
[wasm]
query_gas_limit = 300000
memory_cache_size = 0
simulation_gas_limit = 0
"#;

#[test]
fn a_file_of_gaia_works_as_it_is_and_what_means_nothing_here_is_named() {
    let Read { settings, ignored } = read(OF_GAIA);
    assert_eq!(settings.role, None);
    assert_eq!(settings.min_gas_prices, [("uatom".to_owned(), "0.005".parse().unwrap())]);
    assert_eq!(settings.pruning, Pruning { keep_recent: 1_000, is_archive: false });
    assert_eq!(settings.halt, HaltAt::default());
    assert_eq!(
        settings.api,
        Api {
            enable: true,
            swagger: true,
            address: "0.0.0.0:1317".parse().unwrap(),
            enabled_unsafe_cors: true,
            answer_timeout: ANSWER_TIMEOUT,
            connections_max: 1_000,
        }
    );
    assert_eq!(settings.grpc, Grpc { enable: false, address: "tcp://localhost:9091".parse().unwrap() });
    assert_eq!(
        ignored.join(", "),
        "api.rpc-max-body-bytes, api.rpc-read-timeout, \
         app-db-backend, grpc.max-recv-msg-size, grpc.max-send-msg-size, grpc.skip-check-header, [grpc-web], \
         iavl-cache-size, iavl-disable-fastnode, index-events, inter-block-cache, [mempool], query-gas-limit, \
         [state-sync], [streaming], telemetry.datadog-hostname, telemetry.enable-hostname, \
         telemetry.enable-hostname-label, telemetry.enable-service-label, telemetry.global-labels, \
         telemetry.metrics-sink, telemetry.service-name, telemetry.statsd-addr, [wasm]"
    );
}

#[test]
fn the_time_of_an_answer_is_ten_seconds_or_what_the_file_says() {
    let timeout = |text: &str| read(text).settings.api.answer_timeout;
    assert_eq!(timeout(""), ANSWER_TIMEOUT);
    assert_eq!(timeout("[api]\nrpc-write-timeout = 30"), Duration::from_secs(30));
}

#[test]
fn as_many_connections_are_open_as_the_file_says() {
    let most = |text: &str| read(text).settings.api.connections_max;
    assert_eq!(most(""), 1_000);
    assert_eq!(most("[api]\nmax-open-connections = 7"), 7);
    assert_eq!(most("[api]\nmax-open-connections = 0"), usize::MAX);
}

#[test]
fn the_file_of_a_new_home_says_what_holds_without_any() {
    for role in [ChainKind::Provider, ChainKind::Consumer, ChainKind::Standalone] {
        let Read { settings, ignored } = read(&AppToml::template(role, "0.001stake"));
        let expected = AppToml {
            role: Some(role),
            min_gas_prices: vec![("stake".to_owned(), "0.001".parse().unwrap())],
            ..read("").settings
        };
        assert_eq!((settings, ignored), (expected, Vec::new()));
    }
}

#[test]
fn a_key_that_nobody_knows_is_refused_with_the_nearest() {
    for (text, key, nearest) in [
        ("minimum-gas-price = \"\"", "minimum-gas-price", "minimum-gas-prices"),
        ("halt_height = 7", "halt_height", "halt-height"),
        ("[api]\nenabled = true", "api.enabled", "api.enable"),
        ("[gprc]\nenable = true", "gprc", "grpc"),
        ("[telemetry]\nenabel = true", "telemetry.enabel", "telemetry.enabled"),
        ("rolle = \"provider\"", "rolle", "role"),
    ] {
        assert_eq!(refused(text), format!("there is no key `{key}`; the nearest is `{nearest}`"));
    }
}

#[test]
fn numbers_may_stand_in_quotes_and_what_a_key_does_not_take_is_named() {
    let Read { settings, .. } =
        read("halt-height = \"7\"\nhalt-time = 1700000000\nmin-retain-blocks = \"9\"");
    assert_eq!(settings.halt, HaltAt { height: Some(Height(7)), time_s: Some(1_700_000_000) });
    assert_eq!(settings.min_retain_blocks, 9);
    for (text, line) in [
        ("halt-height = -1", "`halt-height` takes a number that is not negative, not -1"),
        ("role = \"teacher\"", "`role` takes \"provider\", \"consumer\" or \"standalone\", not \"teacher\""),
        ("[api]\nenable = 1", "`api.enable` takes true or false, not 1"),
        ("api = 1", "`api` takes a section: write [api], not 1"),
        (
            "[grpc]\naddress = \"localhost\"",
            "`grpc.address` takes an address such as \"tcp://localhost:9090\", not \"localhost\"",
        ),
        (
            "minimum-gas-prices = \"cheap\"",
            "`minimum-gas-prices` takes prices of gas such as \"0.001stake\", several behind commas, not \"cheap\"",
        ),
    ] {
        assert_eq!(refused(text), line);
    }
    let line = refused("role = ");
    assert!(line.starts_with("TOML parse error at line 1, column 8 ") && !line.contains('\n'), "{line}");
}

#[test]
fn pruning_keeps_what_the_store_can_keep_and_refuses_more() {
    let custom = |keep, interval| {
        format!("pruning = \"custom\"\npruning-keep-recent = \"{keep}\"\npruning-interval = \"{interval}\"")
    };
    for (text, keep_recent) in [
        ("pruning = \"default\"\npruning-keep-recent = \"5\"".to_owned(), 1_000),
        ("pruning = \"everything\"".to_owned(), 2),
        (custom(100, 10), 100),
        ("pruning = \"nothing\"".to_owned(), 1_000),
        (custom(100, 10).replace("custom", "nothing"), 100),
    ] {
        assert_eq!(
            read(&text).settings.pruning,
            Pruning { keep_recent, is_archive: text.contains("nothing") }
        );
    }
    for (text, line) in [
        (
            custom(1, 10),
            "`pruning-keep-recent` takes a number of heights from 2 to 100000 here, not \"1\"".to_owned(),
        ),
        (
            custom(2, 0),
            "`pruning-interval` takes a number of heights above 0, as the SDK, not \"0\"".to_owned(),
        ),
        (
            "pruning = \"all\"".to_owned(),
            "`pruning` takes \"default\", \"nothing\", \"everything\" or \"custom\", not \"all\"".to_owned(),
        ),
    ] {
        assert_eq!(refused(&text), line);
    }
}

#[test]
fn addresses_are_read_as_go_reads_them() {
    for (text, shown) in [
        ("tcp://localhost:1317", "localhost:1317"),
        ("127.0.0.1:0", "127.0.0.1:0"),
        (":9090", "0.0.0.0:9090"),
        ("tcp://[::1]:9090", "[::1]:9090"),
    ] {
        assert_eq!(text.parse::<Listen>().unwrap().to_string(), shown);
    }
    for text in ["", "localhost", "localhost:65536", "http://localhost:1", "a:b:1", "[zz]:1"] {
        assert_eq!(text.parse::<Listen>(), Err(()), "{text}");
    }
}

#[test]
fn any_file_sets_something_or_is_refused_in_one_line() {
    let line = prop::sample::select(OF_GAIA.lines().collect::<Vec<_>>());
    let value =
        prop::sample::select(vec!["-1", "\"\"", "[]", "{}", "1e9", "true", "\"a\\nb\"", "\"\"\"\na\n\"\"\""]);
    let changed =
        (line, prop::option::of(value)).prop_map(|(line, value)| match (line.split_once('='), value) {
            (Some((key, _)), Some(value)) => format!("{key} = {value}"),
            _ => line.to_owned(),
        });
    let file = prop_oneof![
        prop::collection::vec(changed, 0..20).prop_map(|lines| lines.join("\n")),
        any::<String>()
    ];
    let config = ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(text in file)| {
        match AppToml::read(&text) {
            Ok(Read { settings, .. }) => prop_assert!((2..=100_000).contains(&settings.pruning.keep_recent)),
            Err(error) => prop_assert!(!error.to_string().contains('\n'), "{error}"),
        }
    });
}
