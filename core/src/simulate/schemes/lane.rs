//! A lane: one load, the replicas that serve it, and its queue; and the loop that plays all lanes of an arm side by side.
//!
//! Replicas, queues, meters and the law of responses are those of a backtest; only who asks for replicas differs from arm to arm.

use super::classes::{Classes, Queues};
use crate::error::Result;
use crate::simulate::latency::{LastExponential, Stretch};
use crate::simulate::quantile::Mixture;
use crate::simulate::replicas::{Replicas, Serving};
use crate::simulate::report::{PolicyResult, Timeline};
use crate::simulate::scene::Scene;
use crate::simulate::service::{Moment, Service};
use crate::simulate::totals::{Addends, Meter};

/// Steps of all lanes from one report of progress to the next: some milliseconds.
const REPORT_EVERY: usize = 20_000;

/// Is told the share that is done; its error stops a run.
pub(super) type Progress<'a> = &'a mut dyn FnMut(f64) -> Result<()>;

/// One load with its replicas.
pub(super) struct Lane<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) replicas: Replicas,
    service: Service<'a>,
    meter: Meter<'a>,
    /// Rows of the loads that it serves: its time counts for each of them.
    users: f64,
    /// Share of the load that it serves.
    share: f64,
    /// Idling replicas that cost and draw as much as what is held besides.
    held: f64,
    /// Its classes of requests, where some can wait.
    queues: Option<Queues<'a>>,
    /// What it serves in place of a share of its own load, where loads of several places meet in it.
    inflows: Option<Vec<Inflow>>,
    site: Site<'a>,
    /// What its site has come to beyond what the world's price says, in the user's currency, and in grams of CO₂.
    surcharge: f64,
    grams: f64,
    still: Option<((usize, Serving, u32), Moment, Addends)>,
    /// Starts that failed before they asked for a replica.
    failed_starts: u64,
    spells: Vec<Spell>,
}

/// A share of a load that comes from afar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Inflow {
    /// Which of the site's sources it is a share of.
    pub(super) source: usize,
    /// Rows of the loads that are in that.
    pub(super) rows: f64,
    pub(super) share: f64,
    /// What the way there and back adds to each response.
    pub(super) seconds: f64,
}

/// Where a lane's replicas run.
#[derive(Clone, Copy, Default)]
pub(super) struct Site<'a> {
    /// Lanes of the same number are shown as one.
    pub(super) number: usize,
    /// What a replica-hour costs beyond the world's price.
    pub(super) surcharge: f64,
    /// Grams of CO₂ for a kilowatt-hour, round by round; empty: not known.
    pub(super) grams: &'a [f64],
    /// Loads that may be sent there.
    pub(super) sources: &'a [Scene<'a>],
}

/// Steps in a row with the same response law, each with so many requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spell {
    stretch: Stretch,
    from: usize,
    to: usize,
}

/// The moment of a round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    /// Unix milliseconds.
    pub(super) now: i64,
    /// Rounds before it.
    pub(super) number: usize,
    /// The simulation's step.
    pub(super) step: usize,
}

