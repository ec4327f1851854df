use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::capacity::{Queue, erlang_b, erlang_c, servers_for};

pub const DISPATCH: &[Dispatch] = &[("erlang_c", queue), ("erlang_staffing", staffing)];

fn queue(case: &Case) -> Result<()> {
    let (servers, offered) = (case.count("c"), case.number("c") * case.number("rho"));
    case.expect("erlang_b", erlang_b(servers, offered)?);
    case.expect("p_wait", erlang_c(servers, offered)?);
    let queue = Queue::new(offered, 1.0, servers)?;
    case.expect("wait_p95", queue.wait_quantile(0.95)?);
    Ok(())
}

fn staffing(case: &Case) -> Result<()> {
    let target = serde_json::from_value(
        serde_json::json!({"response_quantile": [case.number("q"), case.number("t")]}),
    );
    case.expect("min_c", servers_for(case.number("lambda"), 1.0, target.unwrap())? as f64);
    Ok(())
}
