//! The default forecaster: many small experts, weighed online by their own recent errors.

mod errors;
mod experts;
mod exponential_weights;
mod horizon;
mod levels;
mod profile;
mod recent;
mod ridge;
mod scale;

pub use exponential_weights::ExponentialWeights;
use experts::Experts;

/// The probabilities of the quantiles that a law is held by.
const PROBABILITIES: [f64; 23] = [
    0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975,
    0.99,
];
/// A law: its quantiles.
type Quantiles = [f64; PROBABILITIES.len()];

#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct Proto { e: Experts, step: i64, next: i64 }
impl Proto {
    #[doc(hidden)]
    pub fn new(step: i64, start: i64) -> Self { Proto { e: Experts::new(step, &[86_400_000, 604_800_000], 0), step, next: start } }
    #[doc(hidden)]
    pub fn update(&mut self, y: f64) { self.e.learn(y, self.next, self.step, |_| Vec::new()); self.next += self.step; }
    #[doc(hidden)]
    pub fn forecast(&self, h: usize) -> Vec<[f64; 23]> { self.e.forecast(h, self.next, self.step, |_| Vec::new()) }
    #[doc(hidden)]
    pub fn at(&self, h: usize) -> [f64; 23] { self.e.at(h, self.next, self.step) }
    #[doc(hidden)]
    pub fn size(&self) -> usize { postcard::to_allocvec(&self.e).unwrap_or_default().len() }
}
