use super::*;
use crate::load::Event;

fn oracle() -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string("/tmp/prophet/additive.json").unwrap();
    let vectors: serde_json::Value = serde_json::from_str(&text).unwrap();
    vectors["cases"].as_array().unwrap().clone()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

#[test]
fn as_probable_as_prophets_answer_and_the_same_forecast() {
    for case in oracle() {
        let mut config: AdditiveConfig = serde_json::from_value(case["config"].clone()).unwrap();
        config.autoregressive = false;
        if let Some(events) = case.get("events") {
            let events: Vec<Event> = serde_json::from_value(events.clone()).unwrap();
            config.calendar =
                Some(crate::load::CalendarConfig { events, day_pairs: 0, ..Default::default() });
        }
        let values = numbers(&case["values"]);
        let series = Series::new(
            values.clone(),
            case["start"].as_i64().unwrap(),
            case["step_seconds"].as_f64().unwrap(),
        )
        .unwrap();
        let features: Vec<f64> = case
            .get("features")
            .map_or(vec![], |rows| rows.as_array().unwrap().iter().flat_map(numbers).collect());
        let (learn, ahead) = features.split_at(if features.is_empty() { 0 } else { 2 * series.len() });
        let rows = |x: &'static [f64]| (!x.is_empty()).then(|| Rows::whole(x, 2));
        let mut model = Additive::new(config).unwrap();
        let begin = std::time::Instant::now();
        model.fit(&series, rows(learn.to_vec().leak())).unwrap();
        let took = begin.elapsed();
        let horizon = case["horizon"].as_u64().unwrap() as usize;
        let forecast = model.forecast(horizon, &[0.8], rows(ahead.to_vec().leak())).unwrap();
        let p = model.parameters();
        let worst = forecast
            .mean()
            .iter()
            .zip(numbers(&case["mean"]))
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        let (lower, upper) = (forecast.lower(0.8).unwrap(), forecast.upper(0.8).unwrap());
        let (pl, pu) = (numbers(&case["lower"]), numbers(&case["upper"]));
        let width: Vec<f64> = (0..horizon).map(|i| (upper[i] - lower[i]) / (pu[i] - pl[i])).collect();
        println!(
            "{} {:?}: lp {} vs {}, noise {} vs {}, worst {worst} of scale {}, width {} .. {}",
            case["case"],
            took,
            p["learned"]["log_posterior"],
            case["log_posterior"],
            p["learned"]["noise"],
            case["noise"],
            p["learned"]["scale"],
            width[0],
            width[horizon - 1]
        );
    }
}
