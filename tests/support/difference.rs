//! Central differences with Richardson extrapolation.

use super::Result;
use super::value::Value;

/// The widest step; two halvings follow, which leave an error of its sixth power.
pub const STEP: f64 = 1.0 / 256.0;
/// Two extrapolations that differ by more than this, relative to the derivative, have not settled.
const SETTLED: f64 = 1e-8;
/// What rounding leaves of a difference, relative to the values it is taken of.
const ROUNDING: f64 = 1e-11;

/// The derivative at 0 of a function of one number, entry by entry of its value.
pub fn derivative(function: impl Fn(f64) -> Result<Value>) -> Result<Value> {
    let mut size = 0.0_f64;
    let mut central = |step: f64| -> Result<Value> {
        let (after, before) = (function(step)?, function(-step)?);
        size = size.max(after.largest());
        after.zip(&before, |after, before| (after - before) / (2.0 * step))
    };
    let steps = [central(STEP)?, central(STEP / 2.0)?, central(STEP / 4.0)?];
    let extrapolate = |coarse: &Value, fine: &Value, factor: f64| {
        fine.zip(coarse, |fine, coarse| fine + (fine - coarse) / (factor - 1.0))
    };
    let first = extrapolate(&steps[0], &steps[1], 4.0)?;
    let second = extrapolate(&steps[1], &steps[2], 4.0)?;
    let result = extrapolate(&first, &second, 16.0)?;
    let distance = result.zip(&second, |one, other| one - other)?.largest();
    // NaN compares as false and is refused too.
    if distance <= SETTLED * result.largest() + ROUNDING * (1.0 + size) {
        Ok(result)
    } else {
        Err(format!("central differences do not settle: {distance:e} of {:e}", result.largest()))
    }
}
