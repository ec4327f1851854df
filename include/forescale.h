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

/*
 The version of the binary interface of the library that was loaded.
 */
uint32_t forescale_abi_version(void);

/*
 The version of the library that was loaded, as `"0.1.0"`. The text is static.
 */
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
  /*
   The status that the call returned.
   */
  int32_t code;
  /*
   Zero.
   */
  uint32_t reserved;
  /*
   What went wrong, naming the argument and the value: UTF-8, NUL-terminated, cut where it is too long.
   */
  char message[504];
} forescale_error;

/*
 Done.
 */
#define FORESCALE_OK 0

/*
 A pointer that must not be NULL is NULL.
 */
#define FORESCALE_ERROR_NULL_ARGUMENT 1

/*
 The pointer is not a live handle of the type that was asked for.
 */
#define FORESCALE_ERROR_BAD_HANDLE 2

/*
 The answer has more elements than the buffer has room for; the message says how many.
 */
#define FORESCALE_ERROR_BUFFER_TOO_SMALL 3

/*
 A text is not valid UTF-8.
 */
#define FORESCALE_ERROR_NOT_UTF8 4

/*
 A setting is unknown, of the wrong type, or out of its range.
 */
#define FORESCALE_ERROR_CONFIG 20

/*
 The data cannot be used: not finite, empty, of the wrong shape, or going back in time.
 */
#define FORESCALE_ERROR_DATA 40

/*
 More data or an earlier call is needed first.
 */
#define FORESCALE_ERROR_NOT_READY 60

/*
 No answer exists, whatever is spent.
 */
#define FORESCALE_ERROR_INFEASIBLE 61

/*
 The caller's progress callback asked to stop.
 */
#define FORESCALE_ERROR_STOPPED 62

/*
 The bytes are not a snapshot, damaged, of another kind, or from a newer version.
 */
#define FORESCALE_ERROR_SNAPSHOT 80

/*
 A defect of this library: please report it.
 */
#define FORESCALE_ERROR_INTERNAL 100

/*
 An earlier call on this handle ended in `FORESCALE_ERROR_INTERNAL`: it can only be destroyed.
 */
#define FORESCALE_ERROR_POISONED 101

/*
 The name of a status in CamelCase (`"Ok"`, `"Config"`, ...), or NULL for a number that is none.
 The text is static.
 */
const char *forescale_status_name(forescale_status status);

/* ---- load: What came in? Regular series of load with gaps, and their derivatives. ---- */

/*
 A load on a regular grid: one value a step, NaN where nothing was measured.
 */
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

/*
 Ends a series; NULL is allowed.
 */
void forescale_series_destroy(forescale_series *series);

/*
 The values, NaN where missing.
 */
forescale_status forescale_series_values(const forescale_series *series,
                                         double *out_values,
                                         size_t capacity,
                                         size_t *out_length,
                                         forescale_error *error);

/*
 Unix milliseconds at which the first step begins.
 */
forescale_status forescale_series_start(const forescale_series *series,
                                        int64_t *out_start,
                                        forescale_error *error);

/*
 Seconds a step.
 */
forescale_status forescale_series_step_seconds(const forescale_series *series,
                                               double *out_step_seconds,
                                               forescale_error *error);

/*
 The same load on a coarser or a finer grid; `how` as for `forescale_series_from_samples`.
 */
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

/*
 The series as bytes that `forescale_series_restore` reads.
 */
forescale_status forescale_series_snapshot(const forescale_series *series,
                                           uint8_t *out_bytes,
                                           size_t capacity,
                                           size_t *out_length,
                                           forescale_error *error);

/*
 The series that a snapshot holds.
 */
forescale_status forescale_series_restore(const uint8_t *bytes,
                                          size_t length,
                                          forescale_series **out_series,
                                          forescale_error *error);

/* ---- capacity: How much is enough? Queueing, latency targets, and the count of replicas that meets them. ---- */

/*
 A queue M/M/c in its steady state, or with other variability. Rates are per second, times in seconds.
 */
