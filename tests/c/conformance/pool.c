#include "pool.h"

void end_answer(answers *all) {
    all->text[all->length++] = '\n';
    all->text[all->length] = '\0';
}

void answer_number(answers *all, double number) {
    all->length += (size_t)snprintf(all->text + all->length, 40, "%.17g", number);
    end_answer(all);
}

void quote_answer(answers *all, size_t from) {
    memmove(all->text + from + 1, all->text + from, all->length - from - 1);
    all->text[from] = '"';
    all->text[all->length++] = '"';
    end_answer(all);
}

static forescale_status clones_through_bytes(forescale_clone_manager **manager, forescale_error *error) {
    static uint8_t bytes[MOST_TEXT];
    size_t length;
    forescale_clone_manager *twin;
    TRY(forescale_clone_manager_snapshot(*manager, bytes, sizeof bytes, &length, error));
    TRY(forescale_clone_manager_restore(bytes, length, &twin, error));
    forescale_clone_manager_destroy(*manager);
    *manager = twin;
    return FORESCALE_OK;
}

static forescale_status call_clones(forescale_clone_manager **manager, const char *name, char *rest, answers *all,
                                    forescale_error *error) {
    if (strcmp(name, "set_code") == 0) return forescale_clone_manager_set_code(*manager, rest, error);
    if (strcmp(name, "set_machine") == 0) return forescale_clone_manager_set_machine(*manager, rest, error);
    if (strcmp(name, "machine_lost") == 0) return forescale_clone_manager_machine_lost(*manager, rest, error);
    if (strcmp(name, "set_distances") == 0) return forescale_clone_manager_set_distances(*manager, rest, error);
    if (strcmp(name, "announce") == 0) return forescale_clone_manager_announce(*manager, rest, error);
    if (strcmp(name, "clear_journal") == 0) return forescale_clone_manager_clear_journal(*manager, error);
    if (strcmp(name, "snapshot") == 0) return clones_through_bytes(manager, error);
    if (strcmp(name, "set_forecast") == 0) {
        const char *code = next_word(&rest);
        return forescale_clone_manager_set_forecast(*manager, code, rest, error);
    }
    if (strcmp(name, "observe") == 0) {
        int64_t now = strtoll(next_word(&rest), NULL, 10);
        const char *code = next_word(&rest);
        return forescale_clone_manager_observe(*manager, now, code, strtod(rest, NULL), error);
    }
    if (strcmp(name, "observe_health") == 0) {
        uint64_t clone = strtoull(next_word(&rest), NULL, 10);
        return forescale_clone_manager_observe_health(*manager, clone, strcmp(rest, "0") != 0, error);
    }
    if (strcmp(name, "observe_use") == 0) {
        uint64_t clone = strtoull(next_word(&rest), NULL, 10);
        return forescale_clone_manager_observe_use(*manager, clone, strtod(rest, NULL), error);
    }
    if (strcmp(name, "reconcile") == 0) {
        uint64_t running[100];
        size_t length = 0;
        int64_t now = strtoll(next_word(&rest), NULL, 10);
        while (*rest != '\0' && length < 100) running[length++] = strtoull(next_word(&rest), NULL, 10);
        return forescale_clone_manager_reconcile(*manager, now, running, length, error);
    }
    if (strcmp(name, "report") == 0) {
        uint64_t id = strtoull(next_word(&rest), NULL, 10);
        return forescale_clone_manager_report(*manager, id, rest, error);
    }
    if (strcmp(name, "plan") == 0) {
        TRY(forescale_clone_manager_plan(*manager, strtoll(rest, NULL, 10), error));
        ANSWER(all, forescale_clone_manager_instructions, *manager);
        return FORESCALE_OK;
    }
    if (strcmp(name, "running") == 0) {
        uint32_t running;
        TRY(forescale_clone_manager_running(*manager, rest, &running, error));
        answer_number(all, running);
        return FORESCALE_OK;
    }
    if (strcmp(name, "explain") == 0) {
        size_t from = all->length;
        ANSWER(all, forescale_clone_manager_explain, *manager, rest);
        quote_answer(all, from);
        return FORESCALE_OK;
    }
    if (strcmp(name, "forecast") == 0) {
        ANSWER(all, forescale_clone_manager_forecast, *manager, rest);
        return FORESCALE_OK;
    }
    if (strcmp(name, "journal") == 0) {
        ANSWER(all, forescale_clone_manager_journal, *manager);
        return FORESCALE_OK;
    }
    if (strcmp(name, "config") == 0) {
        ANSWER(all, forescale_clone_manager_config, *manager);
        return FORESCALE_OK;
    }
    fprintf(stderr, "no call %s\n", name);
    exit(2);
}

