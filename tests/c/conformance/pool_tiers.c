#include "pool.h"

static void answer_flag(answers *all, int32_t flag) {
    all->length += (size_t)snprintf(all->text + all->length, 8, "%s", flag ? "true" : "false");
    end_answer(all);
}

static forescale_status balancer_through_bytes(forescale_load_balancer **balancer, forescale_error *error) {
    static uint8_t bytes[MOST_TEXT];
    size_t length;
    forescale_load_balancer *twin;
    TRY(forescale_load_balancer_snapshot(*balancer, bytes, sizeof bytes, &length, error));
    TRY(forescale_load_balancer_restore(bytes, length, &twin, error));
    forescale_load_balancer_destroy(*balancer);
    *balancer = twin;
    return FORESCALE_OK;
}

static forescale_status call_balancer(forescale_load_balancer **handle, const char *name, char *rest, answers *all,
                                      forescale_error *error) {
    forescale_load_balancer *balancer = *handle;
    if (strcmp(name, "snapshot") == 0) return balancer_through_bytes(handle, error);
    if (strcmp(name, "train") == 0) return forescale_load_balancer_train(balancer, rest, error);
    if (strcmp(name, "observe") == 0) return forescale_load_balancer_observe(balancer, rest, error);
    if (strcmp(name, "set_profile") == 0) {
        const char *user = next_word(&rest);
        const char *application = next_word(&rest);
        return forescale_load_balancer_set_profile(balancer, strcmp(user, "-") == 0 ? NULL : user, application, rest, error);
    }
    if (strcmp(name, "set_forecast") == 0) {
        const char *user = next_word(&rest);
        const char *application = next_word(&rest);
        return forescale_load_balancer_set_forecast(balancer, user, application, rest, error);
    }
    if (strcmp(name, "keys") == 0) {
        size_t keys;
        TRY(forescale_load_balancer_keys(balancer, &keys, error));
        answer_number(all, (double)keys);
        return FORESCALE_OK;
    }
    if (strcmp(name, "dropped") == 0) {
        uint64_t dropped;
        TRY(forescale_load_balancer_dropped(balancer, &dropped, error));
        answer_number(all, (double)dropped);
        return FORESCALE_OK;
    }
    if (strcmp(name, "tier_demand") == 0) {
        ANSWER(all, forescale_load_balancer_tier_demand, balancer);
    } else if (strcmp(name, "recommendations") == 0) {
        ANSWER(all, forescale_load_balancer_recommendations, balancer);
    } else if (strcmp(name, "config") == 0) {
        ANSWER(all, forescale_load_balancer_config, balancer);
    } else {
        const char *user = next_word(&rest);
        const char *application = next_word(&rest);
        if (strcmp(name, "profile") == 0) {
            ANSWER(all, forescale_load_balancer_profile, balancer, user, application);
        } else if (strcmp(name, "predict") == 0) {
            ANSWER(all, forescale_load_balancer_predict, balancer, user, application, strtoll(rest, NULL, 10));
        } else if (strcmp(name, "explain") == 0) {
            size_t from = all->length;
            ANSWER(all, forescale_load_balancer_explain, balancer, user, application);
            quote_answer(all, from);
        } else {
            fprintf(stderr, "no call %s\n", name);
            exit(2);
        }
    }
    return FORESCALE_OK;
}

forescale_status load_balancer(const test_case *c, forescale_error *error) {
    static char line[50000];
    static answers all;
    forescale_load_balancer *balancer;
    forescale_status status = forescale_load_balancer_create(text(c, "config"), &balancer, error);
    const char *calls = text(c, "calls");
    char *rest;
    if (status != FORESCALE_OK) return status;
    all.length = 0;
    all.text[0] = '\0';
    while (status == FORESCALE_OK && next_call(&calls, line, sizeof line, &rest))
        status = call_balancer(&balancer, line, rest, &all, error);
    if (status == FORESCALE_OK) expect_text(c, "answers", all.text);
    forescale_load_balancer_destroy(balancer);
    return status;
}

static forescale_status manager_through_bytes(forescale_resource_manager **manager, forescale_error *error) {
    static uint8_t bytes[MOST_TEXT];
    size_t length;
    forescale_resource_manager *twin;
    TRY(forescale_resource_manager_snapshot(*manager, bytes, sizeof bytes, &length, error));
    TRY(forescale_resource_manager_restore(bytes, length, &twin, error));
    forescale_resource_manager_destroy(*manager);
    *manager = twin;
    return FORESCALE_OK;
}

