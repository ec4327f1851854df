use super::{Dispatch, pool_tiers};
use crate::vectors::Case;
use forescale::Result;
use forescale::config::{from_json, to_json};
use forescale::pool::{CloneManager, Outcome, share};

pub const DISPATCH: &[Dispatch] = &[
    ("clone_manager", clones),
    ("share", sharing),
    ("load_balancer", pool_tiers::load_balancer),
    ("resource_manager", pool_tiers::resource_manager),
];

/// The words of a call's arguments, as what they stand for.
pub fn word<T: std::str::FromStr>(words: &mut std::str::SplitWhitespace<'_>) -> T {
    let word = words.next().unwrap_or_default();
    word.parse().unwrap_or_else(|_| panic!("{word:?} is not what belongs here"))
}

pub fn outcome(word: &str) -> Outcome {
    if word == "confirmed" { Outcome::Confirmed } else { Outcome::Failed }
}

fn clones(case: &Case) -> Result<()> {
    let mut manager = CloneManager::new(from_json("config", case.text("config"))?)?;
    let mut answers = String::new();
    for (name, arguments) in case.calls("calls") {
        let mut words = arguments.split_whitespace();
        let answer = match name {
            "set_code" => manager.set_code(from_json("code", arguments)?).map(|()| None),
            "set_machine" => manager.set_machine(from_json("machine", arguments)?).map(|()| None),
            "machine_lost" => manager.machine_lost(arguments).map(|()| None),
            "set_distances" => manager.set_distances(from_json("distances", arguments)?).map(|()| None),
            "announce" => manager.announce(&from_json("event", arguments)?).map(|()| None),
            "set_forecast" => {
                let (code, forecast) = arguments.split_once(' ').unwrap();
                manager.set_forecast(code, &from_json::<Vec<_>>("forecast", forecast)?).map(|()| None)
            }
            "observe" => {
                let (now, code, requests) = (word(&mut words), words.next().unwrap(), word(&mut words));
                manager.observe(now, code, requests).map(|()| None)
            }
            "observe_health" => {
                let (clone, is_healthy) = (word(&mut words), word::<u8>(&mut words) != 0);
                manager.observe_health(clone, is_healthy).map(|()| None)
            }
            "reconcile" => {
                let (now, clones) = (word(&mut words), words.map(|clone| clone.parse().unwrap()));
                manager.reconcile(now, &clones.collect::<Vec<u64>>()).map(|()| None)
            }
            "report" => {
                let (id, outcome) = (word(&mut words), outcome(words.next().unwrap()));
                manager.report(id, outcome).map(|()| None)
            }
            "plan" => {
                let plan = manager.plan(word(&mut words))?;
                assert_eq!(plan, manager.instructions());
                to_json(&plan).map(Some)
            }
            "forecast" => to_json(&manager.forecast(arguments)?).map(Some),
            "running" => to_json(&manager.running(arguments)?).map(Some),
            "explain" => to_json(&manager.explain(arguments)?).map(Some),
            "journal" => to_json(manager.journal()).map(Some),
            "config" => to_json(manager.config()).map(Some),
            "clear_journal" => {
                manager.clear_journal();
                Ok(None)
            }
            "snapshot" => {
                manager = CloneManager::restore(&manager.snapshot()?)?;
                Ok(None)
            }
            _ => panic!("{}: no call {name}", case.label),
        };
        if let Some(answer) = answer? {
            answers += &answer;
            answers.push('\n');
        }
    }
    case.expect_text("answers", &answers);
    Ok(())
}

fn sharing(case: &Case) -> Result<()> {
    let config = from_json("config", case.text("config"))?;
    case.expect_text("answer", &to_json(&share(case.table("loads"), &config)?)?);
    Ok(())
}
