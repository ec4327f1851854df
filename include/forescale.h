/* forescale: decides how much capacity to run, before the load arrives.
 *
 * Generated from ffi/src by cbindgen; do not edit. C++ programs may include forescale.hpp instead.
 *
 * Every function that can fail returns a forescale_status and takes a `forescale_error *error`, which may be NULL, as
 * its last argument. Out-parameters (`out_...`) are written only on success. An array of length 0 may be NULL.
 * Objects are created and destroyed by the library. Calls that take an object as pointer to const may overlap in time;
 * any other call on it may not. Texts are UTF-8 and end with NUL; lengths are counts of elements.
 * Settings are JSON texts: an absent field has its default, an unknown one is an error; NULL stands for `{}`.
 * A buffer for an answer of unknown length may be NULL with capacity 0: the call then only tells the length.
 */

#ifndef FORESCALE_H
#define FORESCALE_H

#include <stddef.h>
#include <stdint.h>

#define FORESCALE_VERSION_MAJOR 0
#define FORESCALE_VERSION_MINOR 1
#define FORESCALE_VERSION_PATCH 0
#define FORESCALE_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- library: Which library this is: its version, and the version of its binary interface. ---- */

/*
 The version of the binary interface that this header describes; it grows when a program compiled against an
 older header would not work any more. Compare it with `forescale_abi_version()`.
 */
#define FORESCALE_ABI_VERSION 1

/* The version of the binary interface of the library that was loaded. */
uint32_t forescale_abi_version(void);

/* The version of the library that was loaded, as `"0.1.0"`. The text is static. */
const char *forescale_version(void);

/* ---- error: How a call fails: a status, and a message in a structure that the caller owns. ---- */

/*
 What every fallible function returns: `FORESCALE_OK`, or the number of what went wrong.
 Numbers are never reused, and the same in every language.
 */
typedef int32_t forescale_status;

/*
 Where a call puts the details of its failure. The caller owns it; nothing in it is to be freed.
 After a call that succeeded, `code` is 0 and `message` is empty.
 */
typedef struct {
  /* The status that the call returned. */
  int32_t code;
  /* Zero. */
  uint32_t reserved;
  /* What went wrong, naming the argument and the value: UTF-8, NUL-terminated, cut where it is too long. */
  char message[504];
} forescale_error;

/* Done. */
#define FORESCALE_OK 0

/* A pointer that must not be NULL is NULL. */
#define FORESCALE_ERROR_NULL_ARGUMENT 1

/* The pointer is not a live handle of the type that was asked for. */
#define FORESCALE_ERROR_BAD_HANDLE 2

/* The answer has more elements than the buffer has room for; the message says how many. */
#define FORESCALE_ERROR_BUFFER_TOO_SMALL 3

/* A text is not valid UTF-8. */
#define FORESCALE_ERROR_NOT_UTF8 4

/* A setting is unknown, of the wrong type, or out of its range. */
#define FORESCALE_ERROR_CONFIG 20

/* The data cannot be used: not finite, empty, of the wrong shape, or going back in time. */
#define FORESCALE_ERROR_DATA 40

/* More data or an earlier call is needed first. */
#define FORESCALE_ERROR_NOT_READY 60

/* No answer exists, whatever is spent. */
#define FORESCALE_ERROR_INFEASIBLE 61

/* The caller's progress callback asked to stop. */
#define FORESCALE_ERROR_STOPPED 62

/* The bytes are not a snapshot, damaged, of another kind, or from a newer version. */
#define FORESCALE_ERROR_SNAPSHOT 80

/* A defect of this library: please report it. */
#define FORESCALE_ERROR_INTERNAL 100

/* An earlier call on this handle ended in `FORESCALE_ERROR_INTERNAL`: it can only be destroyed. */
#define FORESCALE_ERROR_POISONED 101

/*
 The name of a status in CamelCase (`"Ok"`, `"Config"`, ...), or NULL for a number that is none.
 The text is static.
 */
const char *forescale_status_name(forescale_status status);

/* ---- load: What came in? Regular series of load with gaps, and their derivatives. ---- */

/* A load on a regular grid: one value a step, NaN where nothing was measured. */
typedef struct forescale_series forescale_series;

/*
 Slope and curvature of a load at each sample, per second and per second squared, from the past alone.
 NaN is a missing value. Both answers have room for `length` values.
 */
forescale_status forescale_derivatives(const double *values,
                                       size_t length,
                                       double step_seconds,
                                       size_t window,
                                       double *out_first,
                                       double *out_second,
                                       forescale_error *error);

