//! Adam with weight decay, and the gradient clipped by its norm.
//!
//! Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization", ICLR, algorithm 1; clipping: Pascanu, Mikolov & Bengio
//! 2013, "On the difficulty of training recurrent neural networks", ICML, section 3.2.

const FIRST_DECAY: f64 = 0.9;
const SECOND_DECAY: f64 = 0.999;
const LARGEST_NORM: f64 = 1.0;
/// Weight decay, apart from the gradient (Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", ICLR).
const DECAY: f64 = 0.1;

/// The running moments of a gradient.
#[derive(Debug, Clone)]
pub(super) struct Adam {
    first: Vec<f64>,
    second: Vec<f64>,
    first_power: f64,
    second_power: f64,
}

impl Adam {
    pub(super) fn new(parameters: usize) -> Self {
        Adam {
            first: vec![0.0; parameters],
            second: vec![0.0; parameters],
            first_power: 1.0,
            second_power: 1.0,
        }
    }

    /// One step down the gradient. A gradient that is not finite is passed over.
    pub(super) fn step(&mut self, parameters: &mut [f64], gradient: &[f64], learning_rate: f64) {
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        if !norm.is_finite() {
            return;
        }
        let clip = if norm > LARGEST_NORM { LARGEST_NORM / norm } else { 1.0 };
        self.first_power *= FIRST_DECAY;
        self.second_power *= SECOND_DECAY;
        let rate = learning_rate * (1.0 - self.second_power).sqrt() / (1.0 - self.first_power);
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, gradient), (first, second)) in parameters.iter_mut().zip(gradient).zip(moments) {
            let gradient = clip * gradient;
            *first += (1.0 - FIRST_DECAY) * (gradient - *first);
            *second += (1.0 - SECOND_DECAY) * (gradient * gradient - *second);
            *parameter -= rate * *first / (second.sqrt() + 1e-8) + learning_rate * DECAY * *parameter;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_has_the_length_of_the_learning_rate() {
        // Algorithm 1 with t = 1: m̂ = g, √v̂ = |g|, so the step is α·sign(g), clipped or not.
        let mut parameters = [1.0, 1.0, 1.0];
        Adam::new(3).step(&mut parameters, &[0.3, -0.4, 30.0], 0.01);
        let expected = [0.99, 1.01, 0.99].map(|p| p - 0.01 * DECAY);
        assert!(parameters.iter().zip(expected).all(|(p, e)| (p - e).abs() < 1e-5), "{parameters:?}");
    }

    #[test]
    fn it_finds_the_bottom_of_a_bowl() {
        let (mut parameters, mut adam) = ([5.0, -3.0], Adam::new(2));
        for step in 0..4000 {
            let gradient = [2.0 * (parameters[0] - 1.0), 20.0 * (parameters[1] - 2.0)];
            adam.step(&mut parameters, &gradient, 0.05 * (1.0 - f64::from(step) / 4000.0));
        }
        assert!((parameters[0] - 1.0).abs() < 1e-3 && (parameters[1] - 2.0).abs() < 1e-3, "{parameters:?}");
        adam.step(&mut parameters, &[f64::NAN, 0.0], 0.1);
        assert!(parameters.iter().all(|p| p.is_finite()));
    }
}
