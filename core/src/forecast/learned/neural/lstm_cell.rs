//! A layer of long short-term memory.
//!
//! Hochreiter & Schmidhuber 1997, "Long Short-Term Memory", Neural Computation 9, with the forget gate of Gers, Schmidhuber
//! & Cummins 2000, "Learning to Forget": c ← f∘c + i∘g, h = o∘tanh(c), with i, f, o logistic and g = tanh of linear maps
//! of the input and the last h.

use super::encoder::Encoder;
use super::kernels::{backward, forward, glorot, sigmoid, tanh};
use crate::random::Random;
use serde::{Deserialize, Serialize};

pub(in super::super) const MOST_CELLS: usize = 256;

/// The sizes of the layer. Parameters: a row of 4·hidden for the bias, for each input and for each hidden number; the
/// gates in the order i, f, o, g. State: h, then c.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct LstmCell {
    pub(in super::super) inputs: usize,
    pub(in super::super) hidden: usize,
}

/// For each step: h and c before it, the gates, tanh of c after it.
#[derive(Default)]
pub(in super::super) struct Tape {
    before: Vec<f64>,
    gates: Vec<f64>,
    squashed: Vec<f64>,
}

impl LstmCell {
    fn split<'a>(&self, parameters: &'a [f64]) -> (&'a [f64], &'a [f64], &'a [f64]) {
        let (bias, rest) = parameters.split_at(4 * self.hidden);
        let (of_input, of_hidden) = rest.split_at(4 * self.hidden * self.inputs);
        (bias, of_input, of_hidden)
    }
}

impl Encoder for LstmCell {
    type Tape = Tape;

    fn is_whole(&self) -> bool {
        self.inputs > 0 && (1..=MOST_CELLS).contains(&self.hidden)
    }

    fn inputs(&self) -> usize {
        self.inputs
    }

    fn hidden(&self) -> usize {
        self.hidden
    }

    fn parameters(&self) -> usize {
        4 * self.hidden * (1 + self.inputs + self.hidden)
    }

    fn initialize(&self, parameters: &mut [f64], random: &mut Random) {
        let (bias, rest) = parameters.split_at_mut(4 * self.hidden);
        glorot(rest, self.inputs + self.hidden, self.hidden, random);
        // A forget gate that begins open lets gradients through (Gers et al. 2000, section 3.2).
        bias.iter_mut().skip(self.hidden).take(self.hidden).for_each(|bias| *bias = 1.0);
    }

    fn state(&self) -> usize {
        2 * self.hidden
    }

    fn forward(&self, parameters: &[f64], inputs: &[f64], state: &mut [f64], tape: &mut Tape) -> Vec<f64> {
        let n = self.hidden;
        let (bias, of_input, of_hidden) = self.split(parameters);
        let mut hidden = Vec::with_capacity(inputs.len() / self.inputs.max(1) * n);
        let mut gates = vec![0.0; 4 * n];
        let mut squashed = vec![0.0; n];
        for input in inputs.chunks_exact(self.inputs) {
            tape.before.extend_from_slice(state);
            let (h, c) = state.split_at_mut(n);
            gates.copy_from_slice(bias);
            forward(&mut gates, input, of_input);
            forward(&mut gates, h, of_hidden);
            let (logistic, g) = gates.split_at_mut(3 * n);
            sigmoid(logistic);
            tanh(g);
            let (i, rest) = logistic.split_at(n);
            let (f, o) = rest.split_at(n);
            for (((c, f), i), g) in c.iter_mut().zip(f).zip(i).zip(&*g) {
                *c = f * *c + i * g;
            }
            squashed.copy_from_slice(c);
            tanh(&mut squashed);
            for ((h, o), squashed) in h.iter_mut().zip(o).zip(&squashed) {
                *h = o * squashed;
            }
            hidden.extend_from_slice(h);
            tape.gates.extend_from_slice(&gates);
            tape.squashed.extend_from_slice(&squashed);
        }
        hidden
    }

