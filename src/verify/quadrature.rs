//! The antiderivative of a function that is known by its derivative alone.

use super::error::Eval;
use super::number::Number;
use super::real::Real;

/// Nodes of one panel.
const NODES: usize = 12;

/// Gauss–Legendre from 0 to `end`, on two panels and once more on three. What both differ by, several
/// times, is the bound: where it does not fall (the integrand has a kink), nothing is decided.
pub fn integral(end: Real, slope: &mut dyn FnMut(Real) -> Eval<Real>) -> Eval<Real> {
    let rule = nodes();
    let point = Real::exact(end.value());
    let coarse = panels(point, 2, &rule, slope)?;
    let fine = panels(point, 3, &rule, slope)?;
    let at_end = slope(point)?;
    let reach = (at_end.value().abs() + at_end.error()) * end.error() * 2.0;
    // The last term: nodes are off by their rounding.
    let rounding = 1e-14 * (fine.value().abs() + (at_end.value() * end.value()).abs());
    Ok(fine.widened(4.0 * (fine.value() - coarse.value()).abs()).widened(reach).widened(rounding))
}

fn panels(
    end: Real,
    count: i64,
    rule: &[(f64, f64)],
    slope: &mut dyn FnMut(Real) -> Eval<Real>,
) -> Eval<Real> {
    let half = end * Real::integer(2 * count).inverse()?;
    let mut total = Real::ZERO;
    for panel in 0..count {
        let middle = half * Real::integer(2 * panel + 1);
        for &(node, weight) in rule {
            // A node off by its rounding costs nothing at first order; both rules have their own.
            let place = Real::exact((middle + half * Real::exact(node)).value());
            total += slope(place)? * Real::exact(weight).widened(1e-15);
        }
    }
    Ok(total * half)
}

/// Nodes in (-1, 1) with their weights: the zeros of the Legendre polynomial, by Newton's method.
fn nodes() -> Vec<(f64, f64)> {
    let legendre = |x: f64| {
        let (mut before, mut value) = (1.0, x);
        for degree in 2..=NODES {
            let n = degree as f64;
            (before, value) = (value, ((2.0 * n - 1.0) * x * value - (n - 1.0) * before) / n);
        }
        let slope = NODES as f64 * (x * value - before) / (x * x - 1.0);
        (value, slope)
    };
    (0..NODES)
        .map(|number| {
            let mut x = (std::f64::consts::PI * (number as f64 + 0.75) / (NODES as f64 + 0.5)).cos();
            for _ in 0..20 {
                let (value, slope) = legendre(x);
                x -= value / slope;
            }
            let (_, slope) = legendre(x);
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_the_exponential_integrate_to_their_formulas() {
        let square = integral(Real::exact(1.5), &mut |t| Ok(t * t)).unwrap();
        assert!((square.value() - 1.125).abs() <= square.error() && square.error() < 1e-12);
        let exp = integral(Real::exact(-0.75), &mut |t| Ok(Real::exact(t.value().exp()))).unwrap();
        assert!((exp.value() - ((-0.75f64).exp() - 1.0)).abs() < 1e-14 && exp.error() < 1e-12);
    }

    #[test]
    fn a_kink_widens_the_bound() {
        let kink = integral(Real::exact(1.0), &mut |t| Ok(Real::exact((t.value() - 0.4).abs()))).unwrap();
        assert!((kink.value() - 0.26).abs() <= kink.error() && kink.error() > 1e-6, "{kink:?}");
    }
}