/*
 A series from values that already lie on a grid: `start` in Unix milliseconds, a step above 0.
 The caller ends it with `forescale_series_destroy`.
 */
forescale_status forescale_series_create(const double *values,
                                         size_t length,
                                         int64_t start,
                                         double step_seconds,
                                         forescale_series **out_series,
                                         forescale_error *error);

/*
 A series from samples at any times (Unix milliseconds): sorted, and aggregated within a step.
 `how` is one of mean, sum, max, min, last, count.
 */
forescale_status forescale_series_from_samples(const int64_t *times,
                                               const double *values,
                                               size_t length,
                                               double step_seconds,
                                               const char *how,
                                               forescale_series **out_series,
                                               forescale_error *error);

/*
 A series from CSV text with a header line: times (RFC 3339 or Unix) in the first column, the load in the column
 of the given name, or in the second where `column` is NULL. `step_seconds` may be NULL: the smallest distance.
 */
forescale_status forescale_series_from_csv(const char *csv,
                                           const char *column,
                                           const double *step_seconds,
                                           forescale_series **out_series,
                                           forescale_error *error);

/* Ends a series; NULL is allowed. */
void forescale_series_destroy(forescale_series *series);

/* The values, NaN where missing. */
forescale_status forescale_series_values(const forescale_series *series,
                                         double *out_values,
                                         size_t capacity,
                                         size_t *out_length,
                                         forescale_error *error);

/* Unix milliseconds at which the first step begins. */
forescale_status forescale_series_start(const forescale_series *series,
                                        int64_t *out_start,
                                        forescale_error *error);

/* Seconds a step. */
forescale_status forescale_series_step_seconds(const forescale_series *series,
                                               double *out_step_seconds,
                                               forescale_error *error);

/* The same load on a coarser or a finer grid; `how` as for `forescale_series_from_samples`. */
forescale_status forescale_series_resample(const forescale_series *series,
                                           double step_seconds,
                                           const char *how,
                                           forescale_series **out_series,
                                           forescale_error *error);

/*
 The same series with its missing values replaced: `how` is linear, hold or seasonal, and only the last
 takes a period (in steps); otherwise it is NULL.
 */
forescale_status forescale_series_fill(const forescale_series *series,
                                       const char *how,
                                       const size_t *period,
                                       forescale_series **out_series,
                                       forescale_error *error);

/* The series as bytes that `forescale_series_restore` reads. */
forescale_status forescale_series_snapshot(const forescale_series *series,
                                           uint8_t *out_bytes,
                                           size_t capacity,
                                           size_t *out_length,
                                           forescale_error *error);

/* The series that a snapshot holds. */
forescale_status forescale_series_restore(const uint8_t *bytes,
                                          size_t length,
                                          forescale_series **out_series,
                                          forescale_error *error);

/* ---- capacity: How much is enough? Queueing, latency targets, and the count of replicas that meets them. ---- */

/* A queue M/M/c in its steady state, or with other variability. Rates are per second, times in seconds. */
typedef struct forescale_queue forescale_queue;

/* The probability that an arrival finds all `servers` busy and is lost (M/M/c/c); `offered` is in erlang. */
forescale_status forescale_erlang_b(uint64_t servers,
                                    double offered,
                                    double *out_probability,
                                    forescale_error *error);

/* The probability that an arrival must wait (M/M/c); 1 as soon as `offered` reaches `servers`. */
forescale_status forescale_erlang_c(uint64_t servers,
                                    double offered,
                                    double *out_probability,
                                    forescale_error *error);

/*
 A queue of `servers` that each serve `service_rate` per second, with `arrival_rate` arriving per second.
 The coefficients of variation are 1 for Poisson arrivals and exponential service.
 The caller ends it with `forescale_queue_destroy`.
 */
forescale_status forescale_queue_create(double arrival_rate,
                                        double service_rate,
                                        uint64_t servers,
                                        double arrival_cv,
                                        double service_cv,
                                        forescale_queue **out_queue,
                                        forescale_error *error);

/* Ends a queue; NULL is allowed. */
void forescale_queue_destroy(forescale_queue *queue);

/* Arrival rate over the rate that all servers together can serve; infinite without servers. */
forescale_status forescale_queue_utilization(const forescale_queue *queue,
                                             double *out_utilization,
                                             forescale_error *error);

