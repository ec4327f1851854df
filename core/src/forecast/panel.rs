//! Many series that share a clock, a model for each: CPU, memory, network and tokens of a service, or one load by tenant.
//!
//! The models know nothing of each other, so that any count of threads gives the same numbers.

use super::{Forecast, Forecaster, restore};
use crate::chunks::{check_threads, fill};
use crate::error::{Error, Result, all_finite};
use crate::load::Series;
use crate::rows::Rows;
use crate::snapshot;
use serde::{Deserialize, Serialize};

const MOST_SERIES: usize = 100_000;

/// A model for each of several series.
#[derive(Debug, Clone)]
pub struct Panel {
    names: Vec<String>,
    models: Vec<Box<dyn Forecaster>>,
    threads: usize,
    /// How many features each step has, once that is decided.
    columns: Option<usize>,
}

/// As a snapshot holds it.
#[derive(Serialize, Deserialize)]
struct State {
    names: Vec<String>,
    models: Vec<Vec<u8>>,
    threads: usize,
    columns: Option<usize>,
}

impl Panel {
    /// A copy of `model` for each of `names`, which must differ, 1 to 100,000 of them; up to `threads` threads (1 to 1024) do
    /// the work of a call.
    ///
    /// # Errors
    /// [`Error::Config`] for names or a count of threads that are not so.
    pub fn new(model: &dyn Forecaster, names: &[&str], threads: usize) -> Result<Self> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        check(&names, threads)?;
        let models = names.iter().map(|_| model.boxed_clone()).collect();
        Ok(Panel { names, models, threads, columns: None })
    }

    /// The names of the series, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The model of one series.
    ///
    /// # Errors
    /// [`Error::Config`] for a name that is not in the panel.
    pub fn model(&self, name: &str) -> Result<&dyn Forecaster> {
        let at = self.names.iter().position(|other| other == name);
        match at.and_then(|at| self.models.get(at)) {
            Some(model) => Ok(&**model),
            None => Err(Error::config("name", format!("\"{name}\" is not in the panel"))),
        }
    }

    /// Forgets everything and learns from one series for each name, all on the same grid. `features` are those of the steps,
    /// the same for every series.
    ///
    /// # Errors
    /// [`Error::Data`] for another count of series, or series on different grids; what a model answers, with the name of its
    /// series. The panel is then as before.
    pub fn fit(&mut self, series: &[&Series], features: Option<Rows<'_>>) -> Result<()> {
        self.fit_with_progress(series, features, &mut |_| true)
    }

    /// As [`Panel::fit`], telling `progress` the share of the work done, 0 to 1, before every few series (each one, with one
    /// thread); when that answers `false` the work stops.
    ///
    /// # Errors
    /// As [`Panel::fit`]; [`Error::Stopped`] when `progress` says so.
    pub fn fit_with_progress(
        &mut self,
        series: &[&Series],
        features: Option<Rows<'_>>,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<()> {
        self.check_count("series", series.len())?;
        let grid = |series: &Series| (series.start(), series.step_milliseconds(), series.len());
        if let Some(first) = series.first()
            && let Some(at) = series.iter().position(|other| grid(other) != grid(first))
        {
            let problem = format!("\"{}\" does not lie on the grid of \"{}\"", self.name(at), self.name(0));
            return Err(Error::data("series", problem));
        }
        let mut fitted = self.models.clone();
        let mut work: Vec<_> =
            fitted.iter_mut().zip(series).map(|(model, series)| (model, *series, Ok(()))).collect();
        // Enough at a time to keep the threads busy.
        let at_once = if self.threads == 1 { 1 } else { 4 * self.threads };
        for (at, group) in work.chunks_mut(at_once).enumerate() {
            let done = (at * at_once) as f64 / self.models.len() as f64;
            if !progress(done) {
                return Err(Error::Stopped { percent: (100.0 * done) as u8 });
            }
            fill(group, self.threads, |_, chunk| {
                chunk.iter_mut().for_each(|(model, series, result)| *result = model.fit(series, features));
            })?;
        }
        self.all_well(work.into_iter().map(|(_, _, result)| result))?;
        self.models = fitted;
        self.columns = Some(features.map_or(0, |rows| rows.columns()));
        Ok(())
    }

    /// Takes in the next step: a value for each name, NaN = missing, and the step's features.
    ///
    /// # Errors
    /// [`Error::Data`] for another count of values, an infinite value or wrong features; what a user's own model says, with the
    /// name of its series. The panel is then as before: models of users are copied for that at every call.
    pub fn update(&mut self, values: &[f64], features: Option<&[f64]>) -> Result<()> {
        self.check_count("values", values.len())?;
        if let Some(at) = values.iter().position(|value| value.is_infinite()) {
            return Err(Error::data("values", format!("that of \"{}\" is infinite", self.name(at))));
        }
        let all_missing = values.iter().all(|value| value.is_nan());
        let columns = features.map_or(0, <[f64]>::len);
        all_finite("features", features.unwrap_or_default())?;
        if self.columns.is_some_and(|known| known != columns && !(all_missing && features.is_none())) {
            let known = self.columns.unwrap_or_default();
            return Err(Error::data(
                "features",
                format!("has {columns} columns, but the panel learned with {known}"),
            ));
        }
        if self.columns.is_none() && features.is_some_and(<[f64]>::is_empty) {
            return Err(Error::data("features", "has 0 columns"));
        }
        self.each(|at, model| model.update(values.get(at).copied().unwrap_or(f64::NAN), features))?;
        self.columns = self.columns.or((!all_missing).then_some(columns));
        Ok(())
    }

    /// Passes over `steps` steps in which nothing was measured.
    ///
    /// # Errors
    /// As [`Forecaster::skip`], and as [`Panel::update`].
    pub fn skip(&mut self, steps: u64) -> Result<()> {
        self.each(|_, model| model.skip(steps))
    }

    /// Forecasts the next `horizon` steps of each series, in the order of the names; the rest as [`Forecaster::forecast`].
    ///
    /// # Errors
    /// As [`Forecaster::forecast`], with the name of the series.
    pub fn forecast(
        &self,
        horizon: usize,
        levels: &[f64],
        features: Option<Rows<'_>>,
    ) -> Result<Vec<Forecast>> {
        let mut answers: Vec<Option<Result<Forecast>>> = vec![None; self.models.len()];
        fill(&mut answers, self.threads, |first, chunk| {
            for (answer, model) in chunk.iter_mut().zip(self.models.iter().skip(first)) {
                *answer = Some(model.forecast(horizon, levels, features));
            }
        })?;
        let answers = answers.into_iter().flatten().enumerate();
        answers.map(|(at, answer)| answer.map_err(|error| self.of(at, error))).collect()
    }

    /// Writes the panel as a snapshot.
    ///
    /// # Errors
    /// [`Error::Internal`], or what a user's own model says.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        let models = self.models.iter().map(|model| model.snapshot()).collect::<Result<_>>()?;
        let state = State { names: self.names.clone(), models, threads: self.threads, columns: self.columns };
        snapshot::save(snapshot::Kind::Panel, &state)
    }

    /// Reads a snapshot of a panel.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of a panel.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let state: State = snapshot::load(snapshot::Kind::Panel, bytes)?;
        let refuse = |problem: String| Error::Snapshot { problem };
        check(&state.names, state.threads).map_err(|error| refuse(error.to_string()))?;
        if state.names.len() != state.models.len() {
            return Err(refuse(format!("{} names for {} models", state.names.len(), state.models.len())));
        }
        let models = state.models.iter().map(|bytes| restore(bytes)).collect::<Result<_>>()?;
        Ok(Panel { names: state.names, models, threads: state.threads, columns: state.columns })
    }

    /// Changes every model, each given its position, or none of them.
    fn each(&mut self, change: impl Fn(usize, &mut dyn Forecaster) -> Result<()> + Sync) -> Result<()> {
        // Models of this library refuse nothing that was checked before, or all refuse the same; they are all of one kind.
        let of_user = self.models.first().is_some_and(|model| model.name() == "Custom");
        let before = of_user.then(|| self.models.clone());
        let mut work: Vec<_> = self.models.iter_mut().map(|model| (model, Ok(()))).collect();
        fill(&mut work, self.threads, |first, chunk| {
            for (at, (model, result)) in chunk.iter_mut().enumerate() {
                *result = change(first + at, &mut ***model);
            }
        })?;
        let results: Vec<Result<()>> = work.into_iter().map(|(_, result)| result).collect();
        let outcome = self.all_well(results.into_iter());
        if let (Err(_), Some(before)) = (&outcome, before) {
            self.models = before;
        }
        outcome
    }

    fn all_well(&self, results: impl Iterator<Item = Result<()>>) -> Result<()> {
        results.enumerate().try_for_each(|(at, result)| result.map_err(|error| self.of(at, error)))
    }

    /// The error of one series, saying which.
    fn of(&self, at: usize, error: Error) -> Error {
        let of = |what: String| format!("{what} of \"{}\"", self.name(at));
        match error {
            Error::Data { name, problem } => Error::Data { name: of(name), problem },
            Error::NotReady { what, problem } => Error::NotReady { what: of(what), problem },
            other => other,
        }
    }

    fn name(&self, at: usize) -> &str {
        self.names.get(at).map(String::as_str).unwrap_or_default()
    }

    fn check_count(&self, argument: &str, count: usize) -> Result<()> {
        if count == self.names.len() {
            return Ok(());
        }
        Err(Error::data(argument, format!("has {count}, but the panel has {} names", self.names.len())))
    }
}

