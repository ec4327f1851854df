/* Two hours of rising load, one decision, and why.
 * Build: cc quickstart.c -lforescale */

#include <forescale.h>
#include <stdio.h>

int main(void) {
    forescale_error error;
    forescale_engine *engine;
    /* One replica serves 10 requests a second; everything else has its default. */
    if (forescale_engine_create("{\"service_rate\": 10}", &engine, &error) != FORESCALE_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    int64_t now = 0;
    for (int sample = 1; sample <= 480; sample++) {
        now = sample * 15000;
        if (forescale_engine_observe(engine, now, 100 + 0.5 * sample, &error) != FORESCALE_OK) goto failed;
    }
    uint32_t replicas;
    if (forescale_engine_decide(engine, now, 30, 30, 0, 0, &replicas, &error) != FORESCALE_OK) goto failed;
    printf("from 30 to %u replicas\n", (unsigned)replicas);

    char text[2000];
    size_t length;
    if (forescale_engine_explain(engine, text, sizeof text, &length, &error) != FORESCALE_OK) goto failed;
    fputs(text, stdout);
    forescale_engine_destroy(engine);
    return 0;

failed:
    fprintf(stderr, "%s\n", error.message);
    forescale_engine_destroy(engine);
    return 1;
}
