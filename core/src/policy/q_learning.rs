//! Learns from rewards when to scale: a table of what scaling down, holding and scaling up is expected to bring in each state.
//!
//! `Q ← Q + α·(R + γ·max Q′ − Q)` ([`QTable`]), ε-greedy with a decaying ε (Sutton & Barto 2018, section 6.5). What is asked for now serves
//! only after the lead time, so a decision is judged when that is over: `R = −(replicas more than the load needed then + shortage
//! cost · replicas fewer than the load needs now)/replicas needed then`, and `Q′` is of the state that followed at once. That is a Markov
//! decision process with delayed costs (Katsikopoulos & Engelbrecht 2003, IEEE Transactions on Automatic Control 48). The load
//! does not ask what was done, so what every allowed action would have brought is known as well, and all are learned about: an
//! exogenous input (Sinclair et al. 2023, "Hindsight learning for MDPs with exogenous inputs", ICML). Utilization and forecast are shares of what
//! was asked for, ready or not, so that they answer at once. Only actions that the rails allow are chosen from and learned about.

use super::q_table::{ACTIONS, QTable, Seen};
use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation};
use crate::error::{Error, Result, positive, strictly_between};
use crate::random::Random;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Settings of [`QLearning`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QLearningConfig {
    /// Whether it goes on learning in use; without, the table stays as it is, and the best action is always taken; true.
    pub learning: bool,
    /// α, the weight of what is new, above 0 and up to 1; 0.05.
    pub learning_rate: f64,
    /// γ, the weight of what follows, between 0 and 1; 0.9.
    pub discount: f64,
    /// ε, the share of actions taken at random to begin with, 0 to 1; 0.1.
    pub exploration: f64,
    /// What ε is multiplied by at each decision, above 0 and up to 1; 0.9995.
    pub exploration_decay: f64,
    /// What ε does not fall below, 0 to 1; 0.01.
    pub least_exploration: f64,
    /// What a replica too few costs, when one too many costs 1, above 0; 19.
    pub shortage_cost: f64,
    /// Share of the replicas that one action adds or removes, at least one replica; above 0 and up to 1; 0.1.
    pub step: f64,
    /// Of the random actions; 0.
    pub seed: u64,
    /// Values to begin with, as [`QTable::values`] has them; all 0 by default.
    pub table: Option<Vec<f64>>,
    /// Whether the engine forecasts for it and its rails apply; without, only its own floor, what the load needs now, and the smallest
    /// and the largest count do; true.
    pub rails: bool,
}

impl Default for QLearningConfig {
    fn default() -> Self {
        QLearningConfig {
            learning: true,
            learning_rate: 0.05,
            discount: 0.9,
            exploration: 0.1,
            exploration_decay: 0.9995,
            least_exploration: 0.01,
            shortage_cost: 19.0,
            step: 0.1,
            seed: 0,
            table: None,
            rails: true,
        }
    }
}

impl QLearningConfig {
    pub(super) fn check(&self) -> Result<()> {
        let name = |field: &str| format!("policy.q_learning.{field}");
        for (field, value) in [
            ("learning_rate", self.learning_rate),
            ("exploration_decay", self.exploration_decay),
            ("step", self.step),
        ] {
            if !(value > 0.0 && value <= 1.0) {
                return Err(Error::config(name(field), format!("must be above 0 and up to 1, got {value}")));
            }
        }
        for (field, value) in
            [("exploration", self.exploration), ("least_exploration", self.least_exploration)]
        {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::config(name(field), format!("must be 0 to 1, got {value}")));
            }
        }
        strictly_between(&name("discount"), self.discount, 0.0, 1.0)?;
        positive(&name("shortage_cost"), self.shortage_cost)?;
        if self.shortage_cost > 1e6 {
            let problem = format!("must be at most 10^6, got {}", self.shortage_cost);
            return Err(Error::config(name("shortage_cost"), problem));
        }
        self.table.clone().map_or(Ok(()), |values| QTable::new(values).map(|_| ()))
    }
}

