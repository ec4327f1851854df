// A manager of clones, its actuator, and its reports; docs/pools.md shows the rounds. And what is said of JSON that cannot be used.

#include "forescale.hpp"

#include <cstdio>
#include <string>

static int clones = 0;

// The actuator. A real one would read the JSON with a library, and start and stop something.
static std::string carry_out(const std::string &instruction) {
    clones += instruction.find("\"action\":{\"create\"") != std::string::npos ? 1 : -1;
    return "confirmed";
}

static void rounds(forescale::CloneManager &manager) {
    std::int64_t now = 1767225600000; // Unix milliseconds
    for (int minute = 0; minute < 30; minute++, now += 60000) {
        manager.observe(now, "resize", 60 * 100);
        const std::string text = manager.plan(now); // [{"id": 1, ..., "action": {...}}, ...]
        for (std::size_t at = text.find("{\"id\":"), end; at != std::string::npos; at = end) {
            end = text.find("{\"id\":", at + 1);
            manager.report(std::stoull(text.substr(at + 6)), carry_out(text.substr(at, end - at)));
        }
    }
}

static bool is_refused(forescale::CloneManager &manager, const std::string &machine, const std::string &message) {
    try {
        manager.set_machine(machine);
    } catch (const forescale::Error &error) {
        if (error.code() == FORESCALE_ERROR_CONFIG && std::string(error.what()).find(message) == 0) return true;
        std::fprintf(stderr, "%s: %s\n", machine.c_str(), error.what());
    }
    return false;
}

int main() {
    forescale::CloneManager manager;
    manager.set_machine(R"({"name": "rack-1", "room": [64, 256]})");
    manager.set_code(R"({"name": "resize", "service_rate": 20, "resources": [1, 2]})");
    rounds(manager);
    int failures = clones < 5 || manager.running("resize") != static_cast<std::uint32_t>(clones);
    failures += !is_refused(manager, R"({"name": "m", "room": [Infinity]})", "machine.room[0]: is not JSON: expected value at line 1 column 24");
    failures += !is_refused(manager, R"({"name": "m", "room": [true]})", "machine.room[0]: must be a number, got boolean `true`");
    failures += !is_refused(manager, "{", "machine_json: is not JSON: ");
    return failures;
}
