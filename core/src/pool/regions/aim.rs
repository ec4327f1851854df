//! What is wanted: whole replicas in each region, within its capacity and the budget.

use super::simplex::Simplex;
use super::transport::{Flows, Transport, mostly, used};
use super::{Place, Regions, RouteLimit};
use crate::error::{Error, Result};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Rounds of solving with less room, because whole replicas took more than shares of them.
const MOST_ROUNDINGS: usize = 8;
/// A replica is not begun for less than this.
const SLACK: f64 = 1e-9;
/// Replicas that one source is made ready for at the most.
const MOST_REPLICAS: f64 = 1e9;

/// The problem of one round, its sources application by application.
pub(super) struct Problem {
    pub(super) transport: Transport,
    usage: Vec<f64>,
    limit: f64,
    /// Of each application.
    priorities: Vec<u32>,
    regions: usize,
}

/// What is wanted: flows in replicas, and whole replicas application by application.
pub(super) struct Aim {
    pub(super) flows: Flows,
    pub(super) replicas: Vec<Vec<u32>>,
    pub(super) is_budget_used: bool,
}

impl Regions {
    /// The problem that the forecasts pose at `now`.
    pub(super) fn problem(&self, now: i64) -> Result<Problem> {
        let ready = now.saturating_add((self.config.start_up_seconds * 1000.0) as i64);
        let prices: Vec<f64> =
            self.places.iter().map(|place| place.price(ready, self.config.carbon_price)).collect();
        let latencies = self.latency_table();
        let mut costs = Vec::new();
        for service in &self.services {
            let application = &service.application;
            let most = application.most_latency.unwrap_or(f64::INFINITY);
            for (home, (row, aimed)) in self.places.iter().zip(latencies.iter().zip(&service.aimed)) {
                let allowed = application.residency.get(&home.region.name);
                let cells = self.places.iter().zip(&prices).zip(row.iter().zip(aimed));
                let cost = |((place, price), (latency, aimed)): ((&Place, &f64), (&f64, &f64))| {
                    let resides = allowed.is_none_or(|allowed| allowed.contains(&place.region.name));
                    if !resides || *latency > most || !place.is_up || !latency.is_finite() {
                        return f64::INFINITY;
                    }
                    price + self.config.latency_price * latency + self.config.move_price * (1.0 - aimed)
                };
                costs.push(cells.map(cost).collect::<Vec<f64>>());
            }
        }
        // Not serving costs more than any chain of moves could save, and each priority that much more than the one below.
        let largest = costs.iter().flatten().copied().filter(|cost| cost.is_finite()).fold(0.0, f64::max);
        let unserved = (self.places.len() + 2) as f64 * (largest + 1.0);
        let priorities = self.services.iter().flat_map(|service| {
            std::iter::repeat_n(f64::from(service.application.priority + 1), service.sources.len())
        });
        costs.iter_mut().zip(priorities).for_each(|(row, priority)| row.push(priority * unserved));
        let capacities =
            self.places.iter().map(|place| f64::from(place.capacity(self.config.recovery_rounds)));
        let supplies = self.supplies(self.config.lead_steps())?;
        let transport = Transport { supplies, costs, capacities: capacities.collect() };
        let usage = |place: &Place| self.config.budget.map_or(0.0, |budget| budget.of(&place.region));
        Ok(Problem {
            transport,
            usage: self.places.iter().map(usage).collect(),
            limit: self.config.budget.map_or(f64::INFINITY, |budget| budget.limit()),
            priorities: self.services.iter().map(|service| service.application.priority).collect(),
            regions: self.places.len(),
        })
    }

    /// Replicas that each source needs in the coming `steps`, the running one first.
    pub(super) fn supplies(&self, steps: i64) -> Result<Vec<f64>> {
        let of = |service: &'_ super::Service| -> Result<Vec<f64>> {
            let sources = service.sources.iter().zip(&self.places);
            let supply = |(source, home): (&super::Source, &Place)| {
                let rate = source.rate(steps, &self.config, &home.shared, &self.coverage)?;
                Ok((rate / service.application.service_rate).min(MOST_REPLICAS))
            };
            sources.map(supply).collect()
        };
        Ok(self.services.iter().map(of).collect::<Result<Vec<_>>>()?.concat())
    }

    /// Milliseconds from each region to each; infinite where none were given.
    fn latency_table(&self) -> Vec<Vec<f64>> {
        let both = |latency: &super::Latency| {
            let places = (self.place_of.get(&latency.from), self.place_of.get(&latency.to));
            let (Some(from), Some(to)) = places else { return Vec::new() };
            vec![((*from, *to), latency.milliseconds), ((*to, *from), latency.milliseconds)]
        };
        let given: BTreeMap<(usize, usize), f64> = self.latencies.iter().flat_map(both).collect();
        let count = self.places.len();
        let of = |from: usize, to: usize| match given.get(&(from, to)) {
            _ if from == to => 0.0,
            Some(latency) => *latency,
            None => f64::INFINITY,
        };
        (0..count).map(|from| (0..count).map(|to| of(from, to)).collect()).collect()
    }
}

