//! `ics tx provider …`.

use super::difference;
use super::send::send;
use crate::args::Provider;
use crate::{Failure, document};
use ics_client::msgs;
use ics_proto::interchain_security::ccv::provider::v1::MsgOptIn;

pub(super) fn run(verb: Provider) -> Result<(), Failure> {
    match verb {
        Provider::CreateConsumer { file, signing } => {
            send(&signing, |it| Ok(msgs::create_consumer(&document::create_consumer(&file, &it.address)?)))
        }
        Provider::UpdateConsumer { file, signing } if signing.terms.dry_run => {
            difference::of_update(&file, &signing)
        }
        Provider::UpdateConsumer { file, signing } => send(&signing, |it| {
            let update = document::update_consumer(&file, &it.address)?;
            difference::refuse_silent_opt_in(it.context, &file, &update)?;
            Ok(msgs::update_consumer(&update.message))
        }),
        Provider::RemoveConsumer { consumer_id, signing } => {
            send(&signing, |it| Ok(msgs::remove_consumer(&it.address, &consumer_id)))
        }
        Provider::OptIn { consumer_id, consumer_pubkey, signing } => send(&signing, |it| {
            Ok(msgs::any(&MsgOptIn {
                provider_addr: it.own_operator()?,
                signer: it.address.clone(),
                consumer_id: consumer_id.clone(),
                // As the user wrote it: the chain reads it.
                consumer_key: consumer_pubkey.clone().unwrap_or_default(),
                ..MsgOptIn::default()
            }))
        }),
        Provider::OptOut { consumer_id, signing } => {
            send(&signing, |it| Ok(msgs::opt_out(&it.address, &it.own_operator()?, &consumer_id)))
        }
        Provider::SetConsumerCommissionRate { consumer_id, rate, signing } => {
            let wrong = |_| Failure(format!("`{rate}` is no share: write 0.1 for a tenth"));
            let rate = rate.parse().map_err(wrong)?;
            send(&signing, |it| {
                Ok(msgs::set_consumer_commission_rate(&it.address, &it.own_operator()?, &consumer_id, &rate))
            })
        }
        Provider::AssignConsensusKey { consumer_id, consumer_pubkey, signing } => send(&signing, |it| {
            Ok(msgs::assign_consumer_key(&it.address, &it.own_operator()?, &consumer_id, &consumer_pubkey))
        }),
    }
}
