//! The simplex method for transportation problems of many supplies and few places, with a budget over all places.
//!
//! `min Σ c_ij x_ij` with `Σ_j x_ij = s_i`, `Σ_i x_ij ≤ C_j` and `Σ b_j x_ij ≤ B`. Generalized upper bounding (Dantzig & Van Slyke 1967,
//! Journal of Computer and System Sciences 1): each supply has a key place that serves what no other does, so the basis that is inverted
//! has a row for each place and the budget, and none for the supplies. Places are entered best first out of a block of supplies at a
//! time; where nothing moves for long, the first in order (after Bland 1977, Mathematics of Operations Research 2). It stops after so many steps
//! in any case: every step is a plan that keeps to all limits, so wherever it stops, what it has can be done.

#![allow(
    clippy::indexing_slicing,
    reason = "rows are below `rows`, places at most `places`, supplies below their count: checked in `new`"
)]

use super::transport::{Flows, Transport, mostly};
use crate::error::{Error, Result};

/// Supplies looked at for the best place to enter, at least.
const BLOCK: usize = 48;
/// Places that a supply which comes is tried in.
const TRIES: usize = 4;
/// Changes of the basis after which it is inverted anew.
const FRESH: usize = 100;
/// Steps in a row that move nothing before the first in order is taken.
const STILL: usize = 500;
/// An entry of a column that is smaller than this, by the column's largest, is rounding.
const PIVOT: f64 = 1e-9;
/// A place is cheaper when it is by more than this share of what is compared.
const GAIN: f64 = 1e-12;
/// What is less than this share of everything is nothing.
const NOTHING: f64 = 1e-12;

/// A variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    /// What a supply gets in a place.
    Flow(usize, usize),
    /// What is left of a place, or of the budget.
    Room(usize),
}

/// What stops a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    /// The variable of a row of the basis.
    Row(usize),
    /// What a supply gets in its key place.
    Key(usize),
}

impl Transport {
    /// The cheapest plan, found sooner `near` one that is like it.
    pub(super) fn solve(&self, near: Option<&Flows>) -> Result<Flows> {
        self.solve_within(&[], f64::INFINITY, near)
    }

    /// The cheapest plan of which no more than `limit` of a budget is used; `usage` is what a unit in each place takes, at least 0.
    pub(super) fn solve_within(&self, usage: &[f64], limit: f64, near: Option<&Flows>) -> Result<Flows> {
        let mut simplex = Simplex::new(self, usage, limit)?;
        (0..self.supplies.len()).for_each(|supply| simplex.add(supply, mostly(near, supply)));
        simplex.improve();
        Ok(simplex.flows())
    }
}

/// A plan and its basis.
pub(super) struct Simplex<'a> {
    transport: &'a Transport,
    places: usize,
    rows: usize,
    /// What a unit takes of the budget in each place, of the most that one takes anywhere.
    usage: Vec<f64>,
    /// Room in each place, and in the budget.
    room: Vec<f64>,
    /// What there is of each supply by now.
    supplies: Vec<f64>,
    /// Whether a supply may be left unserved for some more of it; those that are all held are not.
    is_held: Vec<bool>,
    key: Vec<usize>,
    basis: Vec<Variable>,
    values: Vec<f64>,
    /// The inverted basis, row by row.
    inverse: Vec<f64>,
    /// What one more unit in each place costs those that have to make room; 0 for not being served.
    worth: Vec<f64>,
    /// The same of the rows.
    prices: Vec<f64>,
    column: Vec<f64>,
    /// How fast a supply's key flow grows; 0 between steps.
    growth: Vec<f64>,
    from: usize,
    changes: usize,
    nothing: f64,
}

