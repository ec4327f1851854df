#include "harness.hpp"

#include <cstdlib>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>

namespace {

// What follows a call's name, and the words of it.
struct Arguments {
    std::string text;
    std::istringstream words;
    explicit Arguments(const std::string &rest) : text(rest), words(rest) {}
    template <typename Word>
    Word next() {
        Word word{};
        words >> word;
        return word;
    }
    // All that is left.
    std::string rest() {
        std::string rest;
        std::getline(words >> std::ws, rest);
        return rest;
    }
};

using Calls = std::map<std::string, std::function<std::string(Arguments &)>>;

// Runs the calls of a case and compares what they answered.
void run(const test_case *c, const Calls &calls) {
    std::istringstream lines(text(c, "calls"));
    std::string line, answers;
    while (std::getline(lines, line)) {
        std::size_t end = line.find(' ');
        Arguments arguments(end == std::string::npos ? "" : line.substr(end + 1));
        std::string answer = calls.at(line.substr(0, end))(arguments);
        if (!answer.empty()) answers += answer + "\n";
    }
    expect_text(c, "answers", answers.c_str());
}

// A call that answers nothing.
template <typename Call>
auto quiet(Call call) {
    return [call](Arguments &a) {
        call(a);
        return std::string();
    };
}

}  // namespace

static void clones(const test_case *c) {
    forescale::CloneManager manager(text(c, "config"));
    run(c, {
        {"set_code", quiet([&](Arguments &a) { manager.set_code(a.text); })},
        {"set_machine", quiet([&](Arguments &a) { manager.set_machine(a.text); })},
        {"machine_lost", quiet([&](Arguments &a) { manager.machine_lost(a.text); })},
        {"set_distances", quiet([&](Arguments &a) { manager.set_distances(a.text); })},
        {"announce", quiet([&](Arguments &a) { manager.announce(a.text); })},
        {"clear_journal", quiet([&](Arguments &) { manager.clear_journal(); })},
        {"snapshot", quiet([&](Arguments &) { manager = forescale::CloneManager::restore(manager.snapshot()); })},
        {"set_forecast", quiet([&](Arguments &a) {
             std::string code = a.next<std::string>();
             manager.set_forecast(code, a.rest());
         })},
        {"observe", quiet([&](Arguments &a) {
             auto now = a.next<std::int64_t>();
             auto code = a.next<std::string>();
             manager.observe(now, code, std::strtod(a.rest().c_str(), nullptr));
         })},
        {"observe_health", quiet([&](Arguments &a) {
             auto clone = a.next<std::uint64_t>();
             manager.observe_health(clone, a.next<int>() != 0);
         })},
        {"observe_use", quiet([&](Arguments &a) {
             auto clone = a.next<std::uint64_t>();
             manager.observe_use(clone, a.next<double>());
         })},
        {"reconcile", quiet([&](Arguments &a) {
             auto now = a.next<std::int64_t>();
             std::vector<std::uint64_t> running;
             for (std::uint64_t clone; a.words >> clone;) running.push_back(clone);
             manager.reconcile(now, running);
         })},
        {"report", quiet([&](Arguments &a) {
             auto id = a.next<std::uint64_t>();
             manager.report(id, a.rest());
         })},
        {"plan", [&](Arguments &a) { return manager.plan(a.next<std::int64_t>()); }},
        {"running", [&](Arguments &a) { return std::to_string(manager.running(a.text)); }},
        {"explain", [&](Arguments &a) { return '"' + manager.explain(a.text) + '"'; }},
        {"forecast", [&](Arguments &a) { return manager.forecast(a.text); }},
        {"journal", [&](Arguments &) { return manager.journal(); }},
        {"config", [&](Arguments &) { return manager.config(); }},
    });
}

