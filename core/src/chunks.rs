//! Work shared between threads, with the same result for any count of them.
//!
//! An array is cut into contiguous chunks, one a thread; each element is computed from its position alone, so the cut
//! cannot show in the result.

use crate::error::{Error, Result};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, scope};

/// More threads than this are refused.
pub(crate) const MOST_THREADS: usize = 1024;

/// Refuses a count of threads that is 0 or beyond reason.
pub(crate) fn check_threads(threads: usize) -> Result<()> {
    if (1..=MOST_THREADS).contains(&threads) {
        return Ok(());
    }
    Err(Error::config("threads", format!("must be 1 to {MOST_THREADS}, got {threads}")))
}

/// Fills `out` by `work(position of the chunk's first element, chunk)` on up to `threads` threads.
///
/// With one thread, or a single element, no thread is started.
pub(crate) fn fill<T: Send>(
    out: &mut [T],
    threads: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) -> Result<()> {
    let size = out.len().div_ceil(threads.max(1)).max(1);
    if size >= out.len() {
        work(0, out);
        return Ok(());
    }
    let work = &work;
    scope(|scope| {
        let started: Vec<_> = out
            .chunks_mut(size)
            .enumerate()
            .map(|(index, chunk)| Builder::new().spawn_scoped(scope, move || work(index * size, chunk)))
            .collect();
        // All are joined before the first error is returned: a scope panics for a panicked thread that nobody joined.
        let ended: Vec<Result<()>> = started
            .into_iter()
            .map(|thread| {
                let thread = thread
                    .map_err(|error| Error::internal(format!("a thread could not be started: {error}")))?;
                thread.join().map_err(|_| Error::internal("a thread panicked"))
            })
            .collect();
        ended.into_iter().collect()
    })
}

/// The results of `count` jobs, in order, done by up to `threads` threads, each of which takes the next job as soon as it is free.
///
/// A job is given its number and whom to tell the share of it that is done, 0 to 1, at the end 1; an error that it hears there must end it. `progress` is
/// told the share of all jobs on the calling thread; when it answers `false`, all end with [`Error::Stopped`]. Of several errors the one of
/// the first job is returned, for any count of threads.
pub(crate) fn map<T: Send>(
    count: usize,
    threads: usize,
    progress: &mut dyn FnMut(f64) -> bool,
    job: impl Fn(usize, &mut dyn FnMut(f64) -> Result<()>) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    if threads.min(count) <= 1 {
        let of_all = |index: usize, share: f64| (index as f64 + share) / count as f64;
        let one = |index| job(index, &mut |share| tell(progress, of_all(index, share)));
        return (0..count).map(one).collect();
    }
    let (next, end, is_stopped) = (AtomicUsize::new(0), AtomicUsize::new(count), AtomicBool::new(false));
    // Jobs are taken in order, so when one fails, all before it have been taken and go on to their ends.
    let work = |sender: Sender<Told>, thread: usize| {
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= end.load(Ordering::Relaxed) {
                return results;
            }
            let result = job(index, &mut |share| {
                // Whoever listens does so until all threads have ended.
                let _ = sender.send(Told { thread, share: Some(share) });
                if is_stopped.load(Ordering::Relaxed) { Err(Error::Stopped { percent: 0 }) } else { Ok(()) }
            });
            if result.is_err() {
                end.fetch_min(index, Ordering::Relaxed);
            }
            let _ = sender.send(Told { thread, share: None });
            results.push((index, result));
        }
    };
    let work = &work;
    let mut stopped = Ok(());
    let ended = scope(|scope| {
        let (sender, receiver) = channel();
        let begin = |thread| {
            let sender = sender.clone();
            let started = Builder::new().spawn_scoped(scope, move || work(sender, thread));
            started.map_err(|error| {
                end.store(0, Ordering::Relaxed);
                Error::internal(format!("a thread could not be started: {error}"))
            })
        };
        let started: Vec<_> = (0..threads.min(count)).map(begin).collect();
        drop(sender);
        let (mut done, mut under_way) = (0.0, vec![0.0; threads.min(count)]);
        for Told { thread, share } in receiver {
            if let Some(place) = under_way.get_mut(thread) {
                *place = share.unwrap_or(0.0);
            }
            if share.is_none() {
                done += 1.0;
            } else if stopped.is_ok() {
                stopped = tell(progress, (done + under_way.iter().sum::<f64>()) / count as f64);
                if stopped.is_err() {
                    is_stopped.store(true, Ordering::Relaxed);
                    end.store(0, Ordering::Relaxed);
                }
            }
        }
        let joined = started
            .into_iter()
            .map(|thread| thread?.join().map_err(|_| Error::internal("a thread panicked")));
        // All are joined before the first error is returned, as above.
        joined.collect::<Vec<Result<Vec<_>>>>().into_iter().collect::<Result<Vec<_>>>()
    });
    stopped?;
    let mut results: Vec<(usize, Result<T>)> = ended?.into_iter().flatten().collect();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// How far a thread is with its job; none when that has ended.