static forescale_status clones(const test_case *c, forescale_error *error) {
    static char line[10000];
    static answers all;
    forescale_clone_manager *manager;
    forescale_status status = forescale_clone_manager_create(text(c, "config"), &manager, error);
    const char *calls = text(c, "calls");
    char *rest;
    if (status != FORESCALE_OK) return status;
    all.length = 0;
    all.text[0] = '\0';
    while (status == FORESCALE_OK && next_call(&calls, line, sizeof line, &rest))
        status = call_clones(&manager, line, rest, &all, error);
    if (status == FORESCALE_OK) expect_text(c, "answers", all.text);
    forescale_clone_manager_destroy(manager);
    return status;
}

static forescale_status regions_through_bytes(forescale_regions **regions, forescale_error *error) {
    static uint8_t bytes[MOST_TEXT];
    size_t length;
    forescale_regions *twin;
    TRY(forescale_regions_snapshot(*regions, bytes, sizeof bytes, &length, error));
    TRY(forescale_regions_restore(bytes, length, &twin, error));
    forescale_regions_destroy(*regions);
    *regions = twin;
    return FORESCALE_OK;
}

/* Calls that answer. */
static forescale_status answer_regions(forescale_regions *regions, const char *name, char *rest, answers *all,
                                       forescale_error *error) {
    size_t from = all->length;
    if (strcmp(name, "routes") == 0) ANSWER(all, forescale_regions_routes, regions);
    if (strcmp(name, "replicas") == 0) ANSWER(all, forescale_regions_replicas, regions);
    if (strcmp(name, "journal") == 0) ANSWER(all, forescale_regions_journal, regions);
    if (strcmp(name, "config") == 0) ANSWER(all, forescale_regions_config, regions);
    if (strcmp(name, "plan") == 0) {
        TRY(forescale_regions_plan(regions, strtoll(rest, NULL, 10), error));
        ANSWER(all, forescale_regions_instructions, regions);
    }
    if (strcmp(name, "forecast") == 0) {
        const char *region = next_word(&rest);
        ANSWER(all, forescale_regions_forecast, regions, region, rest);
    }
    if (strcmp(name, "explain") == 0) {
        ANSWER(all, forescale_regions_explain, regions, rest);
        quote_answer(all, from);
    }
    if (all->length == from) {
        fprintf(stderr, "no call %s\n", name);
        exit(2);
    }
    return FORESCALE_OK;
}

