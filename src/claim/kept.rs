//! Points kept in files: the counterexample of a verdict, or one that someone wrote.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;

use crate::problem::Problem;
use crate::syntax::ast::Name;
use crate::verify::{Point, Style, admits};

/// Greater exponents are refused: they stand for numbers of as many digits.
const EXPONENT: i32 = 400;

/// A counterexample; `verify --at` reads it again.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CounterexampleRecord {
    pub sizes: BTreeMap<Name, usize>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub letters: BTreeMap<Name, usize>,
    /// Rows of numbers, `"1/2"` for a half.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<Name, Vec<Vec<String>>>,
    /// Of unknown functions, and of variables without values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// What was found there; not read again.
    pub entry: Vec<usize>,
    pub left: Vec<Vec<String>>,
    pub right: Vec<Vec<String>>,
}

/// What a point may say. The fields that tell what was found there are passed over.
const FIELDS: [&str; 8] = ["sizes", "letters", "values", "seed", "style", "entry", "left", "right"];

/// Numbers stay as they are written, so that none loses digits.
type Fields<'t> = BTreeMap<String, &'t RawValue>;

impl<'de> Deserialize<'de> for CounterexampleRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CounterexampleRecord, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        CounterexampleRecord::read(text.get()).map_err(de::Error::custom)
    }
}

impl CounterexampleRecord {
    /// From JSON: the counterexample of a verdict, or one written by hand, where all but a point may be left out.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<CounterexampleRecord, String> {
        let fields = fields(text, "a point")?;
        if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(format!("a point has no `{unknown}`; it has `sizes`, `letters` and `values`"));
        }
        let says = |name: &str| fields.contains_key(name);
        if !["sizes", "values", "seed"].into_iter().any(says) {
            return Err("it has neither `sizes` nor `values`".to_string());
        }
        let map = |name: &str| match fields.get(name) {
            Some(raw) => self::fields(raw.get(), &format!("`{name}`")),
            None => Ok(Fields::new()),
        };
        let counts = |name: &str| -> Result<BTreeMap<Name, usize>, String> {
            let count = |(key, raw): (String, &RawValue)| match cell(raw.get())?.parse() {
                Ok(count) => Ok((Name::from(key), count)),
                Err(_) => Err(format!("`{key}` in `{name}` is a positive integer, not {}", raw.get())),
            };
            map(name)?.into_iter().map(count).collect()
        };
        let text = |name: &str| fields.get(name).map(|raw| cell(raw.get())).transpose();
        let values = map("values")?.into_iter();
        let values = values.map(|(name, raw)| match rows(raw.get()) {
            Ok(rows) => Ok((Name::from(name), rows)),
            Err(why) => Err(format!("the value of `{name}`: {why}")),
        });
        Ok(CounterexampleRecord {
            sizes: counts("sizes")?,
            letters: counts("letters")?,
            values: values.collect::<Result<_, _>>()?,
            seed: text("seed")?,
            style: text("style")?,
            ..CounterexampleRecord::default()
        })
    }

    /// The point that is described; dimensions that it leaves out are as the problem has them, or 1.
    ///
    /// # Errors
    /// What is no number, no rectangle, no name of the problem, or none of its values.
    pub fn point(&self, problem: &Problem) -> Result<Point, String> {
        let mut sizes = Vec::new();
        for name in problem.dimensions.keys() {
            let size = self.sizes.get(name).or_else(|| problem.sizes.get(name)).copied().unwrap_or(1);
            if size == 0 {
                return Err(format!("the size of `{name}` is not positive"));
            }
            sizes.push((name.clone(), size));
        }
        if let Some(unknown) = self.sizes.keys().find(|name| !problem.dimensions.contains_key(*name)) {
            return Err(format!("`{unknown}` is no dimension of the problem"));
        }
        let free = |name: &Name| {
            problem.claims.iter().any(|claim| claim.free.iter().any(|(known, _)| known == name))
        };
        if let Some(unknown) = self.letters.keys().find(|name| !free(name)) {
            return Err(format!("`{unknown}` is no free index of a claim"));
        }
        let seed = match &self.seed {
            Some(text) => text.parse().map_err(|_| format!("`{text}` is no seed"))?,
            None => 0,
        };
        let style = match self.style.as_deref() {
            None => Style::Whole(1),
            Some(word) => style_named(word).ok_or_else(|| format!("`{word}` is no style"))?,
        };
        let mut point = Point { style, ..Point::new(sizes, seed) };
        let mut given = Vec::new();
        for (name, rows) in &self.values {
            let Some(quantity) = problem.quantities.get(name).filter(|known| known.definition.is_none())
            else {
                return Err(format!("`{name}` is no declared variable of the problem"));
            };
            let axes = point.axes(&quantity.shape).map_err(|reason| reason.to_string())?;
            let number = |text: &String| number(text).ok_or_else(|| format!("`{text}` is no number"));
            let entries = rows.iter().flatten().map(number).collect::<Result<Vec<_>, _>>()?;
            // A vector may be written in one row.
            let [height, width] = axes.sizes() else { return Err(format!("`{name}` is no matrix")) };
            let vector = *height == 1 || *width == 1;
            let fits = rows.len() == *height && rows.iter().all(|row| row.len() == *width);
            if !(fits || vector && rows.len() == 1 && entries.len() == height * width) {
                return Err(format!("`{name}` is {height} x {width} here, and what is given is not"));
            }
            given.push((name.clone(), entries));
        }
        point.given = given.into();
        admits(problem, &point)?;
        Ok(point)
    }
}

fn fields<'t>(text: &'t str, what: &str) -> Result<Fields<'t>, String> {
    serde_json::from_str(text).map_err(|_| format!("{what} is a JSON object, as in {{\"n\": 2}}"))
}

/// A number or a string.
fn cell(text: &str) -> Result<String, String> {
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map_err(|_| format!("{text} is no text")),
        Some(b'-' | b'0'..=b'9') => Ok(text.to_string()),
        _ => Err(format!("{text} is no number")),
    }
}

/// A list of rows, one row, or one number.
fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let list = |text: &str| -> Result<Vec<String>, String> {
        let cells: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| format!("{text} is no list"))?;
        cells.into_iter().map(|raw| cell(raw.get())).collect()
    };
    if !text.starts_with('[') {
        return Ok(vec![vec![cell(text)?]]);
    }
    let rows: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| format!("{text} is no list"))?;
    if rows.first().is_some_and(|row| row.get().starts_with('[')) {
        return rows.into_iter().map(|row| list(row.get())).collect();
    }
    Ok(vec![list(text)?])
}

/// `-3`, `1/2`, `0.5`, `2e-3`: exact.
fn number(text: &str) -> Option<BigRational> {
    let text = text.trim();
    if let Ok(number) = text.parse::<BigRational>() {
        return Some(number);
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(part) || exponent.abs() > EXPONENT || part.len() > EXPONENT as usize {
        return None;
    }
    let value: BigInt = format!("{whole}{part}").parse().ok()?;
    let shift = exponent - part.len() as i32;
    let power = BigInt::from(10).pow(shift.unsigned_abs());
    Some(if shift < 0 { BigRational::new(value, power) } else { BigRational::from_integer(value * power) })
}

fn style_named(word: &str) -> Option<Style> {
    Some(match word {
        "mixed" => Style::Mixed,
        "positive" => Style::Positive,
        "small" => Style::Small,
        "wide" => Style::Wide,
        "corner" => Style::Corner,
        _ => Style::Whole(word.strip_prefix("whole ")?.parse().ok().filter(|magnitude| *magnitude < 1000)?),
    })
}