struct Told {
    thread: usize,
    share: Option<f64>,
}

fn tell(progress: &mut dyn FnMut(f64) -> bool, share: f64) -> Result<()> {
    if progress(share) { Ok(()) } else { Err(Error::Stopped { percent: (100.0 * share) as u8 }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_filled_once_by_any_count_of_threads() {
        for length in [0, 1, 2, 7, 64] {
            for threads in [0, 1, 2, 3, 8, 100] {
                let mut out = vec![0; length];
                fill(&mut out, threads, |first, chunk| {
                    chunk.iter_mut().enumerate().for_each(|(at, slot)| *slot += first + at + 1);
                })
                .unwrap();
                assert!(
                    out.iter().enumerate().all(|(at, &value)| value == at + 1),
                    "{length}, {threads}: {out:?}"
                );
            }
        }
    }

    #[test]
    fn a_panic_in_a_thread_is_an_error() {
        let result = fill(&mut [0; 4], 4, |first, _| assert!(first < 2));
        assert!(matches!(result, Err(Error::Internal { .. })), "{result:?}");
    }

    /// What `map` gives, and whether the shares that were told rise to 1.
    fn squares(count: usize, threads: usize, fails: &[usize], until: f64) -> (Result<Vec<usize>>, Vec<f64>) {
        let mut shares = Vec::new();
        let mut progress = |share| {
            shares.push(share);
            share < until
        };
        let result = map(count, threads, &mut progress, |index, tell| {
            tell(0.5)?;
            tell(1.0)?;
            if fails.contains(&index) {
                Err(Error::data("job", format!("{index} fails")))
            } else {
                Ok(index * index)
            }
        });
        (result, shares)
    }

    #[test]
    fn jobs_come_back_in_order_and_their_shares_rise_to_1() {
        for count in [0, 1, 2, 7, 64] {
            for threads in [1, 2, 3, 100] {
                let (result, shares) = squares(count, threads, &[], 2.0);
                assert_eq!(result.unwrap(), (0..count).map(|index| index * index).collect::<Vec<_>>());
                assert!(shares.is_sorted_by(|a, b| a < b) && shares.len() == 2 * count, "{shares:?}");
                assert!(count == 0 || shares.last() == Some(&1.0), "{shares:?}");
            }
        }
    }

    #[test]
    fn the_first_job_that_fails_is_the_error_and_a_stop_is_one_too() {
        for threads in [1, 2, 5] {
            let error = squares(40, threads, &[31, 7, 30], 2.0).0.unwrap_err();
            assert!(error.to_string().ends_with("7 fails"), "{error}");
            assert!(matches!(squares(40, threads, &[], 0.3).0, Err(Error::Stopped { percent: 30.. })));
        }
        let panics = map(4, 2, &mut |_| true, |index, _| {
            assert!(index < 2);
            Ok(())
        });
        assert!(matches!(panics, Err(Error::Internal { .. })), "{panics:?}");
    }
}
