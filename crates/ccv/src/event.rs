//! Names of event types and attributes, as the reference spells them (provider spec §8.8, consumer spec §19).