static forescale_status call_regions(forescale_regions **regions, const char *name, char *rest, answers *all,
                                     forescale_error *error) {
    if (strcmp(name, "set_region") == 0) return forescale_regions_set_region(*regions, rest, error);
    if (strcmp(name, "set_application") == 0) return forescale_regions_set_application(*regions, rest, error);
    if (strcmp(name, "set_latencies") == 0) return forescale_regions_set_latencies(*regions, rest, error);
    if (strcmp(name, "region_lost") == 0) return forescale_regions_region_lost(*regions, rest, error);
    if (strcmp(name, "region_back") == 0) return forescale_regions_region_back(*regions, rest, error);
    if (strcmp(name, "clear_journal") == 0) return forescale_regions_clear_journal(*regions, error);
    if (strcmp(name, "snapshot") == 0) return regions_through_bytes(regions, error);
    if (strcmp(name, "set_carbon") == 0) {
        const char *region = next_word(&rest);
        return forescale_regions_set_carbon(*regions, region, rest, error);
    }
    if (strcmp(name, "set_forecast") == 0) {
        const char *region = next_word(&rest), *application = next_word(&rest);
        return forescale_regions_set_forecast(*regions, region, application, rest, error);
    }
    if (strcmp(name, "observe") == 0) {
        int64_t now = strtoll(next_word(&rest), NULL, 10);
        const char *region = next_word(&rest), *application = next_word(&rest);
        return forescale_regions_observe(*regions, now, region, application, strtod(rest, NULL), error);
    }
    if (strcmp(name, "reconcile") == 0) {
        int64_t now = strtoll(next_word(&rest), NULL, 10);
        return forescale_regions_reconcile(*regions, now, rest, error);
    }
    if (strcmp(name, "report") == 0) {
        uint64_t id = strtoull(next_word(&rest), NULL, 10);
        return forescale_regions_report(*regions, id, rest, error);
    }
    return answer_regions(*regions, name, rest, all, error);
}

static forescale_status regions(const test_case *c, forescale_error *error) {
    static char line[10000];
    static answers all;
    forescale_regions *regions;
    forescale_status status = forescale_regions_create(text(c, "config"), &regions, error);
    const char *calls = text(c, "calls");
    char *rest;
    if (status != FORESCALE_OK) return status;
    all.length = 0;
    all.text[0] = '\0';
    while (status == FORESCALE_OK && next_call(&calls, line, sizeof line, &rest))
        status = call_regions(&regions, line, rest, &all, error);
    if (status == FORESCALE_OK) expect_text(c, "answers", all.text);
    forescale_regions_destroy(regions);
    return status;
}

static forescale_status shadows_through_bytes(forescale_shadow_manager **manager, forescale_error *error) {
    static uint8_t bytes[MOST_TEXT];
    size_t length;
    forescale_shadow_manager *twin;
    TRY(forescale_shadow_manager_snapshot(*manager, bytes, sizeof bytes, &length, error));
    TRY(forescale_shadow_manager_restore(bytes, length, &twin, error));
    forescale_shadow_manager_destroy(*manager);
    *manager = twin;
    return FORESCALE_OK;
}

/* The calls that answer something. */
static forescale_status answer_shadows(forescale_shadow_manager *manager, const char *name, char *rest, answers *all,
                                       forescale_error *error) {
    size_t from = all->length;
    if (strcmp(name, "queue") == 0) ANSWER(all, forescale_shadow_manager_queue, manager);
    if (strcmp(name, "journal") == 0) ANSWER(all, forescale_shadow_manager_journal, manager);
    if (strcmp(name, "config") == 0) ANSWER(all, forescale_shadow_manager_config, manager);
    if (strcmp(name, "forecast") == 0) ANSWER(all, forescale_shadow_manager_forecast, manager, rest);
    if (strcmp(name, "status") == 0) ANSWER(all, forescale_shadow_manager_status, manager, rest);
    if (strcmp(name, "trial") == 0) ANSWER(all, forescale_shadow_manager_trial, manager, rest);
    if (strcmp(name, "plan") == 0) {
        TRY(forescale_shadow_manager_plan(manager, strtoll(rest, NULL, 10), error));
        ANSWER(all, forescale_shadow_manager_instructions, manager);
    }
    if (strcmp(name, "set_primary") == 0) {
        uint64_t instance;
        TRY(forescale_shadow_manager_set_primary(manager, rest, &instance, error));
        answer_number(all, (double)instance);
    }
    if (strcmp(name, "explain") == 0) {
        ANSWER(all, forescale_shadow_manager_explain, manager, rest);
        quote_answer(all, from);
    }
    if (strcmp(name, "history") == 0) {
        forescale_history *history;
        forescale_status status;
        size_t length = 0;
        TRY(forescale_shadow_manager_history(manager, &history, error));
        status = forescale_history_counts(history, all->text + from, MOST_TEXT - from - 2, &length, error);
        forescale_history_destroy(history);
        TRY(status);
        all->length += length;
        end_answer(all);
    }
    if (all->length == from) {
        fprintf(stderr, "no call %s\n", name);
        exit(2);
    }
    return FORESCALE_OK;
}

