// Where does it run? Tiers, shadows, clones, tenants, regions.

#ifndef FORESCALE_POOL_HPP
#define FORESCALE_POOL_HPP

#include "pool_clones.hpp"
#include "pool_regions.hpp"
#include "pool_shadows.hpp"
#include "pool_load_balancer.hpp"
#include "pool_resource_manager.hpp"
#include "pool_share.hpp"

#endif  // FORESCALE_POOL_HPP
