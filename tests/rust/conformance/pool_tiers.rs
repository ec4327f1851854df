use super::pool::{outcome, word};
use crate::vectors::Case;
use forescale::Result;
use forescale::config::{from_json, to_json};
use forescale::pool::{LoadBalancer, ResourceManager, UsageRecord};

pub fn load_balancer(case: &Case) -> Result<()> {
    let mut balancer = LoadBalancer::new(from_json("config", case.text("config"))?)?;
    let mut answers = String::new();
    for (name, arguments) in case.calls("calls") {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let answer = match name {
            "set_profile" => {
                let [user, application, profile] = arguments.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                    panic!()
                };
                let user = Some(user).filter(|user| *user != "-");
                balancer.set_profile(user, application, from_json("profile", profile)?).map(|()| None)
            }
            "profile" => to_json(&balancer.profile(words[0], words[1])).map(Some),
            "set_forecast" => {
                let [user, application, forecast] = arguments.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                    panic!()
                };
                let forecast: Vec<_> = from_json("forecast", forecast)?;
                balancer.set_forecast(user, application, &forecast).map(|()| None)
            }
            "train" => balancer.train(&from_json::<Vec<UsageRecord>>("history", arguments)?).map(|()| None),
            "observe" => balancer.observe(&from_json("record", arguments)?).map(|()| None),
            "predict" => to_json(&balancer.predict(words[0], words[1], words[2].parse().unwrap())?).map(Some),
            "tier_demand" => to_json(&balancer.tier_demand()?).map(Some),
            "recommendations" => to_json(&balancer.recommendations()?).map(Some),
            "keys" => to_json(&balancer.keys()).map(Some),
            "dropped" => to_json(&balancer.dropped()).map(Some),
            "explain" => to_json(&balancer.explain(words[0], words[1])).map(Some),
            "config" => to_json(balancer.config()).map(Some),
            "snapshot" => {
                balancer = LoadBalancer::restore(&balancer.snapshot()?)?;
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

pub fn resource_manager(case: &Case) -> Result<()> {
    let mut manager = ResourceManager::new(from_json("config", case.text("config"))?)?;
    let mut answers = String::new();
    for (name, arguments) in case.calls("calls") {
        let mut words = arguments.split_whitespace();
        let (now, rest) = arguments.split_once(' ').unwrap_or((arguments, ""));
        let now = || now.parse().unwrap();
        let answer = match name {
            "foresee" => to_json(&manager.foresee(now(), &from_json("demand", rest)?)?).map(Some),
            "sizes" => to_json(manager.sizes()).map(Some),
            "follow" => manager.follow(now(), &from_json::<Vec<_>>("recommendations", rest)?).map(|()| None),
            "observe" => manager.observe(now(), &from_json("observation", rest)?).map(|()| None),
            "allocate" => {
                let allocation = manager.allocate(now(), &from_json("request", rest)?)?;
                assert_eq!(Some(&allocation), manager.allocation());
                to_json(&allocation).map(Some)
            }
            "allocation" => to_json(&manager.allocation()).map(Some),
            "release" => to_json(&manager.release(word(&mut words), word(&mut words))?).map(Some),
            "unit_lost" => to_json(&manager.unit_lost(word(&mut words), word(&mut words))?).map(Some),
            "reconcile" => manager.reconcile(now(), &from_json::<Vec<_>>("inventory", rest)?).map(|()| None),
            "report" => manager.report(word(&mut words), outcome(rest)).map(|()| None),
            "rebalance" => to_json(&manager.rebalance(word(&mut words))?).map(Some),
            "instructions" => to_json(manager.instructions()).map(Some),
            "lease" => to_json(&manager.lease(word(&mut words))).map(Some),
            "leases" => to_json(&manager.leases().collect::<Vec<_>>()).map(Some),
            "status" => to_json(&manager.status()?).map(Some),
            "explain" => to_json(&manager.explain()?).map(Some),
            "journal" => to_json(manager.journal()).map(Some),
            "config" => to_json(manager.config()).map(Some),
            "clear_journal" => {
                manager.clear_journal();
                Ok(None)
            }
            "snapshot" => {
                manager = ResourceManager::restore(&manager.snapshot()?)?;
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
