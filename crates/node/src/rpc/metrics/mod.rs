//! What Prometheus reads: numbers taken from the chains when it asks, and none kept in between.
//!
//! Journey: a scrape → [`comet`], CometBFT's names for what the engine in this process did, and [`ccv`], ours for where the
//! protocol stands → a [`Page`] → the text.
//! Source: CometBFT 0.38 `*/metrics.gen.go` for its names; OpenMetrics 1.0 for the text.

pub(crate) mod ccv;
mod comet;
mod serve;

pub(crate) use comet::Watched;
pub(crate) use serve::{Metered, serve_metrics};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::fmt;

/// What a page is called in HTTP.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Names and values that tell numbers of one name apart.
type Labels = Vec<(&'static str, String)>;

/// The numbers of a scrape, by name.
#[derive(Debug, Default)]
pub(crate) struct Page(BTreeMap<&'static str, Family>);

#[derive(Debug)]
struct Family {
    help: &'static str,
    numbers: Vec<(Labels, Number)>,
}

/// A number.
#[derive(Clone, Copy, Debug)]
enum Number {
    /// As it is now.
    Gauge(i64),
    /// How often something was measured, and the sum of that.
    Measured { count: u64, sum: f64 },
}

/// The numbers of one chain.
pub(crate) struct Sheet<'a> {
    page: &'a mut Page,
    chain_id: String,
}

impl Page {
    /// Where the numbers of a chain are put.
    pub(crate) fn sheet(&mut self, chain_id: &str) -> Sheet<'_> {
        Sheet { page: self, chain_id: chain_id.to_owned() }
    }

    /// The text.
    ///
    /// # Errors
    /// Where a number cannot be printed.
    pub(crate) fn print(self) -> Result<String, fmt::Error> {
        let (mut registry, mut text) = (Registry::default(), String::new());
        registry.register_collector(Box::new(self));
        text::encode(&mut text, &registry)?;
        Ok(text)
    }
}

impl Sheet<'_> {
    /// Puts a number that is so now.
    pub(crate) fn gauge<N: TryInto<i64>>(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
        value: N,
    ) {
        self.put(name, help, labels, Number::Gauge(value.try_into().unwrap_or(i64::MAX)));
    }

    /// Puts the sum of measurements and how many there were.
    pub(crate) fn measured(&mut self, name: &'static str, help: &'static str, count: u64, sum: f64) {
        self.put(name, help, &[], Number::Measured { count, sum });
    }

    fn put(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
        number: Number,
    ) {
        let mut all = vec![("chain_id", self.chain_id.clone())];
        all.extend(labels.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let family = self.page.0.entry(name).or_insert_with(|| Family { help, numbers: Vec::new() });
        family.numbers.push((all, number));
    }
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for (name, Family { help, numbers }) in &self.0 {
            let is_gauge = numbers.iter().all(|(_, number)| matches!(number, Number::Gauge(_)));
            let kind = if is_gauge { MetricType::Gauge } else { MetricType::Histogram };
            let mut family = encoder.encode_descriptor(name, help, None, kind)?;
            for (labels, number) in numbers {
                let mut metric = family.encode_family(labels)?;
                match number {
                    Number::Gauge(value) => metric.encode_gauge(value)?,
                    Number::Measured { count, sum } => {
                        metric.encode_histogram::<NoLabelSet>(*sum, *count, &[(f64::MAX, *count)], None)?;
                    }
                }
            }
        }
        Ok(())
    }
}