impl Problem {
    /// The cheapest plan in whole replicas: solved with a little less room where rounding up took more than a region has. Of all that was
    /// tried the plan that serves most counts, and what rounding up takes beyond capacity or the budget is left out of it.
    pub(super) fn solve(&self) -> Result<Aim> {
        let mut transport = self.transport.clone();
        let mut flows = self.by_priority(&transport, None)?;
        let (mut aim, mut most) = (None, Vec::new());
        for rounding in 0..=MOST_ROUNDINGS {
            let replicas = self.whole(&flows);
            let (over, over_budget) = self.over(&replicas);
            let mut kept = replicas;
            self.trim(&flows, &mut kept);
            let served = self.served(&flows, &kept);
            let is_fitting = over.iter().all(|over| *over <= 0.0);
            let next = if is_fitting || rounding == MOST_ROUNDINGS {
                None
            } else {
                let rooms = transport.capacities.iter_mut().zip(over);
                rooms.for_each(|(room, over)| *room = (*room - over.max(0.0)).max(0.0));
                Some(self.by_priority(&transport, Some(&flows))?)
            };
            if aim.is_none() || is_more(&served, &most) {
                let is_budget_used = used(&flows, &self.usage) >= self.limit * (1.0 - 1e-9)
                    || over_budget > SLACK * self.limit;
                (aim, most) = (Some(Aim { flows, replicas: kept, is_budget_used }), served);
            }
            let Some(next) = next else { break };
            flows = next;
        }
        let mut aim = aim.ok_or_else(|| Error::internal("regions without a plan"))?;
        self.leave_out(&mut aim);
        Ok(aim)
    }

    /// The cheapest plan within the budget. Where that is short, priority comes before cost: one class after the other is served as
    /// far as what those above it are served allows.
    fn by_priority(&self, transport: &Transport, near: Option<&Flows>) -> Result<Flows> {
        let all = transport.solve(near)?;
        if used(&all, &self.usage) <= self.limit {
            return Ok(all);
        }
        let mut simplex = Simplex::new(transport, &self.usage, self.limit)?;
        for Reverse(class) in
            self.priorities.iter().map(|priority| Reverse(*priority)).collect::<BTreeSet<_>>()
        {
            let of_class = self.priorities.iter().enumerate().filter(|(_, priority)| **priority == class);
            let sources = of_class.flat_map(|(number, _)| number * self.regions..(number + 1) * self.regions);
            let sources: Vec<usize> = sources.collect();
            sources.iter().for_each(|source| simplex.add(*source, mostly(Some(&all), *source)));
            simplex.improve();
            // What is served now is held from here on, wherever it moves.
            sources.iter().for_each(|source| simplex.hold(*source));
        }
        Ok(simplex.flows())
    }

    /// Load that whole replicas serve, class by class, the highest priority first.
    fn served(&self, flows: &Flows, replicas: &[Vec<u32>]) -> Vec<f64> {
        let mut classes = BTreeMap::new();
        for ((row, loads), priority) in replicas.iter().zip(&self.loads(flows)).zip(&self.priorities) {
            let served: f64 = row.iter().zip(loads).map(|(count, load)| load.min(f64::from(*count))).sum();
            *classes.entry(Reverse(*priority)).or_insert(0.0) += served;
        }
        classes.into_values().collect()
    }

    /// Takes what no replica is left for out of the flows.
    fn leave_out(&self, aim: &mut Aim) {
        let loads = self.loads(&aim.flows);
        let applications = aim.flows.chunks_mut(self.regions.max(1));
        for ((rows, loads), counts) in applications.zip(&loads).zip(&aim.replicas) {
            for row in rows {
                let Some((unserved, row)) = row.split_last_mut() else { continue };
                for (flow, (load, count)) in row.iter_mut().zip(loads.iter().zip(counts)) {
                    let count = f64::from(*count);
                    if *load > count + SLACK {
                        *unserved += *flow * (1.0 - count / load);
                        *flow *= count / load;
                    }
                }
            }
        }
    }

    /// Replicas that each application needs in each region.
    fn loads(&self, flows: &Flows) -> Vec<Vec<f64>> {
        let sum = |rows: &[Vec<f64>]| {
            let mut sums = vec![0.0; self.regions];
            for row in rows {
                sums.iter_mut().zip(row).for_each(|(sum, flow)| *sum += flow);
            }
            sums
        };
        flows.chunks(self.regions.max(1)).map(sum).collect()
    }