const DOWN: usize = 0;
const HOLD: usize = 1;
const UP: usize = 2;

/// Weight of the newest load in the average that the trend is measured against.
const SMOOTHING: f64 = 0.1;

/// The worst reward: a shortage of everything, however dear, counts as no more.
const WORST: f64 = -1000.0;

/// Decisions that wait to be judged at most; with more, the oldest is judged early. A lead time has up to 10,000 intervals.
const MOST_WAITING: usize = 10_100;

/// A moment of decision, which is judged when its lead time is over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Moment {
    now: i64,
    requested: u32,
    /// Replicas that the load needed.
    need: u32,
    /// Change of the load relative to its recent average.
    trend: f64,
    /// Forecast load over the load; NaN without a forecast.
    growth: f64,
}

impl Moment {
    /// The state in which so many replicas would have been asked for.
    fn state(&self, requested: u32) -> usize {
        let utilization = f64::from(self.need) / f64::from(requested.max(1));
        let forecast = utilization * self.growth;
        QTable::state(Seen { utilization, requested, trend: self.trend, forecast })
    }
}

/// Random numbers of one moment: below ε, the action is random; and which, of those that are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Draw {
    now: i64,
    chance: f64,
    choice: u64,
}

/// A table that learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QLearning {
    config: QLearningConfig,
    table: QTable,
    exploration: f64,
    random: Random,
    average: f64,
    waiting: VecDeque<Moment>,
    draw: Option<Draw>,
}

impl QLearning {
    /// The law with these settings.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(mut config: QLearningConfig) -> Result<Self> {
        config.check()?;
        let table = config.table.take().map_or_else(|| Ok(QTable::default()), QTable::new)?;
        let (exploration, random) = (config.exploration, Random::new(config.seed));
        let average = f64::NAN;
        Ok(QLearning { config, table, exploration, random, average, waiting: VecDeque::new(), draw: None })
    }

    /// What was learned so far.
    pub fn table(&self) -> &QTable {
        &self.table
    }

    fn moment(&self, situation: &Situation) -> Moment {
        let Situation { now, fleet, load, reactive: need, peak, .. } = *situation;
        let peak = peak.filter(|_| self.config.rails);
        Moment {
            now,
            requested: fleet.requested,
            need,
            trend: if self.average > 0.0 { load / self.average - 1.0 } else { 0.0 },
            growth: peak.map_or(f64::NAN, |peak| if load > 0.0 { peak.upper / load } else { f64::NAN }),
        }
    }

    /// Where each action leads from so many replicas, when so many are needed; none where the rails would not let it.
    fn choices(&self, current: u32, need: u32, situation: &Situation) -> [Option<u32>; ACTIONS] {
        let Situation { min_replicas: min, max_replicas: max, .. } = *situation;
        let floor = need.clamp(min, max);
        let change = ((f64::from(current) * self.config.step) as u32).max(1);
        let down = current.saturating_sub(change);
        let up = current.saturating_add(change).max(floor).min(max);
        let down = (down < current && down >= floor && current <= max).then_some(down);
        let hold = (floor..=max).contains(&current).then_some(current);
        let up = (up > current || hold.is_none()).then_some(up);
        [down, hold, up]
    }

    /// Whether replicas are on their way with which all that is expected is served: another step up would answer nothing, and held by
    /// the rails, with as long as they take, the steps would add up.
    fn waits(&self, moment: &Moment, situation: &Situation) -> bool {
        let growth = if moment.growth.is_nan() { 1.0 } else { moment.growth };
        let expected = f64::from(moment.need) * growth;
        self.config.rails && situation.fleet.pending > 0 && expected <= f64::from(moment.requested)
    }

    /// What it was worth to have asked for `replicas` when `needed` were enough, now that `need` are.
    fn reward(&self, replicas: u32, needed: u32, need: u32) -> f64 {
        let surplus = f64::from(replicas.saturating_sub(needed));
        let shortage = f64::from(need.saturating_sub(replicas));
        (-(surplus + self.config.shortage_cost * shortage) / f64::from(needed.max(1))).max(WORST)
    }

    /// The best allowed action of a state; holding before scaling up before scaling down when they are alike. An action that was never
    /// tried looks like one that costs nothing: who learns tries it, who does not prefers what is known.
    fn best(&self, values: [f64; ACTIONS], choices: [Option<u32>; ACTIONS]) -> (usize, f64) {
        let known = |value: f64| if value == 0.0 && !self.config.learning { f64::MIN } else { value };
        let mut best = (HOLD, f64::NEG_INFINITY);
        for action in [HOLD, UP, DOWN] {
            let value = values.get(action).copied().map_or(f64::NEG_INFINITY, known);
            if choices.get(action).copied().flatten().is_some() && value > best.1 {
                best = (action, value);
            }
        }
        best
    }

    /// Learns what every allowed action would have brought at the moments whose lead time is over.
    fn learn(&mut self, moment: Moment, situation: &Situation) {
        let lead = (1000.0 * situation.lead_seconds) as i64;
        let rates = (self.config.learning_rate, self.config.discount);
        self.waiting.push_back(moment);
        while let [Some(taken), Some(following)] = [0, 1].map(|place| self.waiting.get(place).copied())
            && (moment.now.saturating_sub(taken.now) >= lead || self.waiting.len() > MOST_WAITING)
        {
            let state = taken.state(taken.requested);
            let choices = self.choices(taken.requested, taken.need, situation);
            for (action, replicas) in choices.into_iter().enumerate() {
                let Some(replicas) = replicas else { continue };
                let reward = self.reward(replicas, taken.need, moment.need);
                let values = self.table.actions(following.state(replicas));
                let (_, best) = self.best(values, self.choices(replicas, following.need, situation));
                self.table.learn(state, action, reward, best, rates);
            }
            self.waiting.pop_front();
        }
        let decayed = self.exploration * self.config.exploration_decay;
        self.exploration = decayed.max(self.config.least_exploration.min(self.config.exploration));
    }

    pub(super) fn is_whole(&self) -> bool {
        self.config.check().is_ok()
            && self.table.is_whole()
            && (0.0..=1.0).contains(&self.exploration)
            && !self.average.is_infinite()
            && self.waiting.len() <= MOST_WAITING
            && self.waiting.iter().zip(self.waiting.iter().skip(1)).all(|(a, b)| a.now < b.now)
    }
}

