//! A temporal convolutional network: residual blocks of dilated causal convolutions.
//!
//! Bai, Kolter & Koltun 2018, "An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence
//! Modeling", section 3: block k has two convolutions of dilation 2ᵏ with rectifiers, and its input is added to its output
//! (through a 1×1 convolution in the first block, where the widths differ). Weight normalisation and dropout, which they
//! use on nets a hundred times larger, are left out: early stopping does their work here.

use super::encoder::Encoder;
use super::kernels::{add_scaled, backward, forward, glorot};
use crate::random::Random;
use serde::{Deserialize, Serialize};

pub(in super::super) const MOST_CHANNELS: usize = 128;
pub(in super::super) const LONGEST_KERNEL: usize = 8;
pub(in super::super) const MOST_BLOCKS: usize = 8;

/// The sizes of the network. Parameters block by block: first convolution, second, 1×1 (first block only); each
/// convolution its bias, then a matrix of `channels` columns for each tap, oldest first. State: for each convolution the
/// inputs of the last (kernel − 1)·dilation steps, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct TcnBlocks {
    pub(in super::super) inputs: usize,
    pub(in super::super) channels: usize,
    pub(in super::super) kernel: usize,
    pub(in super::super) blocks: usize,
}

/// For each block: the inputs of both convolutions (with the past they saw), and what they gave before the rectifiers' cut.
#[derive(Default)]
pub(in super::super) struct Tape {
    blocks: Vec<Taped>,
}

struct Taped {
    first_inputs: Vec<f64>,
    second_inputs: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
    sum: Vec<f64>,
}

/// One dilated causal convolution.
#[derive(Clone, Copy)]
struct Convolution {
    inputs: usize,
    channels: usize,
    kernel: usize,
    dilation: usize,
}

impl Convolution {
    fn parameters(self) -> usize {
        self.channels * (1 + self.kernel * self.inputs)
    }

    /// Numbers of the past that it needs.
    fn memory(self) -> usize {
        (self.kernel - 1) * self.dilation * self.inputs
    }

    /// `padded` is the memory and then the inputs.
    fn forward(self, parameters: &[f64], padded: &[f64]) -> Vec<f64> {
        let (bias, weights) = parameters.split_at(self.channels);
        let steps = (padded.len() - self.memory()) / self.inputs;
        let mut out = Vec::with_capacity(steps * self.channels);
        for step in 0..steps {
            let at = out.len();
            out.extend_from_slice(bias);
            let (_, now) = out.split_at_mut(at);
            for (tap, weights) in weights.chunks_exact(self.inputs * self.channels).enumerate() {
                forward(now, self.tap(padded, step, tap), weights);
            }
        }
        out
    }

    /// Adds the gradients of the parameters and, where asked for, of `padded`.
    fn backward(
        self,
        parameters: &[f64],
        padded: &[f64],
        d_out: &[f64],
        gradient: &mut [f64],
        mut d_padded: Option<&mut [f64]>,
    ) {
        let (_, weights) = parameters.split_at(self.channels);
        let (d_bias, d_weights) = gradient.split_at_mut(self.channels);
        let matrix = self.inputs * self.channels;
        for (step, d_out) in d_out.chunks_exact(self.channels).enumerate() {
            add_scaled(d_bias, 1.0, d_out);
            let taps = weights.chunks_exact(matrix).zip(d_weights.chunks_exact_mut(matrix));
            for (tap, (weights, d_weights)) in taps.enumerate() {
                let at = (step + tap * self.dilation) * self.inputs;
                let d_x = d_padded.as_deref_mut().and_then(|d| d.get_mut(at..at + self.inputs));
                backward(d_out, self.tap(padded, step, tap), weights, d_weights, d_x);
            }
        }
    }

    fn tap(self, padded: &[f64], step: usize, tap: usize) -> &[f64] {
        let at = (step + tap * self.dilation) * self.inputs;
        padded.get(at..at + self.inputs).unwrap_or_default()
    }
}

fn rectified(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.max(0.0)).collect()
}

/// The gradient behind a rectifier: nothing where it cut.
fn cut(gradient: &mut [f64], before: &[f64]) {
    gradient.iter_mut().zip(before).for_each(|(gradient, before)| {
        if *before <= 0.0 {
            *gradient = 0.0;
        }
    });
}

/// Puts the memory before the inputs, and keeps their end as the next memory.
fn pad(memory: &mut [f64], inputs: &[f64]) -> Vec<f64> {
    let padded: Vec<f64> = memory.iter().chain(inputs).copied().collect();
    memory.copy_from_slice(padded.get(padded.len() - memory.len()..).unwrap_or_default());
    padded
}

impl TcnBlocks {
    /// The convolutions of a block: first, second, and the 1×1 beside them where the widths differ.
    fn block(&self, block: usize) -> (Convolution, Convolution, Option<Convolution>) {
        let second = Convolution {
            inputs: self.channels,
            channels: self.channels,
            kernel: self.kernel,
            dilation: 1 << block,
        };
        if block > 0 {
            return (second, second, None);
        }
        let first = Convolution { inputs: self.inputs, ..second };
        (first, second, Some(Convolution { kernel: 1, ..first }))
    }

    fn all(&self) -> impl Iterator<Item = Convolution> {
        (0..self.blocks).flat_map(|block| {
            let (first, second, beside) = self.block(block);
            [Some(first), Some(second), beside].into_iter().flatten()
        })
    }

    /// Steps back that an output depends on, itself included.
    #[cfg(test)]
    fn receptive_field(&self) -> usize {
        1 + 2 * (self.kernel - 1) * ((1 << self.blocks) - 1)
    }
}

