//! Work shared between threads, with the same result for any count of them.
//!
//! An array is cut into contiguous chunks, one a thread; each element is computed from its position alone, so the cut
//! cannot show in the result.

use crate::error::{Error, Result};
use std::thread::{Builder, scope};

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
}
