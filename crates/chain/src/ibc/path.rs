//! Where IBC's state lies: ICS-24 paths in store `ibc`, so that counterparties can prove them.

/// Name of the store, and the commitment prefix that counterparties know.
pub const STORE: &str = "ibc";

/// How many clients there were.
pub(crate) const NEXT_CLIENT: &str = "nextClientSequence";
/// How many connections there were.
pub(crate) const NEXT_CONNECTION: &str = "nextConnectionSequence";
/// How many channels there were.
pub(crate) const NEXT_CHANNEL: &str = "nextChannelSequence";

/// The full key of a path.
pub(crate) fn key(path: &str) -> Vec<u8> {
    format!("{STORE}/{path}").into_bytes()
}

/// A client's state.
pub(crate) fn client_state(client: &str) -> String {
    format!("clients/{client}/clientState")
}

/// What a client knows of one height of the other chain.
pub(crate) fn consensus_state(client: &str, (revision, height): (u64, u64)) -> String {
    format!("clients/{client}/consensusStates/{revision}-{height}")
}

/// When, in our time, a client learnt of a height.
pub(crate) fn processed_time(client: &str, (revision, height): (u64, u64)) -> String {
    format!("clients/{client}/consensusStates/{revision}-{height}/processedTime")
}

/// At which of our heights a client learnt of a height.
pub(crate) fn processed_height(client: &str, (revision, height): (u64, u64)) -> String {
    format!("clients/{client}/consensusStates/{revision}-{height}/processedHeight")
}

/// The full keys of a client's index of heights, in their order; the numbers follow, big-endian.
pub(crate) fn heights(client: &str) -> Vec<u8> {
    key(&format!("clients/{client}/iterateConsensusStates"))
}

/// The full key of one height in the index.
pub(crate) fn height(client: &str, (revision, height): (u64, u64)) -> Vec<u8> {
    let mut full = heights(client);
    full.extend_from_slice(&revision.to_be_bytes());
    full.extend_from_slice(&height.to_be_bytes());
    full
}

/// The connections of a client.
pub(crate) fn client_connections(client: &str) -> String {
    format!("clients/{client}/connections")
}

/// A connection.
pub(crate) fn connection(connection: &str) -> String {
    format!("connections/{connection}")
}

fn of_channel(what: &str, port: &str, channel: &str) -> String {
    format!("{what}/ports/{port}/channels/{channel}")
}

/// A channel end.
pub(crate) fn channel(port: &str, channel: &str) -> String {
    of_channel("channelEnds", port, channel)
}

/// The sequence of the next packet sent.
pub(crate) fn next_send(port: &str, channel: &str) -> String {
    of_channel("nextSequenceSend", port, channel)
}

/// The sequence of the next packet received (ORDERED).
pub(crate) fn next_receive(port: &str, channel: &str) -> String {
    of_channel("nextSequenceRecv", port, channel)
}

/// The sequence of the next acknowledgement (ORDERED).
pub(crate) fn next_ack(port: &str, channel: &str) -> String {
    of_channel("nextSequenceAck", port, channel)
}

/// All commitments of a channel; a sequence follows.
pub(crate) fn commitments(port: &str, channel: &str) -> String {
    of_channel("commitments", port, channel) + "/sequences/"
}

/// The commitment to a packet that was sent.
pub(crate) fn commitment(port: &str, channel: &str, sequence: u64) -> String {
    format!("{}{sequence}", commitments(port, channel))
}

/// That a packet was received (UNORDERED).
pub(crate) fn receipt(port: &str, channel: &str, sequence: u64) -> String {
    of_channel("receipts", port, channel) + &format!("/sequences/{sequence}")
}

/// All acknowledgements of a channel; a sequence follows.
pub(crate) fn acks(port: &str, channel: &str) -> String {
    of_channel("acks", port, channel) + "/sequences/"
}

/// The commitment to an acknowledgement.
pub(crate) fn ack(port: &str, channel: &str, sequence: u64) -> String {
    format!("{}{sequence}", acks(port, channel))
}
