pub const IBC_QUERIES: &[crate::query::QueryRoute] = &[];