    fn backward(
        &self,
        parameters: &[f64],
        inputs: &[f64],
        tape: &Tape,
        d_hidden: &[f64],
        gradient: &mut [f64],
    ) {
        let n = self.hidden;
        let (_, of_input, of_hidden) = self.split(parameters);
        let (d_bias, rest) = gradient.split_at_mut(4 * n);
        let (d_of_input, d_of_hidden) = rest.split_at_mut(4 * n * self.inputs);
        let (mut d_h, mut d_c, mut d_gates) = (vec![0.0; n], vec![0.0; n], vec![0.0; 4 * n]);
        let steps = inputs.chunks_exact(self.inputs).zip(d_hidden.chunks_exact(n));
        let taped = tape.before.chunks_exact(2 * n).zip(tape.gates.chunks_exact(4 * n));
        for (((input, d_now), (before, gates)), squashed) in
            steps.zip(taped).zip(tape.squashed.chunks_exact(n)).rev()
        {
            let (h_before, c_before) = before.split_at(n);
            let (i, rest) = gates.split_at(n);
            let (f, rest) = rest.split_at(n);
            let (o, g) = rest.split_at(n);
            let (d_i, rest) = d_gates.split_at_mut(n);
            let (d_f, rest) = rest.split_at_mut(n);
            let (d_o, d_g) = rest.split_at_mut(n);
            let ways = d_h.iter().zip(d_now).zip(d_c.iter_mut()).zip(squashed).zip(c_before);
            let gates = i.iter().zip(f).zip(o).zip(g);
            let d_gate = d_i.iter_mut().zip(d_f).zip(d_o).zip(d_g);
            for ((((((d_h, d_now), d_c), squashed), c_before), (((i, f), o), g)), (((d_i, d_f), d_o), d_g)) in
                ways.zip(gates).zip(d_gate)
            {
                let d_h = d_h + d_now;
                let d_cell = *d_c + d_h * o * (1.0 - squashed * squashed);
                *d_o = d_h * squashed * o * (1.0 - o);
                *d_i = d_cell * g * i * (1.0 - i);
                *d_f = d_cell * c_before * f * (1.0 - f);
                *d_g = d_cell * i * (1.0 - g * g);
                *d_c = d_cell * f;
            }
            super::kernels::add_scaled(d_bias, 1.0, &d_gates);
            backward(&d_gates, input, of_input, d_of_input, None);
            d_h.fill(0.0);
            backward(&d_gates, h_before, of_hidden, d_of_hidden, Some(&mut d_h));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_those_of_finite_differences() {
        super::super::encoder::tests::check(&LstmCell { inputs: 3, hidden: 4 });
        super::super::encoder::tests::check(&LstmCell { inputs: 1, hidden: 1 });
    }

    #[test]
    fn a_step_is_that_of_the_papers() {
        // One input, one cell, by hand: bias and weights of i, f, o, g.
        let cell = LstmCell { inputs: 1, hidden: 1 };
        let parameters = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2];
        let (x, h, c) = (0.5, 0.25, -0.75);
        let logistic = |z: f64| 1.0 / (1.0 + (-z).exp());
        let linear = |bias: f64, of_x: f64, of_h: f64| bias + of_x * x + of_h * h;
        let (i, f) = (logistic(linear(0.1, 0.5, 0.9)), logistic(linear(0.2, 0.6, 1.0)));
        let (o, g) = (logistic(linear(0.3, 0.7, 1.1)), linear(0.4, 0.8, 1.2).tanh());
        let c_next = f * c + i * g;
        let mut state = [h, c];
        let out = cell.forward(&parameters, &[x], &mut state, &mut Tape::default());
        assert!((state[1] - c_next).abs() < 1e-12 && (out[0] - o * c_next.tanh()).abs() < 1e-12);
    }
}
