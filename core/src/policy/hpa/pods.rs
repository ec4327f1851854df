//! Which pods count: how the controller sorts them before it takes an average.
//!
//! Deleted and failed pods are left out, pending ones are unready, those without a sample missing. For CPU, whose first minutes say
//! little, a pod within 5 minutes of its start is unready while it is not ready, or while its sample was taken before it had been
//! ready for a whole metric window; an older one while it is not ready and has never been, which is to say that its readiness
//! last changed within 30 s of its start.
//!
//! For who feeds [`super::Hpa::recommend`] pod by pod; the engine knows counts of replicas only and does not come here.

use super::metric::PodMetrics;

/// Milliseconds after its start within which a pod's CPU is taken as that of its start.
const CPU_INITIALIZATION: i64 = 300_000;
/// Milliseconds after its start within which a change of readiness is that of its start.
const INITIAL_READINESS_DELAY: i64 = 30_000;

/// What a pod is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodPhase {
    /// Not scheduled, or its images not there yet.
    Pending,
    /// Running.
    Running,
    /// Failed, or deleted and on its way out.
    Gone,
}

/// A pod as the controller sees it; times are Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pod {
    /// What it is doing.
    pub phase: PodPhase,
    /// When it was started.
    pub started: i64,
    /// Whether it is ready.
    pub is_ready: bool,
    /// When that last changed.
    pub ready_changed: i64,
    /// When the metric was last read, and its value; none when it was not.
    pub sample: Option<(i64, f64)>,
}

impl PodMetrics {
    /// Sorts the pods for a metric that is averaged over `window_milliseconds`; `is_cpu` says whether starting pods are looked at
    /// more closely.
    pub fn of(pods: &[Pod], now: i64, is_cpu: bool, window_milliseconds: i64) -> PodMetrics {
        let mut metrics = PodMetrics { sum: 0.0, ready: 0, missing: 0, unready: 0 };
        for pod in pods {
            match (pod.phase, pod.sample) {
                (PodPhase::Gone, _) => {}
                (PodPhase::Pending, _) => metrics.unready += 1,
                (PodPhase::Running, None) => metrics.missing += 1,
                (PodPhase::Running, Some((taken, _)))
                    if is_cpu && pod.is_starting(now, taken, window_milliseconds) =>
                {
                    metrics.unready += 1;
                }
                (PodPhase::Running, Some((_, value))) => {
                    metrics.ready += 1;
                    metrics.sum += value;
                }
            }
        }
        metrics
    }
}

impl Pod {
    fn is_starting(&self, now: i64, taken: i64, window: i64) -> bool {
        if self.started.saturating_add(CPU_INITIALIZATION) > now {
            !self.is_ready || taken < self.ready_changed.saturating_add(window)
        } else {
            !self.is_ready && self.started.saturating_add(INITIAL_READINESS_DELAY) > self.ready_changed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: Pod = Pod {
        phase: PodPhase::Running,
        started: 0,
        is_ready: true,
        ready_changed: 10_000,
        sample: Some((600_000, 50.0)),
    };

    fn sorted(pod: Pod, now: i64, is_cpu: bool) -> (u32, u32, u32) {
        let PodMetrics { ready, missing, unready, .. } = PodMetrics::of(&[pod], now, is_cpu, 60_000);
        (ready, missing, unready)
    }

    const READY: (u32, u32, u32) = (1, 0, 0);
    const MISSING: (u32, u32, u32) = (0, 1, 0);
    const UNREADY: (u32, u32, u32) = (0, 0, 1);

    #[test]
    fn phase_and_sample_come_first() {
        assert_eq!(sorted(POD, 600_000, true), READY);
        assert_eq!(sorted(Pod { sample: None, ..POD }, 600_000, true), MISSING);
        assert_eq!(sorted(Pod { phase: PodPhase::Pending, sample: None, ..POD }, 600_000, true), UNREADY);
        assert_eq!(sorted(Pod { phase: PodPhase::Gone, ..POD }, 600_000, true), (0, 0, 0));
    }

    #[test]
    fn the_cpu_of_a_starting_pod_does_not_count() {
        let at = |is_ready, taken, now, is_cpu| {
            sorted(Pod { is_ready, sample: Some((taken, 50.0)), ..POD }, now, is_cpu)
        };
        assert_eq!(at(true, 69_999, 100_000, true), UNREADY, "taken before it was ready for a window");
        assert_eq!(at(true, 70_000, 100_000, true), READY);
        assert_eq!(at(false, 99_000, 299_999, true), UNREADY);
        assert_eq!(
            at(false, 299_000, 300_000, true),
            UNREADY,
            "never ready: its readiness changed at its start"
        );
        assert_eq!(at(false, 99_000, 299_999, false), READY, "other metrics count at once");
        let was_ready = Pod { is_ready: false, ready_changed: 30_000, ..POD };
        assert_eq!(sorted(was_ready, 600_000, true), READY, "it was ready once");
    }

    #[test]
    fn the_published_example() {
        // Three ready at 1.5 of the target and one that is 60 s old: 4.5/4 = 1.125, ⌈4.5⌉ = 5.
        let young = Pod { started: 540_000, is_ready: false, ready_changed: 540_000, ..POD };
        let pods = [75.0, 75.0, 75.0].map(|value| Pod { sample: Some((600_000, value)), ..POD });
        let pods = PodMetrics::of(&[&pods[..], &[young]].concat(), 600_000, true, 60_000);
        let tolerance = super::super::MetricTolerance { up: 0.1, down: 0.1 };
        assert_eq!(super::super::Metric::Resource { pods, target: 50.0 }.proposal(4, &tolerance), Some(5));
    }
}
