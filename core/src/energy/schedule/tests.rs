use super::*;
use proptest::prelude::*;

fn unit(name: &str, priority: f64, energy: f64) -> Task {
    Task::new(name, priority, energy, 1.0)
}

fn starts(plan: &Plan) -> Vec<(&str, f64)> {
    plan.placements.iter().map(|placement| (placement.name.as_str(), placement.start_seconds)).collect()
}

#[test]
fn deferrable_work_goes_where_energy_is_cheap_and_the_rest_at_once() {
    let now = Task { deferrable: false, ..unit("now", 1.0, 1.0) };
    let long = Task::new("long", 1.0, 3.0, 1.5);
    let plan = schedule(&[now, long], &[1], &[9.0, 5.0, 1.0, 2.0, 8.0], 1.0).unwrap();
    assert_eq!(starts(&plan), [("now", 0.0), ("long", 2.0)]);
    // Two thirds of its energy at 1, a third at 2.
    assert!((plan.cost - (9.0 + 2.0 + 2.0)).abs() < 1e-12);
    assert!(plan.optimal && plan.gap() == 0.0 && plan.infeasible.is_empty());
    assert_eq!(plan.placements[1].end_seconds, 3.5);
}

#[test]
fn where_not_all_fit_the_least_priority_is_left_out() {
    let tasks = [unit("a", 3.0, 1.0), unit("b", 1.0, 1.0), unit("c", 2.0, 5.0)];
    let plan = schedule(&tasks, &[1], &[1.0, 2.0], 1.0).unwrap();
    assert_eq!(starts(&plan), [("c", 0.0), ("a", 1.0)]);
    let reason = "no slot is free for 1 steps from a start of 0 to 1".to_owned();
    assert_eq!(plan.infeasible, [Unplaced { task: 1, name: "b".into(), reason }]);
    let none = schedule(&tasks, &[0], &[1.0, 2.0], 1.0).unwrap();
    assert_eq!((none.infeasible.len(), none.cost, none.optimal), (3, 0.0, true));
    assert!(schedule(&[], &[1], &[1.0], 1.0).unwrap().optimal);
}

#[test]
fn the_infeasible_is_named_with_its_reason() {
    let tasks = [
        Task { deadline: Some(1.5), ..Task::new("late", 1.0, 1.0, 2.0) },
        Task { after: vec!["late".into()], ..unit("next", 1.0, 1.0) },
        Task::new("endless", 1.0, 1.0, 1e300),
        Task { after: vec!["endless".into()], ..Task::new("eternal", 1.0, 1.0, 1e300) },
        Task { release_seconds: 1e300, ..unit("never", 1.0, 1.0) },
        unit("fine", 1.0, 1.0),
    ];
    let plan = schedule(&tasks, &[2], &[1.0; 4], 1.0).unwrap();
    let told: Vec<String> = plan.infeasible.iter().map(|u| format!("{}: {}", u.name, u.reason)).collect();
    assert_eq!(told[0], "late: takes 2 s from step 0 on at the earliest, and its deadline is 1.5 s");
    assert_eq!(told[1], "next: comes after \"late\", which cannot run");
    assert!(
        told[2].starts_with("endless: takes ") && told[2].ends_with("and there are 4 steps"),
        "{}",
        told[2]
    );
    assert_eq!(plan.placements.len(), 1);
}

#[test]
fn bad_arguments_are_refused_by_name() {
    let task = |change: fn(&mut Task)| {
        let mut task = unit("a", 1.0, 1.0);
        change(&mut task);
        vec![task]
    };
    let sound = || vec![unit("a", 1.0, 1.0)];
    for (tasks, capacity, price, step, start) in [
        (sound(), &[1][..], &[][..], 1.0, "energy_price: has 0 values"),
        (sound(), &[1], &[f64::NAN], 1.0, "energy_price: value 0"),
        (sound(), &[1, 2], &[1.0], 1.0, "capacity: has 2 values"),
        (sound(), &[], &[1.0], 1.0, "capacity: has 0 values"),
        (sound(), &[1], &[1.0], 0.0, "step_seconds:"),
        (task(|t| t.priority = -1.0), &[1], &[1.0], 1.0, "tasks: priority of task 0, \"a\", is -1"),
        (task(|t| t.energy = f64::INFINITY), &[1], &[1.0], 1.0, "tasks: energy"),
        (task(|t| t.duration_seconds = 0.0), &[1], &[1.0], 1.0, "tasks: duration_seconds"),
        (task(|t| t.release_seconds = -1.0), &[1], &[1.0], 1.0, "tasks: release_seconds"),
        (task(|t| t.deadline = Some(f64::NAN)), &[1], &[1.0], 1.0, "tasks: deadline"),
        (task(|t| t.energy = 1e300), &[1], &[1e300], 1.0, "energy_price: with energy of"),
        (task(|t| t.after = vec!["b".into()]), &[1], &[1.0], 1.0, "tasks: \"a\" comes after \"b\""),
        (task(|t| t.after = vec!["a".into()]), &[1], &[1.0], 1.0, "tasks: \"a\" waits"),
        ([sound(), sound()].concat(), &[1], &[1.0], 1.0, "tasks: two are named \"a\""),
    ] {
        let error = schedule(&tasks, capacity, price, step).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    }
}