impl Policy for QLearning {
    fn name(&self) -> &str {
        "q_learning"
    }

    fn damping(&self) -> Damping {
        if self.config.rails { Damping::Engine } else { Damping::Own }
    }

    fn observe(&mut self, _time: i64, load: f64) -> Result<()> {
        if !load.is_nan() {
            let before = if self.average.is_nan() { load } else { self.average };
            self.average = before + SMOOTHING * (load - before);
        }
        Ok(())
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let current = situation.fleet.requested;
        if situation.load.is_nan() {
            // What follows cannot be judged either.
            self.waiting.clear();
            return Ok(Proposal { replicas: current, reason: Reason::NoData { replicas: current } });
        }
        let moment = self.moment(situation);
        let mut choices = self.choices(current, moment.need, situation);
        if self.waits(&moment, situation)
            && let [_, Some(_), up] = &mut choices
        {
            *up = None;
        }
        let mut draw = None;
        if self.config.learning {
            if self.draw.is_none_or(|draw| draw.now != moment.now) {
                self.learn(moment, situation);
                let (chance, choice) = (self.random.unit(), self.random.next_u64());
                self.draw = Some(Draw { now: moment.now, chance, choice });
            }
            draw = self.draw.filter(|draw| draw.chance < self.exploration);
        }
        let values = self.table.actions(moment.state(current));
        let (mut action, _) = self.best(values, choices);
        if let Some(draw) = draw {
            let allowed = || (0..ACTIONS).filter(|action| choices.get(*action).copied().flatten().is_some());
            let pick = (draw.choice % allowed().count().max(1) as u64) as usize;
            action = allowed().nth(pick).unwrap_or(action);
        }
        let replicas = choices.get(action).copied().flatten().unwrap_or(current);
        let others = (0..ACTIONS).filter(|other| *other != action && (action != UP || *other <= HOLD));
        let otherwise = others.filter_map(|other| values.get(other).copied().filter(|value| *value != 0.0));
        let value = values.get(action).copied().unwrap_or(0.0);
        let otherwise = otherwise.reduce(f64::max).unwrap_or(value);
        Ok(Proposal { replicas, reason: Reason::Learned { from: current, to: replicas, value, otherwise } })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::situation;
    use super::*;
    use crate::policy::Peak;

    fn at(second: i64, requested: u32, load: f64, reactive: u32) -> Situation {
        Situation { reactive, ..situation(second, requested, load) }
    }

    fn law(config: QLearningConfig) -> QLearning {
        QLearning::new(config).unwrap()
    }

    #[test]
    fn only_what_the_rails_allow_is_chosen_from() {
        let law = law(QLearningConfig::default());
        let at_most = at(0, 1, 0.0, 1);
        let choices = |current, need| law.choices(current, need, &at_most);
        assert_eq!(choices(20, 10), [Some(18), Some(20), Some(22)]);
        assert_eq!(choices(10, 10), [None, Some(10), Some(11)], "not below the need");
        assert_eq!(choices(5, 10), [None, None, Some(10)], "at once up to it");
        assert_eq!(choices(100, 10), [Some(90), Some(100), None], "100 is the maximum");
        assert_eq!(choices(120, 10), [None, None, Some(100)]);
    }

    #[test]
    fn a_surplus_costs_its_share_and_a_shortage_more() {
        let law = law(QLearningConfig::default());
        assert_eq!(law.reward(15, 10, 10), -0.5);
        assert_eq!(law.reward(10, 10, 12), -19.0 * 2.0 / 10.0, "what the load needs when it is ready");
        assert_eq!(law.reward(15, 10, 16), -(5.0 + 19.0) / 10.0, "both");
        assert_eq!(law.reward(0, 1, u32::MAX), WORST);
    }

    #[test]
    fn it_learns_what_every_allowed_action_would_have_brought_when_the_lead_time_is_over() {
        let config = QLearningConfig { exploration: 0.0, ..QLearningConfig::default() };
        let mut law = law(config);
        law.propose(&at(0, 20, 700.0, 10)).unwrap();
        let state = law.waiting[0].state(20);
        for second in (15..135).step_by(15) {
            law.propose(&at(second, 22, 700.0, 10)).unwrap();
            assert!(law.table == QTable::default(), "nothing is known after {second} s");
        }
        law.propose(&at(135, 22, 700.0, 21)).unwrap();
        let expected = [(8.0 + 19.0 * 3.0) / 10.0, (10.0 + 19.0) / 10.0, 12.0 / 10.0];
        for (value, expected) in law.table.actions(state).into_iter().zip(expected) {
            assert!((value + expected).abs() < 1e-12, "{value} {expected}");
        }
        let before = law.clone();
        law.propose(&at(135, 22, 700.0, 21)).unwrap();
        let same =
            law.table == before.table && law.waiting.len() == before.waiting.len() && law.draw == before.draw;
        assert!(same, "asked twice, it learns once");
        law.propose(&at(150, 22, f64::NAN, 22)).unwrap();
        assert!(law.waiting.is_empty(), "what follows a gap is not judged");
    }

    /// A load that doubles every so often, twelve decisions in advance told by nothing but the forecast: after a while the need is ordered
    /// before it comes, and the explanation says why.
    #[test]
    fn in_a_rising_load_it_learns_to_fear_what_comes() {
        let config = QLearningConfig { exploration: 0.3, seed: 4, ..QLearningConfig::default() };
        let mut learning = law(config);
        let (mut requested, mut said) = (10, String::new());
        for step in 0..40_000i64 {
            let phase = step % 40;
            let need = if phase < 20 { 10 } else { 20 };
            let coming = if (8..28).contains(&phase) { 20.0 } else { 10.0 };
            let load = 70.0 * f64::from(need);
            let peak = Some(Peak { lower: 70.0 * coming, expected: 70.0 * coming, upper: 70.0 * coming });
            let seen = Situation { peak, ..at(15 * step, requested, load, need) };
            if step == 39_000 {
                learning.config.learning = false;
            }
            let proposal = learning.propose(&seen).unwrap();
            requested = proposal.replicas.max(need);
            if step > 39_000 && (10..15).contains(&phase) {
                said.push_str(&proposal.reason.to_string());
            }
            assert!(
                step < 39_100 || phase != 19 || requested >= 18,
                "{step}: {requested} before 20 are needed"
            );
        }
        assert!(said.contains("expects severe penalties if it does not scale up"), "{said}");
    }

    #[test]
    fn frozen_it_takes_the_best_and_stays_as_it_is() {
        let seen = Seen { utilization: 0.5, requested: 20, trend: 0.0, forecast: f64::NAN };
        let mut values = vec![0.0; QTable::LENGTH];
        values[QTable::state(seen) * ACTIONS + HOLD] = -9.0;
        values[QTable::state(seen) * ACTIONS + DOWN] = -10.0;
        values[QTable::state(seen) * ACTIONS + UP] = -1.0;
        let config =
            QLearningConfig { learning: false, table: Some(values.clone()), ..QLearningConfig::default() };
        let mut law = law(config);
        for second in 0..100 {
            let proposal = law.propose(&at(second, 20, 700.0, 10)).unwrap();
            assert_eq!(proposal.replicas, 22);
            let text = proposal.reason.to_string();
            assert!(
                text.contains("expects severe penalties if it does not scale up (-9.00 against -1.00)"),
                "{text}"
            );
        }
        assert_eq!(law.table().values(), values);
    }

    #[test]
    fn epsilon_decays_and_random_actions_are_allowed_ones() {
        let config = QLearningConfig {
            exploration: 1.0,
            exploration_decay: 0.99,
            least_exploration: 0.3,
            ..QLearningConfig::default()
        };
        let mut law = law(config);
        let mut counts = [0; 3];
        for second in 0..1000 {
            let replicas = law.propose(&at(second, 20, 700.0, 10)).unwrap().replicas;
            counts[(replicas as usize - 18) / 2] += 1;
        }
        assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
        assert_eq!(law.exploration, 0.3);
    }

    #[test]
    fn what_is_pending_counts_before_more_is_asked_for() {
        let config =
            QLearningConfig { exploration: 1.0, least_exploration: 1.0, ..QLearningConfig::default() };
        let asked = |pending: u32, upper: f64| {
            let mut law = law(config.clone());
            let seen = |second| {
                let mut seen = at(second, 20, 700.0, 10);
                (seen.fleet.ready, seen.fleet.pending) = (20 - pending, pending);
                Situation { peak: Some(Peak { lower: 0.0, expected: 700.0, upper }), ..seen }
            };
            (0..300).map(|second| law.propose(&seen(second)).unwrap().replicas).max().unwrap()
        };
        assert_eq!((asked(0, 900.0), asked(1, 900.0)), (22, 20), "20 serve 1400");
        assert_eq!(asked(1, 1500.0), 22, "unless more is expected");
    }

    #[test]
    fn settings_out_of_range_are_named() {
        for (config, field) in [
            (QLearningConfig { discount: 1.0, ..QLearningConfig::default() }, "discount"),
            (QLearningConfig { learning_rate: 0.0, ..QLearningConfig::default() }, "learning_rate"),
            (QLearningConfig { exploration: 1.5, ..QLearningConfig::default() }, "exploration"),
            (QLearningConfig { table: Some(vec![0.0]), ..QLearningConfig::default() }, "table"),
        ] {
            let problem = QLearning::new(config).unwrap_err().to_string();
            assert!(problem.starts_with(&format!("policy.q_learning.{field}")), "{problem}");
        }
    }
}