impl<'a> Simplex<'a> {
    /// A plan without supplies. `usage` is what a unit takes in each place of the budget, at least 0; an infinite `limit` is none.
    pub(super) fn new(transport: &'a Transport, usage: &[f64], limit: f64) -> Result<Self> {
        let (places, count) = (transport.capacities.len(), transport.supplies.len());
        let is_whole =
            transport.costs.len() == count && transport.costs.iter().all(|row| row.len() == places + 1);
        if !is_whole || (limit.is_finite() && usage.len() != places) {
            return Err(Error::internal("a transportation problem is not whole"));
        }
        let most = usage.iter().copied().fold(0.0, f64::max);
        let has_budget = limit.is_finite() && most > 0.0;
        let rows = places + usize::from(has_budget);
        let mut room = transport.capacities.clone();
        let mut share = vec![0.0; places + 1];
        if has_budget {
            room.push(limit / most);
            share.iter_mut().zip(usage).for_each(|(share, usage)| *share = usage / most);
        }
        let total: f64 = transport.supplies.iter().sum();
        let mut simplex = Simplex {
            transport,
            places,
            rows,
            usage: share,
            values: room.clone(),
            room,
            supplies: vec![0.0; count],
            is_held: vec![false; count],
            key: vec![places; count],
            basis: (0..rows).map(Variable::Room).collect(),
            inverse: vec![0.0; rows * rows],
            worth: vec![0.0; places + 1],
            prices: vec![0.0; rows],
            column: vec![0.0; rows],
            growth: vec![0.0; count],
            from: 0,
            changes: 0,
            nothing: NOTHING * total.max(f64::MIN_POSITIVE),
        };
        (0..rows).for_each(|row| simplex.inverse[row * rows + row] = 1.0);
        Ok(simplex)
    }

    /// Takes a supply in: as a whole into the place `near`, or without one into one of the cheapest, where there is room without
    /// others making any; else it is not served yet.
    pub(super) fn add(&mut self, supply: usize, near: Option<usize>) {
        self.supplies[supply] = self.transport.supplies[supply];
        if self.supplies[supply] <= self.nothing {
            return;
        }
        let costs = &self.transport.costs[supply];
        let mut places: Vec<usize> = match near {
            Some(place) => vec![place],
            None => (0..self.places).collect(),
        };
        places.retain(|place| *place < self.places && costs[*place] < costs[self.places]);
        if places.len() > TRIES {
            places.select_nth_unstable_by(TRIES, |a, b| costs[*a].total_cmp(&costs[*b]).then(a.cmp(b)));
            places.truncate(TRIES);
        }
        places.sort_by(|a, b| costs[*a].total_cmp(&costs[*b]).then(a.cmp(b)));
        for place in places {
            let entering = Variable::Flow(supply, place);
            if self.step(entering).1 == Some(Leaving::Key(supply)) {
                self.enter(entering, self.supplies[supply], Leaving::Key(supply));
                return;
            }
        }
    }

    /// Holds what is served of a supply: from now on that is all there is of it, and all of it must be served.
    pub(super) fn hold(&mut self, supply: usize) {
        let unserved = self.flow(supply, self.places);
        self.supplies[supply] = (self.supplies[supply] - unserved).max(0.0);
        self.is_held[supply] = true;
        let in_basis = self.basis.iter().position(|basic| *basic == Variable::Flow(supply, self.places));
        in_basis.into_iter().for_each(|row| self.values[row] = 0.0);
    }

    /// Moves on to the cheapest plan. O(places²) for each step, of which a supply takes one or two, and O(places · supplies) at the end.
    pub(super) fn improve(&mut self) {
        self.price();
        let (mut still, mut failures) = (0, 0);
        for _ in 0..20 * (self.supplies.len() + self.rows) + 1000 {
            if self.changes >= FRESH && !self.invert() {
                return;
            }
            let by_order = still > STILL;
            let Some(entering) = self.entering(by_order) else {
                // What rounding hid shows when the basis is inverted anew.
                if failures > 0 || self.changes == 0 || !self.invert() {
                    return;
                }
                failures += 1;
                continue;
            };
            failures = 0;
            let (length, leaving) = self.step(entering);
            let Some(leaving) = leaving else { return };
            still = if length > self.nothing { 0 } else { still + 1 };
            self.enter(entering, length, leaving);
        }
    }

    /// What goes where, the last column what is not served of all that ever came.
    pub(super) fn flows(&mut self) -> Flows {
        if self.changes > 0 {
            self.invert();
        }
        let mut flows = vec![vec![0.0; self.places + 1]; self.supplies.len()];
        for (basic, value) in self.basis.iter().zip(&self.values) {
            if let Variable::Flow(supply, place) = *basic {
                flows[supply][place] = if *value > self.nothing { *value } else { 0.0 };
            }
        }
        for (supply, row) in flows.iter_mut().enumerate() {
            let others: f64 = row.iter().sum();
            row[self.key[supply]] = (self.supplies[supply] - others).max(0.0);
            let served: f64 = row.iter().take(self.places).sum();
            let unserved = self.transport.supplies[supply] - served;
            row[self.places] = if unserved > self.nothing { unserved } else { 0.0 };
        }
        flows
    }

