//! Numbers as integers that compare alike, so that a step of a walk needs no floating point unit.
//!
//! The bits of a positive number grow with it, those of a negative one shrink: turned over by their sign they are in order.
//! Zero has one form.

/// The integer of a number that is not NaN; 0 lies below all of them.
pub(super) fn ordered(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    bits ^ (((bits as i64 >> 63) as u64) | 1 << 63)
}

/// The number of an integer.
pub(super) fn number(ordered: u64) -> f64 {
    f64::from_bits(ordered ^ (((!ordered as i64 >> 63) as u64) | 1 << 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn integers_compare_as_their_numbers(
            one in any::<f64>(), other in prop_oneof![any::<f64>(), Just(0.0), Just(-0.0), Just(f64::MAX), Just(5e-324)],
        ) {
            prop_assert_eq!(ordered(one) < ordered(other), one < other);
            prop_assert_eq!(ordered(one) == ordered(other), one == other);
            prop_assert_eq!((number(ordered(one)), number(ordered(other))), (one, other));
            prop_assert!(ordered(one) > 0);
        }
    }
}