/* The probability that an arrival must wait: Erlang C. */
forescale_status forescale_queue_wait_probability(const forescale_queue *queue,
                                                  double *out_probability,
                                                  forescale_error *error);

/* The mean time before service begins, over all arrivals; infinite from a utilization of 1. */
forescale_status forescale_queue_mean_wait(const forescale_queue *queue,
                                           double *out_seconds,
                                           forescale_error *error);

/* The mean time from arrival to the end of service; infinite from a utilization of 1. */
forescale_status forescale_queue_mean_response(const forescale_queue *queue,
                                               double *out_seconds,
                                               forescale_error *error);

/* The wait that a share `p` of all arrivals stays within, 0 < p < 1. */
forescale_status forescale_queue_wait_quantile(const forescale_queue *queue,
                                               double p,
                                               double *out_seconds,
                                               forescale_error *error);

/* The response time that a share `p` of all arrivals stays within, 0 < p < 1. */
forescale_status forescale_queue_response_quantile(const forescale_queue *queue,
                                                   double p,
                                                   double *out_seconds,
                                                   forescale_error *error);

/*
 The probability that a response takes longer than `seconds`; 1 from a utilization of 1, and for a time that is
 negative or NaN.
 */
forescale_status forescale_queue_response_tail(const forescale_queue *queue,
                                               double seconds,
                                               double *out_probability,
                                               forescale_error *error);

/*
 The smallest count of servers that meets the target.
 `target_json` is one of `{"utilization": 0.7}`, `{"mean_wait": s}`, `{"wait_quantile": [p, s]}`,
 `{"response_quantile": [p, s]}`.
 */
forescale_status forescale_servers_for(double arrival_rate,
                                       double service_rate,
                                       const char *target_json,
                                       uint64_t *out_servers,
                                       forescale_error *error);

/* Whether the queue meets the target (1) or not (0); the target is written as for `forescale_servers_for`. */
forescale_status forescale_target_is_met(const char *target_json,
                                         const forescale_queue *queue,
                                         int32_t *out_is_met,
                                         forescale_error *error);

/*
 The response time of a single server whose queue is M/M/1: `base / (1 - rho)`, infinite from `rho` = 1.
 `base` is the response time without load, in seconds, and `rho` demand over capacity; both at least 0.
 */
forescale_status forescale_latency(double base, double rho, double *out_seconds, forescale_error *error);

/* ---- scaling: How do we get there? The fractal scaling identity, sigmoid transitions, hysteresis, ramps. ---- */

/* The scale with memory: one curve while the load rises, another while it falls. */
typedef struct forescale_hysteresis forescale_hysteresis;

/* The scaling identity, incremental: clamped to limits, without wind-up of its integral. */
typedef struct forescale_scaling_law forescale_scaling_law;

/* A smooth way from one scale to another. */
typedef struct forescale_transition forescale_transition;

/*
 `S(t + dt) = S(t) + integral of [alpha dL/dt + beta L + gamma d2L/dt2]` at every sample of the load.
 `out_scale` has room for `length` numbers; the first is `s0`. On a load error this is the velocity form of a PID
 controller (alpha proportional, beta integral, gamma derivative), on a load a predictor of scale.
 */
forescale_status forescale_scaling_identity(const double *load,
                                            size_t length,
                                            double step_seconds,
                                            double alpha,
                                            double beta,
                                            double gamma,
                                            double s0,
                                            double *out_scale,
                                            forescale_error *error);

/* `1 / (1 + exp(-k (t - t0)))`, from 0 to 1; `k` is in 1 over the unit of `t` and `t0`. */
forescale_status forescale_sigmoid(double t, double k, double t0, double *out_value, forescale_error *error);

/* The natural logarithm of the sigmoid, precise where the sigmoid itself has vanished. */
forescale_status forescale_log_sigmoid(double t,
                                       double k,
                                       double t0,
                                       double *out_value,
                                       forescale_error *error);

/* The derivative of the sigmoid by `t`. */
forescale_status forescale_sigmoid_slope(double t,
                                         double k,
                                         double t0,
                                         double *out_value,
                                         forescale_error *error);

/*
 From near `initial` long before `t0` to near `target` long after it, along a sigmoid; `k` is above 0.
 The caller ends it with `forescale_transition_destroy`.
 */
forescale_status forescale_transition_create(double initial,
                                             double target,
                                             double k,
                                             double t0,
                                             forescale_transition **out_transition,
                                             forescale_error *error);