    /// What a supply gets in a place, without looking at other supplies.
    fn flow(&self, supply: usize, place: usize) -> f64 {
        let cells = || {
            self.basis.iter().zip(&self.values).filter_map(|(basic, value)| match *basic {
                Variable::Flow(who, at) if who == supply => Some((at, *value)),
                _ => None,
            })
        };
        if self.key[supply] == place {
            return (self.supplies[supply] - cells().map(|(_, value)| value).sum::<f64>()).max(0.0);
        }
        cells().find(|(at, _)| *at == place).map_or(0.0, |(_, value)| value)
    }

    /// The prices of rows and places at the present basis.
    fn price(&mut self) {
        self.prices.fill(0.0);
        for (row, basic) in self.basis.iter().enumerate() {
            if let Variable::Flow(supply, place) = *basic {
                let costs = &self.transport.costs[supply];
                let cost = costs[place] - costs[self.key[supply]];
                let inverse = &self.inverse[row * self.rows..(row + 1) * self.rows];
                self.prices.iter_mut().zip(inverse).for_each(|(price, entry)| *price += cost * entry);
            }
        }
        let budget = self.prices.get(self.places).copied().unwrap_or(0.0);
        for place in 0..self.places {
            self.worth[place] = self.prices[place] + self.usage[place] * budget;
        }
    }

    /// A variable that makes the plan cheaper; none at the optimum.
    fn entering(&mut self, by_order: bool) -> Option<Variable> {
        let mut best: Option<(f64, Variable)> = None;
        let scale = self.prices.iter().fold(0.0, |most: f64, price| most.max(price.abs()));
        for (row, price) in self.prices.iter().enumerate() {
            if *price > GAIN * scale && best.is_none_or(|(gain, _)| *price > gain) {
                best = Some((*price, Variable::Room(row)));
                if by_order {
                    return best.map(|(_, variable)| variable);
                }
            }
        }
        let count = self.supplies.len();
        let begin = if by_order { 0 } else { self.from };
        for seen in 0..count {
            let supply = (begin + seen) % count;
            if self.supplies[supply] <= 0.0 {
                continue;
            }
            let (costs, key) = (&self.transport.costs[supply], self.key[supply]);
            let now = costs[key] - self.worth[key];
            let doubt = GAIN * (costs[key].abs() + self.worth[key].abs());
            // What is held must be served.
            let places = self.places + usize::from(!self.is_held[supply]);
            for (place, (cost, worth)) in costs.iter().zip(&self.worth).take(places).enumerate() {
                let gain = now - (cost - worth);
                if gain > doubt + GAIN * (cost.abs() + worth.abs())
                    && best.is_none_or(|(most, _)| gain > most)
                {
                    best = Some((gain, Variable::Flow(supply, place)));
                    if by_order {
                        return best.map(|(_, variable)| variable);
                    }
                }
            }
            if best.is_some() && seen >= BLOCK {
                self.from = (supply + 1) % count;
                break;
            }
        }
        best.map(|(_, variable)| variable)
    }

    /// By how much each variable of the basis shrinks for a unit of a variable that enters.
    fn look(&mut self, entering: Variable) {
        let Self { rows, places, .. } = *self;
        match entering {
            Variable::Room(row) => {
                for at in 0..rows {
                    self.column[at] = self.inverse[at * rows + row];
                }
            }
            Variable::Flow(supply, place) => {
                let key = self.key[supply];
                let usage = self.usage[place] - self.usage[key];
                for at in 0..rows {
                    let inverse = &self.inverse[at * rows..(at + 1) * rows];
                    let mut entry = 0.0;
                    if place < places {
                        entry += inverse[place];
                    }
                    if key < places {
                        entry -= inverse[key];
                    }
                    if rows > places {
                        entry += usage * inverse[places];
                    }
                    self.column[at] = entry;
                }
            }
        }
    }

