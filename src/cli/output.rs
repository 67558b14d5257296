//! Writing: the answer to standard output or a file, everything else to standard error.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use super::Failed;
use crate::diagnostic;
use crate::source::Source;

/// A line on standard error; a closed one is nobody's concern.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// All of an answer at once.
pub fn answer(bytes: &[u8], path: Option<&Path>) -> Result<(), Failed> {
    stream(path, |out| out.write_all(bytes))
}

/// An answer as it is written. A file is replaced only when it is complete; a closed pipe ends quietly.
pub fn stream(
    path: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failed> {
    let written = match path {
        Some(path) => replace(path, write),
        None => {
            let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            match write(&mut out).and_then(|()| out.flush()) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                    // What is still buffered has no reader.
                    let _ = out.into_parts();
                    Ok(())
                }
                other => other,
            }
        }
    };
    written.map_err(|error| {
        let name = path.map_or_else(|| "<stdout>".to_string(), |path| path.display().to_string());
        Failed {
            diagnostics: vec![diagnostic::unwritable(&name, &error.to_string())],
            source: Source::new(name, ""),
        }
    })
}

fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let fill = || {
        let mut out = BufWriter::new(std::fs::File::create(&beside)?);
        write(&mut out)?;
        out.into_inner().map_err(|error| error.into_error())?.sync_all()?;
        std::fs::rename(&beside, path)
    };
    let result = fill();
    if result.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    result
}