/* Calls that begin with a time. */
static forescale_status call_manager_at(forescale_resource_manager *manager, const char *name, char *rest, answers *all,
                                        forescale_error *error) {
    int64_t now = strtoll(next_word(&rest), NULL, 10);
    int32_t flag;
    if (strcmp(name, "follow") == 0) return forescale_resource_manager_follow(manager, now, rest, error);
    if (strcmp(name, "observe") == 0) return forescale_resource_manager_observe(manager, now, rest, error);
    if (strcmp(name, "reconcile") == 0) return forescale_resource_manager_reconcile(manager, now, rest, error);
    if (strcmp(name, "foresee") == 0) {
        TRY(forescale_resource_manager_foresee(manager, now, rest, error));
        ANSWER(all, forescale_resource_manager_sizes, manager);
    } else if (strcmp(name, "allocate") == 0) {
        TRY(forescale_resource_manager_allocate(manager, now, rest, error));
        ANSWER(all, forescale_resource_manager_allocation, manager);
    } else if (strcmp(name, "rebalance") == 0) {
        TRY(forescale_resource_manager_rebalance(manager, now, error));
        ANSWER(all, forescale_resource_manager_instructions, manager);
    } else if (strcmp(name, "release") == 0) {
        TRY(forescale_resource_manager_release(manager, now, strtoull(rest, NULL, 10), &flag, error));
        answer_flag(all, flag);
    } else if (strcmp(name, "unit_lost") == 0) {
        TRY(forescale_resource_manager_unit_lost(manager, now, strtoull(rest, NULL, 10), &flag, error));
        answer_flag(all, flag);
    } else {
        fprintf(stderr, "no call %s\n", name);
        exit(2);
    }
    return FORESCALE_OK;
}

static forescale_status call_manager(forescale_resource_manager **handle, const char *name, char *rest, answers *all,
                                     forescale_error *error) {
    forescale_resource_manager *manager = *handle;
    if (strcmp(name, "snapshot") == 0) return manager_through_bytes(handle, error);
    if (strcmp(name, "clear_journal") == 0) return forescale_resource_manager_clear_journal(manager, error);
    if (strcmp(name, "report") == 0) {
        uint64_t id = strtoull(next_word(&rest), NULL, 10);
        return forescale_resource_manager_report(manager, id, rest, error);
    }
    if (strcmp(name, "sizes") == 0) {
        ANSWER(all, forescale_resource_manager_sizes, manager);
    } else if (strcmp(name, "allocation") == 0) {
        ANSWER(all, forescale_resource_manager_allocation, manager);
    } else if (strcmp(name, "instructions") == 0) {
        ANSWER(all, forescale_resource_manager_instructions, manager);
    } else if (strcmp(name, "lease") == 0) {
        ANSWER(all, forescale_resource_manager_lease, manager, strtoull(rest, NULL, 10));
    } else if (strcmp(name, "leases") == 0) {
        ANSWER(all, forescale_resource_manager_leases, manager);
    } else if (strcmp(name, "status") == 0) {
        ANSWER(all, forescale_resource_manager_status, manager);
    } else if (strcmp(name, "journal") == 0) {
        ANSWER(all, forescale_resource_manager_journal, manager);
    } else if (strcmp(name, "config") == 0) {
        ANSWER(all, forescale_resource_manager_config, manager);
    } else if (strcmp(name, "explain") == 0) {
        size_t from = all->length;
        ANSWER(all, forescale_resource_manager_explain, manager);
        quote_answer(all, from);
    } else {
        return call_manager_at(manager, name, rest, all, error);
    }
    return FORESCALE_OK;
}

forescale_status resource_manager(const test_case *c, forescale_error *error) {
    static char line[10000];
    static answers all;
    forescale_resource_manager *manager;
    forescale_status status = forescale_resource_manager_create(text(c, "config"), &manager, error);
    const char *calls = text(c, "calls");
    char *rest;
    if (status != FORESCALE_OK) return status;
    all.length = 0;
    all.text[0] = '\0';
    while (status == FORESCALE_OK && next_call(&calls, line, sizeof line, &rest))
        status = call_manager(&manager, line, rest, &all, error);
    if (status == FORESCALE_OK) expect_text(c, "answers", all.text);
    forescale_resource_manager_destroy(manager);
    return status;
}