    /// How far a variable may enter, and what stops it.
    fn step(&mut self, entering: Variable) -> (f64, Option<Leaving>) {
        self.look(entering);
        let most = self.column.iter().fold(1.0, |most: f64, entry| most.max(entry.abs()));
        let least = PIVOT * most;
        // Length, size of the entry, and what leaves.
        let mut stop: (f64, f64, Option<Leaving>) = (f64::INFINITY, 0.0, None);
        let slack = self.nothing;
        let mut stops = |length: f64, entry: f64, leaving: Leaving| {
            let is_sooner = length < stop.0 - slack;
            let is_safer = length <= stop.0 + slack && entry > stop.1;
            if is_sooner || is_safer {
                stop = (length.min(stop.0), entry, Some(leaving));
            }
        };
        if let Variable::Flow(supply, _) = entering {
            self.growth[supply] -= 1.0;
        }
        for (row, basic) in self.basis.iter().enumerate() {
            let entry = self.column[row];
            if let Variable::Flow(supply, place) = *basic {
                self.growth[supply] += entry;
                if entry < -least && place == self.places && self.is_held[supply] {
                    stops(0.0, -entry, Leaving::Row(row));
                }
            }
            if entry > least {
                stops(self.values[row].max(0.0) / entry, entry, Leaving::Row(row));
            }
        }
        let own = if let Variable::Flow(supply, _) = entering { Some(supply) } else { None };
        let split = self.basis.iter().filter_map(|basic| match *basic {
            Variable::Flow(supply, _) => Some(supply),
            Variable::Room(_) => None,
        });
        let suppliers: Vec<usize> = own.into_iter().chain(split).collect();
        for supply in suppliers {
            let growth = std::mem::take(&mut self.growth[supply]);
            let key = self.key[supply];
            if growth.abs() <= least {
                continue;
            }
            if key == self.places && self.is_held[supply] {
                stops(0.0, growth.abs(), Leaving::Key(supply));
            } else if growth < 0.0 {
                stops(self.flow(supply, key) / -growth, -growth, Leaving::Key(supply));
            }
        }
        (stop.0, stop.2)
    }

    /// Lets a variable enter, whose column was looked at, as far as it goes.
    fn enter(&mut self, entering: Variable, length: f64, leaving: Leaving) {
        for (value, entry) in self.values.iter_mut().zip(&self.column) {
            *value = (*value - length * entry).max(0.0);
        }
        let row = match leaving {
            Leaving::Row(row) => row,
            Leaving::Key(supply) => {
                let Some(row) = self.split(supply) else {
                    // The whole supply moves on: nothing else changes.
                    if let Variable::Flow(_, place) = entering {
                        self.key[supply] = place;
                    }
                    return;
                };
                self.swap(supply, row);
                self.look(entering);
                row
            }
        };
        let rows = self.rows;
        let pivot = self.column[row];
        let (before, rest) = self.inverse.split_at_mut(row * rows);
        let (own, after) = rest.split_at_mut(rows);
        own.iter_mut().for_each(|entry| *entry /= pivot);
        let others = before.chunks_exact_mut(rows).chain(after.chunks_exact_mut(rows));
        let entries = self.column.iter().enumerate().filter(|(at, _)| *at != row).map(|(_, entry)| *entry);
        for (other, entry) in others.zip(entries) {
            if entry != 0.0 {
                other.iter_mut().zip(own.iter()).for_each(|(to, from)| *to -= entry * from);
            }
        }
        self.basis[row] = entering;
        self.values[row] = length;
        self.changes += 1;
        self.price();
    }

    /// The first row of the basis that is a flow of the supply.
    fn split(&self, supply: usize) -> Option<usize> {
        self.basis.iter().position(|basic| matches!(*basic, Variable::Flow(who, _) if who == supply))
    }

    /// Makes the flow in a row of the basis the supply's key, and the key that row's flow.
    fn swap(&mut self, supply: usize, row: usize) {
        let Variable::Flow(_, place) = self.basis[row] else { return };
        let rows = self.rows;
        let mut sum = vec![0.0; rows];
        for (at, basic) in self.basis.iter().enumerate() {
            if matches!(*basic, Variable::Flow(who, _) if who == supply) {
                let inverse = &self.inverse[at * rows..(at + 1) * rows];
                sum.iter_mut().zip(inverse).for_each(|(sum, entry)| *sum -= entry);
            }
        }
        self.inverse[row * rows..(row + 1) * rows].copy_from_slice(&sum);
        self.values[row] = self.flow(supply, self.key[supply]);
        self.basis[row] = Variable::Flow(supply, self.key[supply]);
        self.key[supply] = place;
    }

