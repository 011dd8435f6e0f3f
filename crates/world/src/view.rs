//! A site as those outside of it reach it: relayers read it, everybody asks it and gives it transactions.

use crate::endpoint::Endpoint;
use crate::site::Site;
use crate::wallet::{Submission, SubmitError};
use ics_abci::{Answer, Event, Height, Query, Time};
use ics_engine::{history, light};
use ics_proto::tendermint::types::{SignedHeader, ValidatorSet};
use ics_relay::{LightBlock, View, ViewError};

fn no_block<T>(height: Height) -> impl FnOnce(T) -> ViewError {
    move |_| ViewError::NoBlock(height)
}

impl View for Site {
    fn chain_id(&self) -> &str {
        Self::chain_id(self)
    }

    fn tip(&self) -> (Height, Time) {
        let header = history::header(self.disk(), self.height()).ok().flatten();
        let time = header.and_then(|header| ics_engine::to_time(header.time).ok());
        (self.height(), time.unwrap_or(Time::UNIX_EPOCH))
    }

    fn base(&self) -> Height {
        history::base(self.disk()).ok().flatten().unwrap_or_default()
    }

    fn light_block(&self, height: Height) -> Result<LightBlock, ViewError> {
        let block = light::light_block(self.disk(), height).map_err(no_block(height))?;
        let block = block.ok_or(ViewError::NoBlock(height))?;
        Ok(LightBlock {
            signed_header: SignedHeader::from(block.signed_header),
            validators: ValidatorSet::from(block.validators),
        })
    }

    fn validators(&self, height: Height) -> Result<ValidatorSet, ViewError> {
        let set = history::validators(self.disk(), height).map_err(no_block(height))?;
        let set = set.ok_or(ViewError::NoBlock(height))?;
        light::validator_set(&set).map(ValidatorSet::from).map_err(no_block(height))
    }

    fn events(&self, height: Height) -> Result<Vec<Event>, ViewError> {
        let result = history::results(self.disk(), height).map_err(no_block(height))?;
        let result = result.ok_or(ViewError::NoBlock(height))?;
        let of_txs = result.txs.into_iter().filter(|tx| tx.code == 0).flat_map(|tx| tx.events);
        Ok(result.events.into_iter().chain(of_txs).collect())
    }

    fn query(&self, query: &Query) -> Answer {
        self.reader().query(query)
    }
}

impl Endpoint for Site {
    fn prefix(&self) -> &str {
        Self::prefix(self)
    }

    fn may_wait(&self, sent: &Submission) -> bool {
        let hash = hex::decode(&sent.hash).ok().and_then(|hash| <[u8; 32]>::try_from(hash).ok());
        hash.is_some_and(|hash| self.engine().mempool().holds(&hash))
    }

    fn offer(&mut self, tx: &[u8]) -> Result<(), SubmitError> {
        let refused = self.submit(tx);
        let result = refused.map_err(|refused| SubmitError::Refused { code: 0, log: refused.to_string() })?;
        if result.code == 0 {
            Ok(())
        } else {
            Err(SubmitError::Refused { code: result.code, log: result.log })
        }
    }
}
