//! Erlang's two formulas: the share of arrivals that is lost (B), and the share that waits (C).
//!
//! `1/B = Σ_{j=0}^{c} c! / ((c−j)!·a^j)` for `c` servers and an offered load of `a` erlang, summed from `j =
//! 0`: every term is positive, each is the one before times `(c−j)/a`, and they die out about `√a` past their
//! largest, so that a million servers cost some 10⁴ steps instead of 10⁶. With `ρ = a/c`, `C = 1/((1−ρ)/B +
//! ρ)`. Source: Erlang 1917, "Solution of some problems in the theory of probabilities of significance in
//! automatic telephone exchanges"; the sum is the reciprocal of formula (1) in Jagerman 1974, Bell System
//! Technical Journal 53(3).

use crate::error::{Error, Result, not_negative};

/// The most servers that any function of this room accepts or answers with.
pub const MAX_SERVERS: u64 = 10_000_000;

/// The probability that an arrival finds all `servers` busy and is lost (M/M/c/c).
///
/// `offered` is the arrival rate times the mean service time, in erlang, at least 0. Without servers all is
/// lost: 1. Stable to [`MAX_SERVERS`]; at most about `45·√offered` steps. Refuses more servers, and a load
/// that is negative or not finite.
pub fn erlang_b(servers: u64, offered: f64) -> Result<f64> {
    check(servers, offered)?;
    Ok(1.0 / inverse_blocking(servers, offered))
}

/// The probability that an arrival must wait (M/M/c): 1 as soon as `offered ≥ servers`, for then the queue
/// never ends.
///
/// Arguments, cost and refusals as for [`erlang_b`].
pub fn erlang_c(servers: u64, offered: f64) -> Result<f64> {
    check(servers, offered)?;
    Ok(wait_probability(servers, offered))
}

/// [`erlang_c`] for arguments that were checked.
pub(super) fn wait_probability(servers: u64, offered: f64) -> f64 {
    let count = servers as f64;
    if offered >= count {
        return 1.0;
    }
    1.0 / ((count - offered) / count * inverse_blocking(servers, offered) + offered / count)
}

/// `1/B`: infinite where B is below the smallest normal float.
fn inverse_blocking(servers: u64, offered: f64) -> f64 {
    let mut term = 1.0;
    let mut total = 1.0;
    let mut free = servers as f64;
    while free > 0.0 && total < f64::INFINITY {
        term *= free / offered;
        total += term;
        // What is left out is below this term times √offered, far under the last bit of the total.
        if term < total * 1e-20 {
            break;
        }
        free -= 1.0;
    }
    total
}

fn check(servers: u64, offered: f64) -> Result<()> {
    not_negative("offered", offered)?;
    check_servers(servers)
}

pub(super) fn check_servers(servers: u64) -> Result<()> {
    if servers <= MAX_SERVERS {
        Ok(())
    } else {
        Err(Error::config("servers", format!("must be at most {MAX_SERVERS}, got {servers}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_are_exact() {
        assert_eq!(erlang_b(0, 0.0).unwrap(), 1.0);
        assert_eq!(erlang_b(0, 7.0).unwrap(), 1.0);
        assert_eq!(erlang_b(3, 0.0).unwrap(), 0.0);
        assert_eq!(erlang_b(1, 1.0).unwrap(), 0.5);
        assert_eq!(erlang_c(3, 0.0).unwrap(), 0.0);
        assert_eq!(erlang_c(3, 3.0).unwrap(), 1.0);
        assert_eq!(erlang_c(0, 0.0).unwrap(), 1.0);
        assert_eq!(erlang_c(MAX_SERVERS, 1.0).unwrap(), 0.0);
    }

    #[test]
    fn bad_arguments_are_refused() {
        for offered in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(erlang_b(1, offered).is_err() && erlang_c(1, offered).is_err(), "{offered}");
        }
        let message = erlang_b(MAX_SERVERS + 1, 1.0).unwrap_err().to_string();
        assert_eq!(message, "servers: must be at most 10000000, got 10000001");
    }

    proptest! {
        /// Erlang's recursion (Jagerman 1974) in the other direction: B(k) = a·B(k−1) / (k + a·B(k−1)).
        #[test]
        fn the_sum_agrees_with_the_recursion(servers in 1u64..3000, share in 0.01f64..2.0) {
            let offered = share * servers as f64;
            let blocking = (1..=servers).fold(1.0, |b, k| offered * b / (k as f64 + offered * b));
            let ours = erlang_b(servers, offered).unwrap();
            prop_assert!((ours - blocking).abs() <= 1e-12 * blocking + 1e-300, "{ours} {blocking}");
        }

        #[test]
        fn more_load_waits_more_and_more_servers_wait_less(servers in 1u64..5000, share in 0.0f64..1.1, step in 0.001f64..0.1) {
            let offered = share * servers as f64;
            let wait = erlang_c(servers, offered).unwrap();
            prop_assert!((0.0..=1.0).contains(&wait));
            prop_assert!(erlang_c(servers, offered * (1.0 + step)).unwrap() >= wait);
            prop_assert!(erlang_c(servers + 1, offered).unwrap() <= wait);
            prop_assert!(erlang_b(servers, offered).unwrap() <= wait * (1.0 + 1e-14));
        }
    }
}
