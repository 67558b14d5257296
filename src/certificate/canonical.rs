//! The text that a digest is taken of: no spaces, members in alphabetical order, whatever order a file has them in.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 of a certificate without its member `digest`, in hexadecimal digits.
pub fn digest(certificate: &Value) -> String {
    let mut certificate = certificate.clone();
    if let Value::Object(members) = &mut certificate {
        members.remove("digest");
    }
    let mut text = String::new();
    write(&certificate, &mut text);
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (position, (name, member)) in members.into_iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(member, text);
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
}
