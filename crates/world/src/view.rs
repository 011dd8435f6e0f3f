//! A site as a relayer sees it.

use crate::site::Site;
use ics_abci::{Answer, Event, Height, Query, Time};
use ics_engine::{history, light};
use ics_proto::tendermint::types::{SignedHeader, ValidatorSet};
use ics_relay::{LightBlock, View, ViewError};

/// A site, to be read.
#[derive(Clone, Copy)]
pub struct SiteView<'a>(pub &'a Site);

/// Time of a site's last block.
pub(crate) fn tip_time(site: &Site) -> Time {
    let header = history::header(site.disk(), site.height()).ok().flatten();
    header.and_then(|header| ics_engine::to_time(header.time).ok()).unwrap_or(Time::UNIX_EPOCH)
}

fn no_block<T>(height: Height) -> impl FnOnce(T) -> ViewError {
    move |_| ViewError::NoBlock(height)
}

impl View for SiteView<'_> {
    fn chain_id(&self) -> &str {
        self.0.chain_id()
    }

    fn tip(&self) -> (Height, Time) {
        (self.0.height(), tip_time(self.0))
    }

    fn base(&self) -> Height {
        self.0.base()
    }

    fn light_block(&self, height: Height) -> Result<LightBlock, ViewError> {
        let block = light::light_block(self.0.disk(), height).map_err(no_block(height))?;
        let block = block.ok_or(ViewError::NoBlock(height))?;
        Ok(LightBlock {
            signed_header: SignedHeader::from(block.signed_header),
            validators: ValidatorSet::from(block.validators),
        })
    }

    fn validators(&self, height: Height) -> Result<ValidatorSet, ViewError> {
        let set = history::validators(self.0.disk(), height).map_err(no_block(height))?;
        let set = set.ok_or(ViewError::NoBlock(height))?;
        light::validator_set(&set).map(ValidatorSet::from).map_err(no_block(height))
    }

    fn events(&self, height: Height) -> Result<Vec<Event>, ViewError> {
        let result = history::results(self.0.disk(), height).map_err(no_block(height))?;
        let result = result.ok_or(ViewError::NoBlock(height))?;
        let of_txs = result.txs.into_iter().filter(|tx| tx.code == 0).flat_map(|tx| tx.events);
        Ok(result.events.into_iter().chain(of_txs).collect())
    }

    fn query(&self, query: &Query) -> Answer {
        self.0.reader().query(query)
    }
}
