//! ICS-20 version 1: coins that travel. What leaves its home is held in escrow there and stands as a voucher elsewhere.
//!
//! Journey: `MsgTransfer` → [`transfer`] → a packet → there [`on_recv`] mints or releases → here an acknowledgement or a
//! timeout, which may give the coins back. Source: ICS-20; ibc-go v10 `apps/transfer`.

mod app;
mod denom;
mod event;
pub mod genesis;
mod msg;
mod packet;
mod query;
mod state;

pub use app::{Received, TransferPort, on_recv};
pub use denom::{Denom, Hop, received_denom};
pub use msg::{MSGS, transfer};
pub use packet::{TransferAck, TransferData};
pub use query::QUERIES;
pub use state::{Params, escrow_address, init_genesis, params, total_escrow};

use crate::modules::auth::ModuleAccount;

/// The port, and the name of the store and of the module's account.
pub const PORT: &str = "transfer";

/// The version that channels of this application speak.
pub const VERSION: &str = "ics20-1";

/// The account that mints and burns vouchers.
pub const MODULE_ACCOUNT: ModuleAccount =
    ModuleAccount { name: PORT, permissions: &["minter", "burner"], open: false };