static void regions(const test_case *c) {
    forescale::Regions regions(text(c, "config"));
    run(c, {
        {"set_region", quiet([&](Arguments &a) { regions.set_region(a.text); })},
        {"set_application", quiet([&](Arguments &a) { regions.set_application(a.text); })},
        {"set_latencies", quiet([&](Arguments &a) { regions.set_latencies(a.text); })},
        {"region_lost", quiet([&](Arguments &a) { regions.region_lost(a.text); })},
        {"region_back", quiet([&](Arguments &a) { regions.region_back(a.text); })},
        {"clear_journal", quiet([&](Arguments &) { regions.clear_journal(); })},
        {"snapshot", quiet([&](Arguments &) { regions = forescale::Regions::restore(regions.snapshot()); })},
        {"set_carbon", quiet([&](Arguments &a) {
             auto region = a.next<std::string>();
             regions.set_carbon(region, a.rest());
         })},
        {"set_forecast", quiet([&](Arguments &a) {
             auto region = a.next<std::string>(), application = a.next<std::string>();
             regions.set_forecast(region, application, a.rest());
         })},
        {"observe", quiet([&](Arguments &a) {
             auto now = a.next<std::int64_t>();
             auto region = a.next<std::string>(), application = a.next<std::string>();
             regions.observe(now, region, application, std::strtod(a.rest().c_str(), nullptr));
         })},
        {"reconcile", quiet([&](Arguments &a) {
             auto now = a.next<std::int64_t>();
             regions.reconcile(now, a.rest());
         })},
        {"report", quiet([&](Arguments &a) {
             auto id = a.next<std::uint64_t>();
             regions.report(id, a.rest());
         })},
        {"plan", [&](Arguments &a) { return regions.plan(a.next<std::int64_t>()); }},
        {"routes", [&](Arguments &) { return regions.routes(); }},
        {"replicas", [&](Arguments &) { return regions.replicas(); }},
        {"forecast", [&](Arguments &a) {
             auto region = a.next<std::string>();
             return regions.forecast(region, a.rest());
         }},
        {"explain", [&](Arguments &a) { return '"' + regions.explain(a.text) + '"'; }},
        {"journal", [&](Arguments &) { return regions.journal(); }},
        {"config", [&](Arguments &) { return regions.config(); }},
    });
}

static void shadows(const test_case *c) {
    forescale::ShadowManager manager(text(c, "config"));
    run(c, {
        {"set_primary", [&](Arguments &a) { return std::to_string(manager.set_primary(a.text)); }},
        {"remove_primary", quiet([&](Arguments &a) { manager.remove_primary(a.text); })},
        {"set_forecast", quiet([&](Arguments &a) { manager.set_forecast(a.text); })},
        {"prewarm", quiet([&](Arguments &a) { manager.prewarm(a.text); })},
        {"instance_failed", quiet([&](Arguments &a) { manager.instance_failed(a.next<std::uint64_t>()); })},
        {"instance_recovered", quiet([&](Arguments &a) { manager.instance_recovered(a.next<std::uint64_t>()); })},
        {"start_trial", quiet([&](Arguments &a) { manager.start_trial(a.text); })},
        {"clear_journal", quiet([&](Arguments &) { manager.clear_journal(); })},
        {"snapshot", quiet([&](Arguments &) { manager = forescale::ShadowManager::restore(manager.snapshot()); })},
        {"observe", quiet([&](Arguments &a) {
             auto now = a.next<std::int64_t>();
             manager.observe(now, a.rest());
         })},
        {"reconcile", quiet([&](Arguments &a) {
             auto now = a.next<std::int64_t>();
             manager.reconcile(now, a.rest());
         })},
        {"report", quiet([&](Arguments &a) {
             auto id = a.next<std::uint64_t>();
             manager.report(id, a.rest());
         })},
        {"observe_trial", quiet([&](Arguments &a) {
             auto primary = a.next<std::string>();
             manager.observe_trial(primary, a.rest());
         })},
        {"end_trial", quiet([&](Arguments &a) {
             auto primary = a.next<std::string>();
             manager.end_trial(primary, a.rest() != "0");
         })},
        {"plan", [&](Arguments &a) { return manager.plan(a.next<std::int64_t>()); }},
        {"forecast", [&](Arguments &a) { return manager.forecast(a.text); }},
        {"status", [&](Arguments &a) { return manager.status(a.text); }},
        {"explain", [&](Arguments &a) { return '"' + manager.explain(a.text) + '"'; }},
        {"trial", [&](Arguments &a) { return manager.trial(a.text); }},
        {"queue", [&](Arguments &) { return manager.queue(); }},
        {"journal", [&](Arguments &) { return manager.journal(); }},
        {"history", [&](Arguments &) { return manager.history().counts(); }},
        {"config", [&](Arguments &) { return manager.config(); }},
    });
}

static void sharing(const test_case *c) {
    std::size_t tenants = 0, steps = 0;
    const double *loads = table(c, "loads", &tenants, &steps);
    expect_text(c, "answer", forescale::share(forescale::Rows(loads, tenants, steps), text(c, "config")).c_str());
}

