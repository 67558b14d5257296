//! The mathematical fields of a certificate, and certificates with one of them altered.

use entrywise::Source;
use entrywise::syntax::ast::{Expr, Name, StatementKind};
use entrywise::syntax::parse;
use entrywise::syntax::print::{self, Printer};
use serde_json::{Value, json};

use crate::alter::{Scope, mistakes};

/// What is altered; each must be refused often.
pub const KINDS: &[&str] =
    &["side", "range", "heading", "definition", "answer", "source", "rule", "verdict", "order", "check"];

/// So many alterations of one field at most, spread over all that there are.
const EACH: usize = 24;

pub struct Mutant {
    pub certificate: Value,
    pub kind: &'static str,
    /// A JSON pointer.
    pub field: String,
    pub change: String,
    /// The chain that the field belongs to.
    pub chain: Option<String>,
}

/// Compact text with the members in alphabetical order.
pub fn sorted(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let mut members: Vec<String> =
                members.iter().map(|(name, member)| format!("{name:?}:{}", sorted(member))).collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

struct Maker<'a> {
    original: &'a Value,
    names: Vec<Name>,
    groups: Vec<Vec<Name>>,
    letters: Vec<Name>,
    found: Vec<Mutant>,
}

pub fn mutants(original: &Value) -> Vec<Mutant> {
    let text = original["source"]["text"].as_str().unwrap();
    let problem = entrywise::read(&Source::new("test", text)).unwrap();
    let mut groups: Vec<(entrywise::shape::Shape, Vec<Name>)> = Vec::new();
    for quantity in problem.quantities.values() {
        match groups.iter_mut().find(|(shape, _)| *shape == quantity.shape) {
            Some((_, group)) => group.push(quantity.name.clone()),
            None => groups.push((quantity.shape.clone(), vec![quantity.name.clone()])),
        }
    }
    let string = |value: &Value| Name::from(value.as_str().unwrap());
    let mut names: Vec<Name> = problem.quantities.keys().chain(problem.dimensions.keys()).cloned().collect();
    names.extend(items(&original["definitions"]).iter().map(|known| string(&known["name"])));
    for answer in items(&original["answers"]) {
        names.extend(items(&answer["introduced"]).iter().map(|known| string(&known["name"])));
    }
    let letters = ["a", "b", "i", "j", "k"].map(Name::from).to_vec();
    let groups = groups.into_iter().map(|(_, group)| group).collect();
    let mut maker = Maker { original, names, groups, letters, found: Vec::new() };
    maker.sections();
    maker.answers();
    maker.definitions();
    maker.source();
    maker.check();
    maker.found
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], |items| items)
}

