//! A perceptron with one hidden layer of hyperbolic tangents, and its gradient.

use super::kernels::{add_scaled, backward, forward, glorot, tanh};
use crate::random::Random;
use serde::{Deserialize, Serialize};

/// The sizes. Parameters: bias and matrix of the hidden layer, bias and matrix of the outputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Perceptron {
    pub(super) inputs: usize,
    pub(super) hidden: usize,
    pub(super) outputs: usize,
}

impl Perceptron {
    pub(super) fn parameters(&self) -> usize {
        self.hidden * (1 + self.inputs) + self.outputs * (1 + self.hidden)
    }

    /// The outputs begin at zero, whatever the inputs.
    pub(super) fn initialize(&self, parameters: &mut [f64], random: &mut Random) {
        let (of_hidden, _) = parameters.split_at_mut(self.hidden * (1 + self.inputs));
        let (_, weights) = of_hidden.split_at_mut(self.hidden);
        glorot(weights, self.inputs, self.hidden, random);
    }

    /// Fills `hidden` and `out`.
    pub(super) fn forward(&self, parameters: &[f64], input: &[f64], hidden: &mut [f64], out: &mut [f64]) {
        let (first, second) = parameters.split_at(self.hidden * (1 + self.inputs));
        let (bias, weights) = first.split_at(self.hidden);
        hidden.copy_from_slice(bias);
        forward(hidden, input, weights);
        tanh(hidden);
        let (bias, weights) = second.split_at(self.outputs);
        out.copy_from_slice(bias);
        forward(out, hidden, weights);
    }

    /// Adds the gradients of the parameters and of `input`; `hidden` is what [`Perceptron::forward`] left there.
    pub(super) fn backward(
        &self,
        parameters: &[f64],
        input: &[f64],
        hidden: &[f64],
        d_out: &[f64],
        gradient: &mut [f64],
        d_input: &mut [f64],
    ) {
        let (first, second) = parameters.split_at(self.hidden * (1 + self.inputs));
        let (d_first, d_second) = gradient.split_at_mut(self.hidden * (1 + self.inputs));
        let (d_bias, d_weights) = d_second.split_at_mut(self.outputs);
        add_scaled(d_bias, 1.0, d_out);
        let mut d_hidden = vec![0.0; self.hidden];
        backward(d_out, hidden, second.split_at(self.outputs).1, d_weights, Some(&mut d_hidden));
        d_hidden.iter_mut().zip(hidden).for_each(|(d, h)| *d *= 1.0 - h * h);
        let (d_bias, d_weights) = d_first.split_at_mut(self.hidden);
        add_scaled(d_bias, 1.0, &d_hidden);
        backward(&d_hidden, input, first.split_at(self.hidden).1, d_weights, Some(d_input));
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernels::tests::check_gradient;
    use super::*;

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let perceptron = Perceptron { inputs: 5, hidden: 4, outputs: 3 };
        let mut random = Random::new(3);
        let mut draw = |n: usize| (0..n).map(|_| 0.5 * random.normal()).collect::<Vec<f64>>();
        let (parameters, input, weights) = (draw(perceptron.parameters()), draw(5), draw(3));
        let loss = |parameters: &[f64], input: &[f64]| -> f64 {
            let mut out = [0.0; 3];
            perceptron.forward(parameters, input, &mut [0.0; 4], &mut out);
            out.iter().zip(&weights).map(|(o, w)| o * w).sum()
        };
        let (mut hidden, mut out) = ([0.0; 4], [0.0; 3]);
        perceptron.forward(&parameters, &input, &mut hidden, &mut out);
        let (mut gradient, mut d_input) = (vec![0.0; perceptron.parameters()], vec![0.0; 5]);
        perceptron.backward(&parameters, &input, &hidden, &weights, &mut gradient, &mut d_input);
        check_gradient(&parameters, &gradient, |parameters| loss(parameters, &input));
        check_gradient(&input, &d_input, |input| loss(&parameters, input));
    }
}