static forescale_status call_shadows(forescale_shadow_manager **manager, const char *name, char *rest, answers *all,
                                     forescale_error *error) {
    if (strcmp(name, "set_forecast") == 0) return forescale_shadow_manager_set_forecast(*manager, rest, error);
    if (strcmp(name, "remove_primary") == 0) return forescale_shadow_manager_remove_primary(*manager, rest, error);
    if (strcmp(name, "prewarm") == 0) return forescale_shadow_manager_prewarm(*manager, rest, error);
    if (strcmp(name, "start_trial") == 0) return forescale_shadow_manager_start_trial(*manager, rest, error);
    if (strcmp(name, "clear_journal") == 0) return forescale_shadow_manager_clear_journal(*manager, error);
    if (strcmp(name, "snapshot") == 0) return shadows_through_bytes(manager, error);
    if (strcmp(name, "instance_failed") == 0)
        return forescale_shadow_manager_instance_failed(*manager, strtoull(rest, NULL, 10), error);
    if (strcmp(name, "instance_recovered") == 0)
        return forescale_shadow_manager_instance_recovered(*manager, strtoull(rest, NULL, 10), error);
    if (strcmp(name, "observe") == 0) {
        int64_t now = strtoll(next_word(&rest), NULL, 10);
        return forescale_shadow_manager_observe(*manager, now, rest, error);
    }
    if (strcmp(name, "reconcile") == 0) {
        int64_t now = strtoll(next_word(&rest), NULL, 10);
        return forescale_shadow_manager_reconcile(*manager, now, rest, error);
    }
    if (strcmp(name, "report") == 0) {
        uint64_t id = strtoull(next_word(&rest), NULL, 10);
        return forescale_shadow_manager_report(*manager, id, rest, error);
    }
    if (strcmp(name, "observe_trial") == 0) {
        const char *primary = next_word(&rest);
        return forescale_shadow_manager_observe_trial(*manager, primary, rest, error);
    }
    if (strcmp(name, "end_trial") == 0) {
        const char *primary = next_word(&rest);
        return forescale_shadow_manager_end_trial(*manager, primary, strcmp(rest, "0") != 0, error);
    }
    return answer_shadows(*manager, name, rest, all, error);
}

static forescale_status shadows(const test_case *c, forescale_error *error) {
    static char line[10000];
    static answers all;
    forescale_shadow_manager *manager;
    forescale_status status = forescale_shadow_manager_create(text(c, "config"), &manager, error);
    const char *calls = text(c, "calls");
    char *rest;
    if (status != FORESCALE_OK) return status;
    all.length = 0;
    all.text[0] = '\0';
    while (status == FORESCALE_OK && next_call(&calls, line, sizeof line, &rest))
        status = call_shadows(&manager, line, rest, &all, error);
    if (status == FORESCALE_OK) expect_text(c, "answers", all.text);
    forescale_shadow_manager_destroy(manager);
    return status;
}

static forescale_status sharing(const test_case *c, forescale_error *error) {
    static char json[MOST_TEXT];
    size_t tenants, steps, length;
    const double *loads = table(c, "loads", &tenants, &steps);
    TRY(forescale_share(loads, tenants, steps, text(c, "config"), json, sizeof json, &length, error));
    expect_text(c, "answer", json);
    return FORESCALE_OK;
}

const dispatch pool_DISPATCH[] = {
    {"clone_manager", clones},
    {"regions", regions},
    {"shadow_manager", shadows},
    {"share", sharing},
    {"load_balancer", load_balancer},
    {"resource_manager", resource_manager},
    {NULL, NULL},
};
