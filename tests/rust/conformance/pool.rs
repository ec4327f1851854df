use super::{Dispatch, pool_tiers};
use crate::vectors::Case;
use forescale::Result;
use forescale::config::{from_json, to_json};
use forescale::pool::{CloneManager, Outcome, Regions, ShadowManager, ShadowSample, share};

pub const DISPATCH: &[Dispatch] = &[
    ("clone_manager", clones),
    ("load_balancer", pool_tiers::load_balancer),
    ("regions", regions),
    ("resource_manager", pool_tiers::resource_manager),
    ("shadow_manager", shadows),
    ("share", sharing),
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
            "observe_use" => {
                let (clone, requests) = (word(&mut words), word(&mut words));
                manager.observe_use(clone, requests).map(|()| None)
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

fn regions(case: &Case) -> Result<()> {
    let mut regions = Regions::new(from_json("config", case.text("config"))?)?;
    let mut answers = String::new();
    for (name, arguments) in case.calls("calls") {
        let (first, rest) = arguments.split_once(' ').unwrap_or((arguments, ""));
        let mut words = arguments.split_whitespace();
        let answer = match name {
            "set_region" => regions.set_region(from_json("region", arguments)?).map(|()| None),
            "set_application" => regions.set_application(from_json("application", arguments)?).map(|()| None),
            "set_latencies" => regions.set_latencies(from_json("latencies", arguments)?).map(|()| None),
            "set_carbon" => regions.set_carbon(first, from_json("carbon", rest)?).map(|()| None),
            "set_forecast" => {
                let (application, forecast) = rest.split_once(' ').unwrap();
                let forecast: Vec<_> = from_json("forecast", forecast)?;
                regions.set_forecast(first, application, &forecast).map(|()| None)
            }
            "region_lost" => regions.region_lost(arguments).map(|()| None),
            "region_back" => regions.region_back(arguments).map(|()| None),
            "observe" => {
                let now = word(&mut words);
                let (region, application) = (words.next().unwrap(), words.next().unwrap());
                regions.observe(now, region, application, word(&mut words)).map(|()| None)
            }
            "reconcile" => {
                let running: Vec<_> = from_json("running", rest)?;
                regions.reconcile(first.parse().unwrap(), &running).map(|()| None)
            }
            "report" => regions.report(first.parse().unwrap(), outcome(rest)).map(|()| None),
            "plan" => {
                let plan = regions.plan(word(&mut words))?;
                assert_eq!(plan, regions.instructions());
                to_json(&plan).map(Some)
            }
            "routes" => to_json(&regions.routes()).map(Some),
            "replicas" => to_json(&regions.replicas()).map(Some),
            "forecast" => to_json(&regions.forecast(first, rest)?).map(Some),
            "explain" => to_json(&regions.explain(arguments)?).map(Some),
            "journal" => to_json(regions.journal()).map(Some),
            "config" => to_json(regions.config()).map(Some),
            "clear_journal" => {
                regions.clear_journal();
                Ok(None)
            }
            "snapshot" => {
                regions = Regions::restore(&regions.snapshot()?)?;
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

fn shadows(case: &Case) -> Result<()> {
    let mut manager = ShadowManager::new(from_json("config", case.text("config"))?)?;
    let mut answers = String::new();
    for (name, arguments) in case.calls("calls") {
        let (first, rest) = arguments.split_once(' ').unwrap_or((arguments, ""));
        let mut words = arguments.split_whitespace();
        let answer = match name {
            "set_primary" => to_json(&manager.set_primary(from_json("primary", arguments)?)?).map(Some),
            "remove_primary" => manager.remove_primary(arguments).map(|()| None),
            "observe" => {
                let sample: ShadowSample = from_json("sample", rest)?;
                manager.observe(word(&mut words), &sample).map(|()| None)
            }
            "set_forecast" => manager.set_forecast(&from_json("forecast", arguments)?).map(|()| None),
            "prewarm" => manager.prewarm(&from_json("request", arguments)?).map(|()| None),
            "instance_failed" => manager.instance_failed(word(&mut words)).map(|()| None),
            "instance_recovered" => manager.instance_recovered(word(&mut words)).map(|()| None),
            "reconcile" => {
                let seen: Vec<_> = from_json("seen", rest)?;
                manager.reconcile(word(&mut words), &seen).map(|()| None)
            }
            "report" => manager.report(word(&mut words), outcome(rest)).map(|()| None),
            "plan" => {
                let plan = manager.plan(word(&mut words))?;
                assert_eq!(plan, manager.instructions());
                to_json(&plan).map(Some)
            }
            "start_trial" => manager.start_trial(from_json("trial", arguments)?).map(|()| None),
            "observe_trial" => manager.observe_trial(first, &from_json("pair", rest)?).map(|_| None),
            "end_trial" => manager.end_trial(first, rest != "0").map(|()| None),
            "trial" => to_json(&manager.trial(arguments)?).map(Some),
            "forecast" => to_json(&manager.forecast(arguments)?).map(Some),
            "status" => to_json(&manager.status(arguments)?).map(Some),
            "explain" => to_json(&manager.explain(arguments)?).map(Some),
            "queue" => to_json(&manager.queue()).map(Some),
            "journal" => to_json(manager.journal()).map(Some),
            "config" => to_json(manager.config()).map(Some),
            "history" => to_json(&manager.history().counts()).map(Some),
            "clear_journal" => {
                manager.clear_journal();
                Ok(None)
            }
            "snapshot" => {
                manager = ShadowManager::restore(&manager.snapshot()?)?;
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