fn check(names: &[String], threads: usize) -> Result<()> {
    if names.is_empty() || names.len() > MOST_SERIES {
        return Err(Error::config("names", format!("must be 1 to {MOST_SERIES}, got {}", names.len())));
    }
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|pair| pair.first() == pair.last()) {
        return Err(Error::config("names", format!("has {:?} twice", pair.first().map_or("", |name| name))));
    }
    check_threads(threads)
}

#[cfg(test)]
mod tests {
    use super::super::{Custom, CustomForecast, CustomModel, GradientBoosting, MovingAverage, SeasonalNaive};
    use super::*;

    fn series(phase: usize) -> Series {
        let values = (0..100).map(|i| ((i * 7 + phase * 13) % 24) as f64 + 1.0).collect();
        Series::new(values, 0, 60.0).unwrap()
    }

    fn panel(threads: usize) -> Panel {
        let names: Vec<String> = (0..5).map(|i| format!("series {i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Panel::new(&SeasonalNaive::new(24).unwrap(), &names, threads).unwrap()
    }

    fn learned(threads: usize) -> Panel {
        let all: Vec<Series> = (0..5).map(series).collect();
        let rows: Vec<f64> = (0..100).map(|i| f64::from(i % 3)).collect();
        let mut panel = panel(threads);
        panel.fit(&all.iter().collect::<Vec<_>>(), Some(Rows::whole(&rows, 1))).unwrap();
        panel.update(&[1.0, f64::NAN, 3.0, 4.0, 5.0], Some(&[2.0])).unwrap();
        panel.skip(3).unwrap();
        panel
    }

    #[test]
    fn each_series_is_forecast_as_by_a_model_of_its_own() {
        let mut alone = SeasonalNaive::new(24).unwrap();
        let rows: Vec<f64> = (0..100).map(|i| f64::from(i % 3)).collect();
        alone.fit(&series(2), Some(Rows::whole(&rows, 1))).unwrap();
        alone.update(3.0, Some(&[2.0])).unwrap();
        alone.skip(3).unwrap();
        let ahead = [1.0, 2.0];
        let expected = alone.forecast(2, &[0.8], Some(Rows::whole(&ahead, 1))).unwrap();
        for threads in [1, 2, 3, 64] {
            let panel = learned(threads);
            let all = panel.forecast(2, &[0.8], Some(Rows::whole(&ahead, 1))).unwrap();
            assert_eq!((all.len(), &all[2]), (5, &expected), "{threads} threads");
            assert_eq!(panel.model("series 2").unwrap().snapshot(), alone.snapshot());
            let restored = Panel::restore(&panel.snapshot().unwrap()).unwrap();
            assert_eq!(restored.snapshot(), panel.snapshot());
            assert_eq!(restored.forecast(2, &[0.8], Some(Rows::whole(&ahead, 1))), Ok(all));
        }
    }

    #[test]
    fn bad_input_is_refused_by_name_and_changes_nothing() {
        let model = MovingAverage::new(2).unwrap();
        let refused = |names: &[&str], threads| Panel::new(&model, names, threads).unwrap_err().to_string();
        assert!(refused(&[], 1).starts_with("names: "));
        assert_eq!(refused(&["cpu", "memory", "cpu"], 1), "names: has \"cpu\" twice");
        assert!(refused(&["cpu"], 0).starts_with("threads: "));
        let mut panel = learned(2);
        let before = panel.snapshot().unwrap();
        let text = |result: Result<()>| result.unwrap_err().to_string();
        let (good, other) = (series(0), Series::new(vec![1.0; 99], 0, 60.0).unwrap());
        let missing = Series::new(vec![f64::NAN; 100], 0, 60.0).unwrap();
        assert!(text(panel.fit(&[&good], None)).starts_with("series: has 1, but"));
        assert!(
            text(panel.fit(&[&good, &good, &other, &good, &good], None))
                .starts_with("series: \"series 2\" does not")
        );
        let one = text(panel.fit(&[&good, &good, &good, &missing, &good], None));
        assert!(one.starts_with("SeasonalNaive of \"series 3\": needs at least 1"), "{one}");
        assert!(text(panel.update(&[1.0], None)).starts_with("values: has 1, but"));
        assert_eq!(
            text(panel.update(&[1.0, 1.0, f64::INFINITY, 1.0, 1.0], None)),
            "values: that of \"series 2\" is infinite"
        );
        assert!(text(panel.update(&[1.0; 5], None)).starts_with("features: has 0 columns"));
        assert!(text(panel.update(&[1.0; 5], Some(&[f64::NAN]))).starts_with("features: value 0"));
        assert!(panel.forecast(0, &[], None).is_err() && panel.model("series 9").is_err());
        assert_eq!(panel.snapshot().unwrap(), before);
        assert!(Panel::restore(&before[..before.len() - 1]).is_err());
    }

    /// Forecasts the sum of what it was told, and will not hear of 13.
    #[derive(Debug, Clone)]
    struct Superstitious(f64);

    impl CustomModel for Superstitious {
        fn name(&self) -> &str {
            "Superstitious"
        }

        fn fit(&mut self, series: &Series, _: Option<Rows<'_>>) -> Result<()> {
            self.0 = 0.0;
            series.values().iter().try_for_each(|value| self.update(*value, None))
        }

        fn update(&mut self, value: f64, _: Option<&[f64]>) -> Result<()> {
            if value == 13.0 {
                return Err(Error::data("Superstitious.update", "no thirteen"));
            }
            self.0 += if value.is_nan() { 0.0 } else { value };
            Ok(())
        }

        fn forecast(&self, horizon: usize, _: Option<Rows<'_>>) -> Result<CustomForecast> {
            Ok(CustomForecast::Normal { mean: vec![self.0; horizon], standard_deviation: vec![1.0; horizon] })
        }

        fn snapshot(&self) -> Result<Vec<u8>> {
            Ok(self.0.to_le_bytes().to_vec())
        }

        fn copy(&self) -> Result<Box<dyn CustomModel>> {
            Ok(Box::new(self.clone()))
        }
    }

    #[test]
    fn what_one_model_of_a_user_refuses_no_other_takes_in() {
        for threads in [1, 3] {
            let mut panel =
                Panel::new(&Custom::new(Superstitious(0.0)), &["cpu", "memory", "tokens"], threads).unwrap();
            panel.update(&[1.0, 2.0, 3.0], None).unwrap();
            let before = panel.snapshot().unwrap();
            let error = panel.update(&[5.0, 13.0, 5.0], None).unwrap_err().to_string();
            assert_eq!(error, "Superstitious.update of \"memory\": no thirteen");
            assert_eq!(panel.snapshot().unwrap(), before, "{threads} threads");
            panel.update(&[5.0, f64::NAN, 5.0], None).unwrap();
            let means: Vec<f64> =
                panel.forecast(1, &[], None).unwrap().iter().map(|forecast| forecast.mean()[0]).collect();
            assert_eq!(means, [6.0, 2.0, 8.0]);
        }
        let mut fresh = Panel::new(&Custom::new(Superstitious(0.0)), &["cpu"], 1).unwrap();
        assert!(fresh.update(&[13.0], Some(&[1.0])).is_err());
        fresh.update(&[1.0], None).expect("features are decided by a value that was taken in");
    }

    #[test]
    fn a_fit_may_be_stopped_and_then_nothing_has_changed() {
        let all: Vec<Series> = (0..5).map(|phase| series(phase + 1)).collect();
        let all: Vec<&Series> = all.iter().collect();
        for threads in [1, 2] {
            let mut panel = learned(threads);
            let before = panel.snapshot().unwrap();
            let mut shares = Vec::new();
            let stopped = panel.fit_with_progress(&all, None, &mut |share| {
                shares.push(share);
                threads == 1 && share < 0.5
            });
            assert!(matches!(stopped, Err(Error::Stopped { .. })), "{stopped:?}");
            assert!(shares.is_sorted() && panel.snapshot().unwrap() == before, "{shares:?}");
            panel.fit_with_progress(&all, None, &mut |_| true).unwrap();
            assert!(panel.snapshot().unwrap() != before);
        }
    }

    #[test]
    fn learned_models_give_the_same_bits_with_any_count_of_threads() {
        let config = super::super::GradientBoostingConfig { trees: 5, horizon: 4, ..Default::default() };
        let all: Vec<Series> = (0..3).map(series).collect();
        let snapshots = [1, 2, 8].map(|threads| {
            let model = GradientBoosting::new(config.clone()).unwrap();
            let mut panel = Panel::new(&model, &["a", "b", "c"], threads).unwrap();
            panel.fit(&all.iter().collect::<Vec<_>>(), None).unwrap();
            panel.update(&[1.0, 2.0, f64::NAN], None).unwrap();
            ["a", "b", "c"].map(|name| panel.model(name).unwrap().snapshot().unwrap())
        });
        assert!(snapshots.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