typedef struct forescale_queue forescale_queue;

/*
 The probability that an arrival finds all `servers` busy and is lost (M/M/c/c); `offered` is in erlang.
 */
forescale_status forescale_erlang_b(uint64_t servers,
                                    double offered,
                                    double *out_probability,
                                    forescale_error *error);

/*
 The probability that an arrival must wait (M/M/c); 1 as soon as `offered` reaches `servers`.
 */
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

/*
 Ends a queue; NULL is allowed.
 */
void forescale_queue_destroy(forescale_queue *queue);

/*
 The wait that a share `p` of all arrivals stays within, 0 < p < 1.
 */
forescale_status forescale_queue_wait_quantile(const forescale_queue *queue,
                                               double p,
                                               double *out_seconds,
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

/* ---- energy: What does it burn? The energy tensor: how scaling dimensions turn into consumption. ---- */

/*
 A linear map T from scaling dimensions (a column each) to kinds of energy (a row each).
 */
typedef struct forescale_energy_tensor forescale_energy_tensor;

/*
 The tensor of a matrix, row after row. Entries may be negative.
 The caller ends it with `forescale_energy_tensor_destroy`.
 */
forescale_status forescale_energy_tensor_create(const double *matrix,
                                                size_t rows,
                                                size_t columns,
                                                forescale_energy_tensor **out_tensor,
                                                forescale_error *error);

/*
 The tensor without negative entries that explains a record best, by non-negative least squares.
 `s` and `e` have a row an observation; `s` has a column a scaling dimension, `e` one a kind of energy.
 */
forescale_status forescale_energy_tensor_fit(const double *s,
                                             size_t s_rows,
                                             size_t s_columns,
                                             const double *e,
                                             size_t e_rows,
                                             size_t e_columns,
                                             forescale_energy_tensor **out_tensor,
                                             forescale_error *error);

/*
 Ends a tensor; NULL is allowed.
 */
void forescale_energy_tensor_destroy(forescale_energy_tensor *tensor);

/*
 The energy of each kind at the scaling vector `s`: T·s.
 */
forescale_status forescale_energy_tensor_apply(const forescale_energy_tensor *tensor,
                                               const double *s,
                                               size_t s_length,
                                               double *out_energy,
                                               size_t capacity,
                                               size_t *out_length,
                                               forescale_error *error);

/*
 The scaling vector of least total energy (the sum of all entries of T·S) that covers a demand.
 `demand` has one number, which the sum of S has to reach, or one a dimension, each of which its entry of S has
 to reach. `low` and `high` bound S, with one number for all dimensions or one each; `high` may be infinite.
 Answers: S (room for the columns of the tensor), its energy (for the rows), the total, and for each demand
 the energy that its last unit takes, the dual price (room for `demand_length`).
 */
forescale_status forescale_energy_tensor_minimize(const forescale_energy_tensor *tensor,
                                                  const double *demand,
                                                  size_t demand_length,
                                                  const double *low,
                                                  size_t low_length,
                                                  const double *high,
                                                  size_t high_length,
                                                  double *out_scaling,
                                                  size_t scaling_capacity,
                                                  double *out_energy,
                                                  size_t energy_capacity,
                                                  double *out_total,
                                                  double *out_price,
                                                  forescale_error *error);

/*
 The counts of rows (kinds of energy) and columns (scaling dimensions).
 */
forescale_status forescale_energy_tensor_shape(const forescale_energy_tensor *tensor,
                                               size_t *out_rows,
                                               size_t *out_columns,
                                               forescale_error *error);

/*
 The matrix, row after row.
 */
forescale_status forescale_energy_tensor_matrix(const forescale_energy_tensor *tensor,
                                                double *out_matrix,
                                                size_t capacity,
                                                size_t *out_length,
                                                forescale_error *error);

/*
 Of a fitted tensor the Euclidean norm of all that stayed unexplained, in units of energy; NaN of a given one.
 */
forescale_status forescale_energy_tensor_residual(const forescale_energy_tensor *tensor,
                                                  double *out_residual,
                                                  forescale_error *error);

/*
 Of a fitted tensor the condition number of S: how many times a relative error of the record may grow in the
 tensor. NaN of a given one.
 */
forescale_status forescale_energy_tensor_condition(const forescale_energy_tensor *tensor,
                                                   double *out_condition,
                                                   forescale_error *error);

/*
 The tensor as bytes that `forescale_energy_tensor_restore` reads.
 */
forescale_status forescale_energy_tensor_snapshot(const forescale_energy_tensor *tensor,
                                                  uint8_t *out_bytes,
                                                  size_t capacity,
                                                  size_t *out_length,
                                                  forescale_error *error);

/*
 The tensor that a snapshot holds.
 */
forescale_status forescale_energy_tensor_restore(const uint8_t *bytes,
                                                 size_t length,
                                                 forescale_energy_tensor **out_tensor,
                                                 forescale_error *error);

/* ---- choice: What is best? Pareto fronts and the weighted product utility that picks a point on them. ---- */

/*
 Which points nothing dominates: 1 or 0 for each of `rows` points. Equal points are all kept.
 `points` has a row a point and a column an objective. `maximize` has no flag (every objective is minimised),
 one for all, or one an objective. Infinities are allowed, NaN is not.
 */
forescale_status forescale_pareto_front(const double *points,
                                        size_t rows,
                                        size_t columns,
                                        const int32_t *maximize,
                                        size_t maximize_length,
                                        int32_t *out_front,
                                        forescale_error *error);

/*
 The rank of each of `rows` points: 0 on the front, 1 on the front of the rest, and so on.
 Arguments as for `forescale_pareto_front`.
 */
forescale_status forescale_non_dominated_sort(const double *points,
                                              size_t rows,
                                              size_t columns,
                                              const int32_t *maximize,
                                              size_t maximize_length,
                                              uint64_t *out_ranks,
                                              forescale_error *error);

/*
 The crowding distance of each of the `rows` points of one front; infinite at its ends.
 */
forescale_status forescale_crowding_distance(const double *points,
                                             size_t rows,
                                             size_t columns,
                                             double *out_distances,
                                             forescale_error *error);

/*
 The volume of the region that the points dominate and that dominates the reference, all objectives minimised.
 A point that is not strictly better than the reference in every objective adds nothing.
 */
forescale_status forescale_hypervolume(const double *points,
                                       size_t rows,
                                       size_t columns,
                                       const double *reference,
                                       size_t reference_length,
                                       double *out_volume,
                                       forescale_error *error);

/*
 The product of metric^weight, with 0^0 = 1: 0 or infinite only where the true value is too small or too large
 for a double. Metrics are at least 0; a weight may be negative.
 */
forescale_status forescale_utility(const double *metrics,
                                   size_t metrics_length,
                                   const double *weights,
                                   size_t weights_length,
                                   double *out_utility,
                                   forescale_error *error);

/*
 The natural logarithm of `forescale_utility`: finite where the utility itself is out of range.
 */
forescale_status forescale_log_utility(const double *metrics,
                                       size_t metrics_length,
                                       const double *weights,
                                       size_t weights_length,
                                       double *out_log_utility,
                                       forescale_error *error);

/*
 The index of the point of the highest utility among those within the constraints; the first of equals.
 A minimised objective enters the utility with the negative of its weight's size. `constraints` has
 `constraints_rows` pairs of a least and a largest acceptable value, one pair an objective, or none at all.
 */
forescale_status forescale_choose(const double *points,
                                  size_t rows,
                                  size_t columns,
                                  const int32_t *maximize,
                                  size_t maximize_length,
                                  const double *weights,
                                  size_t weights_length,
                                  const double *constraints,
                                  size_t constraints_rows,
                                  uint64_t *out_index,
                                  forescale_error *error);

#ifdef __cplusplus
}
#endif

#endif /* FORESCALE_H */
