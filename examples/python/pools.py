"""Six tenants whose peaks lie four hours apart: what they cost on common capacity, and each alone."""

import numpy as np
from forescale.simulate import World, schemes, synthetic

DAY, HOUR = 86_400.0, 3_600.0
tenants = [
    synthetic.generate(
        base=5.0 * (tenant + 1),
        parts=[synthetic.cycle(DAY, 0.8, 4 * HOUR * tenant), synthetic.bursts(1.5, HOUR / 2, 4 * HOUR)],
        steps=720,
        step_seconds=600.0,
        counting_noise=False,
        seed=tenant,
    ).values
    for tenant in range(6)
]
world = World(2.0, interval_seconds=60.0)  # a replica serves 2 requests a second
report = schemes.run(np.stack(tenants), world, {"sharing": {}}, step_seconds=600.0, learn_share=0.5, seed=1)
arms = [report["scheme"], report["baseline"]]
(shared, alone), (late, late_alone) = [arm["cost"] for arm in arms], [100 * arm["late_requests"] / arm["requests"] for arm in arms]
print(f"sharing costs {shared:.2f} against {alone:.2f}, late {late:.3f}% against {late_alone:.3f}%")