static void load_balancer(const test_case *c) {
    forescale::LoadBalancer balancer(text(c, "config"));
    auto word = [](Arguments &a) { return a.next<std::string>(); };
    run(c, {
        {"set_profile", quiet([&](Arguments &a) {
             std::string user = word(a), application = word(a);
             if (user == "-") {
                 balancer.set_profile(application, a.rest());
             } else {
                 balancer.set_profile(user, application, a.rest());
             }
         })},
        {"set_forecast", quiet([&](Arguments &a) {
             std::string user = word(a), application = word(a);
             balancer.set_forecast(user, application, a.rest());
         })},
        {"train", quiet([&](Arguments &a) { balancer.train(a.text); })},
        {"observe", quiet([&](Arguments &a) { balancer.observe(a.text); })},
        {"snapshot", quiet([&](Arguments &) { balancer = forescale::LoadBalancer::restore(balancer.snapshot()); })},
        {"profile", [&](Arguments &a) {
             std::string user = word(a);
             return balancer.profile(user, word(a));
         }},
        {"predict", [&](Arguments &a) {
             std::string user = word(a), application = word(a);
             return balancer.predict(user, application, a.next<std::int64_t>());
         }},
        {"explain", [&](Arguments &a) {
             std::string user = word(a);
             return '"' + balancer.explain(user, word(a)) + '"';
         }},
        {"tier_demand", [&](Arguments &) { return balancer.tier_demand(); }},
        {"recommendations", [&](Arguments &) { return balancer.recommendations(); }},
        {"keys", [&](Arguments &) { return std::to_string(balancer.keys()); }},
        {"dropped", [&](Arguments &) { return std::to_string(balancer.dropped()); }},
        {"config", [&](Arguments &) { return balancer.config(); }},
    });
}

static void resource_manager(const test_case *c) {
    forescale::ResourceManager manager(text(c, "config"));
    auto now = [](Arguments &a) { return a.next<std::int64_t>(); };
    auto flag = [](bool flag) { return std::string(flag ? "true" : "false"); };
    // Calls of a time and of JSON.
    auto at = [&](auto call) {
        return quiet([&manager, now, call](Arguments &a) {
            auto time = now(a);
            (manager.*call)(time, a.rest());
        });
    };
    auto answer_at = [&](auto call) {
        return [&manager, now, call](Arguments &a) {
            auto time = now(a);
            return (manager.*call)(time, a.rest());
        };
    };
    auto flag_at = [&](auto call) {
        return [&manager, now, flag, call](Arguments &a) {
            auto time = now(a);
            return flag((manager.*call)(time, a.next<std::uint64_t>()));
        };
    };
    using Manager = forescale::ResourceManager;
    run(c, {
        {"follow", at(&Manager::follow)},
        {"observe", at(&Manager::observe)},
        {"reconcile", at(&Manager::reconcile)},
        {"foresee", answer_at(&Manager::foresee)},
        {"allocate", answer_at(&Manager::allocate)},
        {"release", flag_at(&Manager::release)},
        {"unit_lost", flag_at(&Manager::unit_lost)},
        {"rebalance", [&](Arguments &a) { return manager.rebalance(now(a)); }},
        {"report", quiet([&](Arguments &a) {
             auto id = a.next<std::uint64_t>();
             manager.report(id, a.rest());
         })},
        {"clear_journal", quiet([&](Arguments &) { manager.clear_journal(); })},
        {"snapshot", quiet([&](Arguments &) { manager = Manager::restore(manager.snapshot()); })},
        {"sizes", [&](Arguments &) { return manager.sizes(); }},
        {"allocation", [&](Arguments &) { return manager.allocation(); }},
        {"instructions", [&](Arguments &) { return manager.instructions(); }},
        {"lease", [&](Arguments &a) { return manager.lease(a.next<std::uint64_t>()); }},
        {"leases", [&](Arguments &) { return manager.leases(); }},
        {"status", [&](Arguments &) { return manager.status(); }},
        {"explain", [&](Arguments &) { return '"' + manager.explain() + '"'; }},
        {"journal", [&](Arguments &) { return manager.journal(); }},
        {"config", [&](Arguments &) { return manager.config(); }},
    });
}

const dispatch pool_DISPATCH[] = {
    {"clone_manager", clones},
    {"regions", regions},
    {"shadow_manager", shadows},
    {"share", sharing},
    {"load_balancer", load_balancer},
    {"resource_manager", resource_manager},
    {nullptr, nullptr},
};