#[test]
fn progress_goes_up_and_stops_the_work() {
    let price: Vec<f64> = (0..50).map(|t| f64::from(t * 7 % 11)).collect();
    let many: Vec<Task> =
        (0..90).map(|i| Task::new(&i.to_string(), 1.0, f64::from(1 + i % 7), 2.5)).collect();
    let mut shares = Vec::new();
    let told = schedule_with_progress(&many, &[6], &price, 1.0, &mut |share| {
        shares.push(share);
        true
    });
    assert_eq!(told.unwrap(), schedule(&many, &[6], &price, 1.0).unwrap());
    assert!(
        shares.len() > 20 && shares.is_sorted() && shares.iter().all(|share| (0.0..=1.0).contains(share))
    );
    let mut left = 3;
    let stopped = schedule_with_progress(&many, &[6], &price, 1.0, &mut |_| {
        left -= 1;
        left > 0
    });
    assert_eq!(stopped.unwrap_err().code(), 62);
}

#[derive(Deserialize)]
struct Case {
    energy: Vec<f64>,
    duration_seconds: Vec<f64>,
    deadline: Vec<f64>,
    #[serde(default)]
    after: Vec<[usize; 2]>,
    capacity: Vec<u32>,
    price: Vec<f64>,
    step_seconds: f64,
    cost: f64,
    #[serde(default)]
    relaxed: f64,
}

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
}

#[test]
fn costs_agree_with_an_integer_program() {
    let read = |text| serde_json::from_str::<Oracle>(text).unwrap().cases;
    let small = read(include_str!("../../../../tests/vectors/oracle/energy_schedule.json"));
    let large = read(include_str!("../../../../tests/vectors/oracle/energy_schedule_large.json"));
    for (number, case) in small.iter().chain(&large).enumerate() {
        let tasks: Vec<Task> = (0..case.energy.len())
            .map(|i| Task {
                deadline: Some(case.deadline[i]),
                after: case
                    .after
                    .iter()
                    .filter(|pair| pair[0] == i)
                    .map(|pair| pair[1].to_string())
                    .collect(),
                ..Task::new(&i.to_string(), 1.0, case.energy[i], case.duration_seconds[i])
            })
            .collect();
        let plan = schedule(&tasks, &case.capacity, &case.price, case.step_seconds).unwrap();
        assert!(plan.infeasible.is_empty(), "{number}");
        assert!(plan.lower_bound <= case.cost + 1e-6, "{number}: no bound above the least cost");
        if tasks.len() <= 8 {
            assert!(plan.optimal && (plan.cost - case.cost).abs() < 1e-6 * case.cost.abs(), "{number}");
        } else {
            assert!(plan.cost <= 1.06 * case.cost, "{number}: {} where {} is possible", plan.cost, case.cost);
            if !plan.optimal && case.after.is_empty() {
                assert!(plan.lower_bound <= case.relaxed + 1e-6);
                assert!(plan.lower_bound >= 0.975 * case.relaxed, "{number}: {}", plan.lower_bound);
            }
        }
    }
}

/// The best score of all choices of starts, one job after another, without any bound.
fn brute_force(jobs: &Jobs, at: usize, starts: &mut Vec<Option<usize>>, free: &mut Vec<u32>) -> jobs::Score {
    let Some(&i) = jobs.order.get(at) else { return jobs.score(starts) };
    let mut best = brute_force(jobs, at + 1, starts, free);
    let job = &jobs.jobs[i];
    let Some(due) = job.due else { return best };
    for start in job.first..=due {
        let early = job.before.iter().any(|&b| starts[b].is_none_or(|s| s + jobs.jobs[b].steps > start));
        if early || free[start..start + job.steps].contains(&0) {
            continue;
        }
        free[start..start + job.steps].iter_mut().for_each(|free| *free -= 1);
        starts[i] = Some(start);
        let found = brute_force(jobs, at + 1, starts, free);
        if found < best {
            best = found;
        }
        starts[i] = None;
        free[start..start + job.steps].iter_mut().for_each(|free| *free += 1);
    }
    best
}

/// Priority, energy, half steps of duration and deadline, whether deferrable, after which, half steps of release.
type Drawn = (u32, u32, u32, Option<u32>, bool, Option<usize>, u32);

