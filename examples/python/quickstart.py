"""Two hours of rising load, one decision, and why."""

from forescale.engine import Engine, Fleet

engine = Engine(service_rate=10.0)  # one replica serves 10 requests a second; everything else has its default
for sample in range(1, 481):
    now = sample * 15_000
    engine.observe(now, 100 + 0.5 * sample)
decision = engine.decide(now, Fleet(requested=30, ready=30))
print(f"from 30 to {decision.replicas} replicas")
print(engine.explain(), end="")
