//! Hundreds of scenarios of faults and hostile loads, here because the core is optimized when it is a dependency.

use forescale::engine::EngineConfig;
use forescale::simulate::chaos::survey;

#[test]
fn no_rule_is_broken_whatever_goes_wrong() {
    let survey = survey(0, 300, &EngineConfig::default(), 2).unwrap();
    assert!(survey.failed.is_empty(), "{}", survey.table());
    assert_eq!(survey.rows.len(), 1 + 14 + 6, "every fault and every load came up");
    assert!(survey.decisions > 150_000 && survey.refusals > 0);
}
