use forescale::Rows;
use forescale::simulate::World;
use forescale::simulate::schemes::{Scheme, SchemeConfig, ShadowsConfig, run};
use forescale::simulate::synthetic::{LoadConfig, generate};
fn main() {
    let given = std::env::args().nth(1).unwrap_or("{}".into());
    let config = SchemeConfig::from_json(&format!(r#"{{"world": {{"service_rate": 2}}, "scheme": {{"shadows": {given}}}}}"#)).unwrap();
    let Scheme::Shadows(shadows) = config.scheme else { panic!() };
    let _: &ShadowsConfig = &shadows;
    let only = std::env::args().nth(2).unwrap_or_default();
    let sets = [
        ("days", 60, r#"{"cycle":{"amplitude":0.8}},{"noise":{"variation":0.1,"correlation_seconds":600}}"#, 10),
        ("steep", 60, r#"{"cycle":{"amplitude":0.5}},{"batch":{"every_seconds":7200,"duration_seconds":1800,"factor":2.5}}"#, 10),
        ("bursts", 60, r#"{"cycle":{"amplitude":0.5}},{"bursts":{"factor":2.0,"high_seconds":1800,"low_seconds":7200}}"#, 10),
        ("crowds", 60, r#"{"cycle":{"amplitude":0.5}},{"flash_crowds":{"per_day":6,"factor":3,"rise_seconds":300}}"#, 10),
        ("wild", 600, r#"{"cycle":{"amplitude":0.5}},{"noise":{"variation":0.4,"correlation_seconds":1800}}"#, 10),
        ("small", 600, r#"{"cycle":{"amplitude":0.5}},{"noise":{"variation":0.3,"correlation_seconds":1800}}"#, 1),
    ];
    for (name, step, parts, base) in sets {
        if !only.is_empty() && !only.split(',').any(|o| o == name) { continue; }
        let mut loads = Vec::new();
        let steps = 6 * 86400 / step;
        for tenant in 0..3u64 {
            let text = format!(r#"{{"base": {}, "steps": {steps}, "step_seconds": {step}, "counting_noise": false, "parts": [{parts}]}}"#, base * (1 << (2*tenant)));
            loads.extend_from_slice(generate(&LoadConfig::from_json(&text).unwrap(), tenant).unwrap().values());
        }
        let world = World { service_rate: 2.0, interval_seconds: 60.0, ..World::default() };
        let config = SchemeConfig { scheme: Scheme::Shadows(shadows.clone()), world, step_seconds: step as f64, learn_share: 0.5, ..SchemeConfig::default() };
        let r = run(Rows::new("loads", &loads, steps).unwrap(), &config, 1).unwrap();
        let (a, b) = (&r.scheme, &r.baseline);
        let eq = |e: &Option<forescale::simulate::schemes::EqualService>| e.as_ref().map_or("none".to_string(), |e| format!("{:+.1}%", 100.0*e.saved));
        println!("{name:8} cost {:8.1} ({:+.1}%) viol {:.3}% vs {:.3}% late {:.3}% vs {:.3}% scale {} vs {} equal viol {} late {}", a.cost, 100.0*(a.cost/b.cost-1.0), 100.0*a.violation_share(), 100.0*b.violation_share(), 100.0*a.late_share(), 100.0*b.late_share(), a.scale_events, b.scale_events, eq(&r.equal_violations), eq(&r.equal_late));
    }
}