impl Maker<'_> {
    fn parse(&self, text: &str) -> Option<Expr> {
        parse::expression(&Source::new("field", text), &self.names).ok()
    }

    /// The text of a tree where it stands for it.
    fn text(&self, expr: &Expr) -> Option<String> {
        let text = Printer::new(self.names.iter().map(|name| &**name)).expr(expr);
        (self.parse(&text)? == *expr).then_some(text)
    }

    /// An expression as it stands in a certificate, with mistakes.
    fn mistaken(&self, value: &Value) -> Vec<Value> {
        let mut found = match value {
            Value::String(text) => {
                let scope = Scope { groups: &self.groups, letters: &self.letters };
                let exprs = self.parse(text).map_or_else(Vec::new, |expr| mistakes(&expr, &scope));
                exprs.iter().filter_map(|expr| self.text(expr)).map(Value::String).collect()
            }
            Value::Number(number) => vec![json!(number.as_u64().unwrap() + 1)],
            Value::Array(parts) => {
                let mut found = Vec::new();
                if parts.len() > 1 && parts[0] != parts[1] {
                    let mut turned = parts.clone();
                    turned.swap(0, 1);
                    found.push(Value::Array(turned));
                }
                for (place, part) in parts.iter().enumerate() {
                    for other in self.mistaken(part) {
                        let mut parts = parts.clone();
                        parts[place] = other;
                        found.push(Value::Array(parts));
                    }
                }
                found
            }
            Value::Object(members) => {
                let mut found = Vec::new();
                for (name, part) in members {
                    // Renamed letters of a table alone leave its term without them.
                    let others = match name.as_str() {
                        "operator" | "sign" => Vec::new(),
                        _ => self.mistaken(part),
                    };
                    for other in others {
                        let mut members = members.clone();
                        members.insert(name.clone(), other);
                        found.push(Value::Object(members));
                    }
                }
                found
            }
            _ => Vec::new(),
        };
        found.retain(|other| other != value);
        found.dedup();
        let step = found.len().div_ceil(EACH).max(1);
        found.into_iter().step_by(step).collect()
    }

    /// The same value in several places of one field.
    fn put(&mut self, kind: &'static str, fields: &[String], value: Value, chain: Option<&str>) {
        let mut certificate = self.original.clone();
        for field in fields {
            *certificate.pointer_mut(field).unwrap() = value.clone();
        }
        let change = format!("{} is {value}", self.original.pointer(&fields[0]).unwrap());
        let chain = chain.map(str::to_string);
        self.found.push(Mutant { certificate, kind, field: fields.join(", "), change, chain });
    }

    fn mistake(&mut self, kind: &'static str, fields: &[String], chain: Option<&str>) {
        for other in self.mistaken(&self.original.pointer(&fields[0]).unwrap().clone()) {
            self.put(kind, fields, other, chain);
        }
    }

    fn sections(&mut self) {
        let original = self.original;
        for (s, section) in items(&original["sections"]).iter().enumerate() {
            let at = format!("/sections/{s}");
            if section["heading"].is_object() {
                self.mistake("heading", &[format!("{at}/heading/derivative")], None);
            }
            for (t, step) in items(&section["steps"]).iter().enumerate() {
                let at = format!("{at}/steps/{t}");
                for rule in ["assemble", "collapse-product", "expand", "invented"] {
                    self.put("rule", &[format!("{at}/rules")], json!([rule]), None);
                }
                for (d, display) in items(&step["displays"]).iter().enumerate() {
                    for (c, chain) in items(display).iter().enumerate() {
                        self.chain(&format!("{at}/displays/{d}/{c}"), chain);
                    }
                }
                self.removed(&at, &format!("/sections/{s}/steps"), t);
            }
            self.removed(&at, "/sections", s);
        }
        // What did not change is no alteration.
        self.found.retain(|mutant| mutant.certificate != *original);
    }

    fn chain(&mut self, at: &str, chain: &Value) {
        let links = items(&chain["links"]);
        for side in 0..=links.len() {
            let after = side.checked_sub(1).map(|link| format!("{at}/links/{link}/after"));
            let before = (side < links.len()).then(|| format!("{at}/links/{side}/before"));
            let fields: Vec<String> = after.into_iter().chain(before).collect();
            self.mistake("side", &fields, Some(at));
        }
        for (link, content) in links.iter().enumerate() {
            let at_link = format!("{at}/links/{link}");
            let other = if content["relation"] == "=" { "=>" } else { "=" };
            self.put("order", &[format!("{at_link}/relation")], json!(other), None);
            let verdict = format!("{at_link}/verdict");
            match content["verdict"].as_str() {
                Some("proved") => self.put("verdict", &[verdict], json!("checked"), None),
                Some(_) => self.put("verdict", &[verdict], json!("proved"), None),
                None => {}
            }
            // The whole link says nothing.
            let sides = [format!("{at_link}/before"), format!("{at_link}/after")];
            self.put("side", &sides, json!("0"), Some(at));
        }
        for (letter, _) in items(&chain["letters"]).iter().enumerate() {
            let field = format!("{at}/letters/{letter}/range");
            self.mistake("range", std::slice::from_ref(&field), Some(at));
            self.put("range", &[field], json!("1"), Some(at));
            self.put("range", &[format!("{at}/letters/{letter}/letter")], json!("q"), Some(at));
        }
    }

    /// An item left out, and put in front of the one before it.
    fn removed(&mut self, field: &str, list: &str, place: usize) {
        for exchange in [false, true] {
            let mut certificate = self.original.clone();
            let items = certificate.pointer_mut(list).unwrap().as_array_mut().unwrap();
            match (exchange, place) {
                (false, _) => drop(items.remove(place)),
                (true, 0) => continue,
                (true, _) => items.swap(place - 1, place),
            }
            let change = if exchange { "exchanged" } else { "left out" }.to_string();
            self.found.push(Mutant {
                certificate,
                kind: "order",
                field: field.to_string(),
                change,
                chain: None,
            });
        }
    }

    fn answers(&mut self) {
        let original = self.original;
        let answers = items(&original["answers"]);
        for (a, answer) in answers.iter().enumerate() {
            let at = format!("/answers/{a}");
            let chain = self.result_chain(answer);
            for member in ["goal", "value"] {
                let own = format!("{at}/{member}");
                self.mistake("answer", std::slice::from_ref(&own), None);
                if let Some(chain) = &chain {
                    let side = if member == "goal" { "before" } else { "after" };
                    self.mistake("answer", &[own, format!("{chain}/links/0/{side}")], Some(chain));
                }
            }
            // The right answer of another goal.
            for other in answers.iter().filter(|other| other["value"] != answer["value"]) {
                self.put("answer", &[format!("{at}/value")], other["value"].clone(), None);
                self.put("answer", &[format!("{at}/goal")], other["goal"].clone(), None);
            }
            for (place, _) in items(&answer["introduced"]).iter().enumerate() {
                self.mistake("answer", &[format!("{at}/introduced/{place}/value")], None);
            }
            for (place, _) in items(&answer["letters"]).iter().enumerate() {
                self.mistake("range", &[format!("{at}/letters/{place}/range")], None);
            }
            self.removed(&at, "/answers", a);
        }
    }

    /// Where the last section says an answer.
    fn result_chain(&self, answer: &Value) -> Option<String> {
        let last = items(&self.original["sections"]).len() - 1;
        for (t, step) in items(&self.original["sections"][last]["steps"]).iter().enumerate() {
            for (d, display) in items(&step["displays"]).iter().enumerate() {
                for (c, chain) in items(display).iter().enumerate() {
                    if chain["links"][0]["before"] == answer["goal"] {
                        return Some(format!("/sections/{last}/steps/{t}/displays/{d}/{c}"));
                    }
                }
            }
        }
        None
    }

    fn definitions(&mut self) {
        let original = self.original;
        for (place, definition) in items(&original["definitions"]).iter().enumerate() {
            let at = format!("/definitions/{place}");
            self.mistake("definition", &[format!("{at}/value")], None);
            let introduced = !definition["introduced"].as_bool().unwrap();
            self.put("definition", &[format!("{at}/introduced")], json!(introduced), None);
            self.put("definition", &[format!("{at}/name")], json!("other"), None);
            self.removed(&at, "/definitions", place);
        }
        for (place, _) in items(&original["sizes"]).iter().enumerate() {
            self.mistake("definition", &[format!("/sizes/{place}/size")], None);
            self.put("definition", &[format!("/sizes/{place}/dimension")], json!("other"), None);
        }
        self.put(
            "definition",
            &["/sizes".to_string()],
            json!(if original["sizes"].is_null() { json!([]) } else { Value::Null }),
            None,
        );
        let dimensions = [json!([{"dimension": "N", "size": 7}]), json!([{"dimension": "other", "size": 2}])];
        for sizes in dimensions.into_iter().skip(usize::from(original["sizes"].is_null())) {
            self.put("definition", &["/options/sizes".to_string()], sizes, None);
        }
    }

    /// A statement altered in the text, in the list, and in both.
    fn source(&mut self) {
        let original = self.original;
        let statements = items(&original["source"]["statements"]);
        for (place, statement) in statements.iter().enumerate() {
            for other in self.statements(statement.as_str().unwrap()) {
                let mut list = statements.to_vec();
                list[place] = json!(other);
                let text: String =
                    list.iter().map(|statement| format!("{}\n", statement.as_str().unwrap())).collect();
                let fields = ["/source/text".to_string(), "/source/statements".to_string()];
                self.put("source", &fields[..1], json!(text), None);
                self.put("source", &fields[1..], json!(list), None);
                let mut certificate = original.clone();
                certificate["source"]["text"] = json!(text);
                certificate["source"]["statements"] = json!(list);
                let change = format!("{statement} is {other}");
                let field = "/source".to_string();
                self.found.push(Mutant { certificate, kind: "source", field, change, chain: None });
            }
        }
    }

    fn statements(&self, text: &str) -> Vec<String> {
        let file = parse::file(&Source::new("statement", text)).unwrap();
        let [statement] = file.statements.as_slice() else { panic!("{text}") };
        let scope = Scope { groups: &self.groups, letters: &self.letters };
        let mut found = Vec::new();
        let mut add = |kind: StatementKind| {
            let other = entrywise::syntax::ast::Statement { kind, span: statement.span };
            found.push(print::statement(&other));
        };
        match &statement.kind {
            StatementKind::Define { name, value } => {
                // Read in the file's names, in which derivatives are of no matter here.
                for value in mistakes(value, &scope).into_iter().step_by(2).take(EACH) {
                    add(StatementKind::Define { name: name.clone(), value });
                }
            }
            StatementKind::Declare { names, shape, properties } => {
                use entrywise::syntax::ast::ShapeExpr::{Matrix, Scalar, Vector};
                let shapes = match shape {
                    Scalar => vec![Vector(Expr::natural(2))],
                    Vector(rows) => vec![Scalar, Matrix(Expr::natural(1), rows.clone())],
                    Matrix(rows, columns) => vec![
                        Matrix(columns.clone(), rows.clone()),
                        Matrix(rows.clone(), rows.clone()),
                        Matrix(rows.clone(), Expr::name("Q")),
                        Vector(rows.clone()),
                    ],
                };
                for shape in shapes {
                    add(StatementKind::Declare {
                        names: names.clone(),
                        shape,
                        properties: properties.clone(),
                    });
                }
                if names.len() > 1 {
                    let names = names[1..].to_vec();
                    add(StatementKind::Declare {
                        names,
                        shape: shape.clone(),
                        properties: properties.clone(),
                    });
                }
            }
            StatementKind::Size { sizes } => {
                let mut other = sizes.clone();
                other[0].1 = Expr::natural(5);
                add(StatementKind::Size { sizes: other });
            }
            StatementKind::Derive { goals } => {
                let mut fewer = goals.clone();
                let last = fewer.pop().unwrap();
                fewer.insert(0, last);
                if goals.len() > 1 {
                    add(StatementKind::Derive { goals: fewer });
                    add(StatementKind::Derive { goals: goals[1..].to_vec() });
                }
            }
            _ => {}
        }
        found.retain(|other| other != text);
        found
    }

    fn check(&mut self) {
        for member in ["points", "sampled", "degree", "error_exponent", "proved", "checked"] {
            self.mistake("check", &[format!("/check/{member}")], None);
        }
        let arithmetic = if self.original["check"]["arithmetic"] == "exact" { "real" } else { "exact" };
        self.put("check", &["/check/arithmetic".to_string()], json!(arithmetic), None);
        self.mistake("check", &["/check/sizes/0/0/size".to_string()], None);
        self.mistake("check", &["/check/rules/0/steps".to_string()], None);
    }
}

/// Every value inside.
pub fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                found.push(format!("{at}/{place}"));
                pointers(item, &format!("{at}/{place}"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| *name != "digest") {
                found.push(format!("{at}/{name}"));
                pointers(member, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}
