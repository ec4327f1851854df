//! What is expected, what waits, what there is and why.

use super::cost_benefit::CostBenefit;
use super::group::Window;
use super::handover::ShadowComparison;
use super::prewarm::PrewarmRequest;
use super::records::{ShadowInstance, ShadowStatus};
use super::round::expected_windows;
use super::utilization::UtilizationWindow;
use super::{ShadowManager, lost};
use crate::error::Result;

impl ShadowManager {
    /// What is expected of a primary in the coming windows, the one that runs first; empty before it has been observed for one.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a primary that is not known.
    pub fn forecast(&self, primary: &str) -> Result<Vec<UtilizationWindow>> {
        let group = self.groups.get(self.place(primary)?).ok_or_else(lost)?;
        let Some(now) = self.clock.now() else { return Ok(Vec::new()) };
        let step = self.config.step(now);
        let windows = expected_windows(group, step, self.config.horizon_steps, &mut |step| {
            self.features.compute(step)
        })?;
        let window = |window: Window| UtilizationWindow {
            time: window.step.saturating_mul(self.config.step_milliseconds()),
            mean: window.laws.iter().map(|law| law.mean).collect(),
            deviation: window.laws.iter().map(|law| law.deviation).collect(),
            upper: window.upper,
        };
        Ok(windows.into_iter().map(window).collect())
    }

    /// What is waiting in the pre-warming queue, what is needed first at the front.
    pub fn queue(&self) -> Vec<PrewarmRequest> {
        let request = |(window, place, amounts): (i64, usize, &Vec<f64>)| {
            let primary = self.groups.get(place)?.primary.name.clone();
            let needed_at = window.saturating_mul(self.config.step_milliseconds());
            Some(PrewarmRequest { primary, needed_at, amounts: amounts.clone() })
        };
        self.queue.waiting().filter_map(request).collect()
    }

    /// A primary, its instances, and why they have what they have.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a primary that is not known.
    pub fn status(&self, primary: &str) -> Result<ShadowStatus> {
        let group = self.groups.get(self.place(primary)?).ok_or_else(lost)?;
        Ok(group.status(&self.fleet))
    }

    /// The same in words.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a primary that is not known.
    pub fn explain(&self, primary: &str) -> Result<String> {
        let status = self.status(primary)?;
        let mut text =
            format!("{}: instance {} is active (epoch {})", status.primary, status.active, status.epoch);
        if let Some(ShadowComparison { real, predicted, signal, wanted, share }) = status.comparison {
            let signal = if signal { "signal to hand over" } else { "no signal" };
            text += &format!(
                "; real {real:.2}, predicted {predicted:.2}, {signal}: {wanted:.2} wanted, {share:.2} handed over"
            );
        }
        text += &format!("; shadows: {:?}", status.reason);
        if let Some(CostBenefit { probability, cost, benefit, pays, .. }) = status.worth {
            let verdict = if pays { "pays" } else { "does not pay" };
            text += &format!(
                " (overload with probability {probability:.3}; {cost:.4} to hold ready, {benefit:.4} expected to be saved: {verdict})"
            );
        }
        for instance in &status.instances {
            let ShadowInstance { instance, role, version, amounts, ceiling, share } = instance;
            let version = if version.is_empty() { String::new() } else { format!(" version {version}") };
            text += &format!(
                "; instance {instance}, {role:?}{version}, has {amounts:?} of {ceiling:?}, serves {share:.3}"
            );
        }
        Ok(text)
    }
}
