//! A growing body of boxes in three dimensions that says how much volume a further box adds.
//!
//! Its corners are kept in the order of their third coordinate, so that the layer of the newcomer is swept upwards
//! without sorting: Guerreiro and Fonseca 2018, "Computing and updating hypervolume contributions in up to four
//! dimensions", IEEE Trans. Evolutionary Computation 22(3), section III, here with a plain list for the border in the plane.
//! The four-dimensional hypervolume is a sum of such gains.

/// Corners by z, without those that one below them dominates; each box reaches from its corner to the common far corner.
#[derive(Debug)]
pub(super) struct Body {
    far: [f64; 3],
    corners: Vec<[f64; 3]>,
    /// Border of what is already covered in the plane of the newcomer: x rises, y falls.
    border: Vec<[f64; 2]>,
}

impl Body {
    /// An empty body.
    pub(super) fn new(far: [f64; 3]) -> Self {
        Body { far, corners: Vec::new(), border: Vec::new() }
    }

    /// Count of corners.
    pub(super) fn len(&self) -> usize {
        self.corners.len()
    }

    /// Adds the box of a corner that is below the far corner everywhere, and gives the volume that was not covered.
    pub(super) fn gain(&mut self, corner: [f64; 3]) -> f64 {
        let ([x, y, z], [mut right, mut top, end]) = (corner, self.far);
        if (right - x) * (top - y) == f64::INFINITY {
            return f64::INFINITY;
        }
        let at = self.corners.partition_point(|[.., c]| *c <= z);
        let (below, above) = self.corners.split_at(at);
        for &[a, b, _] in below {
            match (a <= x, b <= y) {
                (true, true) => return 0.0,
                (true, false) => top = top.min(b),
                (false, true) => right = right.min(a),
                (false, false) => {}
            }
        }
        self.border.clear();
        let mut open = (right - x) * (top - y);
        for &[a, b, _] in below {
            if x < a && a < right && y < b && b < top {
                open -= covered(&mut self.border, [a, b], [right, top]);
            }
        }
        // From these on everything is covered.
        let (mut nearest, mut lowest) = (right, top);
        let (mut height, mut volume, mut ceiling) = (z, 0.0, end);
        for &[a, b, c] in above {
            if a >= nearest || b >= lowest {
                continue;
            }
            volume += open * (c - height);
            height = c;
            match (a <= x, b <= y) {
                (true, true) => {
                    ceiling = c;
                    break;
                }
                (true, false) => lowest = b,
                (false, true) => nearest = a,
                (false, false) => {}
            }
            open -= covered(&mut self.border, [a.max(x), b.max(y)], [right, top]);
        }
        volume += open * (ceiling - height);
        self.corners.extract_if(at.., |[a, b, _]| *a >= x && *b >= y).for_each(drop);
        self.corners.insert(at, corner);
        // Rounding may take a little more away than there is.
        volume.max(0.0)
    }
}

/// The area that a corner adds to those of the border, which takes it in.
fn covered(border: &mut Vec<[f64; 2]>, [x, y]: [f64; 2], [right, top]: [f64; 2]) -> f64 {
    let at = border.partition_point(|[a, _]| *a < x);
    let mut above = match at.checked_sub(1).and_then(|before| border.get(before)) {
        Some([_, b]) if *b <= y => return 0.0,
        Some([_, b]) => *b,
        None => top,
    };
    let (mut left, mut area, mut end) = (x, 0.0, at);
    for &[a, b] in border.iter().skip(at) {
        if a == x && b <= y {
            return 0.0;
        }
        area += (a - left) * (above - y);
        (left, above) = (a, b);
        if b < y {
            break;
        }
        end += 1;
    }
    if above >= y {
        area += (right - left) * (above - y);
    }
    match end - at {
        1 => border.iter_mut().skip(at).take(1).for_each(|slot| *slot = [x, y]),
        _ => {
            border.splice(at..end, [[x, y]]);
        }
    }
    area
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Unit cells that a box of the corner covers, up to (5, 5, 5).
    fn cells(corner: &[f64; 3]) -> impl Fn(usize) -> bool {
        let corner = *corner;
        move |cell| {
            let place = [cell % 5, cell / 5 % 5, cell / 25].map(|at| at as f64);
            place.iter().zip(corner).all(|(at, from)| *at >= from)
        }
    }

    proptest! {
        #[test]
        fn gains_are_those_of_counted_cells(
            corners in prop::collection::vec([0..5i32, 0..5i32, 0..5i32].prop_map(|c| c.map(f64::from)), 1..25),
        ) {
            let mut body = Body::new([5.0; 3]);
            for (count, corner) in corners.iter().enumerate() {
                let new = |cell: &usize| cells(corner)(*cell) && !corners[..count].iter().any(|other| cells(other)(*cell));
                prop_assert_eq!(body.gain(*corner), (0..125).filter(new).count() as f64, "corner {} of {:?}", count, corners);
            }
        }
    }
}