    fn whole(&self, flows: &Flows) -> Vec<Vec<u32>> {
        let loads = self.loads(flows);
        loads.iter().map(|row| row.iter().map(|load| (load - SLACK).ceil() as u32).collect()).collect()
    }

    /// By how much replicas exceed the capacity of each region, and the budget.
    fn over(&self, replicas: &[Vec<u32>]) -> (Vec<f64>, f64) {
        let mut sums = vec![0.0; self.regions];
        for row in replicas {
            sums.iter_mut().zip(row).for_each(|(sum, count)| *sum += f64::from(*count));
        }
        let used: f64 = sums.iter().zip(&self.usage).map(|(sum, usage)| sum * usage).sum();
        let over = sums.iter().zip(&self.transport.capacities).map(|(sum, room)| sum - room).collect();
        (over, used - self.limit)
    }

    /// Takes away what is still too much: of the lowest priority, and there where the least of a replica is lost.
    fn trim(&self, flows: &Flows, replicas: &mut [Vec<u32>]) {
        let (mut over, mut over_budget) = self.over(replicas);
        if over_budget <= SLACK * self.limit && over.iter().all(|over| *over <= SLACK) {
            return;
        }
        let loads = self.loads(flows);
        let mut cells = BinaryHeap::new();
        for (number, ((row, loads), priority)) in
            replicas.iter().zip(&loads).zip(&self.priorities).enumerate()
        {
            let counted = row.iter().zip(loads).enumerate().filter(|(_, (count, _))| **count > 0);
            let cell = |(place, (count, load)): (usize, (&u32, &f64))| Loss {
                priority: *priority,
                lost: load - (f64::from(*count) - 1.0),
                cell: (number, place),
            };
            cells.extend(counted.map(cell).map(Reverse));
        }
        // What is enough in a place now stays so: each turn takes a replica or forgets a cell.
        while let Some(Reverse(Loss { priority, lost, cell })) = cells.pop() {
            let usage = self.usage.get(cell.1).copied().unwrap_or(0.0);
            let is_over_budget = over_budget > SLACK * self.limit && usage > 0.0;
            let count = replicas.get_mut(cell.0).and_then(|row| row.get_mut(cell.1));
            if let (Some(over), Some(count)) = (over.get_mut(cell.1), count)
                && (*over > SLACK || is_over_budget)
            {
                *count -= 1;
                *over -= 1.0;
                over_budget -= usage;
                if *count > 0 {
                    cells.push(Reverse(Loss { priority, lost: lost + 1.0, cell }));
                }
            }
        }
    }
}

/// What one replica less in a cell loses, in the order in which they go.
struct Loss {
    priority: u32,
    lost: f64,
    /// Application and place.
    cell: (usize, usize),
}

impl Ord for Loss {
    fn cmp(&self, other: &Self) -> Ordering {
        let lost = self.lost.total_cmp(&other.lost);
        self.priority.cmp(&other.priority).then(lost).then(self.cell.cmp(&other.cell))
    }
}

impl PartialOrd for Loss {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Loss {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Loss {}

/// Whether more is served in the highest class that differs.
fn is_more(served: &[f64], most: &[f64]) -> bool {
    let differs = |(a, b): &(&f64, &f64)| (*a - *b).abs() > SLACK * a.max(**b);
    served.iter().zip(most).find(differs).is_some_and(|(a, b)| a > b)
}

impl Aim {
    /// What keeps a source from being served as a whole, given its row of the costs.
    pub(super) fn limit(&self, source: usize, supply: f64, costs: &[f64]) -> Option<RouteLimit> {
        let unserved = self.flows.get(source).and_then(|row| row.last()).copied().unwrap_or(0.0);
        let can_be_served = costs.iter().rev().skip(1).any(|cost| cost.is_finite());
        match () {
            () if !can_be_served => Some(RouteLimit::NoRegion),
            () if unserved <= 1e-9 * supply => None,
            () if self.is_budget_used => Some(RouteLimit::Budget),
            () => Some(RouteLimit::Capacity),
        }
    }
}

impl Place {
    /// Replicas that there is room for; a region that came back has its room step by step.
    pub(super) fn capacity(&self, recovery_rounds: u32) -> u32 {
        if !self.is_up {
            return 0;
        }
        let share = f64::from(self.recovered.min(recovery_rounds)) / f64::from(recovery_rounds.max(1));
        (f64::from(self.region.capacity) * share) as u32
    }

    /// What a replica costs in an hour, its carbon included.
    fn price(&self, time: i64, carbon_price: f64) -> f64 {
        let since = self.carbon.partition_point(|value| value.time <= time);
        let grams = self.carbon.get(since.saturating_sub(1)).map_or(0.0, |value| value.grams);
        let kilograms = grams / 1000.0 * self.region.watts / 1000.0;
        self.region.cost + carbon_price * kilograms
    }
}
