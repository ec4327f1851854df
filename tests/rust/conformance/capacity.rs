use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::capacity::{Queue, Target, erlang_b, erlang_c, latency as latency_of, servers_for as fewest};

pub const DISPATCH: &[Dispatch] = &[
    ("erlang_c", erlang),
    ("erlang_staffing", staffing),
    ("queue", queue),
    ("servers_for", servers_for),
    ("latency", latency),
];

fn erlang(case: &Case) -> Result<()> {
    let (servers, offered) = (case.count("c"), case.number("c") * case.number("rho"));
    case.expect("erlang_b", erlang_b(servers, offered)?);
    case.expect("p_wait", erlang_c(servers, offered)?);
    let queue = Queue::new(offered, 1.0, servers)?;
    case.expect("wq", queue.mean_wait());
    case.expect("w", queue.mean_response());
    case.expect("wait_p95", queue.wait_quantile(0.95)?);
    case.expect("wait_p99", queue.wait_quantile(0.99)?);
    case.expect("soj_p95", queue.response_quantile(0.95)?);
    case.expect("soj_p99", queue.response_quantile(0.99)?);
    case.expect("p_soj_gt_2", queue.response_tail(2.0));
    Ok(())
}

fn staffing(case: &Case) -> Result<()> {
    let target = Target::ResponseQuantile(case.number("q"), case.number("t"));
    let servers = fewest(case.number("lambda"), 1.0, target)?;
    case.expect("min_c", servers as f64);
    let queue = Queue::new(case.number("lambda"), 1.0, servers)?;
    case.expect("p_sojourn_gt_t_at_min_c", queue.response_tail(case.number("t")));
    Ok(())
}

fn queue(case: &Case) -> Result<()> {
    let queue = Queue::new(case.number("arrival_rate"), case.number("service_rate"), case.count("servers"))?
        .with_variability(case.number("arrival_cv"), case.number("service_cv"))?;
    let (p, seconds) = (case.number("p"), case.number("seconds"));
    let quantiles = (queue.wait_quantile(p)?, queue.response_quantile(p)?);
    case.expect("utilization", queue.utilization());
    case.expect("wait_probability", queue.wait_probability());
    case.expect("mean_wait", queue.mean_wait());
    case.expect("mean_response", queue.mean_response());
    case.expect("wait_quantile", quantiles.0);
    case.expect("response_quantile", quantiles.1);
    case.expect("response_tail", queue.response_tail(seconds));
    Ok(())
}

fn servers_for(case: &Case) -> Result<()> {
    let (arrivals, service) = (case.number("arrival_rate"), case.number("service_rate"));
    let Ok(target) = serde_json::from_str::<Target>(case.text("target")) else {
        assert!(case.has("error"), "{}: the target cannot be read", case.label);
        return Err(config_error());
    };
    let servers = fewest(arrivals, service, target)?;
    case.expect("servers", servers as f64);
    assert!(target.is_met(&Queue::new(arrivals, service, servers)?), "{}", case.label);
    assert!(!target.is_met(&Queue::new(arrivals, service, servers - 1)?), "{}", case.label);
    Ok(())
}

fn latency(case: &Case) -> Result<()> {
    case.expect("seconds", latency_of(case.number("base"), case.number("rho"))?);
    Ok(())
}

/// What C and Python say of a target that is none; in Rust it cannot be written.
fn config_error() -> forescale::Error {
    forescale::Error::Config { field: "target".into(), problem: "is no target".into() }
}
