//! Hundreds of scenarios of faults and hostile loads, here because the core is optimized when it is a dependency.

use forescale::engine::EngineConfig;
use forescale::simulate::chaos::{run, scenario, survey};

#[test]
fn no_rule_is_broken_whatever_goes_wrong() {
    let survey = survey(0, 300, &EngineConfig::default(), 2).unwrap();
    assert!(survey.failed.is_empty(), "{}", survey.table());
    assert_eq!(survey.rows.len(), 1 + 14 + 6, "every fault and every load came up");
    assert!(survey.decisions > 150_000 && survey.refusals > 0);
}

/// Scenarios that broke a rule once: a stamp from the future that was forgotten, but counted as load by the watcher; a breaker that judged
/// forecasts by another load than they were about; wild samples that outlasted the alarm in the metric window; starts that were slow.
#[test]
fn what_once_failed_does_not_again() {
    for seed in [1849, 4122, 5254, 5642, 3362, 8000, 114, 913, 1139, 2058] {
        let findings = run(&scenario(seed), &EngineConfig::default()).unwrap();
        assert!(findings.breaches.is_empty(), "{}", findings.to_json());
    }
}
