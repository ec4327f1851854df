// forescale for C++17: the functions and objects of forescale.h with exceptions, containers and ownership.
//
// Every failure is a forescale::Error. Objects are moved, not copied, and end with their scope.
// Arrays go in as forescale::Numbers: a vector, a std::array, a C array, or a pointer and a length.
// Calls on const objects may overlap in time; any other call on an object may not.
// One header a room; this one is all of them.

#ifndef FORESCALE_HPP
#define FORESCALE_HPP

#include "forescale/load.hpp"
#include "forescale/load_history.hpp"
#include "forescale/forecast.hpp"
#include "forescale/forecast_panel.hpp"
#include "forescale/anomaly.hpp"
#include "forescale/anomaly_breaker.hpp"
#include "forescale/capacity.hpp"
#include "forescale/scaling.hpp"
#include "forescale/energy.hpp"
#include "forescale/energy_schedule.hpp"
#include "forescale/choice.hpp"
#include "forescale/policy.hpp"
#include "forescale/pool.hpp"
#include "forescale/engine.hpp"
#include "forescale/simulate.hpp"
#include "forescale/simulate_trials.hpp"
#include "forescale/simulate_schemes.hpp"

#endif  // FORESCALE_HPP