    /// Inverts the basis anew, and finds its values and prices; false where rounding has made it singular.
    fn invert(&mut self) -> bool {
        let Self { rows, places, .. } = *self;
        let width = 2 * rows;
        let mut table = vec![0.0; rows * width];
        for (column, basic) in self.basis.iter().enumerate() {
            match *basic {
                Variable::Room(row) => table[row * width + column] = 1.0,
                Variable::Flow(supply, place) => {
                    let key = self.key[supply];
                    for (at, sign) in [(place, 1.0), (key, -1.0)] {
                        if at < places {
                            table[at * width + column] += sign;
                        }
                        if rows > places {
                            table[places * width + column] += sign * self.usage[at];
                        }
                    }
                }
            }
        }
        (0..rows).for_each(|row| table[row * width + rows + row] = 1.0);
        for column in 0..rows {
            let size = |row: &usize| table[row * width + column].abs();
            let best = (column..rows).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(column);
            if size(&best) < 1e-13 {
                return false;
            }
            for at in 0..width {
                table.swap(column * width + at, best * width + at);
            }
            let pivot = table[column * width + column];
            for at in column..width {
                table[column * width + at] /= pivot;
            }
            let own = table[column * width..(column + 1) * width].to_vec();
            for row in (0..rows).filter(|row| *row != column) {
                let entry = table[row * width + column];
                if entry != 0.0 {
                    for at in column..width {
                        table[row * width + at] -= entry * own[at];
                    }
                }
            }
        }
        for row in 0..rows {
            let right = &table[row * width + rows..(row + 1) * width];
            self.inverse[row * rows..(row + 1) * rows].copy_from_slice(right);
        }
        let mut left = self.room.clone();
        for (supply, key) in self.supplies.iter().zip(&self.key) {
            if *key < places {
                left[*key] -= supply;
                if rows > places {
                    left[places] -= supply * self.usage[*key];
                }
            }
        }
        for row in 0..rows {
            let inverse = &self.inverse[row * rows..(row + 1) * rows];
            let value: f64 = inverse.iter().zip(&left).map(|(entry, left)| entry * left).sum();
            self.values[row] = value.max(0.0);
        }
        self.changes = 0;
        self.price();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Prices at which nobody would move, and whose worth is what the plan costs, prove that no plan is cheaper (weak duality). Equal
        /// supplies, costs and capacities make most steps move nothing.
        #[test]
        fn prices_prove_that_no_plan_is_cheaper(
            seed in 0u64..100_000, count in 1usize..120, places in 1usize..14, grain in prop_oneof![Just(1.0), Just(1e-9)],
            tight in 0.1f64..1.5, budget in prop::option::of(0.05f64..1.2),
        ) {
            let mut random = Random::new(seed);
            let mut draw = |most: f64| (random.unit() * most / grain).floor() * grain;
            let supplies: Vec<f64> = (0..count).map(|_| draw(5.0)).collect();
            let total: f64 = supplies.iter().sum();
            let costs = (0..count).map(|_| {
                let row = (0..places).map(|_| { let cost = draw(12.0); if cost > 9.0 { f64::INFINITY } else { cost } });
                row.chain([100.0]).collect()
            });
            let costs: Vec<Vec<f64>> = costs.collect();
            let capacities: Vec<f64> = (0..places).map(|_| draw(2.0 * tight * total / places as f64 + 1.0)).collect();
            let usage: Vec<f64> = (0..places).map(|_| draw(4.0)).collect();
            let limit = budget.map_or(f64::INFINITY, |share| share * 2.0 * total);
            let transport = Transport { supplies, costs, capacities };
            let mut simplex = Simplex::new(&transport, &usage, limit).unwrap();
            (0..count).for_each(|supply| simplex.add(supply, None));
            simplex.improve();
            let flows = simplex.flows();
            let cells = flows.iter().flatten().zip(transport.costs.iter().flatten());
            let cost: f64 = cells.filter(|(flow, _)| **flow > 0.0).map(|(flow, cost)| flow * cost).sum();
            let mut worth = 0.0;
            for (row, supply) in transport.costs.iter().zip(&transport.supplies) {
                let net = row.iter().zip(&simplex.worth).map(|(cost, worth)| cost - worth);
                worth += supply * net.fold(f64::INFINITY, f64::min);
            }
            for (price, room) in simplex.prices.iter().zip(&simplex.room) {
                prop_assert!(*price <= 1e-9);
                worth += price * room;
            }
            prop_assert!((cost - worth).abs() <= 1e-8 * (1.0 + cost), "{cost} {worth}");
            for (place, capacity) in transport.capacities.iter().enumerate() {
                prop_assert!(flows.iter().map(|row| row[place]).sum::<f64>() <= capacity + 1e-9 * (1.0 + capacity));
            }
            prop_assert!(super::super::transport::used(&flows, &usage) <= limit * (1.0 + 1e-9) + 1e-9);
        }
    }
}