impl Encoder for TcnBlocks {
    type Tape = Tape;

    fn is_whole(&self) -> bool {
        self.inputs > 0
            && (1..=MOST_CHANNELS).contains(&self.channels)
            && (2..=LONGEST_KERNEL).contains(&self.kernel)
            && (1..=MOST_BLOCKS).contains(&self.blocks)
    }

    fn inputs(&self) -> usize {
        self.inputs
    }

    fn hidden(&self) -> usize {
        self.channels
    }

    fn parameters(&self) -> usize {
        self.all().map(Convolution::parameters).sum()
    }

    fn initialize(&self, parameters: &mut [f64], random: &mut Random) {
        let mut rest = parameters;
        for convolution in self.all() {
            let (own, others) = rest.split_at_mut(convolution.parameters());
            let (_, weights) = own.split_at_mut(convolution.channels);
            glorot(weights, convolution.inputs * convolution.kernel, convolution.channels, random);
            rest = others;
        }
    }

    fn state(&self) -> usize {
        self.all().map(Convolution::memory).sum()
    }

    fn forward(&self, parameters: &[f64], inputs: &[f64], state: &mut [f64], tape: &mut Tape) -> Vec<f64> {
        let (mut parameters, mut state) = (parameters, state);
        let mut next = |convolution: Convolution| {
            let (own, others) = parameters.split_at(convolution.parameters());
            parameters = others;
            own
        };
        let mut flow = inputs.to_vec();
        for block in 0..self.blocks {
            let (first, second, beside) = self.block(block);
            let (of_first, of_second) = (next(first), next(second));
            let (memory, rest) = state.split_at_mut(first.memory());
            let (second_memory, rest) = rest.split_at_mut(second.memory());
            state = rest;
            let first_inputs = pad(memory, &flow);
            let first_out = first.forward(of_first, &first_inputs);
            let second_inputs = pad(second_memory, &rectified(&first_out));
            let second_out = second.forward(of_second, &second_inputs);
            let mut sum = match beside {
                Some(beside) => beside.forward(next(beside), &flow),
                None => flow,
            };
            add_scaled(&mut sum, 1.0, &rectified(&second_out));
            flow = rectified(&sum);
            tape.blocks.push(Taped {
                first_inputs,
                second_inputs,
                first: first_out,
                second: second_out,
                sum,
            });
        }
        flow
    }

    fn backward(
        &self,
        parameters: &[f64],
        _inputs: &[f64],
        tape: &Tape,
        d_hidden: &[f64],
        gradient: &mut [f64],
    ) {
        let mut d_flow = d_hidden.to_vec();
        let mut end = self.parameters();
        for (block, taped) in tape.blocks.iter().enumerate().rev() {
            let (first, second, beside) = self.block(block);
            let sizes = [first.parameters(), second.parameters(), beside.map_or(0, Convolution::parameters)];
            let start = end - sizes.iter().sum::<usize>();
            let (Some(own), Some(d_own)) = (parameters.get(start..end), gradient.get_mut(start..end)) else {
                return;
            };
            end = start;
            let (of_first, rest) = own.split_at(sizes[0]);
            let (of_second, of_beside) = rest.split_at(sizes[1]);
            let (d_first, rest) = d_own.split_at_mut(sizes[0]);
            let (d_second, d_beside) = rest.split_at_mut(sizes[1]);

            cut(&mut d_flow, &taped.sum);
            let mut d_out = d_flow.clone();
            cut(&mut d_out, &taped.second);
            let mut d_inputs = vec![0.0; taped.second_inputs.len()];
            second.backward(of_second, &taped.second_inputs, &d_out, d_second, Some(&mut d_inputs));
            let (_, d_middle) = d_inputs.split_at_mut(second.memory());
            cut(d_middle, &taped.first);
            if let Some(beside) = beside {
                // The first block: nothing lies before it but the data.
                let (_, flow) = taped.first_inputs.split_at(first.memory());
                first.backward(of_first, &taped.first_inputs, d_middle, d_first, None);
                beside.backward(of_beside, flow, &d_flow, d_beside, None);
            } else {
                let mut d_before = vec![0.0; taped.first_inputs.len()];
                first.backward(of_first, &taped.first_inputs, d_middle, d_first, Some(&mut d_before));
                add_scaled(&mut d_flow, 1.0, d_before.split_at(first.memory()).1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_those_of_finite_differences() {
        super::super::encoder::tests::check(&TcnBlocks { inputs: 3, channels: 4, kernel: 3, blocks: 3 });
        super::super::encoder::tests::check(&TcnBlocks { inputs: 2, channels: 3, kernel: 2, blocks: 1 });
    }

    #[test]
    fn an_output_depends_on_its_receptive_field_and_never_on_the_future() {
        let network = TcnBlocks { inputs: 1, channels: 3, kernel: 3, blocks: 3 };
        assert_eq!(network.receptive_field(), 29);
        let mut parameters = vec![0.0; network.parameters()];
        network.initialize(&mut parameters, &mut Random::new(5));
        // Positive weights, so that no rectifier hides a path.
        parameters.iter_mut().for_each(|p| *p = p.abs() + 0.01);
        let run = |touched: usize| {
            let mut inputs = vec![1.0; 80];
            inputs[touched] = 2.0;
            network.forward(&parameters, &inputs, &mut vec![0.0; network.state()], &mut Tape::default())
        };
        let (plain, moved) = (run(79), run(40));
        let differs: Vec<usize> = (0..79).filter(|t| plain[3 * t] != moved[3 * t]).collect();
        assert_eq!(differs, (40..40 + network.receptive_field()).collect::<Vec<_>>());
    }
}
