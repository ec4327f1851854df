#include "harness.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <stdexcept>

// A triangle wave with noise and a step, of whole numbers: as in tests/rust/conformance/engine.rs.
static double load_at(std::uint32_t step) {
    std::uint32_t phase = step % 240, noise = step * 2654435761u;
    noise ^= noise >> 15;
    noise = noise * 2246822519u >> 27;
    return 200 + 5 * std::min(phase, 240 - phase) + noise + (step >= 500 && step < 560 ? 400 : 0);
}

// The 64-bit hash of Fowler, Noll and Vo, as two numbers that a double holds.
template <typename Bytes>
static std::vector<double> hash(const Bytes &bytes) {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (auto byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
    return {static_cast<double>(hash >> 32), static_cast<double>(static_cast<std::uint32_t>(hash))};
}

static void replay(const test_case *c, forescale::Engine engine, std::uint64_t cut) {
    auto requested = static_cast<std::uint32_t>(count(c, "requested"));
    std::array<std::uint32_t, 8> latest;
    latest.fill(requested);
    std::string log;
    for (auto step = static_cast<std::uint32_t>(count(c, "from")); step < count(c, "to"); step++) {
        std::int64_t now = 1767225600000 + std::int64_t{step} * 15000;
        double load = load_at(step);
        if (step < 700 || step >= 712) engine.observe(now, step == 400 ? NAN : load);
        if (step == 300) engine.observe(now - 30000, load + 7);
        if (step == 320) engine.observe(now, load + 11);
        std::uint32_t ready = std::min(requested, *std::min_element(latest.begin(), latest.end()));
        forescale::Decision decision = engine.decide(now, {requested, ready, requested - ready, 0});
        if (!log.empty()) log += '\n';
        log += engine.last_decision_json();
        latest[step % 8] = requested;
        if (decision.replicas != requested) {
            requested = decision.replicas;
            engine.applied(now, requested);
        }
        if (step == cut) engine = forescale::Engine::restore(engine.snapshot());
    }
    expect_array(c, "log", hash(log));
    expect_array(c, "snapshot", hash(engine.snapshot()));
}

static void decision_log(const test_case *c) {
    for (std::uint64_t cut : {UINT64_MAX, count(c, "cut")}) replay(c, forescale::Engine(text(c, "config")), cut);
}

static void engine_snapshot(const test_case *c) {
    std::ifstream file(std::string("vectors/snapshots/") + text(c, "file"), std::ios::binary);
    std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    replay(c, forescale::Engine::restore(bytes), UINT64_MAX);
}

// As in tests/rust/conformance/engine.rs.
static void audit_log(const test_case *c) {
    forescale::Engine engine(text(c, "config"));
    auto requested = static_cast<std::uint32_t>(count(c, "requested"));
    std::string header = engine.audit_header(), log = header;
    for (std::uint32_t step = 1; step <= count(c, "to"); step++) {
        std::int64_t now = 1767225600000 + std::int64_t{step} * 15000;
        engine.observe(now, load_at(step));
        if (step % 9 == 0) engine.observe_start_up(now, 90.0 + step % 64);
        if (step % 11 == 0) engine.observe_performance(now, 0.25 + step % 8 / 64.0, NAN);
        if (step == count(c, "change_at")) engine.reconfigure(text(c, "changes"));
        forescale::Decision decision = engine.decide(now, {requested, requested, 0, 0});
        log += '\n' + engine.audit_line();
        if (decision.replicas != requested) {
            requested = decision.replicas;
            engine.applied(now, requested);
        }
    }
    expect(c, "difference", static_cast<double>(forescale::replay(count(c, "headless") == 1 ? log.substr(header.size() + 1) : log)));
    expect_array(c, "log", hash(log));
    forescale::AuditReplay replay;
    replay.line(header);
    if (replay.decisions() != 0 || replay.difference()) throw std::runtime_error("a header is no decision");
    forescale::LeadTime lead = engine.lead_time();
    expect_array(c, "lead_time", std::vector<double>{lead.p50, lead.p90, lead.p99, static_cast<double>(lead.count), lead.horizon_seconds});
    forescale::ForecastValue v = engine.forecast_value();
    expect_array(c, "forecast_value", std::vector<double>{v.ours, v.reactive, v.seasonal_naive, v.gain, v.gain_error, static_cast<double>(v.intervals), v.is_followed ? 1.0 : 0.0});
    forescale::Reward r = engine.reward();
    expect_array(c, "reward", std::vector<double>{r.last, r.mean, r.accuracy, r.energy, r.gain});
    forescale::Performance p = engine.performance();
    expect_array(c, "performance", std::vector<double>{p.service_rate, p.kept, static_cast<double>(p.samples)});
}

static void engine_by_hand(const test_case *c) {
    forescale::Engine engine(text(c, "config"));
    std::uint32_t requested = 10;
    std::vector<double> replicas, advised, forecast, hpa, tiers, without;
    for (std::uint32_t step = 0; step < count(c, "steps"); step++) {
        std::int64_t now = 1767225600000 + std::int64_t{step} * 15000;
        engine.observe(now, load_at(4 * step));
        engine.observe_resource(now, "memory", step == 55 ? NAN : 2.0 * step);
        if (step == 20) engine.pause("both");
        if (step == 30) engine.pause("in");
        if (step == 70) engine.pause("out");
        if (step == 45 || step == 80) engine.resume();
        engine.decide(now, {requested, requested, 0, 0});
        std::uint32_t limited = engine.limit_to_share(step == 65 ? 30 : 1000);
        forescale::Counterfactuals told = engine.counterfactuals();
        replicas.push_back(limited);
        advised.push_back(engine.last_decision()->advised);
        forecast.push_back(told.without_forecast);
        hpa.push_back(engine.desired_for_hpa(requested));
        for (std::uint32_t tier : engine.tiers()) tiers.push_back(tier);
        for (const auto &rail : told.without_rail) without.push_back(rail.second);
        if (limited != requested) {
            requested = limited;
            engine.applied(now, requested);
        }
    }
    expect_array(c, "replicas", replicas);
    expect_array(c, "advised", advised);
    expect_array(c, "without_forecast", forecast);
    expect_array(c, "desired_for_hpa", hpa);
    expect_array(c, "tiers", tiers);
    expect_array(c, "counterfactuals", without);
}

static void joint_budget(const test_case *c) {
    std::vector<double> wanted = numbers(c, "wanted"), reactive = numbers(c, "reactive"), current = numbers(c, "current");
    std::vector<forescale::Claim> claims;
    for (std::size_t i = 0; i < wanted.size(); i++)
        claims.push_back({static_cast<std::uint32_t>(wanted[i]), static_cast<std::uint32_t>(reactive[i]),
                          static_cast<std::uint32_t>(current[i])});
    std::vector<std::uint32_t> shares = forescale::joint_budget_share(text(c, "budget"), claims);
    expect_array(c, "share", std::vector<double>(shares.begin(), shares.end()));
}

const dispatch engine_DISPATCH[] = {
    {"audit_log", audit_log},
    {"decision_log", decision_log},
    {"engine_by_hand", engine_by_hand},
    {"engine_snapshot", engine_snapshot},
    {"joint_budget", joint_budget},
    {nullptr, nullptr}};