/// Who asks for replicas.
pub(super) trait Arm {
    /// Looks at the lanes and asks for what each should have.
    fn round(&mut self, round: Round, lanes: &mut [Lane<'_>]) -> Result<()>;
}

/// What an arm came to.
pub(super) struct Played {
    pub(super) result: PolicyResult,
    /// Load per second that is served at the most, in the rounds that count.
    pub(super) capacity: Vec<f64>,
    /// The same site by site.
    pub(super) sites: Vec<Vec<f64>>,
    /// Kilograms of CO₂ in each of these rounds, where they are known.
    pub(super) carbon: Option<Vec<f64>>,
    spells: Vec<Spell>,
    first: usize,
    decide_every: usize,
}

impl<'a> Lane<'a> {
    /// `ready` warm replicas to begin with, for one row of the loads.
    pub(super) fn new(scene: &'a Scene<'a>, ready: u32) -> Result<Self> {
        Ok(Lane {
            scene,
            replicas: Replicas::new(ready, scene.world, &scene.clock, scene.seed),
            service: Service::new(scene)?,
            meter: Meter::new(scene)?,
            users: 1.0,
            share: 1.0,
            held: 0.0,
            queues: None,
            inflows: None,
            site: Site::default(),
            surcharge: 0.0,
            grams: 0.0,
            still: None,
            failed_starts: 0,
            spells: Vec::new(),
        })
    }

    /// Says how many rows of the loads it serves.
    pub(super) fn serves(&mut self, rows: usize) {
        self.users = rows as f64;
    }

    /// Sends it this share of the load from now on; its time counts for as much.
    pub(super) fn takes(&mut self, share: f64) {
        (self.users, self.share, self.still) = (share, share, None);
    }

    /// Holds something besides its replicas that costs and draws as much as so many that idle.
    pub(super) fn holds(&mut self, replicas: f64) {
        self.held = replicas;
    }

    /// Serves requests of these classes, which take turns or wait in one line.
    pub(super) fn tells_apart(&mut self, classes: &'a Classes, take_turns: bool) {
        self.queues = Some(Queues::new(classes, take_turns));
    }

    /// Requests of a class that wait in its line.
    pub(super) fn waiting(&self, class: usize) -> f64 {
        self.queues.as_ref().map_or(0.0, |queues| queues.waiting(class))
    }

    /// Sends it these loads from now on, in place of its own; their time counts for their shares of their rows.
    pub(super) fn receives(&mut self, inflows: Vec<Inflow>) {
        if self.inflows.as_ref() != Some(&inflows) {
            self.users = inflows.iter().map(|inflow| inflow.share * inflow.rows).sum();
            (self.inflows, self.still) = (Some(inflows), None);
        }
    }

    /// Says where its replicas run.
    pub(super) fn runs_at(&mut self, site: Site<'a>) {
        self.site = site;
    }

    /// Counts starts that failed outside of its replicas.
    pub(super) fn fails(&mut self, starts: u64) {
        self.failed_starts += starts;
    }

    /// Failed starts and crashes until now.
    fn mishaps(&self) -> [u64; 2] {
        let counts = self.replicas.counts();
        [counts.failed_starts + self.failed_starts, counts.crashed]
    }

    /// Asks for a count, as an orchestrator is asked.
    pub(super) fn ask(&mut self, replicas: u32, step: usize) {
        self.replicas.request(replicas, step);
    }

    /// Load per second as observed over the interval before a round; NaN before the first.
    pub(super) fn observed(&self, round: Round) -> f64 {
        if round.number == 0 { f64::NAN } else { self.scene.observed(round.number) }
    }

    /// The part of it that this lane was sent.
    pub(super) fn served(&self, round: Round) -> f64 {
        self.share * self.observed(round)
    }

    /// Serves one step and adds what it came to.
    fn serve(&mut self, step: usize, total: &mut PolicyResult, detailed: bool) -> Result<()> {
        let clock = &self.scene.clock;
        let value = step / clock.per_value;
        let (rate, need) = self.load(value);
        let serving = self.replicas.serving();
        let conditions = (value, serving, self.replicas.moving());
        let (moment, addends) = match (&mut self.queues, self.still.filter(|(same, ..)| *same == conditions))
        {
            (Some(queues), _) => {
                let (moment, share, requests) = queues.serve(self.scene, step, serving)?;
                total.violation_seconds += share * clock.step_seconds();
                total.violation_requests += requests;
                let addends = self.meter.step(total, need, serving.ready, &self.replicas, &moment);
                (moment, addends)
            }
            (None, Some((_, moment, addends))) => (moment, addends),
            (None, None) => {
                let mut moment = self.service.serve(serving, rate)?;
                if self.inflows.is_some() {
                    // Who comes from afar is late, or not, by himself.
                    moment.broken = false;
                    moment.late = self.parts(value, rate, &moment).iter().map(|(part, _)| part.late).sum();
                }
                let addends = self.meter.step(total, need, serving.ready, &self.replicas, &moment);
                // While nothing changes and nobody waits, a step is as the one before.
                let is_still = moment.waiting == 0.0 && self.scene.world.tiers.is_empty();
                self.still = is_still.then_some((conditions, moment, addends));
                (moment, addends)
            }
        };
        self.meter.add(total, &addends);
        let seconds = clock.step_seconds();
        if self.site.surcharge != 0.0 || !self.site.grams.is_empty() {
            let grams = self.site.grams.get(step / clock.decide_every).copied().unwrap_or(0.0);
            self.surcharge += self.site.surcharge * addends.replica_hours();
            self.grams += grams * addends.energy_kwh();
        }
        let held_hours = self.held * seconds / 3600.0;
        total.replica_hours += held_hours;
        total.transition_energy_kwh += held_hours * self.scene.world.idle_watts / 1000.0;
        total.seconds += (self.users - 1.0) * seconds;
        if moment.broken {
            total.violation_seconds += (self.users - 1.0) * seconds;
        }
        if self.inflows.is_some() {
            for (part, rows) in self.parts(value, rate, &moment) {
                if part.broken {
                    total.violation_seconds += rows * seconds;
                    total.violation_requests += part.arrived;
                }
                if detailed && part.stretch.requests > 0.0 {
                    self.remember(step, part.stretch);
                }
            }
        } else if detailed {
            self.remember(step, moment.stretch);
        }
        Ok(())
    }

    /// The load that it serves, and the replicas that the promise needs for it.
    fn load(&self, value: usize) -> (f64, u32) {
        let of = |share: f64, scene: &Scene<'_>| {
            (share * scene.rate_of(value), share * f64::from(scene.need_of(value)))
        };
        let (rate, need) = match &self.inflows {
            None => of(self.share, self.scene),
            Some(inflows) => {
                let sources = inflows
                    .iter()
                    .filter_map(|inflow| Some(of(inflow.share, self.site.sources.get(inflow.source)?)));
                sources.fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
            }
        };
        (rate, need.ceil() as u32)
    }

    /// What each inflow has of a moment, and the rows that it counts for.
    fn parts(&self, value: usize, rate: f64, moment: &Moment) -> Vec<(Moment, f64)> {
        let part = |inflow: &Inflow| {
            let own = inflow.share * self.site.sources.get(inflow.source)?.rate_of(value);
            let share = if rate > 0.0 { own / rate } else { 0.0 };
            Some((self.service.afar(moment, share, inflow.seconds), inflow.share * inflow.rows))
        };
        self.inflows.iter().flatten().filter_map(part).collect()
    }

    fn remember(&mut self, step: usize, stretch: Stretch) {
        let goes_on = |last: &&mut Spell| {
            let Stretch { law, delay, requests } = last.stretch;
            last.to == step && (law, delay, requests) == (stretch.law, stretch.delay, stretch.requests)
        };
        let together = self.inflows.as_ref().map_or(1, Vec::len);
        match self.spells.iter_mut().rev().take(together).find(goes_on) {
            Some(last) => last.to = step + 1,
            None => self.spells.push(Spell { stretch, from: step, to: step + 1 }),
        }
    }
}

/// Lanes of one row each that begin with what their loads need then.
pub(super) fn starting<'a>(scenes: &'a [Scene<'a>]) -> Result<Vec<Lane<'a>>> {
    scenes.iter().map(|scene| Lane::new(scene, scene.initial_replicas())).collect()
}

/// Plays all lanes to the end; what comes before the column `learned` does not count. `detailed` also keeps what quantiles need.
pub(super) fn play(
    name: &str,
    mut lanes: Vec<Lane<'_>>,
    arm: &mut dyn Arm,
    learned: usize,
    detailed: bool,
    progress: Progress<'_>,
) -> Result<Played> {
    let Some(clock) = lanes.first().map(|lane| lane.scene.clock.clone()) else {
        return Err(crate::error::Error::internal("an arm has no lane"));
    };
    let price = lanes.first().map_or(1.0, |lane| lane.meter.price());
    let fresh = || {
        let mut result = PolicyResult::new(name);
        result.tiers = lanes.first().map(|lane| lane.meter.tiers()).unwrap_or_default();
        result
    };
    // Counting begins with a round.
    let first = (learned * clock.per_value).next_multiple_of(clock.decide_every);
    let (mut result, mut counted) = (fresh(), Some(fresh()));
    let (mut timeline, mut capacity) = (Timeline::default(), Vec::new());
    let count = lanes.iter().map(|lane| lane.site.number + 1).max().unwrap_or(1);
    let (mut sites, mut surcharges, mut grams) = (vec![Vec::new(); count], Vec::new(), Vec::new());
    let mut totals = result.totals();
    let every = (REPORT_EVERY / lanes.len().max(1)).max(1);
    let mut requested: Vec<u32> = vec![0; lanes.len()];
    let mut mishaps_before = vec![[0; 2]; lanes.len()];
    for step in 0..clock.steps {
        if step % every == every - 1 {
            progress(step as f64 / clock.steps as f64)?;
        }
        let is_counted = step >= first;
        if is_counted && let Some(counted) = counted.take() {
            result = counted;
            totals = result.totals();
            mishaps_before = lanes.iter().map(Lane::mishaps).collect();
        }
        lanes.iter_mut().for_each(|lane| lane.replicas.advance(step));
        let decides = step % clock.decide_every == 0;
        if decides {
            if is_counted && step > first {
                timeline.record_totals(totals, result.totals(), price);
                totals = result.totals();
            }
            arm.round(Round { now: clock.time(step), number: step / clock.decide_every, step }, &mut lanes)?;
            let (mut asked, mut ready, mut charged, mut serves) = (0u32, 0u32, 0u32, 0.0);
            for (lane, before) in lanes.iter().zip(&mut requested) {
                let (fleet, serving) = (lane.replicas.fleet(), lane.replicas.serving());
                result.scale_events += u64::from(is_counted && fleet.requested != *before);
                *before = fleet.requested;
                asked = asked.saturating_add(fleet.requested);
                ready = ready.saturating_add(serving.ready);
                charged = charged.saturating_add(serving.ready).saturating_add(lane.replicas.moving());
                serves += serving.capacity;
            }
            if is_counted {
                timeline.requested.push(asked);
                timeline.ready.push(ready);
                timeline.charged.push(charged);
                capacity.push(serves);
                surcharges.push(0.0);
                grams.push(0.0);
                sites.iter_mut().for_each(|site| site.push(0.0));
                for lane in &lanes {
                    let site = sites.get_mut(lane.site.number).and_then(|site| site.last_mut());
                    site.into_iter().for_each(|site| *site += lane.replicas.serving().capacity);
                }
            }
        }
        for lane in &mut lanes {
            lane.serve(step, &mut result, detailed && is_counted)?;
            let (surcharge, emitted) = (std::mem::take(&mut lane.surcharge), std::mem::take(&mut lane.grams));
            surcharges.last_mut().into_iter().for_each(|sum| *sum += surcharge);
            grams.last_mut().into_iter().for_each(|sum| *sum += emitted);
        }
    }
    timeline.record_totals(totals, result.totals(), price);
    result.energy_kwh += result.transition_energy_kwh;
    if result.tiers.is_empty() {
        result.cost = result.replica_hours * price;
    }
    timeline.cost.iter_mut().zip(&surcharges).for_each(|(cost, surcharge)| *cost += surcharge);
    result.cost += surcharges.iter().sum::<f64>();
    let is_known = lanes.iter().any(|lane| !lane.site.grams.is_empty());
    let carbon = is_known.then(|| grams.iter().map(|grams| grams / 1000.0).collect());
    for ([failed, crashed], before) in lanes.iter().map(Lane::mishaps).zip(mishaps_before) {
        let [failed_before, crashed_before] = before;
        result.failed_starts += failed - failed_before;
        result.crashes += crashed - crashed_before;
    }
    result.timeline = timeline;
    let spells: Vec<Spell> = lanes.into_iter().flat_map(|lane| lane.spells).collect();
    if detailed {
        let mixture = Mixture::new(spells.iter().map(Spell::whole).collect());
        result.p50_seconds = mixture.quantile(0.5);
        result.p95_seconds = mixture.quantile(0.95);
        result.p99_seconds = mixture.quantile(0.99);
    }
    Ok(Played { result, capacity, sites, carbon, spells, first, decide_every: clock.decide_every })
}

impl Spell {
    fn whole(&self) -> Stretch {
        Stretch { requests: self.stretch.requests * (self.to - self.from) as f64, ..self.stretch }
    }
}

impl Played {
    /// The round that counting begins with.
    pub(super) fn first_round(&self) -> usize {
        self.first / self.decide_every
    }

    /// Requests that take longer than `seconds`, from each round that counts to the next.
    pub(super) fn slower(&self, seconds: f64) -> Vec<f64> {
        let (mut slower, mut last) = (vec![0.0; self.capacity.len()], LastExponential::default());
        for spell in &self.spells {
            let each = spell.stretch.requests * spell.stretch.tail(seconds, &mut last);
            let mut step = spell.from;
            while each > 0.0 && step < spell.to {
                let round = step.saturating_sub(self.first) / self.decide_every;
                let end = (self.first + (round + 1) * self.decide_every).min(spell.to);
                if let Some(sum) = slower.get_mut(round) {
                    *sum += each * (end - step) as f64;
                }
                step = end;
            }
        }
        slower
    }
}
