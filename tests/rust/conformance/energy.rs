use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::energy::EnergyTensor;

pub const DISPATCH: &[Dispatch] = &[("energy_fit", fit), ("energy_minimize", minimize)];

fn fit(case: &Case) -> Result<()> {
    let tensor = EnergyTensor::fit(case.table("s"), case.table("e"))?;
    let tensor = EnergyTensor::restore(&tensor.snapshot()?)?;
    case.expect_array("matrix", tensor.matrix().values());
    case.expect("residual", tensor.residual().unwrap_or(f64::NAN));
    case.expect("condition", tensor.condition().unwrap_or(f64::NAN));
    Ok(())
}

fn minimize(case: &Case) -> Result<()> {
    let tensor = EnergyTensor::new(case.table("matrix"))?;
    case.expect_array("energy_of_low", &tensor.apply(case.numbers("low"))?);
    let plan = tensor.minimize(case.numbers("demand"), case.numbers("low"), case.numbers("high"))?;
    case.expect_array("scaling", &plan.scaling);
    case.expect_array("energy", &plan.energy);
    case.expect("total", plan.total);
    case.expect_array("price", &plan.price);
    Ok(())
}
