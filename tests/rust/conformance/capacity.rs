use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::Rows;
use forescale::capacity::{
    Bins, BoundedQueue, Groups, Packing, Queue, Strategy, Target, WarmUp, calibrate as learn, calibrate_load,
    erlang_b, erlang_c, latency as latency_of, pack as pack_into, servers_for as fewest,
    servers_for_bounded as fewest_bounded,
};

pub const DISPATCH: &[Dispatch] = &[
    ("erlang_c", erlang),
    ("erlang_staffing", staffing),
    ("queue", queue),
    ("servers_for", servers_for),
    ("latency", latency),
    ("bounded_queue", bounded_queue),
    ("servers_for_bounded", servers_for_bounded),
    ("calibrate", calibrate),
    ("warm_up", warm_up),
    ("pack", pack),
    ("packing", packing),
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

fn bounds(case: &Case) -> (Option<u64>, Option<f64>) {
    (
        case.has("places").then(|| case.count("places")),
        case.has("patience_seconds").then(|| case.number("patience_seconds")),
    )
}

fn bounded_queue(case: &Case) -> Result<()> {
    let (places, patience) = bounds(case);
    let queue = BoundedQueue::new(
        case.number("arrival_rate"),
        case.number("service_rate"),
        case.count("servers"),
        places,
        patience,
    )?;
    case.expect("blocking", queue.blocking_probability());
    case.expect("abandonment", queue.abandonment_probability());
    case.expect("wait_probability", queue.wait_probability());
    case.expect("mean_wait", queue.mean_wait());
    if case.has("wait_tail") {
        case.expect("wait_tail", queue.wait_tail(case.number("seconds"))?);
        case.expect("response_tail", queue.response_tail(case.number("seconds"))?);
    }
    Ok(())
}

fn servers_for_bounded(case: &Case) -> Result<()> {
    let (places, patience) = bounds(case);
    let (arrivals, service) = (case.number("arrival_rate"), case.number("service_rate"));
    let queue = BoundedQueue::new(arrivals, service, case.count("servers_given"), places, patience)?;
    let quantiles = (queue.wait_quantile(case.number("p"))?, queue.response_quantile(case.number("p"))?);
    let target = serde_json::from_str(case.text("target")).unwrap();
    let servers = fewest_bounded(arrivals, service, places, patience, target, case.number("most_lost"))?;
    case.expect("wait_quantile", quantiles.0);
    case.expect("response_quantile", quantiles.1);
    case.expect("servers", servers as f64);
    Ok(())
}

fn calibrate(case: &Case) -> Result<()> {
    let learn = if case.text("kind") == "load" { calibrate_load } else { learn };
    let found = learn(case.numbers("load"), case.numbers("latency"))?;
    case.expect("base", found.base);
    case.expect("base_error", found.base_error);
    case.expect("service_rate", found.service_rate);
    case.expect("service_rate_error", found.service_rate_error);
    case.expect("spread", found.spread);
    case.expect("outliers", found.outliers as f64);
    Ok(())
}

fn warm_up(case: &Case) -> Result<()> {
    let found = WarmUp::learn(case.numbers("ages"), case.numbers("throughput"))?;
    case.expect("full", found.full);
    case.expect("full_error", found.full_error);
    case.expect("initial", found.initial);
    case.expect("seconds", found.seconds);
    let shares: Result<Vec<f64>> = case.numbers("at").iter().map(|age| found.share(*age)).collect();
    case.expect_array("shares", &shares?);
    Ok(())
}

fn packed(case: &Case, strategy: &str) -> Result<Packing> {
    let dimensions = case.count("dimensions") as usize;
    let groups = |name: &str| -> Vec<i64> {
        if case.has(name) { case.numbers(name).iter().map(|group| *group as i64).collect() } else { vec![] }
    };
    let (together, apart, placed) = (groups("together"), groups("apart"), groups("placed"));
    let bins = Bins {
        running: Rows::new("running", case.numbers("running"), dimensions)?,
        new_bin: case.numbers("new_bin"),
        most_new: if case.has("most_new") { case.count("most_new") as usize } else { usize::MAX },
    };
    let items = Rows::new("items", case.numbers("items"), dimensions)?;
    let groups = Groups { together: &together, apart: &apart, placed: &placed };
    pack_into(items, bins, Strategy::from_name(strategy)?, groups)
}

/// The exact answer lies between the bound and what each strategy needs.
fn pack(case: &Case) -> Result<()> {
    for strategy in ["first_fit_decreasing", "best_fit_decreasing", "dot_product"] {
        let found = packed(case, strategy)?;
        let within = case.number("fewest").clamp(found.lower_bound as f64, found.opened as f64);
        case.expect("fewest", within);
    }
    Ok(())
}

fn packing(case: &Case) -> Result<()> {
    let found = packed(case, case.text("strategy"))?;
    let bins: Vec<f64> = found.numbers().iter().map(|bin| *bin as f64).collect();
    case.expect_array("bins", &bins);
    case.expect("opened", found.opened as f64);
    case.expect("lower_bound", found.lower_bound as f64);
    Ok(())
}

/// What C and Python say of a target that is none; in Rust it cannot be written.
fn config_error() -> forescale::Error {
    forescale::Error::Config { field: "target".into(), problem: "is no target".into() }
}
