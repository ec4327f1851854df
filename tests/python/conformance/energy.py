import pickle

from forescale.energy import EnergyTensor


def fit(case):
    tensor = pickle.loads(pickle.dumps(EnergyTensor.fit(case.table("s"), case.table("e"))))
    case.expect_array("matrix", tensor.matrix)
    case.expect("residual", tensor.residual)
    case.expect("condition", tensor.condition)


def minimize(case):
    tensor = EnergyTensor(case.table("matrix"))
    case.expect_array("energy_of_low", tensor.apply(case.numbers("low")))
    plan = tensor.minimize(case.numbers("demand"), case.numbers("low"), case.numbers("high"))
    case.expect_array("scaling", plan.scaling)
    case.expect_array("energy", plan.energy)
    case.expect("total", plan.total)
    case.expect_array("price", plan.price)


DISPATCH = {"energy_fit": fit, "energy_minimize": minimize}
