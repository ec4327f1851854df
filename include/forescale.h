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
 A series from `length` samples taken regularly, in any order: the step is the smallest distance of two times (Unix
 milliseconds), of which all distances must be multiples; the first step begins at the first time, steps without a sample
 are missing, samples of the same time are averaged. The caller ends it with `forescale_series_destroy`.
 */
forescale_status forescale_series_from_regular(const int64_t *times,
                                               const double *values,
                                               size_t length,
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

/* ---- load: Calendars: local time, weekdays, holidays and events as features. ---- */

/* What the clock on the wall and the calendar beside it say about a moment, as features. */
typedef struct forescale_calendar forescale_calendar;

/*
 A calendar. `config_json`: `time_zone` (an IANA name, "UTC" unless given), `holidays` (texts such as "2026-12-25", "12-25",
 "07-04 observed", "4th thursday of november", "easter+39", "US"), `events` (objects with `name`, `start` and `end` in Unix
 milliseconds, `weight`), `day_pairs`, `week_pairs`; NULL = defaults.
 The caller ends it with `forescale_calendar_destroy`.
 */
forescale_status forescale_calendar_create(const char *config_json,
                                           forescale_calendar **out_calendar,
                                           forescale_error *error);

/* Ends a calendar; NULL is allowed. */
void forescale_calendar_destroy(forescale_calendar *calendar);

/* The names of the features, as a JSON array of texts: as many as each moment has features. */
forescale_status forescale_calendar_names(const forescale_calendar *calendar,
                                          char *out_json,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* The features of `length` moments (Unix milliseconds), row after row: one number for each name. */
forescale_status forescale_calendar_features(const forescale_calendar *calendar,
                                             const int64_t *times,
                                             size_t length,
                                             double *out_features,
                                             size_t capacity,
                                             size_t *out_length,
                                             forescale_error *error);

/* The calendar as bytes that `forescale_calendar_restore` reads. */
forescale_status forescale_calendar_snapshot(const forescale_calendar *calendar,
                                             uint8_t *out_bytes,
                                             size_t capacity,
                                             size_t *out_length,
                                             forescale_error *error);

/* The calendar that a snapshot holds. */
forescale_status forescale_calendar_restore(const uint8_t *bytes,
                                            size_t length,
                                            forescale_calendar **out_calendar,
                                            forescale_error *error);

/* ---- load: The history of loads by name and tags, kept for long in little room. ---- */

/* What came in, by name and tags: fine steps for a short time, coarse steps for a long one, in bounded memory. */
typedef struct forescale_history forescale_history;

/*
 An empty history. `config_json`: `retention` (pairs of seconds per step and seconds to keep, from fine to coarse),
 `max_series`, `max_jump_seconds`; NULL = defaults. The caller ends it with `forescale_history_destroy`.
 */
forescale_status forescale_history_create(const char *config_json,
                                          forescale_history **out_history,
                                          forescale_error *error);

/* Ends a history; NULL is allowed. */
void forescale_history_destroy(forescale_history *history);

/*
 Takes in `length` values of one moment (Unix milliseconds), each under its name; NaN = missing, and left out. Times may come
 in any order. `tags_json` is an object of texts; NULL = no tags.
 */
forescale_status forescale_history_record(forescale_history *history,
                                          int64_t time,
                                          const char *const *names,
                                          const double *values,
                                          size_t length,
                                          const char *tags_json,
                                          forescale_error *error);

/*
 The load under `name` from `start` up to `end` (Unix milliseconds), in steps of `step_seconds`, a multiple of the finest step
 kept. `how` is mean, sum, max, min, last or count. Taken together are all series with the tags of `tags_json` (an object of
 texts; NULL = all). With `across`, one of the same words, each series is first aggregated by `how`, then the series of a
 step by `across`; with NULL all their samples count alike. The caller ends the series with `forescale_series_destroy`.
 */
forescale_status forescale_history_query(const forescale_history *history,
                                         const char *name,
                                         int64_t start,
                                         int64_t end,
                                         double step_seconds,
                                         const char *how,
                                         const char *tags_json,
                                         const char *across,
                                         forescale_series **out_series,
                                         forescale_error *error);

/* The names and tags of all series, as a JSON array of pairs: `["load", {"tenant": "a"}]`. */
forescale_status forescale_history_series(const forescale_history *history,
                                          char *out_json,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* What became of the values so far, as a JSON object: `kept`, `folded`, `no_room`, `too_late`, `too_early`. */
forescale_status forescale_history_counts(const forescale_history *history,
                                          char *out_json,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* The history as bytes that `forescale_history_restore` reads. */
forescale_status forescale_history_snapshot(const forescale_history *history,
                                            uint8_t *out_bytes,
                                            size_t capacity,
                                            size_t *out_length,
                                            forescale_error *error);

/* The history that a snapshot holds. */
forescale_status forescale_history_restore(const uint8_t *bytes,
                                           size_t length,
                                           forescale_history **out_history,
                                           forescale_error *error);

/* ---- load: The structure of a load: spectrum, periods, seasons, factors, and the few directions in which many metrics vary. ---- */

/* The discrete Fourier transform of a load. Both answers have room for `length` values. */
forescale_status forescale_dft(const double *values,
                               size_t length,
                               double *out_real,
                               double *out_imaginary,
                               forescale_error *error);

/*
 One-sided power spectral density of a load: frequencies in hertz, and at each the power per hertz; the mean is removed.
 Both answers have room for `length / 2 + 1` values.
 */
forescale_status forescale_periodogram(const double *values,
                                       size_t length,
                                       double step_seconds,
                                       double *out_frequencies,
                                       double *out_density,
                                       forescale_error *error);

/*
 The periods of a load (NaN = missing), the strongest first: their lengths in seconds, and the share of the load's
 variance that each explains. None for noise and constants. Both answers have room for `max_periods` values;
 `out_length` says how many there are.
 */
forescale_status forescale_periods(const double *values,
                                   size_t length,
                                   double step_seconds,
                                   size_t max_periods,
                                   double *out_seconds,
                                   double *out_strengths,
                                   size_t *out_length,
                                   forescale_error *error);

/*
 The lag among 0 to `max_lag` steps at which a factor, which is never later than the load, says most about it: Pearson's
 correlation there, and the probability that chance alone explains it. NaN pairs are left out.
 */
forescale_status forescale_correlate(const double *load,
                                     const double *factor,
                                     size_t length,
                                     size_t max_lag,
                                     size_t *out_lag,
                                     double *out_r,
                                     double *out_p_value,
                                     forescale_error *error);

/*
 The first `count` principal components of a table with a row a moment and a column a metric. `out_scores` has room for
 `rows * count` values, `out_directions` for `count * columns`, `out_explained`, shares of the variance, for `count`.
 */
forescale_status forescale_principal_components(const double *table,
                                                size_t rows,
                                                size_t columns,
                                                size_t count,
                                                double *out_scores,
                                                double *out_directions,
                                                double *out_explained,
                                                forescale_error *error);

/*
 A load (NaN = missing) taken apart by periods in steps: trend, a season for each period, and what remains. `robust`, not 0,
 leaves outliers in the remainder. `out_seasonal` has room for `period_count * length` values, one season after the
 other; the others for `length`.
 */
forescale_status forescale_decompose(const double *values,
                                     size_t length,
                                     const size_t *periods,
                                     size_t period_count,
                                     int32_t robust,
                                     double *out_trend,
                                     double *out_seasonal,
                                     double *out_remainder,
                                     forescale_error *error);

/* ---- forecast: What comes next, and how sure are we? Forecasting models, and intervals that adjust themselves. ---- */

/* A forecast: for each step ahead a mean, and the law of what may come. */
typedef struct forescale_forecast forescale_forecast;

/* The `p`-quantile of the standard normal law, 0 < `p` < 1. */
forescale_status forescale_normal_quantile(double p, double *out_quantile, forescale_error *error);

/* The interval `mean ± z·sigma/√n` for the mean of `n` observations with standard deviation `sigma`. */
forescale_status forescale_confidence_interval(double mean,
                                               double sigma,
                                               uint64_t n,
                                               double z,
                                               double *out_lower,
                                               double *out_upper,
                                               forescale_error *error);

/* Ends a forecast; NULL is allowed. */
void forescale_forecast_destroy(forescale_forecast *forecast);

/* Unix milliseconds at which each forecast step begins. */
forescale_status forescale_forecast_times(const forescale_forecast *forecast,
                                          int64_t *out_times,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* Expected load of each step. */
forescale_status forescale_forecast_mean(const forescale_forecast *forecast,
                                         double *out_mean,
                                         size_t capacity,
                                         size_t *out_length,
                                         forescale_error *error);

/* Standard deviation of each step's error; NaN where the model has not seen an error yet. */
forescale_status forescale_forecast_standard_deviation(const forescale_forecast *forecast,
                                                       double *out_standard_deviation,
                                                       size_t capacity,
                                                       size_t *out_length,
                                                       forescale_error *error);

/* The interval levels that were asked for. */
forescale_status forescale_forecast_levels(const forescale_forecast *forecast,
                                           double *out_levels,
                                           size_t capacity,
                                           size_t *out_length,
                                           forescale_error *error);

/* Lower end of the central interval of each step with probability `level`, between 0 and 1. */
forescale_status forescale_forecast_lower(const forescale_forecast *forecast,
                                          double level,
                                          double *out_lower,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* Upper end of the central interval of each step with probability `level`, between 0 and 1. */
forescale_status forescale_forecast_upper(const forescale_forecast *forecast,
                                          double level,
                                          double *out_upper,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* The `q`-quantile of each step, `q` between 0 and 1. */
forescale_status forescale_forecast_quantile(const forescale_forecast *forecast,
                                             double q,
                                             double *out_quantile,
                                             size_t capacity,
                                             size_t *out_length,
                                             forescale_error *error);

/* ---- forecast: How sure are we? Quantiles and intervals that adjust themselves. ---- */

/* An interval around any forecast that covers the truth with long-run frequency `level`. */
typedef struct forescale_adaptive_interval forescale_adaptive_interval;

/* The running upper quantile of a stream of scores, self-adjusting. */
typedef struct forescale_adaptive_quantile forescale_adaptive_quantile;

/*
 A quantile that a share `level` of the scores shall not exceed; `rate` is how fast the asked level moves after a miss.
 Both between 0 and 1. The caller ends it with `forescale_adaptive_quantile_destroy`.
 */
forescale_status forescale_adaptive_quantile_create(double level,
                                                    double rate,
                                                    forescale_adaptive_quantile **out_adaptive_quantile,
                                                    forescale_error *error);

/* Ends a quantile; NULL is allowed. */
void forescale_adaptive_quantile_destroy(forescale_adaptive_quantile *adaptive_quantile);

/* The current quantile; infinite when misses ask for more than was ever seen, NaN before the first score. */
forescale_status forescale_adaptive_quantile_value(const forescale_adaptive_quantile *adaptive_quantile,
                                                   double *out_value,
                                                   forescale_error *error);

/* The plain `p`-quantile of the scores in memory; NaN before the first score. */
forescale_status forescale_adaptive_quantile_of_memory(const forescale_adaptive_quantile *adaptive_quantile,
                                                       double p,
                                                       double *out_value,
                                                       forescale_error *error);

/* How many scores are in memory, 1,024 at the most. */
forescale_status forescale_adaptive_quantile_length(const forescale_adaptive_quantile *adaptive_quantile,
                                                    size_t *out_length,
                                                    forescale_error *error);

/* Takes in the next score; NaN is left out. */
forescale_status forescale_adaptive_quantile_update(forescale_adaptive_quantile *adaptive_quantile,
                                                    double score,
                                                    forescale_error *error);

/* The quantile as bytes that `forescale_adaptive_quantile_restore` reads. */
forescale_status forescale_adaptive_quantile_snapshot(const forescale_adaptive_quantile *adaptive_quantile,
                                                      uint8_t *out_bytes,
                                                      size_t capacity,
                                                      size_t *out_length,
                                                      forescale_error *error);

/* The quantile that a snapshot holds. */
forescale_status forescale_adaptive_quantile_restore(const uint8_t *bytes,
                                                     size_t length,
                                                     forescale_adaptive_quantile **out_adaptive_quantile,
                                                     forescale_error *error);

/*
 An interval with coverage `level`, adjusting at `rate`, both between 0 and 1.
 The caller ends it with `forescale_adaptive_interval_destroy`.
 */
forescale_status forescale_adaptive_interval_create(double level,
                                                    double rate,
                                                    forescale_adaptive_interval **out_adaptive_interval,
                                                    forescale_error *error);

/* Ends an interval; NULL is allowed. */
void forescale_adaptive_interval_destroy(forescale_adaptive_interval *adaptive_interval);

/* The interval around `predicted`; infinitely wide before the first update. */
forescale_status forescale_adaptive_interval_interval(const forescale_adaptive_interval *adaptive_interval,
                                                      double predicted,
                                                      double *out_lower,
                                                      double *out_upper,
                                                      forescale_error *error);

/* Learns from what really came; a missing (NaN) `actual` is left out. */
forescale_status forescale_adaptive_interval_update(forescale_adaptive_interval *adaptive_interval,
                                                    double actual,
                                                    double predicted,
                                                    forescale_error *error);

/* Share of the updates so far whose actual value lay in the interval; NaN before the first. */
forescale_status forescale_adaptive_interval_coverage(const forescale_adaptive_interval *adaptive_interval,
                                                      double *out_coverage,
                                                      forescale_error *error);

/* The interval as bytes that `forescale_adaptive_interval_restore` reads. */
forescale_status forescale_adaptive_interval_snapshot(const forescale_adaptive_interval *adaptive_interval,
                                                      uint8_t *out_bytes,
                                                      size_t capacity,
                                                      size_t *out_length,
                                                      forescale_error *error);

/* The interval that a snapshot holds. */
forescale_status forescale_adaptive_interval_restore(const uint8_t *bytes,
                                                     size_t length,
                                                     forescale_adaptive_interval **out_adaptive_interval,
                                                     forescale_error *error);

/* ---- forecast: Models of a load: one type of object for all of them, and a function that makes each kind. ---- */

/*
 A model of a load, of whatever kind: learns from a series or value by value, and forecasts the steps that follow.

 Features are numbers known beforehand for each step; a model that learned with some must be given as many at every
 later call. `feature_columns` is their count, 0 (and NULL) for none.
 */
typedef struct forescale_forecaster forescale_forecaster;

/* Ends a model; NULL is allowed. */
void forescale_forecaster_destroy(forescale_forecaster *forecaster);

/*
 Forgets everything and learns from `series`. `features` has `feature_columns` numbers for each value of the series,
 row after row. The clock of the forecasts is that of the series.
 */
forescale_status forescale_forecaster_fit(forescale_forecaster *forecaster,
                                          const forescale_series *series,
                                          const double *features,
                                          size_t feature_columns,
                                          forescale_error *error);

/* Takes in the value of the next step, NaN = missing, and its `feature_columns` features. */
forescale_status forescale_forecaster_update(forescale_forecaster *forecaster,
                                             double value,
                                             const double *features,
                                             size_t feature_columns,
                                             forescale_error *error);

/* Passes over `steps` steps in which nothing was measured. */
forescale_status forescale_forecaster_skip(forescale_forecaster *forecaster,
                                           uint64_t steps,
                                           forescale_error *error);

/*
 Forecasts the next `horizon` steps (at least 1). `levels` are the interval levels to show, each between 0 and 1;
 `features` has `feature_columns` numbers for each step ahead, row after row.
 The caller ends the forecast with `forescale_forecast_destroy`.
 */
forescale_status forescale_forecaster_forecast(const forescale_forecaster *forecaster,
                                               size_t horizon,
                                               const double *levels,
                                               size_t length,
                                               const double *features,
                                               size_t feature_columns,
                                               forescale_forecast **out_forecast,
                                               forescale_error *error);

/* The name of the model's kind, such as `SeasonalNaive`. */
forescale_status forescale_forecaster_name(const forescale_forecaster *forecaster,
                                           char *out_text,
                                           size_t capacity,
                                           size_t *out_length,
                                           forescale_error *error);

/* The settings, and what was learned, as JSON text. */
forescale_status forescale_forecaster_parameters(const forescale_forecaster *forecaster,
                                                 char *out_json,
                                                 size_t capacity,
                                                 size_t *out_length,
                                                 forescale_error *error);

/* The model as bytes that `forescale_forecaster_restore` reads. */
forescale_status forescale_forecaster_snapshot(const forescale_forecaster *forecaster,
                                               uint8_t *out_bytes,
                                               size_t capacity,
                                               size_t *out_length,
                                               forescale_error *error);

/* The model that a snapshot holds, of whatever kind. */
forescale_status forescale_forecaster_restore(const uint8_t *bytes,
                                              size_t length,
                                              forescale_forecaster **out_forecaster,
                                              forescale_error *error);

/*
 A moving average: the mean of the last `window` steps' known values, 1 to 10,000,000, at every horizon.
 The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_moving_average_create(size_t window,
                                                 forescale_forecaster **out_forecaster,
                                                 forescale_error *error);

/*
 A seasonal naive model: the value of one season, `period` steps, ago; 1 to 10,000,000.
 The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_seasonal_naive_create(size_t period,
                                                 forescale_forecaster **out_forecaster,
                                                 forescale_error *error);

/*
 Exponential smoothing in state space form. `config_json` holds the settings: `error`, `trend`, `seasonal` (each `"auto"`,
 `"N"`, `"A"` or `"M"`), `period`, `damped` (`true`, `false` or `"auto"`), `parameters` (`alpha`, `beta`, `gamma`, `phi`) and
 `initial` (`level`, `trend`, `seasonal`); NULL for the defaults: all automatic, without a season.
 The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_ets_create(const char *config_json,
                                      forescale_forecaster **out_forecaster,
                                      forescale_error *error);

/*
 An ARIMA model with the exact Gaussian likelihood. `config_json` holds the settings: `order` (`"auto"` or `[p, d, q]`),
 `seasonal_order` (null, `["auto", period]` or `[P, D, Q, period]`) and `parameters` (null, or `ar`, `ma`, `seasonal_ar`,
 `seasonal_ma`, `mean` and `sigma2` that are given instead of estimated); NULL for the defaults: an automatic order without a
 season. The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_arima_create(const char *config_json,
                                        forescale_forecaster **out_forecaster,
                                        forescale_error *error);

/*
 An additive model: a trend that bends at few points, seasons, holidays, events and features.

 `config_json` may hold `growth` (`"linear"`, `"logistic"`, `"flat"`), `cap`, `changepoints`, `changepoint_range`,
 `changepoint_prior`, `seasonalities` (`[{"period_seconds": 86400, "pairs": 4}]`), `mode` (`"additive"`, `"multiplicative"`),
 `seasonality_prior`, `calendar` (the settings of a calendar), `holidays_prior`, `features_prior` and `autoregressive`.
 The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_additive_create(const char *config_json,
                                           forescale_forecaster **out_forecaster,
                                           forescale_error *error);

/*
 A model that extrapolates the spectrum; its settings as JSON text, NULL for the defaults:
 `{"window": 10080, "frequencies": 24, "refit_every": 0}`. The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_spectral_create(const char *config_json,
                                           forescale_forecaster **out_forecaster,
                                           forescale_error *error);

/* ---- forecast: A model of the user's own, as callbacks. ---- */

/*
 A user's own model. What it is handed is checked before, and what it answers after.

 Callbacks answer 0, or a number of their own for a failure, which the error of the call then tells; they must not unwind, nor
 call anything on the forecaster that they belong to. They are called on the thread that calls the library (an ensemble may use
 others). Those that take `const void *user` may be called on several threads at once, the others never while another one
 runs. `features` has `feature_columns` numbers for each value or step, row after row, or is NULL with 0 columns.
 */
typedef struct {
  /* What the callbacks are handed; the library does not look at it. */
  void *user;
  /* A name for messages; read while the model is made. NULL for "custom". */
  const char *name;
  /* Forgets everything and learns from values (NaN = missing) from `start` (Unix milliseconds) on. */
  int32_t (*fit)(void *user,
                 const double *values,
                 size_t length,
                 int64_t start,
                 double step_seconds,
                 const double *features,
                 size_t feature_columns);
  /* Takes in the value of the next step, NaN = missing. */
  int32_t (*update)(void *user, double value, const double *features, size_t feature_columns);
  /* Writes mean and standard deviation (NaN where it is not known) of the next `horizon` steps. */
  int32_t (*forecast)(const void *user,
                      size_t horizon,
                      const double *features,
                      size_t feature_columns,
                      double *out_mean,
                      double *out_standard_deviation);
  /* Writes the state as bytes, or with `out_bytes` NULL its length alone. NULL where the model has no snapshots. */
  int32_t (*snapshot)(const void *user, uint8_t *out_bytes, size_t capacity, size_t *out_length);
  /* Takes on a state that `snapshot` wrote. NULL where the model has no snapshots. */
  int32_t (*restore)(void *user, const uint8_t *bytes, size_t length);
  /* Another `user` with the same state, or NULL for a failure. NULL where the model cannot be copied. */
  void *(*copy)(const void *user);
  /* Ends `user`. NULL where there is nothing to do. */
  void (*destroy)(void *user);
} forescale_custom_model;

/*
 A forecaster that a user's own model stands behind. From here on it owns `model->user`, unless the call fails.
 The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_custom_create(const forescale_custom_model *model,
                                         forescale_forecaster **out_forecaster,
                                         forescale_error *error);

/*
 The forecaster that `forescale_forecaster_snapshot` wrote of a user's own model: `model->restore` is handed the model's own
 bytes. From here on it owns `model->user`, unless the call fails.
 The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_custom_restore(const uint8_t *bytes,
                                          size_t length,
                                          const forescale_custom_model *model,
                                          forescale_forecaster **out_forecaster,
                                          forescale_error *error);

/* ---- forecast: The ensemble: the default forecaster, with members of the user's own. ---- */

/*
 The default forecaster: built-in experts and, beside them, copies of `member_count` models of any kind, which stay the
 caller's. `config_json` holds the settings: `seasons_seconds` (null: the day, the week, and what a fit finds) and `history_steps` (20160); NULL for the
 defaults. The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_ensemble_create(const char *config_json,
                                           const forescale_forecaster *const *members,
                                           size_t member_count,
                                           forescale_forecaster **out_forecaster,
                                           forescale_error *error);

/*
 Begins with a seasonal shape learned elsewhere, as `forescale_pooled_shape` gives it. Refuses a model that is not an
 ensemble.
 */
forescale_status forescale_ensemble_warm_start(forescale_forecaster *forecaster,
                                               const double *shape,
                                               size_t length,
                                               double period_seconds,
                                               forescale_error *error);

/*
 The members whose refit is due: their losses have risen beside those of the built-in experts (a false alarm has probability
 1 % between two refits), or the time between refits has passed, which is longer after each refit that does not pay. Writes
 their indices; with `out_members` of NULL, only how many there are.
 */
forescale_status forescale_ensemble_refits_due(const forescale_forecaster *forecaster,
                                               size_t *out_members,
                                               size_t capacity,
                                               size_t *out_length,
                                               forescale_error *error);

/*
 Refits members on the recent past while `budget` lasts, measured by `clock(user)` (seconds, or whatever is counted): first those
 that are due, among them those whose refits helped most. A copy that was refitted takes a member's place if it is no worse on
 the last part of the past. Writes the indices of the members that were tried, for which `out_members` needs room for as many as
 there are members; with NULL, only how many were tried.
 */
forescale_status forescale_ensemble_refit(forescale_forecaster *forecaster,
                                          double budget,
                                          double (*clock)(void *user),
                                          void *user,
                                          size_t *out_members,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/*
 The shape of one season that several series have in common: values that average 1, one for each equal part of a season of
 `period_seconds`, at most 1,440 of them. With `out_shape` of NULL, only how many there are.
 */
forescale_status forescale_pooled_shape(const forescale_series *const *series,
                                        size_t series_count,
                                        double period_seconds,
                                        double *out_shape,
                                        size_t capacity,
                                        size_t *out_length,
                                        forescale_error *error);

/* ---- forecast: Learned models: boosted trees, recurrent and convolutional networks, and both together. ---- */

/*
 Boosted trees on lags, seasons, calendar and features. `config_json` holds the settings: `horizon` (steps ahead that are
 learned), `periods` (steps of each season; by default the day and the week), `calendar` (the settings of a calendar), `trees`,
 `leaves`, `rows_in_leaf`, `learning_rate` and `seed`;
 NULL for the defaults. The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_gradient_boosting_create(const char *config_json,
                                                    forescale_forecaster **out_forecaster,
                                                    forescale_error *error);

/*
 Long short-term memory on the sequence, the calendar and the features. `config_json` holds the settings: `horizon`, `periods`
 and `calendar` as for `forescale_gradient_boosting_create`, `hidden` (cells), `steps` (of training), `learning_rate` and `seed`;
 NULL for the defaults. The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_lstm_create(const char *config_json,
                                       forescale_forecaster **out_forecaster,
                                       forescale_error *error);

/*
 Dilated causal convolutions on the sequence, the calendar and the features. `config_json` holds the settings: `horizon`,
 `periods` and `calendar` as for `forescale_gradient_boosting_create`, `channels`, `kernel`, `blocks`, `steps` (of training),
 `learning_rate` and `seed`;
 NULL for the defaults. The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_tcn_create(const char *config_json,
                                      forescale_forecaster **out_forecaster,
                                      forescale_error *error);

/*
 Long short-term memory for the sequence, gradient boosting for calendar, events and features. `config_json` holds the
 settings: `horizon`, `periods` and `calendar` as for `forescale_gradient_boosting_create`, `hidden`, `steps`, `trees`, `leaves`
 and `seed`;
 NULL for the defaults. The caller ends it with `forescale_forecaster_destroy`.
 */
forescale_status forescale_hybrid_create(const char *config_json,
                                         forescale_forecaster **out_forecaster,
                                         forescale_error *error);

/* ---- forecast: Many series at once, and hierarchies of which the parts sum to the whole. ---- */

/* Loads by tag, of which the parts sum to the whole. */
typedef struct forescale_hierarchy forescale_hierarchy;

/* A model for each of several series that share a clock. */
typedef struct forescale_panel forescale_panel;

/*
 A copy of a model for each of `length` names, which must differ; up to `threads` threads do the work of a call.
 The caller ends the panel with `forescale_panel_destroy`; the model stays the caller's.
 */
forescale_status forescale_panel_create(const forescale_forecaster *forecaster,
                                        const char *const *names,
                                        size_t length,
                                        size_t threads,
                                        forescale_panel **out_panel,
                                        forescale_error *error);

/* Ends a panel; NULL is allowed. */
void forescale_panel_destroy(forescale_panel *panel);

/* The names of the series, in order, as a JSON array of texts. */
forescale_status forescale_panel_names(const forescale_panel *panel,
                                       char *out_json,
                                       size_t capacity,
                                       size_t *out_length,
                                       forescale_error *error);

/* How many series the panel has. */
forescale_status forescale_panel_length(const forescale_panel *panel,
                                        size_t *out_length,
                                        forescale_error *error);

/* A copy of the model of one series. The caller ends it with `forescale_forecaster_destroy`. */
forescale_status forescale_panel_model(const forescale_panel *panel,
                                       const char *name,
                                       forescale_forecaster **out_forecaster,
                                       forescale_error *error);

/*
 Forgets everything and learns from one series for each name, all on the same grid. `features` has `feature_columns` numbers
 for each step, row after row, the same for every series.
 */
forescale_status forescale_panel_fit(forescale_panel *panel,
                                     const forescale_series *const *series,
                                     size_t length,
                                     const double *features,
                                     size_t feature_columns,
                                     forescale_error *error);

/* Takes in the next step: a value for each of `length` names, NaN = missing, and the step's `feature_columns` features. */
forescale_status forescale_panel_update(forescale_panel *panel,
                                        const double *values,
                                        size_t length,
                                        const double *features,
                                        size_t feature_columns,
                                        forescale_error *error);

/* Passes over `steps` steps in which nothing was measured. */
forescale_status forescale_panel_skip(forescale_panel *panel, uint64_t steps, forescale_error *error);

/*
 Forecasts the next `horizon` steps of each series. `out_forecasts` has room for `capacity` of them, one for each name; the
 caller ends each with `forescale_forecast_destroy`. The other arguments as for `forescale_forecaster_forecast`.
 */
forescale_status forescale_panel_forecast(const forescale_panel *panel,
                                          size_t horizon,
                                          const double *levels,
                                          size_t length,
                                          const double *features,
                                          size_t feature_columns,
                                          forescale_forecast **out_forecasts,
                                          size_t capacity,
                                          forescale_error *error);

/* The panel as bytes that `forescale_panel_restore` reads. */
forescale_status forescale_panel_snapshot(const forescale_panel *panel,
                                          uint8_t *out_bytes,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* The panel that a snapshot holds. */
forescale_status forescale_panel_restore(const uint8_t *bytes,
                                         size_t length,
                                         forescale_panel **out_panel,
                                         forescale_error *error);

/*
 The hierarchy of loads with the tags `leaves_json`, an array of objects of texts, which must differ: the whole, then for each
 key of `groups_json` (an array of texts; NULL = none) one sum for each value of it, then the leaves.
 The caller ends it with `forescale_hierarchy_destroy`.
 */
forescale_status forescale_hierarchy_create(const char *leaves_json,
                                            const char *groups_json,
                                            forescale_hierarchy **out_hierarchy,
                                            forescale_error *error);

/* Ends a hierarchy; NULL is allowed. */
void forescale_hierarchy_destroy(forescale_hierarchy *hierarchy);

/* The tags of each load, as a JSON array of objects: those of the whole (none), of the sums, of the leaves. */
forescale_status forescale_hierarchy_nodes(const forescale_hierarchy *hierarchy,
                                           char *out_json,
                                           size_t capacity,
                                           size_t *out_length,
                                           forescale_error *error);

/*
 Forecasts that add up, from `length` forecasts, one for each of the nodes in their order. `method` is variance or bottom_up.
 With `non_negative` (not 0) no leaf's mean and no quantile goes below 0. `out_forecasts` has room for `length` forecasts; the
 caller ends each with `forescale_forecast_destroy`.
 */
forescale_status forescale_hierarchy_reconcile(const forescale_hierarchy *hierarchy,
                                               const forescale_forecast *const *forecasts,
                                               size_t length,
                                               const char *method,
                                               int32_t non_negative,
                                               forescale_forecast **out_forecasts,
                                               forescale_error *error);

/* ---- forecast: How good a forecast was, afterwards: error measures, and evaluation by rolling origin. ---- */

/* How good a model would have been: its forecasts from many origins within a series, and their scores. */
typedef struct forescale_evaluation forescale_evaluation;

/*
 For each of `length` points `1 - |actual - predicted| / |actual|`; NaN where the load is 0 or a value is missing (NaN).
 `out_accuracy` has room for `length` values.
 */
forescale_status forescale_accuracy(const double *actual,
                                    const double *predicted,
                                    size_t length,
                                    double *out_accuracy,
                                    forescale_error *error);

/* How many points have no relative error: a load of 0, or a value that is missing. */
forescale_status forescale_undefined(const double *actual,
                                     const double *predicted,
                                     size_t length,
                                     size_t *out_count,
                                     forescale_error *error);

/* Mean absolute error, in the unit of the load. Missing points (NaN) are left out; NaN where nothing is left. */
forescale_status forescale_mae(const double *actual,
                               const double *predicted,
                               size_t length,
                               double *out_mae,
                               forescale_error *error);

/* Mean absolute percentage error, as a share (0.1 is 10 %), over the points with a load other than 0. */
forescale_status forescale_mape(const double *actual,
                                const double *predicted,
                                size_t length,
                                double *out_mape,
                                forescale_error *error);

/* Symmetric mean absolute percentage error `2 |actual - predicted| / (|actual| + |predicted|)`, in [0, 2]. */
forescale_status forescale_smape(const double *actual,
                                 const double *predicted,
                                 size_t length,
                                 double *out_smape,
                                 forescale_error *error);

/*
 Mean absolute scaled error: the mean absolute error over that of "as `period` steps before" within `history`, the
 `history_length` values before the forecast.
 */
forescale_status forescale_mase(const double *actual,
                                const double *predicted,
                                size_t length,
                                const double *history,
                                size_t history_length,
                                size_t period,
                                double *out_mase,
                                forescale_error *error);

/* Weighted absolute percentage error, as a share: the sum of absolute errors over the sum of absolute loads. */
forescale_status forescale_wape(const double *actual,
                                const double *predicted,
                                size_t length,
                                double *out_wape,
                                forescale_error *error);

/* Share of the points predicted within `tolerance` of the load (0.15 is ±15 %), among those with a load other than 0. */
forescale_status forescale_within(const double *actual,
                                  const double *predicted,
                                  size_t length,
                                  double tolerance,
                                  double *out_within,
                                  forescale_error *error);

/* Mean pinball loss of predicted `q`-quantiles, 0 < `q` < 1, in the unit of the load. */
forescale_status forescale_pinball(const double *actual,
                                   const double *predicted,
                                   size_t length,
                                   double q,
                                   double *out_pinball,
                                   forescale_error *error);

/*
 Mean continuous ranked probability score of laws given by quantiles, in the unit of the load. `quantiles` has for each of
 `length` points one number for each of `count` probabilities, which rise between 0 and 1.
 */
forescale_status forescale_crps(const double *actual,
                                size_t length,
                                const double *quantiles,
                                const double *probabilities,
                                size_t count,
                                double *out_crps,
                                forescale_error *error);

/* Mean continuous ranked probability score of normal laws, in the unit of the load. */
forescale_status forescale_crps_normal(const double *actual,
                                       const double *mean,
                                       const double *standard_deviation,
                                       size_t length,
                                       double *out_crps,
                                       forescale_error *error);

/* Share of the points that lie within their interval, ends included. */
forescale_status forescale_coverage(const double *actual,
                                    const double *lower,
                                    const double *upper,
                                    size_t length,
                                    double *out_coverage,
                                    forescale_error *error);

/*
 Forecasts from `origins` points within `series`, and compares with what came. The model itself stays as it is; copies of it
 see the series up to each origin and nothing else. `features` has `feature_columns` numbers for each value of the series,
 row after row. `config_json`: `horizon`, `origins`, `refit_every`, `stride`, `period`, `levels`; NULL = defaults.
 The caller ends the evaluation with `forescale_evaluation_destroy`.
 */
forescale_status forescale_evaluate(const forescale_forecaster *forecaster,
                                    const forescale_series *series,
                                    const double *features,
                                    size_t feature_columns,
                                    const char *config_json,
                                    forescale_evaluation **out_evaluation,
                                    forescale_error *error);

/* Ends an evaluation; NULL is allowed. */
void forescale_evaluation_destroy(forescale_evaluation *evaluation);

/*
 The scores under one name: first over all steps ahead, then of each step. Names: `step`, `points`, `undefined`, `mae`,
 `mape`, `smape`, `mase`, `wape`, `within` (share within ±15 %), `crps`, and `coverage_0.8`, … for each level.
 */
forescale_status forescale_evaluation_scores(const forescale_evaluation *evaluation,
                                             const char *name,
                                             double *out_values,
                                             size_t capacity,
                                             size_t *out_length,
                                             forescale_error *error);

/*
 The forecasts under one name, for each origin and step ahead. Names: `origin` and `time` (Unix milliseconds), `step`,
 `actual`, `mean`, and `lower_0.8`, `upper_0.8`, … for each level.
 */
forescale_status forescale_evaluation_forecasts(const forescale_evaluation *evaluation,
                                                const char *name,
                                                double *out_values,
                                                size_t capacity,
                                                size_t *out_length,
                                                forescale_error *error);

/* ---- anomaly: Is this normal? Isolation forest and the scores of rare points. ---- */

/* Scores how easily a point is set apart from those that the forest was fitted on. */
typedef struct forescale_isolation_forest forescale_isolation_forest;

/* One node of a tree as data. Node 0 of a tree is its root. */
typedef struct {
  /* The column that is compared, counted from 0; -1 for a leaf. */
  int64_t feature;
  /* A point goes left when its value is at most this. Not used in a leaf (0). */
  double threshold;
  /* Index of the left child among the nodes of the tree. Not used in a leaf (-1). */
  int64_t left;
  /* Index of the right child among the nodes of the tree. Not used in a leaf (-1). */
  int64_t right;
  /* Points of the sample that ended here. Not read in an inner node. */
  uint64_t points;
} forescale_tree_node;

/*
 The mean path length of an isolation tree of `n` points: 2 H(n-1) - 2 (n-1)/n with exact harmonic numbers H,
 0 for `n` below 2.
 */
forescale_status forescale_average_path_length(uint64_t n, double *out_length, forescale_error *error);

/*
 An unfitted forest. Settings, all optional: `{"trees": 100, "sample_size": 256, "max_features": 1.0, "seed": 0,
 "threads": 1, "max_depth": null, "contamination": "auto", "extension_level": 0, "normalizer": "harmonic", "window": null}`;
 NULL stands for the defaults.
 The caller ends it with `forescale_isolation_forest_destroy`.
 */
forescale_status forescale_isolation_forest_create(const char *config_json,
                                                   forescale_isolation_forest **out_forest,
                                                   forescale_error *error);

/* Ends a forest; NULL is allowed. */
void forescale_isolation_forest_destroy(forescale_isolation_forest *forest);

/* Grows the trees on `rows` points of `columns` dimensions each, point after point, in place of those there were. */
forescale_status forescale_isolation_forest_fit(forescale_isolation_forest *forest,
                                                const double *points,
                                                size_t rows,
                                                size_t columns,
                                                forescale_error *error);

/*
 As `forescale_isolation_forest_fit`, for points of any layout, with a weight for each that says how often it is drawn
 beside the others. `type` is "double" or "float"; `order` is "rows", point after point, or "columns", dimension after dimension.
 `sample_weights` has `rows` numbers, or is NULL for equal weights.
 */
forescale_status forescale_isolation_forest_fit_array(forescale_isolation_forest *forest,
                                                      const void *points,
                                                      size_t rows,
                                                      size_t columns,
                                                      const char *type,
                                                      const char *order,
                                                      const double *sample_weights,
                                                      forescale_error *error);

/*
 Learns one point of a stream of `dimensions` values; gives the score that it had before, 0.5 while there is no tree.
 The latest points are kept, and trees grown on them replace the oldest trees, a slice of the work with each point.
 */
forescale_status forescale_isolation_forest_update(forescale_isolation_forest *forest,
                                                   const double *point,
                                                   size_t dimensions,
                                                   double *out_score,
                                                   forescale_error *error);

/* The score above which a point counts as an outlier: 0.5, or what sets the share `contamination` of the points apart. */
forescale_status forescale_isolation_forest_threshold(const forescale_isolation_forest *forest,
                                                      double *out_threshold,
                                                      forescale_error *error);

/* Whether each point scores above the threshold, 1 or 0. `out_outliers` has room for `rows` flags. */
forescale_status forescale_isolation_forest_is_outlier(const forescale_isolation_forest *forest,
                                                       const double *points,
                                                       size_t rows,
                                                       size_t columns,
                                                       int32_t *out_outliers,
                                                       forescale_error *error);

/*
 Why points score as they do: the base score, that of the mean path, and what each column adds to it for each point, point after
 point. The sum over the columns is score - base. `out_contributions` has room for `rows` times `columns` numbers.
 */
forescale_status forescale_isolation_forest_explain(const forescale_isolation_forest *forest,
                                                    const double *points,
                                                    size_t rows,
                                                    size_t columns,
                                                    double *out_base,
                                                    double *out_contributions,
                                                    forescale_error *error);

/* The score of each point, between 0 and 1: the higher the rarer. `out_scores` has room for `rows` numbers. */
forescale_status forescale_isolation_forest_score(const forescale_isolation_forest *forest,
                                                  const double *points,
                                                  size_t rows,
                                                  size_t columns,
                                                  double *out_scores,
                                                  forescale_error *error);

/* As `forescale_isolation_forest_score`, for points of any layout: see `forescale_isolation_forest_fit_array`. */
forescale_status forescale_isolation_forest_score_array(const forescale_isolation_forest *forest,
                                                        const void *points,
                                                        size_t rows,
                                                        size_t columns,
                                                        const char *type,
                                                        const char *order,
                                                        double *out_scores,
                                                        forescale_error *error);

/* The score of one point of `dimensions` values. */
forescale_status forescale_isolation_forest_score_point(const forescale_isolation_forest *forest,
                                                        const double *point,
                                                        size_t dimensions,
                                                        double *out_score,
                                                        forescale_error *error);

/*
 A forest from trees as data, grown on samples of `sample_size` points: the nodes of all trees one after another,
 and the count of nodes of each of the `tree_count` trees. Its points may have more columns than the trees compare.
 The caller ends it with `forescale_isolation_forest_destroy`.
 */
forescale_status forescale_isolation_forest_from_trees(const forescale_tree_node *nodes,
                                                       size_t node_count,
                                                       const size_t *tree_lengths,
                                                       size_t tree_count,
                                                       uint64_t sample_size,
                                                       forescale_isolation_forest **out_forest,
                                                       forescale_error *error);

/*
 As `forescale_isolation_forest_from_trees`, with the choice of c(n): `normalizer` is "harmonic", which is exact, or "logarithmic",
 which is what scikit-learn computes.
 */
forescale_status forescale_isolation_forest_from_trees_with(const forescale_tree_node *nodes,
                                                            size_t node_count,
                                                            const size_t *tree_lengths,
                                                            size_t tree_count,
                                                            uint64_t sample_size,
                                                            const char *normalizer,
                                                            forescale_isolation_forest **out_forest,
                                                            forescale_error *error);

/*
 The trees as data: the nodes of all trees one after another, each tree in pre-order, and the count of nodes of each
 tree. With NULL for both arrays and capacities of 0 it only tells how long they are.
 */
forescale_status forescale_isolation_forest_to_trees(const forescale_isolation_forest *forest,
                                                     forescale_tree_node *out_nodes,
                                                     size_t node_capacity,
                                                     size_t *out_node_count,
                                                     size_t *out_tree_lengths,
                                                     size_t tree_capacity,
                                                     size_t *out_tree_count,
                                                     forescale_error *error);

/* The whole state as versioned, checksummed bytes. With NULL and a capacity of 0 it only tells how many. */
forescale_status forescale_isolation_forest_snapshot(const forescale_isolation_forest *forest,
                                                     uint8_t *out_bytes,
                                                     size_t capacity,
                                                     size_t *out_length,
                                                     forescale_error *error);

/*
 The forest that a snapshot was taken of: it gives the same scores, bit for bit.
 The caller ends it with `forescale_isolation_forest_destroy`.
 */
forescale_status forescale_isolation_forest_restore(const uint8_t *bytes,
                                                    size_t length,
                                                    forescale_isolation_forest **out_forest,
                                                    forescale_error *error);

/* ---- anomaly: Is this normal? Clusters, circuit breakers, and where the load behind an open one goes. ---- */

/* Calls pass. */
#define FORESCALE_BREAKER_CLOSED 1

/* No call passes until the cooldown is over. */
#define FORESCALE_BREAKER_OPEN 2

/* A few calls pass, to see how they end. */
#define FORESCALE_BREAKER_HALF_OPEN 3

/* A circuit breaker of one callee. */
typedef struct forescale_circuit_breaker forescale_circuit_breaker;

/*
 The cluster of each of `rows` points, counted from 0; -1 for noise (DBSCAN). Two points are neighbours when their
 Euclidean distance is at most `eps`; a point with at least `min_points` neighbours, itself included, is a core
 point. Clusters are numbered by their first core point; a border point of several belongs to the first of them.
 */
forescale_status forescale_dbscan(const double *points,
                                  size_t rows,
                                  size_t columns,
                                  double eps,
                                  size_t min_points,
                                  int64_t *out_labels,
                                  forescale_error *error);

/*
 A closed breaker: it opens after `failures` failures in a row, is half-open after `cooldown_seconds`, and closes
 after `probes` successful calls. The caller ends it with `forescale_circuit_breaker_destroy`.
 */
forescale_status forescale_circuit_breaker_create(uint32_t failures,
                                                  double cooldown_seconds,
                                                  uint32_t probes,
                                                  forescale_circuit_breaker **out_breaker,
                                                  forescale_error *error);

/* Ends a breaker; NULL is allowed. */
void forescale_circuit_breaker_destroy(forescale_circuit_breaker *breaker);

/* Whether a call may be made at `now` (Unix milliseconds): 1 or 0. One that may is expected to be recorded. */
forescale_status forescale_circuit_breaker_allow(forescale_circuit_breaker *breaker,
                                                 int64_t now,
                                                 int32_t *out_allowed,
                                                 forescale_error *error);

/* Learns how a call ended: not 0 is a success. */
forescale_status forescale_circuit_breaker_record(forescale_circuit_breaker *breaker,
                                                  int64_t now,
                                                  int32_t success,
                                                  forescale_error *error);

/* The state at a moment, one of `FORESCALE_BREAKER_...`. */
forescale_status forescale_circuit_breaker_state(const forescale_circuit_breaker *breaker,
                                                 int64_t now,
                                                 int32_t *out_state,
                                                 forescale_error *error);

/*
 What it counted: failures in a row while closed, probes that succeeded while half-open, how often it opened, calls
 that it did not let pass; and the time (Unix milliseconds) before which no call may be made, INT64_MIN while calls pass.
 */
forescale_status forescale_circuit_breaker_counts(const forescale_circuit_breaker *breaker,
                                                  uint32_t *out_failed,
                                                  uint32_t *out_succeeded,
                                                  uint64_t *out_openings,
                                                  uint64_t *out_rejected,
                                                  int64_t *out_retry_at,
                                                  forescale_error *error);

/* The whole state as versioned, checksummed bytes. With NULL and a capacity of 0 it only tells how many. */
forescale_status forescale_circuit_breaker_snapshot(const forescale_circuit_breaker *breaker,
                                                    uint8_t *out_bytes,
                                                    size_t capacity,
                                                    size_t *out_length,
                                                    forescale_error *error);

/*
 The breaker that a snapshot was taken of: it goes on as if it had never stopped.
 The caller ends it with `forescale_circuit_breaker_destroy`.
 */
forescale_status forescale_circuit_breaker_restore(const uint8_t *bytes,
                                                   size_t length,
                                                   forescale_circuit_breaker **out_breaker,
                                                   forescale_error *error);

/*
 Splits the load of a service whose breaker opened over its neighbours, none beyond its capacity and the least
 utilized first. `capacities` and `loads` are what each neighbour can serve and serves already; `available` has a flag
 for each that may be given more, or length 0: all may. `out_taken` has room for `capacities_length` numbers, what
 each takes on top; `out_shed` is what none can take.
 */
forescale_status forescale_spillover(double load,
                                     const double *capacities,
                                     size_t capacities_length,
                                     const double *loads,
                                     size_t loads_length,
                                     const int32_t *available,
                                     size_t available_length,
                                     double *out_taken,
                                     double *out_shed,
                                     forescale_error *error);

/* ---- anomaly: Is the load as it usually is? The detector for one stream, severity and response. ---- */

/* As usual. */
#define FORESCALE_ANOMALY_ORDINARY 0

/* Suddenly higher. */
#define FORESCALE_ANOMALY_SPIKE 1

/* Suddenly lower. */
#define FORESCALE_ANOMALY_DROP 2

/* Another level, for some samples already. */
#define FORESCALE_ANOMALY_LEVEL_SHIFT 3

/* The same value over and over, or much less rough than usual. */
#define FORESCALE_ANOMALY_FLAT_LINE 4

/* Away from the usual over some tens of samples. */
#define FORESCALE_ANOMALY_DRIFT 5

/* Samples were left out or not a number. */
#define FORESCALE_ANOMALY_MISSING 6

/* The season's average leaves the long season's. */
#define FORESCALE_ANOMALY_SLOW_CHANGE 7

/* Severity 0. */
#define FORESCALE_SEVERITY_NONE 0

/* Severity above 0 and below 1. */
#define FORESCALE_SEVERITY_MINOR 1

/* Severity 1 to below 3. */
#define FORESCALE_SEVERITY_MAJOR 2

/* Severity 3 and more. */
#define FORESCALE_SEVERITY_CRITICAL 3

/* Learns what is usual of a load stream, and tells what is not. */
typedef struct forescale_detector forescale_detector;

/* The response to an anomaly: `base` times 1 + `severity`, a severity of at least 0. */
forescale_status forescale_response(double base,
                                    double severity,
                                    double *out_response,
                                    forescale_error *error);

/* A severity as a level, one of `FORESCALE_SEVERITY_...`. */
forescale_status forescale_severity_of(double severity, int32_t *out_level, forescale_error *error);

/*
 A detector that has seen nothing. Settings, all optional: `{"alarm_rate": 0.002, "step_seconds": null,
 "season_seconds": 86400.0}`; NULL stands for the defaults. The caller ends it with `forescale_detector_destroy`.
 */
forescale_status forescale_detector_create(const char *config_json,
                                           forescale_detector **out_detector,
                                           forescale_error *error);

/* Ends a detector; NULL is allowed. */
void forescale_detector_destroy(forescale_detector *detector);

/*
 Judges the sample `value` at `time`, in Unix milliseconds, by what came before, then learns from it; NaN is a missing sample.
 The score is 0.5 or more where an alarm begins; the severity is above 0 while an anomaly lasts; the kind is one of
 `FORESCALE_ANOMALY_...`.
 */
forescale_status forescale_detector_observe(forescale_detector *detector,
                                            int64_t time,
                                            double value,
                                            double *out_score,
                                            double *out_severity,
                                            int32_t *out_kind,
                                            forescale_error *error);

/* The whole state as versioned, checksummed bytes. With NULL and a capacity of 0 it only tells how many. */
forescale_status forescale_detector_snapshot(const forescale_detector *detector,
                                             uint8_t *out_bytes,
                                             size_t capacity,
                                             size_t *out_length,
                                             forescale_error *error);

/*
 The detector that a snapshot was taken of: it goes on as that one would, bit for bit.
 The caller ends it with `forescale_detector_destroy`.
 */
forescale_status forescale_detector_restore(const uint8_t *bytes,
                                            size_t length,
                                            forescale_detector **out_detector,
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

/* ---- capacity: Queues in which not everyone is served: a limited line, or callers who give up. ---- */

/*
 A queue with a limited line (M/M/c/K), impatient customers (Erlang A), or both, in its steady state. Rates are per
 second, times in seconds. Tails and quantiles are those of customers who are served, the mean wait is that of all who
 enter.
 */
typedef struct forescale_bounded_queue forescale_bounded_queue;

/*
 A queue of `servers` that each serve `service_rate` per second, with `arrival_rate` arriving per second. At most
 `places` wait, the others are turned away (NULL: no limit); those who wait give up after an exponential time of mean
 `patience_seconds` (NULL: never). One of the two must be given.
 The caller ends it with `forescale_bounded_queue_destroy`.
 */
forescale_status forescale_bounded_queue_create(double arrival_rate,
                                                double service_rate,
                                                uint64_t servers,
                                                const uint64_t *places,
                                                const double *patience_seconds,
                                                forescale_bounded_queue **out_queue,
                                                forescale_error *error);

/* Ends a queue; NULL is allowed. */
void forescale_bounded_queue_destroy(forescale_bounded_queue *queue);

/* The share of arrivals that is turned away since all places are taken. */
forescale_status forescale_bounded_queue_blocking_probability(const forescale_bounded_queue *queue,
                                                              double *out_probability,
                                                              forescale_error *error);

/* The share of arrivals that enters and gives up before it is served. */
forescale_status forescale_bounded_queue_abandonment_probability(const forescale_bounded_queue *queue,
                                                                 double *out_probability,
                                                                 forescale_error *error);

/* The share of the servers' time that is spent serving. */
forescale_status forescale_bounded_queue_utilization(const forescale_bounded_queue *queue,
                                                     double *out_utilization,
                                                     forescale_error *error);

/* Of those who enter, the share that must wait. */
forescale_status forescale_bounded_queue_wait_probability(const forescale_bounded_queue *queue,
                                                          double *out_probability,
                                                          forescale_error *error);

/* The mean time in line of those who enter, whether they are served in the end or give up; 0 without arrivals. */
forescale_status forescale_bounded_queue_mean_wait(const forescale_bounded_queue *queue,
                                                   double *out_seconds,
                                                   forescale_error *error);

/*
 Of those who are served, the share that waits longer than `seconds`; 1 for a negative time and NaN. Refused with
 both bounds.
 */
forescale_status forescale_bounded_queue_wait_tail(const forescale_bounded_queue *queue,
                                                   double seconds,
                                                   double *out_probability,
                                                   forescale_error *error);

/* The wait that a share `p` of those who are served stays within, 0 < p < 1. Refused with both bounds. */
forescale_status forescale_bounded_queue_wait_quantile(const forescale_bounded_queue *queue,
                                                       double p,
                                                       double *out_seconds,
                                                       forescale_error *error);

/*
 Of those who are served, the share whose wait and service together take longer than `seconds`. Refused with both
 bounds.
 */
forescale_status forescale_bounded_queue_response_tail(const forescale_bounded_queue *queue,
                                                       double seconds,
                                                       double *out_probability,
                                                       forescale_error *error);

/* The response time that a share `p` of those who are served stays within, 0 < p < 1. Refused with both bounds. */
forescale_status forescale_bounded_queue_response_quantile(const forescale_bounded_queue *queue,
                                                           double p,
                                                           double *out_seconds,
                                                           forescale_error *error);

/*
 The smallest count of servers with which a bounded queue meets the target, and loses at most the share `most_lost` of
 the arrivals, 0 < most_lost <= 1, at the door or to impatience. A quantile is that of those who are served, `mean_wait`
 the mean of all who enter, also of those who give up. `places` and `patience_seconds` are as for `forescale_bounded_queue_create`, the target as for `forescale_servers_for`.
 */
forescale_status forescale_servers_for_bounded(double arrival_rate,
                                               double service_rate,
                                               const uint64_t *places,
                                               const double *patience_seconds,
                                               const char *target_json,
                                               double most_lost,
                                               uint64_t *out_servers,
                                               forescale_error *error);

/* ---- capacity: Items packed into bins, and what one replica serves, learned from what was observed. ---- */

/*
 Packs `rows` items with demands in `columns` dimensions into as few bins as possible. `running` has the free room of
 the bins that run already, `running_rows` rows; `new_bin` the room of a new one, `columns` numbers; at most
 `most_new` are opened (NULL: no limit). The strategy is `first_fit_decreasing`, `best_fit_decreasing` or
 `dot_product` (NULL: the last). `together`, `apart` and `placed` have a number for each item, or are NULL; a negative
 number stands for none: items of one group together share a bin, no two items of one group apart do, and an item with
 a place is in that running bin already.

 `out_bins` has room for `rows` numbers: the bin of each item, the running ones first; or -1 for too large, -2 for a
 conflict of groups, -3 for no room left. No packing of all items opens fewer than `out_lower_bound` new bins.
 */
forescale_status forescale_pack(const double *items,
                                size_t rows,
                                size_t columns,
                                const double *running,
                                size_t running_rows,
                                const double *new_bin,
                                const uint64_t *most_new,
                                const char *strategy,
                                const int64_t *together,
                                const int64_t *apart,
                                const int64_t *placed,
                                int64_t *out_bins,
                                size_t *out_opened,
                                size_t *out_lower_bound,
                                forescale_error *error);

/*
 Base latency and service rate of one server from pairs of utilization (in [0, 1)) and latency (above 0, in seconds), by
 `latency = base / (1 - utilization)`, with standard errors, the robust spread around the curve as a share of it, and
 the count of outliers. The service rate is `1 / base` per second.
 */
forescale_status forescale_calibrate(const double *utilization,
                                     const double *latency,
                                     size_t length,
                                     double *out_service_rate,
                                     double *out_service_rate_error,
                                     double *out_base,
                                     double *out_base_error,
                                     double *out_spread,
                                     size_t *out_outliers,
                                     forescale_error *error);

/*
 Base latency and service rate of one replica from pairs of its load, in load units per second, and its latency. The
 service rate is the load at which the latency would grow without end; refused where the latency does not rise clearly
 with the load. Answers as of `forescale_calibrate`.
 */
forescale_status forescale_calibrate_load(const double *load,
                                          const double *latency,
                                          size_t length,
                                          double *out_service_rate,
                                          double *out_service_rate_error,
                                          double *out_base,
                                          double *out_base_error,
                                          double *out_spread,
                                          size_t *out_outliers,
                                          forescale_error *error);

/*
 How a replica's throughput grows after its start, from the greatest throughput that replicas reached at ages in seconds:
 the full throughput and its standard error, the share of it that is served at once, and the seconds in which the missing
 share falls to 1/e. From 12 to 10 000 pairs.
 */
forescale_status forescale_warm_up_learn(const double *ages,
                                         const double *throughput,
                                         size_t length,
                                         double *out_full,
                                         double *out_full_error,
                                         double *out_initial,
                                         double *out_seconds,
                                         forescale_error *error);

/*
 The share of its full throughput that a replica of this age serves, from `initial` to 1; a negative age counts as 0.
 `initial` and `seconds` are as learned by `forescale_warm_up_learn`.
 */
forescale_status forescale_warm_up_share(double initial,
                                         double seconds,
                                         double age_seconds,
                                         double *out_share,
                                         forescale_error *error);

/* ---- scaling: How do we get there? The fractal scaling identity, planned and sigmoid transitions, hysteresis, ramps. ---- */

/* The scale with memory: one curve while the load rises, another while it falls. */
typedef struct forescale_hysteresis forescale_hysteresis;

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
 The cheapest counts with which capacity never falls under demand. `demand` is what each of `length` steps needs, in replicas with
 full capacity. `config_json` has the fields `step_seconds` (15), `start_up_seconds` (120), `warm_up` ([]), `drain_seconds` (0),
 `running_cost` (1, a replica and second), `start_cost` (0), `max_up_per_step`, `max_down_per_step` (null: any count),
 `min_replicas` (1) and `max_replicas` (1000). `out_replicas` and `out_capacity` have room for `length` numbers: the count to ask
 for, and what serves. `out_transition_cost` is the part of the cost beyond the whole replicas that each step needs; no plan
 costs less than `out_least_cost`.
 */
forescale_status forescale_plan_transition(const double *demand,
                                           size_t length,
                                           uint64_t initial,
                                           const char *config_json,
                                           uint64_t *out_replicas,
                                           double *out_capacity,
                                           double *out_cost,
                                           double *out_transition_cost,
                                           double *out_least_cost,
                                           forescale_error *error);

/*
 What given counts cost in the terms of `forescale_plan_transition`, whether or not they cover the demand: `out_shortfall` is
 the demand beyond capacity, in replica-seconds, `out_least_cost` that of the whole replicas needed, had they no start-up. `demand`, `replicas` and `out_capacity` have `length` numbers each.
 */
forescale_status forescale_assess_transition(const double *demand,
                                             size_t length,
                                             uint64_t initial,
                                             const uint64_t *replicas,
                                             const char *config_json,
                                             double *out_capacity,
                                             double *out_cost,
                                             double *out_transition_cost,
                                             double *out_shortfall,
                                             double *out_least_cost,
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

/*
 The deadband of least cost among those that keep the steps that noise causes in a sample to `most_false_steps` (above 0, 1 is
 no limit). `noise` is the deviation of independent noise in the load, `step_cost` that of a change of the scale, `idle_cost`
 (above 0) that of idle capacity for one unit of load, for one sample. `out_cost` is that of a sample.
 */
forescale_status forescale_hysteresis_design(double noise,
                                             double step_cost,
                                             double idle_cost,
                                             double most_false_steps,
                                             double *out_deadband,
                                             double *out_false_steps,
                                             double *out_cost,
                                             forescale_error *error);

/* Holds the scale from now on until the load is further than `deadband`, in units of load, from where the scale was set. */
forescale_status forescale_hysteresis_set_deadband(forescale_hysteresis *hysteresis,
                                                   double deadband,
                                                   forescale_error *error);

/* The deadband, in units of load; 0 unless it was set. */
forescale_status forescale_hysteresis_deadband(const forescale_hysteresis *hysteresis,
                                               double *out_deadband,
                                               forescale_error *error);

/* Takes the next load and gives the scale. */
forescale_status forescale_hysteresis_update(forescale_hysteresis *hysteresis,
                                             double load,
                                             double *out_scale,
                                             forescale_error *error);

/* The memory and the deadband as bytes, without the curves. */
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

/* ---- scaling: How do we get there? The scaling law, its tuning and margins, and its gains on many time scales. ---- */

/* The scaling identity, incremental: clamped to limits, without wind-up of its integral. */
typedef struct forescale_scaling_law forescale_scaling_law;

/*
 A law that has seen nothing yet. `config_json` has the fields `alpha` (1), `beta` (0), `gamma` (0), `filter_seconds` (0:
 the gamma term passes no filter), `low` (1), `high` (1000) and `s0` (0), with their defaults. The caller ends it with `forescale_scaling_law_destroy`.
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

/*
 Takes the gains with which the identity comes closest to a recorded `scale`, by least squares, and begins anew.
 `load` and `scale` have `length` samples each, at least 4, `step_seconds` apart. The error is the root mean square of
 what the gains leave unexplained. A gain of which the record says nothing becomes 0.
 */
forescale_status forescale_scaling_law_tune(forescale_scaling_law *law,
                                            const double *load,
                                            const double *scale,
                                            size_t length,
                                            double step_seconds,
                                            double *out_error,
                                            forescale_error *error);

/*
 Takes the gains that would have been cheapest on this demand, by simulation with replicas that serve one start-up later, and begins anew.
 `config_json` has the fields `step_seconds` (15), `start_up_seconds` (120), `missing_cost` (10), `idle_cost` (1), `change_cost` (1)
 and `gain_margin` (2). The cost is the mean of a step.
 */
forescale_status forescale_scaling_law_tune_simulated(forescale_scaling_law *law,
                                                      const double *demand,
                                                      size_t length,
                                                      const char *config_json,
                                                      double *out_cost,
                                                      forescale_error *error);

/* The gains: what the settings say, or what tuning found. */
forescale_status forescale_scaling_law_gains(const forescale_scaling_law *law,
                                             double *out_alpha,
                                             double *out_beta,
                                             double *out_gamma,
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
 How much more gain (a factor), phase lag (radians) or delay a scaling law on the error bears, when what it asks for serves
 `start_up_seconds` later; all 0 if the loop is unstable already. `filter_seconds` is that of the law, 0 for none.
 */
forescale_status forescale_stability_margins(double alpha,
                                             double beta,
                                             double gamma,
                                             double step_seconds,
                                             double start_up_seconds,
                                             double filter_seconds,
                                             double *out_gain,
                                             double *out_phase,
                                             double *out_delay_seconds,
                                             forescale_error *error);

/* The gains that do on a load `by` times as slow what the given ones do: alpha, beta / by, gamma * by. */
forescale_status forescale_stretch_gains(double alpha,
                                         double beta,
                                         double gamma,
                                         double by,
                                         double *out_alpha,
                                         double *out_beta,
                                         double *out_gamma,
                                         forescale_error *error);

/* Deviation of a slope over `window` samples (at least 3) per deviation of independent noise in the load. */
forescale_status forescale_slope_noise(size_t window,
                                       double step_seconds,
                                       double *out_noise,
                                       forescale_error *error);

/*
 The change of scale over the last 1, 2, 4, ... steps at every sample, with the gains stretched to each: `scales` rows of
 `length` numbers, row after row, so `out_changes` has room for `scales * length`. `window` (at least 3) is that of the slope.
 */
forescale_status forescale_multiscale_scaling(const double *load,
                                              size_t length,
                                              double step_seconds,
                                              double alpha,
                                              double beta,
                                              double gamma,
                                              size_t scales,
                                              size_t window,
                                              double *out_changes,
                                              forescale_error *error);

/* ---- energy: What does it burn? The energy tensor: how scaling dimensions turn into consumption. ---- */

/* A linear map T from scaling dimensions (a column each) to kinds of energy (a row each). */
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

/* Ends a tensor; NULL is allowed. */
void forescale_energy_tensor_destroy(forescale_energy_tensor *tensor);

/* The energy of each kind at the scaling vector `s`: T·s. */
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
 Answers: S (room for the columns of the tensor), its energy (for the rows), the total, and the certificate: for each demand the
 energy that its last unit takes, the dual price (room for `demand_length`); for each dimension what a unit more of its lower and of its
 upper bound adds (room for the columns each); the value of these prices in the dual program, below which no total is; and the largest
 violation of the Karush-Kuhn-Tucker conditions, as a share of its own terms.
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
                                                  double *out_low_price,
                                                  double *out_high_price,
                                                  double *out_lower_bound,
                                                  double *out_residual,
                                                  forescale_error *error);

/* The counts of rows (kinds of energy) and columns (scaling dimensions). */
forescale_status forescale_energy_tensor_shape(const forescale_energy_tensor *tensor,
                                               size_t *out_rows,
                                               size_t *out_columns,
                                               forescale_error *error);

/* The matrix, row after row. */
forescale_status forescale_energy_tensor_matrix(const forescale_energy_tensor *tensor,
                                                double *out_matrix,
                                                size_t capacity,
                                                size_t *out_length,
                                                forescale_error *error);

/* Of a fitted tensor the Euclidean norm of all that stayed unexplained, in units of energy; NaN of a given one. */
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

/* The tensor as bytes that `forescale_energy_tensor_restore` reads. */
forescale_status forescale_energy_tensor_snapshot(const forescale_energy_tensor *tensor,
                                                  uint8_t *out_bytes,
                                                  size_t capacity,
                                                  size_t *out_length,
                                                  forescale_error *error);

/* The tensor that a snapshot holds. */
forescale_status forescale_energy_tensor_restore(const uint8_t *bytes,
                                                 size_t length,
                                                 forescale_energy_tensor **out_tensor,
                                                 forescale_error *error);

/* ---- energy: What does it burn? Power curves, kinds of hardware, and the energy of going from one count of machines to another. ---- */

/* A kind of machine: what it draws in service, while it starts, and while it drains. */
typedef struct forescale_hardware_profile forescale_hardware_profile;

/* The power of a machine at every utilization from 0 to 1, in watts. */
typedef struct forescale_power_curve forescale_power_curve;

/*
 The curve through watts at utilizations of equal distances, the first at 0 and the last at 1: two numbers are idle and busy, eleven a
 SPECpower table. The caller ends it with `forescale_power_curve_destroy`.
 */
forescale_status forescale_power_curve_create(const double *watts_at_utilization,
                                              size_t length,
                                              forescale_power_curve **out_curve,
                                              forescale_error *error);

/* Ends a curve; NULL is allowed. */
void forescale_power_curve_destroy(forescale_power_curve *curve);

/* The power at a utilization, in watts. */
forescale_status forescale_power_curve_watts(const forescale_power_curve *curve,
                                             double utilization,
                                             double *out_watts,
                                             forescale_error *error);

/* The watts that it goes through, at utilizations of equal distances: the first is idle, the last busy. */
forescale_status forescale_power_curve_points(const forescale_power_curve *curve,
                                              double *out_points,
                                              size_t capacity,
                                              size_t *out_length,
                                              forescale_error *error);

/* The curve of `count` such machines side by side, equally used; `count` need not be whole. */
forescale_status forescale_power_curve_times(const forescale_power_curve *curve,
                                             double count,
                                             forescale_power_curve **out_curve,
                                             forescale_error *error);

/*
 A kind of one's own. `starting_watts` is what it draws from creation until it is ready, `draining_watts` from the end of service until
 it is gone; NULL is the idle power. `source` says where the numbers come from; NULL is "given".
 The caller ends it with `forescale_hardware_profile_destroy`.
 */
forescale_status forescale_hardware_profile_create(const char *name,
                                                   const forescale_power_curve *power,
                                                   const double *starting_watts,
                                                   const double *draining_watts,
                                                   const char *source,
                                                   forescale_hardware_profile **out_profile,
                                                   forescale_error *error);

/* Ends a profile; NULL is allowed. */
void forescale_hardware_profile_destroy(forescale_hardware_profile *profile);

/* A kind that ships with the library: a hardware thread of a CPU generation, a GPU, or a whole cloud instance type. */
forescale_status forescale_hardware_profile_named(const char *name,
                                                  forescale_hardware_profile **out_profile,
                                                  forescale_error *error);

/* The names that `forescale_hardware_profile_named` knows, as a JSON array of texts. */
forescale_status forescale_hardware_profile_names(char *out_json,
                                                  size_t capacity,
                                                  size_t *out_length,
                                                  forescale_error *error);

/* What users call it. */
forescale_status forescale_hardware_profile_name(const forescale_hardware_profile *profile,
                                                 char *out_name,
                                                 size_t capacity,
                                                 size_t *out_length,
                                                 forescale_error *error);

/* Where the numbers come from. */
forescale_status forescale_hardware_profile_source(const forescale_hardware_profile *profile,
                                                   char *out_source,
                                                   size_t capacity,
                                                   size_t *out_length,
                                                   forescale_error *error);

/* Power in service against utilization; the caller ends the curve with `forescale_power_curve_destroy`. */
forescale_status forescale_hardware_profile_power(const forescale_hardware_profile *profile,
                                                  forescale_power_curve **out_curve,
                                                  forescale_error *error);

/* Power while it starts and while it drains, in watts. */
forescale_status forescale_hardware_profile_transition_watts(const forescale_hardware_profile *profile,
                                                             double *out_starting_watts,
                                                             double *out_draining_watts,
                                                             forescale_error *error);

/*
 The energy of changing counts along `path`, in joules: starts times starting power times `boot_seconds`, and stops times draining power
 times `drain_seconds`. `path` is the count of machines step by step, its first the count before.
 */
forescale_status forescale_transition_energy(const uint32_t *path,
                                             size_t length,
                                             const forescale_hardware_profile *profile,
                                             double boot_seconds,
                                             double drain_seconds,
                                             double *out_joules,
                                             forescale_error *error);

/* ---- energy: What does it burn? Tasks moved to where energy is cheap. ---- */

/* When each task runs, what that costs, and how far from the best it can be at most. */
typedef struct forescale_plan forescale_plan;

/*
 When to run each of `tasks` tasks.

 `names` are unique; `priority` is what a task is worth, at least 0; `energy` what it takes in all, at least 0; `duration_seconds` how long
 it runs. `deadline` is the latest end in seconds from the beginning of the prices, infinite where there is none; NULL for none at all.
 `deferrable` (not 0 is true) says whether it may wait for cheap energy; NULL for all of them. `release_seconds` is the
 earliest start; NULL for 0. `after` has `after_pairs` pairs of tasks by
 their place: the first of a pair begins when the second has ended. `capacity` says how many tasks may run at once, in one number or one a
 step. `energy_price` has a price of energy a step of `step_seconds`: money, carbon, or anything else to be spared.
 The caller ends the plan with `forescale_plan_destroy`.
 */
forescale_status forescale_schedule(const char *const *names,
                                    const double *priority,
                                    const double *energy,
                                    const double *duration_seconds,
                                    const double *deadline,
                                    const int32_t *deferrable,
                                    const double *release_seconds,
                                    size_t tasks,
                                    const size_t *after,
                                    size_t after_pairs,
                                    const uint32_t *capacity,
                                    size_t capacity_length,
                                    const double *energy_price,
                                    size_t price_length,
                                    double step_seconds,
                                    forescale_plan **out_plan,
                                    forescale_error *error);

/* Ends a plan; NULL is allowed. */
void forescale_plan_destroy(forescale_plan *plan);

/*
 The sum of the costs; a cost that no schedule of the same tasks undercuts, those that are not deferrable at the same times; the most by
 which the cost can be above the least, as a share of it; and whether no schedule at all is better (1) or that is not known (0).
 */
forescale_status forescale_plan_cost(const forescale_plan *plan,
                                     double *out_cost,
                                     double *out_lower_bound,
                                     double *out_gap,
                                     int32_t *out_optimal,
                                     forescale_error *error);

/* How many tasks run, and how many do not. */
forescale_status forescale_plan_lengths(const forescale_plan *plan,
                                        size_t *out_placements,
                                        size_t *out_infeasible,
                                        forescale_error *error);

/*
 The tasks that run, by start; of those that start together, the greatest priority/energy first. Each array has room for `capacity`, at
 least as many as run: the task by its place among those handed in, priority/energy, start and end in seconds from the beginning of the
 prices, and cost.
 */
forescale_status forescale_plan_placements(const forescale_plan *plan,
                                           size_t *out_task,
                                           double *out_rank,
                                           double *out_start_seconds,
                                           double *out_end_seconds,
                                           double *out_cost,
                                           size_t capacity,
                                           forescale_error *error);

/* The tasks that do not run, by their place among those handed in; room for `capacity`, at least as many as there are. */
forescale_status forescale_plan_infeasible(const forescale_plan *plan,
                                           size_t *out_task,
                                           size_t capacity,
                                           forescale_error *error);

/* Why the task `infeasible` of those that do not run, counted from 0, does not. */
forescale_status forescale_plan_reason(const forescale_plan *plan,
                                       size_t infeasible,
                                       char *out_reason,
                                       size_t capacity,
                                       size_t *out_length,
                                       forescale_error *error);

/* ---- choice: What is best? Pareto fronts, and what picks a point on them. ---- */

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

/* The crowding distance of each of the `rows` points of one front; infinite at its ends. */
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

/* The natural logarithm of `forescale_utility`: finite where the utility itself is out of range. */
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

/*
 For each of `rows` points the sum of weight times objective, a maximised objective with a minus: the least is the
 best. `maximize` as for `forescale_pareto_front`; weights are at least 0.
 */
forescale_status forescale_weighted_sum(const double *points,
                                        size_t rows,
                                        size_t columns,
                                        const int32_t *maximize,
                                        size_t maximize_length,
                                        const double *weights,
                                        size_t weights_length,
                                        double *out_sums,
                                        forescale_error *error);

/*
 For each of `rows` points the largest weight times distance past the goal, and `augmentation` times the sum of them:
 the least is the best. Without a goal it is the best value of each objective, which gives the Chebyshev distance.
 */
forescale_status forescale_achievement(const double *points,
                                       size_t rows,
                                       size_t columns,
                                       const int32_t *maximize,
                                       size_t maximize_length,
                                       const double *weights,
                                       size_t weights_length,
                                       const double *goal,
                                       size_t goal_length,
                                       double augmentation,
                                       double *out_distances,
                                       forescale_error *error);

/* The index of the knee of the front: the point farthest below the plane through its ends; the first of equals. */
forescale_status forescale_knee(const double *points,
                                size_t rows,
                                size_t columns,
                                const int32_t *maximize,
                                size_t maximize_length,
                                uint64_t *out_index,
                                forescale_error *error);

/* ---- choice: What is best? Plans: allocation problems, their annealing, and one plan for several futures. ---- */

/* An allocation problem: how many units go to each place, at what cost and within what limits. */
typedef struct forescale_allocation forescale_allocation;

/*
 A problem of `places` places. `costs` has a row a place: the cost of 0, 1, ... `levels` - 1 units there, infinite where
 not allowed. `pairs` has `pairs_rows` rows of two places and a weight, which adds weight times both counts. `usage` has
 `resources` rows of what a unit at each place takes (negative: supplies), `limits` the most of each resource.
 The caller ends it with `forescale_allocation_destroy`.
 */
forescale_status forescale_allocation_create(const double *costs,
                                             size_t places,
                                             size_t levels,
                                             const double *pairs,
                                             size_t pairs_rows,
                                             const double *usage,
                                             const double *limits,
                                             size_t resources,
                                             forescale_allocation **out_allocation,
                                             forescale_error *error);

/* Ends a problem; NULL is allowed. */
void forescale_allocation_destroy(forescale_allocation *allocation);

/* Count of places. */
forescale_status forescale_allocation_places(const forescale_allocation *allocation,
                                             size_t *out_places,
                                             forescale_error *error);

/* Count of the values that a place may have: 0 to one less. */
forescale_status forescale_allocation_levels(const forescale_allocation *allocation,
                                             size_t *out_levels,
                                             forescale_error *error);

/* The cost of a plan: `places` counts; infinite when one is not allowed. */
forescale_status forescale_allocation_cost(const forescale_allocation *allocation,
                                           const uint64_t *units,
                                           size_t places,
                                           double *out_cost,
                                           forescale_error *error);

/* Whether a plan is allowed and within all limits: 1 or 0. */
forescale_status forescale_allocation_is_feasible(const forescale_allocation *allocation,
                                                  const uint64_t *units,
                                                  size_t places,
                                                  int32_t *out_is_feasible,
                                                  forescale_error *error);

/*
 The cheapest plan within the limits that is found: a count a place, and its cost. `config_json` may name `method`
 (`quantum`, `thermal`, `exact`), `sweeps` and `replicas`; NULL is the defaults. `places` is the room at `out_units`.
 */
forescale_status forescale_anneal(const forescale_allocation *allocation,
                                  uint64_t seed,
                                  const char *config_json,
                                  uint64_t *out_units,
                                  size_t places,
                                  double *out_cost,
                                  forescale_error *error);

/*
 The plan to go with when any of several futures may come, and for each plan its mean cost, its mean cost in the worst
 futures, its largest cost and its largest regret. `costs` has a row a plan and a column a future; `weights` a number
 a future, or none at all. `config_json` may name `aversion` and `level`; NULL is the defaults.
 */
forescale_status forescale_scenarios(const double *costs,
                                     size_t rows,
                                     size_t columns,
                                     const double *weights,
                                     size_t weights_length,
                                     const char *config_json,
                                     uint64_t *out_chosen,
                                     double *out_expected,
                                     double *out_tail,
                                     double *out_worst,
                                     double *out_regret,
                                     forescale_error *error);

/* ---- policy: Who decides? Policies are named in settings, such as `"hpa"` or `{"hpa": {"target_utilization": 0.6}}`; a policy of the user's own ---- */

/*
 A user's own policy. The engine's rails apply to what it proposes.

 Callbacks answer 0, or a number of their own for a failure, which the error of the call then tells; they must not unwind, nor call
 anything on the engine that asks them. They are called on the thread that calls the library, never two at once for one `user`, but for
 those that are handed it as const: `snapshot` may be called by several threads at once where the host saves one engine on several threads,
 and `copy` where it gives one policy to several calls. Where `copy` is NULL, all that is made with one `user` must be used by one thread at a time.
 */
typedef struct {
  /* What the callbacks are handed; the library does not look at it. */
  void *user;
  /* A name for reports and messages; read while the policy is made. NULL for "custom". */
  const char *name;
  /* Not 0 where the policy has rails of its own: its proposals are then only kept within the smallest and the largest count. */
  int32_t own_rails;
  /*
   Writes how many replicas to run at `now` (Unix milliseconds), given the replicas last asked for, serving, starting and on their way out,
   the load per second (NaN when nothing was measured), the requests in the service (NaN when not measured), what the target asks for
   the load now, and the largest load forecast over the lead time (NaN without a forecast).
   */
  int32_t (*propose)(void *user,
                     int64_t now,
                     uint32_t requested,
                     uint32_t ready,
                     uint32_t pending,
                     uint32_t terminating,
                     double load,
                     double in_flight,
                     uint32_t reactive,
                     double peak,
                     uint32_t *out_replicas);
  /* Takes in the load of the interval that ended at `now`, NaN = missing. NULL where that is of no use. */
  int32_t (*observe)(void *user, int64_t now, double load);
  /* Learns that the request was changed. NULL where that is of no use. */
  int32_t (*applied)(void *user, int64_t now, uint32_t before, uint32_t after);
  /*
   Writes the state as bytes, of which there is room for `capacity`, and its length, at most 1 GiB; with `out_bytes` NULL the length alone.
   A length beyond `capacity` says that the state has grown since, and fails. NULL where the policy has no snapshots.
   */
  int32_t (*snapshot)(const void *user, uint8_t *out_bytes, size_t capacity, size_t *out_length);
  /* Takes on a state that `snapshot` wrote. NULL where the policy has no snapshots. */
  int32_t (*restore)(void *user, const uint8_t *bytes, size_t length);
  /*
   Another `user` with the same state, or NULL for a failure: each engine and each run of a backtest works on one. NULL where all
   share `user`: a decision for a time that the engine does not believe is then seen by the policy all the same.
   */
  void *(*copy)(const void *user);
  /* Ends `user`. NULL where there is nothing to do. */
  void (*destroy)(void *user);
} forescale_custom_policy;

/*
 Refuses a policy that is unknown or has settings out of range.
 `policy_json` is a bare name (static, hpa, seasonal_max, predictive, oracle, target_tracking, kpa, schedule, aws_predictive, crane,
 aibrix_apa, ray_serve, dynamo, q_learning) or a name with settings as JSON text.
 */
forescale_status forescale_policy_check(const char *policy_json,
                                        forescale_error *error);

/*
 Draws a table of the policy `q_learning` as an SVG document: the best action of each state over utilization and capacity, for every
 trend and three forecasts. `values` are those of `forescale_train` or `forescale_engine_q_table`.
 */
forescale_status forescale_q_table_to_svg(const double *values,
                                          size_t length,
                                          char *out_svg,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* ---- pool: Clones of program code, made before the requests come and placed near them. ---- */

/* Keeps as many clones of each program as its requests will need: it says what to create and remove, and is told what became of it. */
typedef struct forescale_clone_manager forescale_clone_manager;

/*
 A manager that has no program and no machine yet, with settings such as `{"start_up_seconds": 60}`; NULL stands for the defaults.
 The caller ends it with `forescale_clone_manager_destroy`.
 */
forescale_status forescale_clone_manager_create(const char *config_json,
                                                forescale_clone_manager **out_manager,
                                                forescale_error *error);

/* Ends a manager; NULL is allowed. */
void forescale_clone_manager_destroy(forescale_clone_manager *manager);

/* Adds a program, such as `{"name": "a", "service_rate": 2, "resources": [1, 4], "zone": "europe"}`, or changes what one needs. */
forescale_status forescale_clone_manager_set_code(forescale_clone_manager *manager,
                                                  const char *code_json,
                                                  forescale_error *error);

/*
 Adds a machine, such as `{"name": "m", "zone": "europe", "room": [8, 32]}`, or changes its room; it is up.
 Where clones have no room any more, the newest are made elsewhere, and go when those run.
 */
forescale_status forescale_clone_manager_set_machine(forescale_clone_manager *manager,
                                                     const char *machine_json,
                                                     forescale_error *error);

/* A machine is gone, and with it its clones, which are created anew elsewhere. */
forescale_status forescale_clone_manager_machine_lost(forescale_clone_manager *manager,
                                                      const char *name,
                                                      forescale_error *error);

/* Says how far zones are apart, such as `[{"from": "europe", "to": "america", "distance": 90}]`. */
forescale_status forescale_clone_manager_set_distances(forescale_clone_manager *manager,
                                                       const char *distances_json,
                                                       forescale_error *error);

/*
 Announces that more, or less, will be asked for than usual, such as `{"code": "a", "start": 0, "end": 3600000, "factor": 3}`;
 without a code, of every program.
 */
forescale_status forescale_clone_manager_announce(forescale_clone_manager *manager,
                                                  const char *event_json,
                                                  forescale_error *error);

/*
 Takes in a forecast of the host's own for a program, such as `[{"time": 300000, "mean": 900, "upper": 1200}]`: it counts in place of
 the manager's in the steps that it tells.
 */
forescale_status forescale_clone_manager_set_forecast(forescale_clone_manager *manager,
                                                      const char *code,
                                                      const char *forecast_json,
                                                      forescale_error *error);

/* Counts `requests` for a program, as they come in at `now` (Unix milliseconds). */
forescale_status forescale_clone_manager_observe(forescale_clone_manager *manager,
                                                 int64_t now,
                                                 const char *code,
                                                 double requests,
                                                 forescale_error *error);

/* What a health check said of a clone: not 0 is healthy. */
forescale_status forescale_clone_manager_observe_health(forescale_clone_manager *manager,
                                                        uint64_t clone,
                                                        int32_t is_healthy,
                                                        forescale_error *error);

/* What a clone has served since this was last said of it: of clones that are too much, those go first that have been idle longest. */
forescale_status forescale_clone_manager_observe_use(forescale_clone_manager *manager,
                                                     uint64_t clone,
                                                     double requests,
                                                     forescale_error *error);

/* The numbers of the clones that really run, as the actuator's own list has them. */
forescale_status forescale_clone_manager_reconcile(forescale_clone_manager *manager,
                                                   int64_t now,
                                                   const uint64_t *running,
                                                   size_t length,
                                                   forescale_error *error);

/* What became of instruction `id`: `confirmed` or `failed`. The same report twice changes nothing. */
forescale_status forescale_clone_manager_report(forescale_clone_manager *manager,
                                                uint64_t id,
                                                const char *outcome,
                                                forescale_error *error);

/* One round at `now` (Unix milliseconds); `forescale_clone_manager_instructions` tells what is to be done. */
forescale_status forescale_clone_manager_plan(forescale_clone_manager *manager,
                                              int64_t now,
                                              forescale_error *error);

/* What the last round handed out, as a JSON list of instructions. */
forescale_status forescale_clone_manager_instructions(const forescale_clone_manager *manager,
                                                      char *out_json,
                                                      size_t capacity,
                                                      size_t *out_length,
                                                      forescale_error *error);

/* What is expected of a program in the coming steps, as a JSON list with a mean, an interval, the clones for it and what they take. */
forescale_status forescale_clone_manager_forecast(const forescale_clone_manager *manager,
                                                  const char *code,
                                                  char *out_json,
                                                  size_t capacity,
                                                  size_t *out_length,
                                                  forescale_error *error);

/* Clones of a program that run. */
forescale_status forescale_clone_manager_running(const forescale_clone_manager *manager,
                                                 const char *code,
                                                 uint32_t *out_clones,
                                                 forescale_error *error);

/* In words: the clones that a program has, what the last round wanted and why, and since when it has been so. */
forescale_status forescale_clone_manager_explain(const forescale_clone_manager *manager,
                                                 const char *code,
                                                 char *out_text,
                                                 size_t capacity,
                                                 size_t *out_length,
                                                 forescale_error *error);

/* Why programs got their clones, as JSON: the `records` since the journal was last cleared, and how many were `lost` before them. */
forescale_status forescale_clone_manager_journal(const forescale_clone_manager *manager,
                                                 char *out_json,
                                                 size_t capacity,
                                                 size_t *out_length,
                                                 forescale_error *error);

/* Forgets the records of the journal. */
forescale_status forescale_clone_manager_clear_journal(forescale_clone_manager *manager,
                                                       forescale_error *error);

/* The settings as JSON text, the defaults filled in. */
forescale_status forescale_clone_manager_config(const forescale_clone_manager *manager,
                                                char *out_json,
                                                size_t capacity,
                                                size_t *out_length,
                                                forescale_error *error);

/* Settings and state as bytes. */
forescale_status forescale_clone_manager_snapshot(const forescale_clone_manager *manager,
                                                  uint8_t *out_bytes,
                                                  size_t capacity,
                                                  size_t *out_length,
                                                  forescale_error *error);

/*
 A manager from bytes of `forescale_clone_manager_snapshot`; it goes on as if it had never stopped.
 The caller ends it with `forescale_clone_manager_destroy`.
 */
forescale_status forescale_clone_manager_restore(const uint8_t *bytes,
                                                 size_t length,
                                                 forescale_clone_manager **out_manager,
                                                 forescale_error *error);

/* ---- pool: The predictive load balancer: what each user of each application will ask for, and what to have ready for it. ---- */

/* Foresees demand per user and application, and says what to hold ready. */
typedef struct forescale_load_balancer forescale_load_balancer;

/*
 A balancer that has seen nothing yet, with settings such as `{"step_seconds": 900}`; NULL stands for the defaults.
 The caller ends it with `forescale_load_balancer_destroy`.
 */
forescale_status forescale_load_balancer_create(const char *config_json,
                                                forescale_load_balancer **out_balancer,
                                                forescale_error *error);

/* Ends a balancer; NULL is allowed. */
void forescale_load_balancer_destroy(forescale_load_balancer *balancer);

/*
 Says what is promised to the users of an application, such as `{"max_latency_seconds": 0.5, "priority": 1}`; with a `user` that is
 not NULL, to that one alone. To be said before their requests are counted.
 */
forescale_status forescale_load_balancer_set_profile(forescale_load_balancer *balancer,
                                                     const char *user,
                                                     const char *application,
                                                     const char *profile_json,
                                                     forescale_error *error);

/* What is promised to a user of an application, as JSON. */
forescale_status forescale_load_balancer_profile(const forescale_load_balancer *balancer,
                                                 const char *user,
                                                 const char *application,
                                                 char *out_json,
                                                 size_t capacity,
                                                 size_t *out_length,
                                                 forescale_error *error);

/*
 Takes in a forecast of the host's own for one user of an application, such as `[{"time": 300000, "mean": 900, "upper": 1200}]` in
 requests of a whole step, where `upper` is the quantile (1 + confidence)/2: it counts in place of the balancer's in the steps that
 it tells.
 */
forescale_status forescale_load_balancer_set_forecast(forescale_load_balancer *balancer,
                                                      const char *user,
                                                      const char *application,
                                                      const char *forecast_json,
                                                      forescale_error *error);

/* Learns from a history in any order: a JSON list of records as in `forescale_load_balancer_observe`. */
forescale_status forescale_load_balancer_train(forescale_load_balancer *balancer,
                                               const char *history_json,
                                               forescale_error *error);

/*
 Counts one record as it comes in, such as `{"time": 0, "user": "ann", "application": "search", "requests": 60, "cpu": 2, "memory": 8,
 "network": 1}`, where CPU, memory and network are what they kept in use on average over the step.
 */
forescale_status forescale_load_balancer_observe(forescale_load_balancer *balancer,
                                                 const char *record_json,
                                                 forescale_error *error);

/* What a user of an application will ask for in the step of `time` (Unix milliseconds), and what that takes, as JSON with intervals. */
forescale_status forescale_load_balancer_predict(const forescale_load_balancer *balancer,
                                                 const char *user,
                                                 const char *application,
                                                 int64_t time,
                                                 char *out_json,
                                                 size_t capacity,
                                                 size_t *out_length,
                                                 forescale_error *error);

/* All load to come as JSON, by how long it can wait: what `forescale_resource_manager_foresee` takes. */
forescale_status forescale_load_balancer_tier_demand(const forescale_load_balancer *balancer,
                                                     char *out_json,
                                                     size_t capacity,
                                                     size_t *out_length,
                                                     forescale_error *error);

/* How many instances of which kind each tier is to hold, hot first, as a JSON list with intervals. */
forescale_status forescale_load_balancer_recommendations(const forescale_load_balancer *balancer,
                                                         char *out_json,
                                                         size_t capacity,
                                                         size_t *out_length,
                                                         forescale_error *error);

/* Keys (users of applications) that are kept. */
forescale_status forescale_load_balancer_keys(const forescale_load_balancer *balancer,
                                              size_t *out_keys,
                                              forescale_error *error);

/* Keys that were dropped because others were used more. */
forescale_status forescale_load_balancer_dropped(const forescale_load_balancer *balancer,
                                                 uint64_t *out_dropped,
                                                 forescale_error *error);

/* In words: how a user of an application is forecast. */
forescale_status forescale_load_balancer_explain(const forescale_load_balancer *balancer,
                                                 const char *user,
                                                 const char *application,
                                                 char *out_text,
                                                 size_t capacity,
                                                 size_t *out_length,
                                                 forescale_error *error);

/* The settings as JSON text, the defaults filled in. */
forescale_status forescale_load_balancer_config(const forescale_load_balancer *balancer,
                                                char *out_json,
                                                size_t capacity,
                                                size_t *out_length,
                                                forescale_error *error);

/* Settings and state as bytes. */
forescale_status forescale_load_balancer_snapshot(const forescale_load_balancer *balancer,
                                                  uint8_t *out_bytes,
                                                  size_t capacity,
                                                  size_t *out_length,
                                                  forescale_error *error);

/*
 A balancer from bytes of `forescale_load_balancer_snapshot`; it goes on as if it had never stopped.
 The caller ends it with `forescale_load_balancer_destroy`.
 */
forescale_status forescale_load_balancer_restore(const uint8_t *bytes,
                                                 size_t length,
                                                 forescale_load_balancer **out_balancer,
                                                 forescale_error *error);

/* ---- pool: Several regions and applications under one budget: what runs where, and who serves whom. ---- */

/* How much of each application to run in which region, and which region serves whose requests. */
typedef struct forescale_regions forescale_regions;

/*
 No region and no application yet, with settings such as `{"budget": {"cost": 100}, "carbon_price": 0.1}`; NULL stands for the defaults.
 The caller ends it with `forescale_regions_destroy`.
 */
forescale_status forescale_regions_create(const char *config_json,
                                          forescale_regions **out_regions,
                                          forescale_error *error);

/* Ends regions; NULL is allowed. */
void forescale_regions_destroy(forescale_regions *regions);

/* Adds a region, such as `{"name": "europe", "capacity": 100, "cost": 1.2, "watts": 300}`, or changes it. */
forescale_status forescale_regions_set_region(forescale_regions *regions,
                                              const char *region_json,
                                              forescale_error *error);

/* Adds an application, such as `{"name": "shop", "service_rate": 10, "most_latency": 100, "residency": {"europe": ["europe"]}}`, or changes it. */
forescale_status forescale_regions_set_application(forescale_regions *regions,
                                                   const char *application_json,
                                                   forescale_error *error);

/* Says how far regions are apart, such as `[{"from": "europe", "to": "america", "milliseconds": 90}]`. */
forescale_status forescale_regions_set_latencies(forescale_regions *regions,
                                                 const char *latencies_json,
                                                 forescale_error *error);

/* The carbon intensity of a region's power, such as `[{"time": 0, "grams": 300}, {"time": 3600000, "grams": 120}]`, each value until the next. */
forescale_status forescale_regions_set_carbon(forescale_regions *regions,
                                              const char *region,
                                              const char *carbon_json,
                                              forescale_error *error);

/*
 Takes in a forecast of the host's own for the requests from a region for an application, such as
 `[{"time": 300000, "mean": 900, "upper": 1200}]`.
 */
forescale_status forescale_regions_set_forecast(forescale_regions *regions,
                                                const char *region,
                                                const char *application,
                                                const char *forecast_json,
                                                forescale_error *error);

/* A region is lost: its load is spread over the others. */
forescale_status forescale_regions_region_lost(forescale_regions *regions,
                                               const char *region,
                                               forescale_error *error);

/* A region is back: it is given its load again step by step. */
forescale_status forescale_regions_region_back(forescale_regions *regions,
                                               const char *region,
                                               forescale_error *error);

/* Counts requests from a region for an application, as they come in at `now` (Unix milliseconds). */
forescale_status forescale_regions_observe(forescale_regions *regions,
                                           int64_t now,
                                           const char *region,
                                           const char *application,
                                           double requests,
                                           forescale_error *error);

/* What really runs, such as `[{"region": "europe", "application": "shop", "replicas": 4}]`; what is not in it does not run. */
forescale_status forescale_regions_reconcile(forescale_regions *regions,
                                             int64_t now,
                                             const char *running_json,
                                             forescale_error *error);

/* What became of instruction `id`: `confirmed` or `failed`. The same report twice changes nothing. */
forescale_status forescale_regions_report(forescale_regions *regions,
                                          uint64_t id,
                                          const char *outcome,
                                          forescale_error *error);

/*
 One round at `now` (Unix milliseconds); `forescale_regions_instructions` tells what is to be done, `forescale_regions_routes` who serves
 whom.
 */
forescale_status forescale_regions_plan(forescale_regions *regions,
                                        int64_t now,
                                        forescale_error *error);

/* What the last round handed out, as a JSON list of instructions. */
forescale_status forescale_regions_instructions(const forescale_regions *regions,
                                                char *out_json,
                                                size_t capacity,
                                                size_t *out_length,
                                                forescale_error *error);

/* Where the requests for each application from each region are to go, as a JSON list: shares, and what is not served and why. */
forescale_status forescale_regions_routes(const forescale_regions *regions,
                                          char *out_json,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* Replicas of each application in each region, wanted and running, as a JSON list. */
forescale_status forescale_regions_replicas(const forescale_regions *regions,
                                            char *out_json,
                                            size_t capacity,
                                            size_t *out_length,
                                            forescale_error *error);

/* What is expected from a region for an application in the coming steps, as a JSON list of means and upper limits. */
forescale_status forescale_regions_forecast(const forescale_regions *regions,
                                            const char *region,
                                            const char *application,
                                            char *out_json,
                                            size_t capacity,
                                            size_t *out_length,
                                            forescale_error *error);

/* In words: where an application runs, what the last round wanted and why, who serves whom, and what limits it. */
forescale_status forescale_regions_explain(const forescale_regions *regions,
                                           const char *application,
                                           char *out_text,
                                           size_t capacity,
                                           size_t *out_length,
                                           forescale_error *error);

/* What changed and why, as JSON: the `records` since the journal was last cleared, and how many were `lost` before them. */
forescale_status forescale_regions_journal(const forescale_regions *regions,
                                           char *out_json,
                                           size_t capacity,
                                           size_t *out_length,
                                           forescale_error *error);

/* Forgets the records of the journal. */
forescale_status forescale_regions_clear_journal(forescale_regions *regions, forescale_error *error);

/* The settings as JSON text, the defaults filled in. */
forescale_status forescale_regions_config(const forescale_regions *regions,
                                          char *out_json,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* Settings and state as bytes. */
forescale_status forescale_regions_snapshot(const forescale_regions *regions,
                                            uint8_t *out_bytes,
                                            size_t capacity,
                                            size_t *out_length,
                                            forescale_error *error);

/*
 Regions from bytes of `forescale_regions_snapshot`; they go on as if they had never stopped.
 The caller ends it with `forescale_regions_destroy`.
 */
forescale_status forescale_regions_restore(const uint8_t *bytes,
                                           size_t length,
                                           forescale_regions **out_regions,
                                           forescale_error *error);

/* ---- pool: The multi-tiered resource manager: hot units that serve at once, warm ones at rest, cold ones that are made when they are needed. ---- */

/* Keeps as much capacity in each tier as will be needed, and says who gets it. */
typedef struct forescale_resource_manager forescale_resource_manager;

/*
 A manager that has no unit yet, with settings such as `{"tiers": {"hot": {"service_rate": 10, "start_up_seconds": 0, "cost_per_hour": 1,
 "standby_cost_per_hour": 1}, "warm": {...}, "cold": {...}}}`; the tiers must be given.
 The caller ends it with `forescale_resource_manager_destroy`.
 */
forescale_status forescale_resource_manager_create(const char *config_json,
                                                   forescale_resource_manager **out_manager,
                                                   forescale_error *error);

/* Ends a manager; NULL is allowed. */
void forescale_resource_manager_destroy(forescale_resource_manager *manager);

/* Sizes the tiers by the load to come, as `forescale_load_balancer_tier_demand` has it; `forescale_resource_manager_sizes` tells how. */
forescale_status forescale_resource_manager_foresee(forescale_resource_manager *manager,
                                                    int64_t now,
                                                    const char *demand_json,
                                                    forescale_error *error);

/* The loads that hot, warm and cold are to carry by the last forecast, and the quantiles of it, as JSON. */
forescale_status forescale_resource_manager_sizes(const forescale_resource_manager *manager,
                                                  char *out_json,
                                                  size_t capacity,
                                                  size_t *out_length,
                                                  forescale_error *error);

/*
 Holds as many hot and warm units as a JSON list of `forescale_load_balancer_recommendations` says, and more where these would not
 carry its load; of the kind that it says, where a tier names none. A kind that is not the tier's is refused.
 */
forescale_status forescale_resource_manager_follow(forescale_resource_manager *manager,
                                                   int64_t now,
                                                   const char *recommendations_json,
                                                   forescale_error *error);

/*
 Takes in what is seen of a tier, such as `{"tier": "warm", "load": 80, "latency_seconds": 0.4, "utilization": 0.9}`; the
 utilization is that of the resource of which least is left. A value that is missing is what was told before, while that counts.
 */
forescale_status forescale_resource_manager_observe(forescale_resource_manager *manager,
                                                    int64_t now,
                                                    const char *observation_json,
                                                    forescale_error *error);

/*
 Asks for capacity, such as `{"id": 1, "user": "ann", "application": "search", "load": 20, "qos": {"max_latency_seconds": 0.5,
 "cost_limit": 4, "priority": 1}}`; `forescale_resource_manager_allocation` tells what became of it. The same request again has the
 same lease. Of the quality of service `max_latency_seconds` is that within which the promised share of its answers comes (left out: it
 can wait as long as it takes), `cost_limit` what the capacity for its load may cost an hour (left out: no limit), and `priority` (0) says
 who is served first; from `critical_priority` on it gets the fastest tier instead of the cheapest.
 */
forescale_status forescale_resource_manager_allocate(forescale_resource_manager *manager,
                                                     int64_t now,
                                                     const char *request_json,
                                                     forescale_error *error);

/* What became of the last request, as JSON: `{"granted": lease}`, `{"refused": {"reason": ..., "problem": ...}}`, or `null` before any. */
forescale_status forescale_resource_manager_allocation(const forescale_resource_manager *manager,
                                                       char *out_json,
                                                       size_t capacity,
                                                       size_t *out_length,
                                                       forescale_error *error);

/* Gives the capacity of a lease back; whether there was one. */
forescale_status forescale_resource_manager_release(forescale_resource_manager *manager,
                                                    int64_t now,
                                                    uint64_t lease,
                                                    int32_t *out_was_held,
                                                    forescale_error *error);

/* A unit is gone, as when its machine failed; whether there was one. */
forescale_status forescale_resource_manager_unit_lost(forescale_resource_manager *manager,
                                                      int64_t now,
                                                      uint64_t unit,
                                                      int32_t *out_was_known,
                                                      forescale_error *error);

/* The units that really are there, as the actuator's own list has them: `[{"unit": 1, "tier": "warm", "is_awake": false}]`. */
forescale_status forescale_resource_manager_reconcile(forescale_resource_manager *manager,
                                                      int64_t now,
                                                      const char *inventory_json,
                                                      forescale_error *error);

/* What became of instruction `id`: `confirmed` or `failed`. The same report twice changes nothing. */
forescale_status forescale_resource_manager_report(forescale_resource_manager *manager,
                                                   uint64_t id,
                                                   const char *outcome,
                                                   forescale_error *error);

/* One round at `now` (Unix milliseconds); `forescale_resource_manager_instructions` tells what is to be done. */
forescale_status forescale_resource_manager_rebalance(forescale_resource_manager *manager,
                                                      int64_t now,
                                                      forescale_error *error);

/* What the last round handed out, as a JSON list of instructions. */
forescale_status forescale_resource_manager_instructions(const forescale_resource_manager *manager,
                                                         char *out_json,
                                                         size_t capacity,
                                                         size_t *out_length,
                                                         forescale_error *error);

/* The lease of a number as JSON, or `null`. */
forescale_status forescale_resource_manager_lease(const forescale_resource_manager *manager,
                                                  uint64_t id,
                                                  char *out_json,
                                                  size_t capacity,
                                                  size_t *out_length,
                                                  forescale_error *error);

/* All leases as a JSON list, by their numbers. */
forescale_status forescale_resource_manager_leases(const forescale_resource_manager *manager,
                                                   char *out_json,
                                                   size_t capacity,
                                                   size_t *out_length,
                                                   forescale_error *error);

/*
 How the tiers are now, hot first, as a JSON list: `tier`; units that are `serving`, `resting` (warm ones), `starting` (being made, woken
 or moved here) and `stopping`; the `load` of the `leases` in requests per second, and how many of them are `waiting` for capacity;
 `latency_seconds` within which the promised share of the answers comes if all this load comes to the units that serve (`null`: they are not
 enough); `watts` and `cost_per_hour` of the units, those that the load needs at work, the others at standby.
 */
forescale_status forescale_resource_manager_status(const forescale_resource_manager *manager,
                                                   char *out_json,
                                                   size_t capacity,
                                                   size_t *out_length,
                                                   forescale_error *error);

/* In words: how the tiers are now, and what the last round decided for each and why. */
forescale_status forescale_resource_manager_explain(const forescale_resource_manager *manager,
                                                    char *out_text,
                                                    size_t capacity,
                                                    size_t *out_length,
                                                    forescale_error *error);

/* What was decided in which round, as JSON: the `records` since the journal was last cleared, and how many were `lost` before them. */
forescale_status forescale_resource_manager_journal(const forescale_resource_manager *manager,
                                                    char *out_json,
                                                    size_t capacity,
                                                    size_t *out_length,
                                                    forescale_error *error);

/* Forgets the records of the journal. */
forescale_status forescale_resource_manager_clear_journal(forescale_resource_manager *manager,
                                                          forescale_error *error);

/* The settings as JSON text, the defaults filled in. */
forescale_status forescale_resource_manager_config(const forescale_resource_manager *manager,
                                                   char *out_json,
                                                   size_t capacity,
                                                   size_t *out_length,
                                                   forescale_error *error);

/* Settings and state as bytes. */
forescale_status forescale_resource_manager_snapshot(const forescale_resource_manager *manager,
                                                     uint8_t *out_bytes,
                                                     size_t capacity,
                                                     size_t *out_length,
                                                     forescale_error *error);

/*
 A manager from bytes of `forescale_resource_manager_snapshot`; it goes on as if it had never stopped.
 The caller ends it with `forescale_resource_manager_destroy`.
 */
forescale_status forescale_resource_manager_restore(const uint8_t *bytes,
                                                    size_t length,
                                                    forescale_resource_manager **out_manager,
                                                    forescale_error *error);

/* ---- pool: Shadows: standby instances that are given resources before the load comes, and traffic before the primary is overloaded. ---- */

/* Gives shadows what the coming minutes need, and traffic to shadows: it says what to do, and is told what became of it. */
typedef struct forescale_shadow_manager forescale_shadow_manager;

/*
 A manager that has no primary yet, with settings such as `{"warm_seconds": 60}`; NULL stands for the defaults.
 The caller ends it with `forescale_shadow_manager_destroy`.
 */
forescale_status forescale_shadow_manager_create(const char *config_json,
                                                 forescale_shadow_manager **out_manager,
                                                 forescale_error *error);

/* Ends a manager; NULL is allowed. */
void forescale_shadow_manager_destroy(forescale_shadow_manager *manager);

/*
 Adds a primary, such as `{"name": "router", "resources": [{"name": "cpu", "base": 8, "price_per_hour": 0.04}]}`, or changes its sizes, limits and
 prices; gives the number of its active instance. It has `min_shadows` (1; 0: none but those that pay) to `max_shadows` (4; 100 at the most) shadows.
 */
forescale_status forescale_shadow_manager_set_primary(forescale_shadow_manager *manager,
                                                      const char *primary_json,
                                                      uint64_t *out_instance,
                                                      forescale_error *error);

/*
 Forgets a primary: what is open about it is withdrawn, its active instance gets all of its traffic, its other instances are released. The journal
 stays. The active instance is the host's from now on, not to be listed when reconciling.
 */
forescale_status forescale_shadow_manager_remove_primary(forescale_shadow_manager *manager,
                                                         const char *primary,
                                                         forescale_error *error);

/*
 Takes in what a primary and its shadows used at `now` (Unix milliseconds), such as
 `{"primary": "router", "used": [2.5], "tags": {"source": "europe"}}`; null: not known.
 */
forescale_status forescale_shadow_manager_observe(forescale_shadow_manager *manager,
                                                  int64_t now,
                                                  const char *sample_json,
                                                  forescale_error *error);

/*
 Uses the host's forecast of a primary, such as `{"primary": "router", "start": 0, "mean": [[0.5]], "deviation": [[0.1]]}`: a row a
 window, a column a resource, as shares of what the primary has.
 */
forescale_status forescale_shadow_manager_set_forecast(forescale_shadow_manager *manager,
                                                       const char *forecast_json,
                                                       forescale_error *error);

/* Puts a request of the host into the pre-warming queue, such as `{"primary": "router", "needed_at": 600000, "amounts": [4]}`. */
forescale_status forescale_shadow_manager_prewarm(forescale_shadow_manager *manager,
                                                  const char *request_json,
                                                  forescale_error *error);

/* An instance does not answer any more; the next round promotes the best shadow if it was active, or replaces it. */
forescale_status forescale_shadow_manager_instance_failed(forescale_shadow_manager *manager,
                                                          uint64_t instance,
                                                          forescale_error *error);

/* An instance that had failed answers again: it becomes standby. */
forescale_status forescale_shadow_manager_instance_recovered(forescale_shadow_manager *manager,
                                                             uint64_t instance,
                                                             forescale_error *error);

/* What really is there, such as `[{"instance": 1, "amounts": [8], "share": 1, "is_active": true}]`: all instances of all primaries. */
forescale_status forescale_shadow_manager_reconcile(forescale_shadow_manager *manager,
                                                    int64_t now,
                                                    const char *seen_json,
                                                    forescale_error *error);

/* What became of instruction `id`: `confirmed` or `failed`. The same report twice changes nothing. */
forescale_status forescale_shadow_manager_report(forescale_shadow_manager *manager,
                                                 uint64_t id,
                                                 const char *outcome,
                                                 forescale_error *error);

/* One round at `now` (Unix milliseconds); `forescale_shadow_manager_instructions` tells what is to be done. */
forescale_status forescale_shadow_manager_plan(forescale_shadow_manager *manager,
                                               int64_t now,
                                               forescale_error *error);

/* What the last round handed out, as a JSON list of instructions. */
forescale_status forescale_shadow_manager_instructions(const forescale_shadow_manager *manager,
                                                       char *out_json,
                                                       size_t capacity,
                                                       size_t *out_length,
                                                       forescale_error *error);

/* What is expected of a primary in the coming windows, as a JSON list with mean, deviation and upper quantile of each resource. */
forescale_status forescale_shadow_manager_forecast(const forescale_shadow_manager *manager,
                                                   const char *primary,
                                                   char *out_json,
                                                   size_t capacity,
                                                   size_t *out_length,
                                                   forescale_error *error);

/* What is waiting in the pre-warming queue, as a JSON list; what is needed first at the front. */
forescale_status forescale_shadow_manager_queue(const forescale_shadow_manager *manager,
                                                char *out_json,
                                                size_t capacity,
                                                size_t *out_length,
                                                forescale_error *error);

/*
 A primary as JSON: its `active` instance and its `epoch`, the `version` that shadows are made of, its `instances` (role, version, amounts, ceiling, share of
 the traffic), the `comparison` of real with predicted utilization, and the `reason` why its shadows have what they have and its `worth`, all of the last
 round.
 */
forescale_status forescale_shadow_manager_status(const forescale_shadow_manager *manager,
                                                 const char *primary,
                                                 char *out_json,
                                                 size_t capacity,
                                                 size_t *out_length,
                                                 forescale_error *error);

/* The same in words. */
forescale_status forescale_shadow_manager_explain(const forescale_shadow_manager *manager,
                                                  const char *primary,
                                                  char *out_text,
                                                  size_t capacity,
                                                  size_t *out_length,
                                                  forescale_error *error);

/* Begins a trial of a new version on a shadow of its own, such as `{"primary": "router", "version": "2", "share": 0.05}`. */
forescale_status forescale_shadow_manager_start_trial(forescale_shadow_manager *manager,
                                                      const char *trial_json,
                                                      forescale_error *error);

/*
 Takes in what both versions measured over the same time, such as
 `{"latency_seconds": 0.1, "error_share": 0.001, "new_latency_seconds": 0.09, "new_error_share": 0.001}`.
 */
forescale_status forescale_shadow_manager_observe_trial(forescale_shadow_manager *manager,
                                                        const char *primary,
                                                        const char *pair_json,
                                                        forescale_error *error);

/* What the last look of a primary's trial found, as JSON; `null` before the first. */
forescale_status forescale_shadow_manager_trial(const forescale_shadow_manager *manager,
                                                const char *primary,
                                                char *out_json,
                                                size_t capacity,
                                                size_t *out_length,
                                                forescale_error *error);

/* Ends a trial: not 0 makes the new version active, if it was shown to be no worse; with 0 its shadow goes. */
forescale_status forescale_shadow_manager_end_trial(forescale_shadow_manager *manager,
                                                    const char *primary,
                                                    int32_t is_promoted,
                                                    forescale_error *error);

/* What was decided and what came of it, as JSON: the `records` since the journal was last cleared, and how many were `lost` before them. */
forescale_status forescale_shadow_manager_journal(const forescale_shadow_manager *manager,
                                                  char *out_json,
                                                  size_t capacity,
                                                  size_t *out_length,
                                                  forescale_error *error);

/* Forgets the records of the journal. */
forescale_status forescale_shadow_manager_clear_journal(forescale_shadow_manager *manager,
                                                        forescale_error *error);

/* The settings as JSON text, the defaults filled in. */
forescale_status forescale_shadow_manager_config(const forescale_shadow_manager *manager,
                                                 char *out_json,
                                                 size_t capacity,
                                                 size_t *out_length,
                                                 forescale_error *error);

/*
 What was used of each resource: a `forescale_history` of its own, by the resources' names and the samples' tags; the primary's name is the tag
 "primary". The caller ends it with `forescale_history_destroy`.
 */
forescale_status forescale_shadow_manager_history(const forescale_shadow_manager *manager,
                                                  forescale_history **out_history,
                                                  forescale_error *error);

/* Settings and state as bytes. */
forescale_status forescale_shadow_manager_snapshot(const forescale_shadow_manager *manager,
                                                   uint8_t *out_bytes,
                                                   size_t capacity,
                                                   size_t *out_length,
                                                   forescale_error *error);

/*
 A manager from bytes of `forescale_shadow_manager_snapshot`; it goes on as if it had never stopped.
 The caller ends it with `forescale_shadow_manager_destroy`.
 */
forescale_status forescale_shadow_manager_restore(const uint8_t *bytes,
                                                  size_t length,
                                                  forescale_shadow_manager **out_manager,
                                                  forescale_error *error);

/* ---- pool: Groups of tenants that run on common capacity because their peaks do not coincide. ---- */

/*
 Groups tenants by their loads, a row each and a column a step; NaN = missing. `config_json` such as `{"quantile": 0.99}`. The answer
 is JSON: the groups with their capacity and risk, and the share of the isolated capacity that is saved.
 */
forescale_status forescale_share(const double *loads,
                                 size_t tenants,
                                 size_t steps,
                                 const char *config_json,
                                 char *out_json,
                                 size_t capacity,
                                 size_t *out_length,
                                 forescale_error *error);

/* ---- engine: The loop: observe, decide, learn; rails, explanations, snapshots. ---- */

/* How a decision was made: with the policy's full knowledge. */
#define FORESCALE_MODE_NORMAL 1

/* Without a forecast yet: too little was observed. */
#define FORESCALE_MODE_COLD_START 2

/* Nothing was measured lately: the replicas are kept. */
#define FORESCALE_MODE_HOLD 3

/* The load is not as usual: more caution, and no scale-in. */
#define FORESCALE_MODE_ANOMALOUS 4

/* The forecasts failed lately: by the load observed now alone. */
#define FORESCALE_MODE_FALLBACK 5

/* The forecasts buy nothing lately, or are too poor or too old: by the load observed now alone. */
#define FORESCALE_MODE_REACTIVE_ONLY 6

/* Nothing is to be changed: the count that would be asked for is told beside it. */
#define FORESCALE_MODE_ADVISORY 7

/* Scaling is paused, in one direction or in both. */
#define FORESCALE_MODE_PAUSED 8

/* The rail that changed the count last: none. */
#define FORESCALE_RAIL_NONE 0

/* Changes within the tolerance are let pass. */
#define FORESCALE_RAIL_TOLERANCE 1

/* Never below what the observed load needs now. */
#define FORESCALE_RAIL_REACTIVE 2

/* Missing data never scales in. */
#define FORESCALE_RAIL_MISSING_DATA 3

/* The most cautious recent proposal holds. */
#define FORESCALE_RAIL_STABILIZATION 4

/* Changes are no faster than allowed. */
#define FORESCALE_RAIL_RATE 5

/* Replicas on their way count as ordered. */
#define FORESCALE_RAIL_PENDING 6

/* The smallest count. */
#define FORESCALE_RAIL_MIN 7

/* The largest count. */
#define FORESCALE_RAIL_MAX 8

/* Forecasts that failed are not followed. */
#define FORESCALE_RAIL_BREAKER 9

/* An anomalous load gets more than it needs, and nothing is taken away. */
#define FORESCALE_RAIL_ANOMALY 10

/* A forecast that is too old is not followed. */
#define FORESCALE_RAIL_FORECAST_EXPIRY 11

/* Forecasts whose errors are too large are not followed. */
#define FORESCALE_RAIL_FORECAST_QUALITY 12

/* Forecasts that buy nothing are not followed. */
#define FORESCALE_RAIL_FORECAST_VALUE 13

/* While nothing is measured: held for a while, then what was known last, then a fixed count. */
#define FORESCALE_RAIL_BLIND 14

/* No replica is removed when those that stay could not carry its share. */
#define FORESCALE_RAIL_CONSOLIDATION 15

/* No more changes of direction than the budget has. */
#define FORESCALE_RAIL_FLIP_BUDGET 16

/* No more than the budget pays for. */
#define FORESCALE_RAIL_COST_BUDGET 17

/* No more than the budget of power feeds. */
#define FORESCALE_RAIL_POWER_BUDGET 18

/* Scaling in, out, or both is paused. */
#define FORESCALE_RAIL_PAUSE 19

/* The last replica goes only after a time without load, and comes back with the first. */
#define FORESCALE_RAIL_ACTIVATION 20

/* The share of a budget that several engines have in common. */
#define FORESCALE_RAIL_SHARED_BUDGET 21

/* Decides how many replicas to run, from a stream of load samples. One engine serves one service. */
typedef struct forescale_engine forescale_engine;

/*
 An engine with these settings that has seen nothing yet, such as `{"service_rate": 10, "policy": "hpa"}`.
 The caller ends it with `forescale_engine_destroy`.
 */
forescale_status forescale_engine_create(const char *config_json,
                                         forescale_engine **out_engine,
                                         forescale_error *error);

/*
 An engine with a policy of the user's own, whatever policy the settings name. From here on it owns `policy->user`, unless the call fails.
 The caller ends it with `forescale_engine_destroy`.
 */
forescale_status forescale_engine_create_custom(const char *config_json,
                                                const forescale_custom_policy *policy,
                                                forescale_engine **out_engine,
                                                forescale_error *error);

/* Ends an engine; NULL is allowed. */
void forescale_engine_destroy(forescale_engine *engine);

/* The settings as JSON text, the defaults filled in. */
forescale_status forescale_engine_config(const forescale_engine *engine,
                                         char *out_json,
                                         size_t capacity,
                                         size_t *out_length,
                                         forescale_error *error);

/*
 Takes in the mean load per second over the interval that ends at `now` (Unix milliseconds); NaN = missing.
 Of two samples with the same time the later call counts; samples may come late within the configured bound.
 */
forescale_status forescale_engine_observe(forescale_engine *engine,
                                          int64_t now,
                                          double load,
                                          forescale_error *error);

/* Takes in `length` samples: all of them, or none when one is refused. */
forescale_status forescale_engine_observe_batch(forescale_engine *engine,
                                                const int64_t *times,
                                                const double *loads,
                                                size_t length,
                                                forescale_error *error);

/*
 Takes in the requests in the service at `now` (Unix milliseconds), being served and waiting, as a mean over the interval that ends then;
 NaN = missing. Only policies that scale by concurrency look at it; without, they estimate it from the load.
 */
forescale_status forescale_engine_observe_in_flight(forescale_engine *engine,
                                                    int64_t now,
                                                    double in_flight,
                                                    forescale_error *error);

/*
 Decides how many replicas to ask for at `now` (Unix milliseconds), given the fleet: replicas last asked for, serving,
 created but not ready yet, and on their way out. `forescale_engine_last_decision` tells the rest of the decision.
 Does not allocate memory once the engine has been used for a while.
 */
forescale_status forescale_engine_decide(forescale_engine *engine,
                                         int64_t now,
                                         uint32_t requested,
                                         uint32_t ready,
                                         uint32_t pending,
                                         uint32_t terminating,
                                         uint32_t *out_replicas,
                                         forescale_error *error);

/* Learns that the request was changed at `now` (Unix milliseconds) to `replicas`. */
forescale_status forescale_engine_applied(forescale_engine *engine,
                                          int64_t now,
                                          uint32_t replicas,
                                          forescale_error *error);

/* The last decision in words; says so when there is none. */
forescale_status forescale_engine_explain(const forescale_engine *engine,
                                          char *out_text,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/*
 The last decision: when it was made, the count, what the load observed then needs without any forecast, what the policy
 proposed before any rail, one of `FORESCALE_MODE_...`, one of `FORESCALE_RAIL_...`, and until when (Unix milliseconds) it
 may be used when no newer one can be had. Not ready before the first.
 */
forescale_status forescale_engine_last_decision(const forescale_engine *engine,
                                                int64_t *out_now,
                                                uint32_t *out_replicas,
                                                uint32_t *out_reactive,
                                                uint32_t *out_predicted,
                                                int32_t *out_mode,
                                                int32_t *out_limited_by,
                                                int64_t *out_valid_until,
                                                forescale_error *error);

/* The last decision's forecast of the largest load over the lead time, in load per second; NaN where it had none. */
forescale_status forescale_engine_last_decision_forecast(const forescale_engine *engine,
                                                         double *out_lower,
                                                         double *out_expected,
                                                         double *out_upper,
                                                         forescale_error *error);

/* The last decision as one line of JSON text, with every reason and its numbers; the same bytes in every language. */
forescale_status forescale_engine_last_decision_json(const forescale_engine *engine,
                                                     char *out_json,
                                                     size_t capacity,
                                                     size_t *out_length,
                                                     forescale_error *error);

/*
 What the policy `q_learning` has learned so far, in the shape (utilization, capacity, trend, forecast, action) with the last running
 fastest; nothing with another policy.
 */
forescale_status forescale_engine_q_table(const forescale_engine *engine,
                                          double *out_values,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* Settings and state as bytes that `forescale_engine_restore` reads. */
forescale_status forescale_engine_snapshot(const forescale_engine *engine,
                                           uint8_t *out_bytes,
                                           size_t capacity,
                                           size_t *out_length,
                                           forescale_error *error);

/* An engine that goes on exactly as the one that was saved. The caller ends it with `forescale_engine_destroy`. */
forescale_status forescale_engine_restore(const uint8_t *bytes,
                                          size_t length,
                                          forescale_engine **out_engine,
                                          forescale_error *error);

/*
 An engine that was saved with a policy of the user's own: `policy->restore` is handed the policy's state. From here on it owns
 `policy->user`, unless the call fails. The caller ends it with `forescale_engine_destroy`.
 */
forescale_status forescale_engine_restore_custom(const uint8_t *bytes,
                                                 size_t length,
                                                 const forescale_custom_policy *policy,
                                                 forescale_engine **out_engine,
                                                 forescale_error *error);

/* ---- engine: What the loop learns of itself, and what it writes down: lead time, value, reward, performance, audit. ---- */

/* Runs an audit log again, line by line, in the memory of one engine. */
typedef struct forescale_audit_replay forescale_audit_replay;

/*
 Takes in that a replica that became ready at `now` (Unix milliseconds) took so many seconds from being asked for. From then on
 nothing is inferred from the fleets.
 */
forescale_status forescale_engine_observe_start_up(forescale_engine *engine,
                                                   int64_t now,
                                                   double seconds,
                                                   forescale_error *error);

/*
 How long replicas take to start, in seconds: what half, 90 % and 99 % of the starts take at most, starts that were learned from, and how
 far ahead decisions look.
 */
forescale_status forescale_engine_lead_time(const forescale_engine *engine,
                                            double *out_p50,
                                            double *out_p90,
                                            double *out_p99,
                                            uint64_t *out_count,
                                            double *out_horizon_seconds,
                                            forescale_error *error);

/*
 What three ways to size would have cost lately, in mean fleets, broken promises included: by the forecast, by the load observed now, by the
 load of one season ago; what the forecast saves against the second, with its standard error; intervals that were scored; and whether the
 forecast is worth following (1 or 0). NaN before anything is known.
 */
forescale_status forescale_engine_forecast_value(const forescale_engine *engine,
                                                 double *out_ours,
                                                 double *out_reactive,
                                                 double *out_seasonal_naive,
                                                 double *out_gain,
                                                 double *out_gain_error,
                                                 uint64_t *out_intervals,
                                                 int32_t *out_is_followed,
                                                 forescale_error *error);

/*
 The reward of the last step, its mean, the mean accuracy and energy, and how much more reward it brings to follow the forecast than the load
 observed now. NaN before anything is known.
 */
forescale_status forescale_engine_reward(const forescale_engine *engine,
                                         double *out_last,
                                         double *out_mean,
                                         double *out_accuracy,
                                         double *out_energy,
                                         double *out_gain,
                                         forescale_error *error);

/*
 Takes in how long responses took over the interval that ends at `now` (Unix milliseconds), in seconds at the share that is promised, and the
 share of the time that the ready replicas were busy; NaN = missing.
 */
forescale_status forescale_engine_observe_performance(forescale_engine *engine,
                                                      int64_t now,
                                                      double response_seconds,
                                                      double utilization,
                                                      forescale_error *error);

/*
 What one replica serves as it is sized for now, in load per second; the share of response times within the promise (NaN while none was
 measured); samples that were learned from.
 */
forescale_status forescale_engine_performance(const forescale_engine *engine,
                                              double *out_service_rate,
                                              double *out_kept,
                                              uint64_t *out_samples,
                                              forescale_error *error);

/* Changes settings of a running engine, which keeps what it learned: a JSON text of those that change, such as `{"max_replicas": 20}`. */
forescale_status forescale_engine_reconfigure(forescale_engine *engine,
                                              const char *changes_json,
                                              forescale_error *error);

/* The first line of an audit log that goes on from here. Not ready while `audit` is off in the settings. */
forescale_status forescale_engine_audit_header(const forescale_engine *engine,
                                               char *out_json,
                                               size_t capacity,
                                               size_t *out_length,
                                               forescale_error *error);

/*
 The last decision with all that was told before it as one line of JSON text; the same bytes in every language. Not ready while `audit` is off
 in the settings, and before the first decision.
 */
forescale_status forescale_engine_audit_line(const forescale_engine *engine,
                                             char *out_json,
                                             size_t capacity,
                                             size_t *out_length,
                                             forescale_error *error);

/*
 Derives every decision of an audit log again: `out_line` is the first line, counted from 1, whose decision is not what follows from its
 inputs; 0 when all are as logged. A log that was cut or edited is an error that names the line.
 */
forescale_status forescale_replay(const char *log,
                                  uint64_t *out_line,
                                  forescale_error *error);

/* A replay that has read nothing yet. The caller ends it with `forescale_audit_replay_destroy`. */
forescale_status forescale_audit_replay_create(forescale_audit_replay **out_replay, forescale_error *error);

/* Ends a replay; NULL is allowed. */
void forescale_audit_replay_destroy(forescale_audit_replay *replay);

/* Reads the next line: a header first, then decisions. After a difference nothing more is derived. */
forescale_status forescale_audit_replay_line(forescale_audit_replay *replay,
                                             const char *line,
                                             forescale_error *error);

/* Decisions that were derived again, and the line and the decision of the first difference, both counted from 1; 0 when there is none. */
forescale_status forescale_audit_replay_difference(const forescale_audit_replay *replay,
                                                   uint64_t *out_decisions,
                                                   uint64_t *out_line,
                                                   uint64_t *out_sequence,
                                                   forescale_error *error);

/* The decision of the first difference as it was logged, in JSON text; empty when there is none. */
forescale_status forescale_audit_replay_logged(const forescale_audit_replay *replay,
                                               char *out_json,
                                               size_t capacity,
                                               size_t *out_length,
                                               forescale_error *error);

/* The decision of the first difference as it follows from the inputs, in JSON text; empty when there is none. */
forescale_status forescale_audit_replay_derived(const forescale_audit_replay *replay,
                                                char *out_json,
                                                size_t capacity,
                                                size_t *out_length,
                                                forescale_error *error);

/* ---- engine: Rails by hand and what they tell: pauses, resources, counterfactuals, tiers, and budgets that engines have in common. ---- */

/*
 Pauses scaling `in`, `out`, or `both`, until `forescale_engine_resume`; saved with the state. The smallest and the largest count still
 hold. What was paused before is replaced.
 */
forescale_status forescale_engine_pause(forescale_engine *engine,
                                        const char *direction,
                                        forescale_error *error);

/* Ends a pause. */
forescale_status forescale_engine_resume(forescale_engine *engine, forescale_error *error);

/* The direction in which scaling is paused: `in`, `out`, `both`, or nothing. */
forescale_status forescale_engine_paused(const forescale_engine *engine,
                                         char *out_direction,
                                         size_t capacity,
                                         size_t *out_length,
                                         forescale_error *error);

/* Takes in how much of a resource of the settings all replicas together use at `now` (Unix milliseconds); NaN = missing. */
forescale_status forescale_engine_observe_resource(forescale_engine *engine,
                                                   int64_t now,
                                                   const char *name,
                                                   double value,
                                                   forescale_error *error);

/*
 Lowers the last decision to its share of a budget that several engines have in common, as `forescale_joint_budget_share` tells it, and
 gives the count then. A share that is no smaller changes nothing; in advisory and shadow mode it lowers what is advised.
 */
forescale_status forescale_engine_limit_to_share(forescale_engine *engine,
                                                 uint32_t share,
                                                 uint32_t *out_replicas,
                                                 forescale_error *error);

/* What the last decision would ask for, were the engine not advisory; else its count. */
forescale_status forescale_engine_last_decision_advised(const forescale_engine *engine,
                                                        uint32_t *out_replicas,
                                                        forescale_error *error);

/*
 The last decision's count to feed to a horizontal pod autoscaler that passes over changes within its `tolerance` (0.1 unless told
 otherwise), when `current` replicas are there: growth is rounded up to the smallest count that it acts on, and a shrink that it would
 pass over is told as `current`.
 */
forescale_status forescale_engine_last_decision_desired_for_hpa(const forescale_engine *engine,
                                                                uint32_t current,
                                                                double tolerance,
                                                                uint32_t *out_replicas,
                                                                forescale_error *error);

/*
 What the last decision would have advised without the forecast, and without each rail that bound: the rails (`FORESCALE_RAIL_...`) and the
 count without each, two arrays of the same capacity and length.
 */
forescale_status forescale_engine_last_decision_counterfactuals(const forescale_engine *engine,
                                                                uint32_t *out_without_forecast,
                                                                int32_t *out_rails,
                                                                uint32_t *out_replicas,
                                                                size_t capacity,
                                                                size_t *out_length,
                                                                forescale_error *error);

/* How the count that the last decision advises is spread over the tiers of the settings, in their order; nothing where there are none. */
forescale_status forescale_engine_last_decision_tiers(const forescale_engine *engine,
                                                      uint32_t *out_replicas,
                                                      size_t capacity,
                                                      size_t *out_length,
                                                      forescale_error *error);

/*
 The count that each of several services gets under one budget, such as
 `{"limit": 16, "pools": [{"cost": 2, "weight": 1, "min_replicas": 1}, {}]}`, from the counts that their engines decided for, what their
 loads observed now need, and what they run: one of each a pool. `forescale_engine_limit_to_share` tells each engine.
 */
forescale_status forescale_joint_budget_share(const char *budget_json,
                                              const uint32_t *wanted,
                                              const uint32_t *reactive,
                                              const uint32_t *current,
                                              size_t pools,
                                              uint32_t *out_replicas,
                                              forescale_error *error);

/* ---- simulate: Does it work? Worlds, backtests and reports. ---- */

/* Numbers of a table of the policy `q_learning`. */
#define FORESCALE_Q_TABLE_LENGTH 6552

/* What a backtest found. */
typedef struct forescale_report forescale_report;

/*
 Runs every policy in a world over a load (load per second), with the noise of `seed`.

 `policies_json` is a list such as `["hpa", {"static": {"replicas": 9}}, "predictive"]`; `world_json` must at least give the
 load per second that one replica serves: `{"service_rate": 10}`. `progress`, unless NULL, is told the share of the work
 done (0 to 1) and `user`; when it answers 0, the backtest stops with `FORESCALE_ERROR_STOPPED`. It must not unwind.
 The caller ends the report with `forescale_report_destroy`.
 */
forescale_status forescale_backtest(const forescale_series *series,
                                    const char *policies_json,
                                    const char *world_json,
                                    uint64_t seed,
                                    int32_t (*progress)(double share, void *user),
                                    void *user,
                                    forescale_report **out_report,
                                    forescale_error *error);

/*
 `forescale_backtest` over `count` loads at once: writes a report for each, in their order, to `out_reports`, all or none.

 `config_json` (NULL = defaults) such as `{"seed": 0, "sweep": "full", "threads": 2}`: the seed of the noise; which settings are tried besides the
 policies as given ("none", "hpa" over target and scale-in window, "targets" of every policy, or "full": both); and how many threads share the
 runs, which does not change the reports. `progress` is told on the calling thread. The caller ends each report with `forescale_report_destroy`.
 */
forescale_status forescale_backtest_many(const forescale_series *const *loads,
                                         size_t count,
                                         const char *policies_json,
                                         const char *world_json,
                                         const char *config_json,
                                         int32_t (*progress)(double share, void *user),
                                         void *user,
                                         forescale_report **out_reports,
                                         forescale_error *error);

/*
 As `forescale_backtest`, with a policy of the user's own after the others; `policy->user` stays the caller's.
 The caller ends the report with `forescale_report_destroy`.
 */
forescale_status forescale_backtest_custom(const forescale_series *series,
                                           const char *policies_json,
                                           const forescale_custom_policy *policy,
                                           const char *world_json,
                                           uint64_t seed,
                                           int32_t (*progress)(double share, void *user),
                                           void *user,
                                           forescale_report **out_report,
                                           forescale_error *error);

/*
 Trains the policy `q_learning` for `episodes` over a load, with its settings as JSON text (`{"exploration": 0.3}`, NULL for the defaults), and
 writes the `FORESCALE_Q_TABLE_LENGTH` values of its table, which `{"q_learning": {"table": [...]}}` takes. The rest is as for `forescale_backtest`.
 */
forescale_status forescale_train(const forescale_series *series,
                                 const char *config_json,
                                 const char *world_json,
                                 size_t episodes,
                                 uint64_t seed,
                                 int32_t (*progress)(double share, void *user),
                                 void *user,
                                 double *out_values,
                                 forescale_error *error);

/* Ends a report; NULL is allowed. */
void forescale_report_destroy(forescale_report *report);

/* Totals and frontier as JSON text, without the timelines. */
forescale_status forescale_report_to_json(const forescale_report *report,
                                          char *out_json,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* The totals as a text table. */
forescale_status forescale_report_table(const forescale_report *report,
                                        char *out_text,
                                        size_t capacity,
                                        size_t *out_length,
                                        forescale_error *error);

/* The totals of one policy as JSON text; `policy` is its name in the report. */
forescale_status forescale_report_policy(const forescale_report *report,
                                         const char *policy,
                                         char *out_json,
                                         size_t capacity,
                                         size_t *out_length,
                                         forescale_error *error);

/*
 A policy's run, one value a decision. `column` is one of requested, ready, charged (replicas), response_seconds,
 forecast_lower, forecast_expected and forecast_upper (the peak load over the lead time, NaN while there is no forecast), and from this
 decision to the next: cost, energy_kwh, violation_seconds, late_requests, over_provisioned_hours.
 */
forescale_status forescale_report_timeline(const forescale_report *report,
                                           const char *policy,
                                           const char *column,
                                           double *out_values,
                                           size_t capacity,
                                           size_t *out_length,
                                           forescale_error *error);

/*
 Each policy's days (UTC) as a JSON list: policy, start (Unix milliseconds), seconds, cost, energy_kwh, violation_seconds, late_requests,
 over_provisioned_hours.
 */
forescale_status forescale_report_per_day(const forescale_report *report,
                                          char *out_json,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* Each policy's days as a text table. */
forescale_status forescale_report_per_day_table(const forescale_report *report,
                                                char *out_text,
                                                size_t capacity,
                                                size_t *out_length,
                                                forescale_error *error);

/*
 Each policy's mean day with its interval by block bootstrap over days, as a JSON list. `config_json` such as `{"level": 0.9}`, as for
 `forescale_compare`; NULL = defaults.
 */
forescale_status forescale_report_daily_means(const forescale_report *report,
                                              const char *config_json,
                                              char *out_json,
                                              size_t capacity,
                                              size_t *out_length,
                                              forescale_error *error);

/* The true load per second, one value a decision. */
forescale_status forescale_report_load(const forescale_report *report,
                                       double *out_load,
                                       size_t capacity,
                                       size_t *out_length,
                                       forescale_error *error);

/* The report as one HTML page without anything external: the finding, the world, the table and the charts. */
forescale_status forescale_report_to_html(const forescale_report *report,
                                          char *out_html,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/* The chart of cost against broken promises as an SVG file: every policy over its settings. */
forescale_status forescale_report_frontier_svg(const forescale_report *report,
                                               char *out_svg,
                                               size_t capacity,
                                               size_t *out_length,
                                               forescale_error *error);

/* The busiest day (of a short run: hour, or all of it) as an SVG file: load, replicas and response times. */
forescale_status forescale_report_timeline_svg(const forescale_report *report,
                                               char *out_svg,
                                               size_t capacity,
                                               size_t *out_length,
                                               forescale_error *error);

/*
 Compares policy `a` of a report with `b`, by their names in it: differences of cost, energy, time over the promise and late requests, each
 with its interval by block bootstrap and p-value, as JSON text. `config_json` such as `{"level": 0.9}`; NULL = defaults.
 */
forescale_status forescale_compare(const forescale_report *report,
                                   const char *a,
                                   const char *b,
                                   const char *config_json,
                                   char *out_json,
                                   size_t capacity,
                                   size_t *out_length,
                                   forescale_error *error);

/*
 A generated load: `config_json` such as `{"base": 200, "parts": [{"cycle": {"amplitude": 0.5}}, {"bursts": {}}]}`, NULL = a
 constant with counting noise. The caller ends the series with `forescale_series_destroy`.
 */
forescale_status forescale_synthetic_generate(const char *config_json,
                                              uint64_t seed,
                                              forescale_series **out_series,
                                              forescale_error *error);

/* ---- simulate: Does it work? Chaos, rollouts, tuning, and two worlds under the same load. ---- */

/* Stay at this share. */
#define FORESCALE_VERDICT_HOLD 1

/* Go on to the next share. */
#define FORESCALE_VERDICT_ADVANCE 2

/* Back to the old policy everywhere, for good. */
#define FORESCALE_VERDICT_ROLL_BACK 3

/* The new policy everywhere, for good. */
#define FORESCALE_VERDICT_PROMOTE 4

/* A rollout under way. */
typedef struct forescale_rollout forescale_rollout;

/* A text that took long to make. */
typedef struct forescale_text forescale_text;

/* Ends a text; NULL is allowed. */
void forescale_text_destroy(forescale_text *text);

/* The text itself. */
forescale_status forescale_text_value(const forescale_text *text,
                                      char *out_text,
                                      size_t capacity,
                                      size_t *out_length,
                                      forescale_error *error);

/* The scenario of a seed as JSON text: a service, a hostile load, and one to three faults. */
forescale_status forescale_chaos_scenario(uint64_t seed,
                                          char *out_json,
                                          size_t capacity,
                                          size_t *out_length,
                                          forescale_error *error);

/*
 Plays a scenario with an engine of these settings (`{"policy": "hpa"}`, NULL for the defaults), of which the scenario fills in times, bounds
 and the service rate; gives what it brought to light as JSON text, which the caller ends with `forescale_text_destroy`.
 */
forescale_status forescale_chaos_run(const char *scenario_json,
                                     const char *config_json,
                                     forescale_text **out_findings,
                                     forescale_error *error);

/*
 Plays the scenarios of `count` seeds from `first_seed` on (at most a million), on so many threads; gives the survey as JSON text, which the
 caller ends with `forescale_text_destroy`. `progress` and `user` are as for `forescale_backtest`.
 */
forescale_status forescale_chaos_survey(uint64_t first_seed,
                                        size_t count,
                                        const char *config_json,
                                        size_t threads,
                                        int32_t (*progress)(double share, void *user),
                                        void *user,
                                        forescale_text **out_survey,
                                        forescale_error *error);

/*
 Tunes the settings of a policy (a name, or JSON text) on the first part of a load, and reports what they are worth on the rest:
 `{"objective": {"price": {"violation_cost_per_hour": 100}}, "holdout_share": 0.3, "holdout_seconds": null, "budget": 60}`, NULL for
 these. Gives JSON text, which the caller ends with `forescale_text_destroy`. The rest is as for `forescale_backtest`.
 */
forescale_status forescale_tune(const char *policy,
                                const forescale_series *series,
                                const char *world_json,
                                const char *config_json,
                                uint64_t seed,
                                int32_t (*progress)(double share, void *user),
                                void *user,
                                forescale_text **out_tuned,
                                forescale_error *error);

/*
 Runs the same generated load through a world of fixed size, which is that of the peak, and an elastic one:
 `{"load": {...}, "elastic": "predictive", "buffer": 0, "comparison": {...}}`, NULL for these. Gives what the two came to as JSON text, and the
 report with both; the caller ends them. The rest is as for `forescale_backtest`.
 */
forescale_status forescale_dual(const char *config_json,
                                const char *world_json,
                                uint64_t seed,
                                int32_t (*progress)(double share, void *user),
                                void *user,
                                forescale_text **out_dual,
                                forescale_report **out_report,
                                forescale_error *error);

/*
 A rollout at its first share: `{"stages": [0.01, 0.05, 0.25, 1], "alpha": 0.05, "look_intervals": 240, "looks": 6,
 "violation_cost_per_hour": 100, "resamples": 2000, "seed": 0, "services": 100}`, NULL for these.
 The caller ends it with `forescale_rollout_destroy`.
 */
forescale_status forescale_rollout_create(const char *config_json,
                                          forescale_rollout **out_rollout,
                                          forescale_error *error);

/* Ends a rollout; NULL is allowed. */
void forescale_rollout_destroy(forescale_rollout *rollout);

/*
 Takes in what one interval cost, and for how many seconds the promise was broken in it, with the old policy in the control group and
 with the new one in a group of the same size; gives one of `FORESCALE_VERDICT_...`.
 */
forescale_status forescale_rollout_observe(forescale_rollout *rollout,
                                           double old_cost,
                                           double old_violation_seconds,
                                           double new_cost,
                                           double new_violation_seconds,
                                           int32_t *out_verdict,
                                           forescale_error *error);

/* The share that is to run the new policy now, and how the rollout ended: one of `FORESCALE_VERDICT_...`, 0 while it goes on. */
forescale_status forescale_rollout_share(const forescale_rollout *rollout,
                                         double *out_share,
                                         int32_t *out_ended,
                                         forescale_error *error);

/* Share, end and looks as JSON text. */
forescale_status forescale_rollout_to_json(const forescale_rollout *rollout,
                                           char *out_json,
                                           size_t capacity,
                                           size_t *out_length,
                                           forescale_error *error);

/* The whole state as bytes that `forescale_rollout_restore` reads. */
forescale_status forescale_rollout_snapshot(const forescale_rollout *rollout,
                                            uint8_t *out_bytes,
                                            size_t capacity,
                                            size_t *out_length,
                                            forescale_error *error);

/*
 The rollout that a snapshot was taken of: it goes on as if it had never stopped.
 The caller ends it with `forescale_rollout_destroy`.
 */
forescale_status forescale_rollout_restore(const uint8_t *bytes,
                                           size_t length,
                                           forescale_rollout **out_rollout,
                                           forescale_error *error);

/*
 Rolls a new policy out in place of an old one (names, or JSON texts) in simulation, over the load for each of the services; ends with the load
 at the latest, and is then where it got to. The caller ends the rollout. The rest is as for `forescale_backtest`.
 */
forescale_status forescale_rollout_simulate(const forescale_series *series,
                                            const char *old_policy,
                                            const char *new_policy,
                                            const char *world_json,
                                            const char *config_json,
                                            uint64_t seed,
                                            int32_t (*progress)(double share, void *user),
                                            void *user,
                                            forescale_rollout **out_rollout,
                                            forescale_error *error);

/* ---- simulate: Does it work? Trials of the pool's schemes. ---- */

/*
 Tries a scheme of the pool and the simple thing in its place over `rows` loads of `columns` steps each, row after row, NaN = missing:
 `{"scheme": {"clones": {...}}, "world": {"service_rate": 10}, "step_seconds": 60}`. Gives both arms and their differences as JSON text,
 which the caller ends with `forescale_text_destroy`. `progress` and `user` are as for `forescale_backtest`.
 */
forescale_status forescale_schemes_run(const double *loads,
                                       size_t rows,
                                       size_t columns,
                                       const char *config_json,
                                       uint64_t seed,
                                       int32_t (*progress)(double share, void *user),
                                       void *user,
                                       forescale_text **out_report,
                                       forescale_error *error);

/*
 Draws the busiest day of a report that `forescale_schemes_run` gave, as an SVG file's text, which the caller ends with
 `forescale_text_destroy`.
 */
forescale_status forescale_schemes_picture(const char *report_json,
                                           forescale_text **out_svg,
                                           forescale_error *error);

#ifdef __cplusplus
}
#endif

#endif /* FORESCALE_H */
