//! What reads the past: a causal map from a sequence of inputs to a sequence of hidden vectors, with a state to go on from.

use crate::random::Random;

/// A causal encoder of `inputs` numbers a step into `hidden` numbers a step. Its parameters are handed in.
pub(in super::super) trait Encoder: std::fmt::Debug + Clone + Send + Sync {
    /// What the way back needs to know of the way forward.
    type Tape: Default;

    /// Whether the sizes are some that settings may ask for.
    fn is_whole(&self) -> bool;
    fn inputs(&self) -> usize;
    fn hidden(&self) -> usize;
    /// Count of parameters.
    fn parameters(&self) -> usize;
    fn initialize(&self, parameters: &mut [f64], random: &mut Random);
    /// Count of numbers in the state. A state of zeros is the beginning.
    fn state(&self) -> usize;

    /// The hidden vectors of all steps of `inputs`; `state` is moved on to after the last.
    fn forward(
        &self,
        parameters: &[f64],
        inputs: &[f64],
        state: &mut [f64],
        tape: &mut Self::Tape,
    ) -> Vec<f64>;

    /// Adds the gradient of the parameters, given that of the hidden vectors; none flows into the state before the first
    /// step (truncated back-propagation through time).
    fn backward(
        &self,
        parameters: &[f64],
        inputs: &[f64],
        tape: &Self::Tape,
        d_hidden: &[f64],
        gradient: &mut [f64],
    );
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::forecast::learned::neural::kernels::tests::check_gradient;

    /// Gradient against finite differences, and step by step against all at once.
    pub(in super::super) fn check(encoder: &impl Encoder) {
        let mut random = Random::new(7);
        let mut draw = |n: usize| (0..n).map(|_| random.normal()).collect::<Vec<f64>>();
        let steps = 9;
        let (inputs, weights, start) =
            (draw(steps * encoder.inputs()), draw(steps * encoder.hidden()), draw(encoder.state()));
        let mut parameters = vec![0.0; encoder.parameters()];
        encoder.initialize(&mut parameters, &mut Random::new(1));
        parameters.iter_mut().for_each(|p| *p += 0.1 * random.normal());
        let loss = |parameters: &[f64]| -> f64 {
            let hidden = encoder.forward(parameters, &inputs, &mut start.clone(), &mut Default::default());
            hidden.iter().zip(&weights).map(|(h, w)| h * w).sum()
        };
        let mut tape = Default::default();
        let mut state = start.clone();
        let whole = encoder.forward(&parameters, &inputs, &mut state, &mut tape);
        let mut gradient = vec![0.0; encoder.parameters()];
        encoder.backward(&parameters, &inputs, &tape, &weights, &mut gradient);
        check_gradient(&parameters, &gradient, loss);

        let mut stepped = start.clone();
        let mut hidden = Vec::new();
        for input in inputs.chunks_exact(encoder.inputs()) {
            hidden.extend(encoder.forward(&parameters, input, &mut stepped, &mut Default::default()));
        }
        assert_eq!((hidden, stepped), (whole, state), "a step at a time is the same, bit for bit");
    }
}