fn tasks(most: usize) -> impl Strategy<Value = Vec<Task>> {
    let one = (
        0..4u32,
        0..20u32,
        1..7u32,
        prop::option::of(0..14u32),
        any::<bool>(),
        prop::option::of(0..most),
        0..5u32,
    );
    prop::collection::vec(one, 1..most).prop_map(|all| {
        let task =
            |(i, (priority, energy, halves, deadline, deferrable, after, release)): (usize, Drawn)| Task {
                name: i.to_string(),
                priority: f64::from(priority),
                energy: f64::from(energy),
                duration_seconds: 0.5 * f64::from(halves),
                deadline: deadline.map(|halves| 0.5 * f64::from(halves)),
                deferrable,
                after: after.filter(|&b| b < i).map(|b| b.to_string()).into_iter().collect(),
                release_seconds: 0.5 * f64::from(release),
            };
        all.into_iter().enumerate().map(task).collect()
    })
}

/// Every rule that a plan has to keep, checked from the plan alone.
fn keeps_the_rules(plan: &Plan, tasks: &[Task], capacity: &[u32]) -> bool {
    let of = |name: &str| plan.placements.iter().find(|placement| placement.name == name);
    let held = |t: usize| {
        let t = t as f64;
        plan.placements.iter().filter(|p| p.start_seconds <= t && p.end_seconds > t).count()
    };
    let fits = capacity.iter().enumerate().all(|(t, capacity)| held(t) <= *capacity as usize);
    let kept = tasks.iter().all(|task| match of(&task.name) {
        None => plan.infeasible.iter().any(|unplaced| unplaced.name == task.name),
        Some(p) => {
            task.deadline.is_none_or(|deadline| p.end_seconds <= deadline + 1e-9)
                && p.end_seconds <= capacity.len() as f64
                && p.start_seconds >= task.release_seconds
                && task.after.iter().all(|b| of(b).is_some_and(|b| b.end_seconds <= p.start_seconds))
        }
    });
    fits && kept && plan.placements.len() + plan.infeasible.len() == tasks.len()
}

proptest! {
    #[test]
    fn small_cases_are_as_good_as_trying_everything(
        tasks in tasks(5),
        steps in prop::collection::vec((0..3u32, -3..10i32), 1..7),
    ) {
        let capacity: Vec<u32> = steps.iter().map(|step| step.0).collect();
        let price: Vec<f64> = steps.iter().map(|step| f64::from(step.1)).collect();
        let plan = schedule(&tasks, &capacity, &price, 1.0).unwrap();
        prop_assert!(plan.optimal && keeps_the_rules(&plan, &tasks, &capacity));
        let jobs = Jobs::new(&tasks, capacity.clone(), &price, 1.0).unwrap();
        let best = brute_force(&jobs, 0, &mut vec![None; tasks.len()], &mut capacity.clone());
        let found: Vec<Option<usize>> = tasks.iter().map(|task| {
            plan.placements.iter().find(|p| p.name == task.name).map(|p| p.start_seconds as usize)
        }).collect();
        let found = jobs.score(&found);
        prop_assert!(!best.beats(&found), "{:?} where {:?} is possible", found, best);
        // And without the search: what the orders alone find keeps the rules and never beats the best.
        let go_on = &mut |_: f64| Ok(());
        let (orders, _) = search::construct(&jobs, go_on).unwrap();
        let alone = describe(&tasks, &jobs, &search::improve(&jobs, orders, go_on).unwrap(), 1.0);
        prop_assert!(keeps_the_rules(&alone, &tasks, &capacity));
    }

    /// Jobs of one step: the sweep keeps every deadline where any schedule does (Hall's condition).
    #[test]
    fn no_deadline_of_a_short_task_is_missed_where_all_can_be_kept(
        deadlines in prop::collection::vec(1..30u32, 41..80),
        capacity in 1..5u32,
    ) {
        let price: Vec<f64> = (0..30).map(|t| f64::from(t * 7 % 11)).collect();
        let named = deadlines.iter().enumerate();
        let tasks: Vec<Task> = named.map(|(i, d)| Task { deadline: Some(f64::from(*d)), ..unit(&i.to_string(), 1.0, 1.0) }).collect();
        let possible = (1..=30).all(|t| deadlines.iter().filter(|d| **d <= t).count() <= (t * capacity) as usize);
        let jobs = Jobs::new(&tasks, vec![capacity; 30], &price, 1.0).unwrap();
        let (starts, _) = search::construct(&jobs, &mut |_| Ok(())).unwrap();
        prop_assert_eq!(starts.iter().all(Option::is_some), possible);
    }
}

proptest! {
    // Each searches for as long as it may.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn large_cases_keep_the_rules_and_their_bound(
        tasks in tasks(60),
        steps in prop::collection::vec((0..9u32, -3..10i32), 1..40),
    ) {
        let capacity: Vec<u32> = steps.iter().map(|step| step.0).collect();
        let price: Vec<f64> = steps.iter().map(|step| f64::from(step.1)).collect();
        let plan = schedule(&tasks, &capacity, &price, 1.0).unwrap();
        prop_assert!(keeps_the_rules(&plan, &tasks, &capacity));
        prop_assert!(plan.lower_bound <= plan.cost && plan.gap() >= 0.0 && plan.lower_bound.is_finite());
    }
}