/*
 From one count of replicas to another within `duration_seconds` from `start` (in seconds), exact at both ends.
 The caller ends it with `forescale_transition_destroy`.
 */
forescale_status forescale_transition_over(uint64_t initial,
                                           uint64_t target,
                                           double start,
                                           double duration_seconds,
                                           forescale_transition **out_transition,
                                           forescale_error *error);

/* Ends a transition; NULL is allowed. */
void forescale_transition_destroy(forescale_transition *transition);

/* The scale at time `t`. */
forescale_status forescale_transition_value(const forescale_transition *transition,
                                            double t,
                                            double *out_value,
                                            forescale_error *error);

/* The change of the scale per unit of time at `t`. */
forescale_status forescale_transition_slope(const forescale_transition *transition,
                                            double t,
                                            double *out_slope,
                                            forescale_error *error);

/* The count of replicas at time `t`: the integer nearest to the scale. */
forescale_status forescale_transition_replicas(const forescale_transition *transition,
                                               double t,
                                               uint64_t *out_replicas,
                                               forescale_error *error);

/*
 A law that has seen nothing yet. `config_json` has the fields `alpha` (1), `beta` (0), `gamma` (0), `low` (1),
 `high` (1000) and `s0` (0), with their defaults. The caller ends it with `forescale_scaling_law_destroy`.
 */
forescale_status forescale_scaling_law_create(const char *config_json,
                                              forescale_scaling_law **out_law,
                                              forescale_error *error);

/* Ends a scaling law; NULL is allowed. */
void forescale_scaling_law_destroy(forescale_scaling_law *law);

/* Takes one sample, `step_seconds` after the one before, and gives the new scale. */
forescale_status forescale_scaling_law_update(forescale_scaling_law *law,
                                              double load,
                                              double step_seconds,
                                              double *out_scale,
                                              forescale_error *error);

/* The scale after the last sample. */
forescale_status forescale_scaling_law_scale(const forescale_scaling_law *law,
                                             double *out_scale,
                                             forescale_error *error);

/* The whole state as bytes. */
forescale_status forescale_scaling_law_snapshot(const forescale_scaling_law *law,
                                                uint8_t *out_bytes,
                                                size_t capacity,
                                                size_t *out_length,
                                                forescale_error *error);

/* A law that goes on exactly as the one that was saved. The caller ends it with `forescale_scaling_law_destroy`. */
forescale_status forescale_scaling_law_restore(const uint8_t *bytes,
                                               size_t length,
                                               forescale_scaling_law **out_law,
                                               forescale_error *error);

/*
 A hysteresis that has seen nothing yet. `up` and `down` are curves: `up_count` and `down_count` pairs (load, scale)
 with increasing loads, one after the other, with straight lines between them and level ends.
 The caller ends it with `forescale_hysteresis_destroy`.
 */
forescale_status forescale_hysteresis_create(const double *up,
                                             size_t up_count,
                                             const double *down,
                                             size_t down_count,
                                             forescale_hysteresis **out_hysteresis,
                                             forescale_error *error);

/* Ends a hysteresis; NULL is allowed. */
void forescale_hysteresis_destroy(forescale_hysteresis *hysteresis);

/* Takes the next load and gives the scale. */
forescale_status forescale_hysteresis_update(forescale_hysteresis *hysteresis,
                                             double load,
                                             double *out_scale,
                                             forescale_error *error);

/* The memory as bytes, without the curves. */
forescale_status forescale_hysteresis_snapshot(const forescale_hysteresis *hysteresis,
                                               uint8_t *out_bytes,
                                               size_t capacity,
                                               size_t *out_length,
                                               forescale_error *error);

/*
 A hysteresis that goes on exactly as the one that was saved, given the same curves.
 The caller ends it with `forescale_hysteresis_destroy`.
 */
forescale_status forescale_hysteresis_restore(const double *up,
                                              size_t up_count,
                                              const double *down,
                                              size_t down_count,
                                              const uint8_t *bytes,
                                              size_t length,
                                              forescale_hysteresis **out_hysteresis,
                                              forescale_error *error);

/*
 `r0 + k (L - L0)` at every sample of the predicted load: the integral of `dR/dt = k dL/dt`.
 `out_resource` has room for `length` numbers.
 */
forescale_status forescale_ramp(const double *predicted_load,
                                size_t length,
                                double step_seconds,
                                double k,
                                double r0,
                                double *out_resource,
                                forescale_error *error);

#ifdef __cplusplus
}
#endif

#endif /* FORESCALE_H */
