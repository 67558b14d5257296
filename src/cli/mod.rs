//! The command line. No mathematics in it.

mod args;
mod collapse;
mod input;
mod jsonl;
mod output;
mod recheck;
mod verify;

use std::process::ExitCode;

use anstream::ColorChoice;
use clap::{CommandFactory, Parser};

use crate::Derived;
use crate::beside::STACK;
use crate::derive::Options;
use crate::diagnostic::{self, Diagnostic, Exit};
use crate::problem::Problem;
use crate::render;
use crate::source::Source;
use crate::structure::structured;
use crate::syntax::print;

use args::{Arguments, Command, Derive};

/// What went wrong, with the source it speaks of.
struct Failed {
    diagnostics: Vec<Diagnostic>,
    source: Source,
}

/// Parses the arguments, runs the command and answers with its exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to standard output and are no error.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let worker = std::thread::Builder::new().name("entrywise".to_string()).stack_size(STACK);
    let code = worker.spawn(move || run(arguments)).ok().and_then(|thread| thread.join().ok());
    ExitCode::from(code.unwrap_or_else(|| {
        output::note("error: internal failure; please report this input");
        3
    }))
}

fn run(arguments: Arguments) -> u8 {
    let colour = arguments.color;
    let result = match arguments.command {
        Command::Derive(options) => derive_command(&options, colour.allows_stdout()),
        Command::Check { input, source } => check_command(input.as_deref(), source.as_deref()),
        Command::Verify(options) => return verify::run(&options, colour.allows_stderr()),
        Command::Recheck { input } => recheck::run(&input),
        Command::Collapse { input, source } => collapse::run(input.as_deref(), source.as_deref()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "entrywise", &mut script);
            output::answer(&script, None)
        }
    };
    match result {
        Ok(()) => 0,
        Err(failed) => report(&failed, colour.allows_stderr()),
    }
}

/// Errors on standard error; the exit code is the greatest of theirs.
fn report(failed: &Failed, colour: bool) -> u8 {
    output::note(diagnostic::render(&failed.diagnostics, &failed.source, colour).trim_end());
    match failed.diagnostics.iter().map(|error| error.exit).max() {
        Some(Exit::Limit) => 3,
        Some(Exit::Refused) => 1,
        _ => 2,
    }
}

/// A source with its problem, under a convention for structured variables where one is asked for.
fn read(source: Source, structure: Option<args::Structure>) -> Result<(Source, Problem), Failed> {
    let failed = |source: &Source| {
        let source = source.clone();
        move |diagnostics| Failed { diagnostics, source }
    };
    // What is wrong with the source is told of the source as it was written.
    let problem = crate::read(&source).map_err(failed(&source))?;
    let Some(structure) = structure else { return Ok((source, problem)) };
    let structured = structured(&source, structure.into()).map_err(failed(&source))?;
    let mut problem = crate::read(&structured.source).map_err(failed(&structured.source))?;
    problem.conventions = structured.said;
    Ok((structured.source, problem))
}

fn derive_command(options: &Derive, colour: bool) -> Result<(), Failed> {
    let source = input::read(options.input.as_deref(), options.source.as_deref())?;
    let (source, mut problem) = read(source, options.structure)?;
    let work = || -> Result<Derived, Vec<Diagnostic>> {
        for (name, size) in &options.size {
            if !problem.dimensions.contains_key(name.as_str()) {
                return Err(vec![diagnostic::size_of_unknown(name)]);
            }
            problem.sizes.insert(name.as_str().into(), *size);
        }
        let entries = options.entries.unwrap_or_default();
        let layout = options.layout.map(crate::derive::Layout::from);
        if let Some(layout) = layout {
            problem.conventions.push((None, layout.sentence().to_string()));
        }
        let chosen = Options { open: options.open, inline: options.inline, entries, layout };
        crate::derive(problem, &chosen)
    };
    let derived = work().map_err(|diagnostics| Failed { diagnostics, source: source.clone() })?;
    let certificate = match &options.certificate {
        Some(path) => Some((path, recheck::certificate(&derived, &source, options)?)),
        None => None,
    };
    let style = render::Options {
        full: options.full,
        colour: colour && options.output.is_none(),
        steps: options.steps.into(),
        ..render::Options::default()
    };
    if options.trace {
        output::note(derived.trace(&source).trim_end());
    }
    if let Some((path, text)) = &certificate {
        output::answer(text.as_bytes(), Some(path))?;
    }
    output::stream(options.output.as_deref(), |out| {
        render::render(&derived.verified, &derived.problem, options.format.into(), &style, out)
    })
}

fn check_command(input: Option<&str>, text: Option<&str>) -> Result<(), Failed> {
    let source = input::read(input, text)?;
    let problem =
        crate::read(&source).map_err(|diagnostics| Failed { diagnostics, source: source.clone() })?;
    output::answer(listing(&problem).as_bytes(), None)
}

/// Variables, definitions and goals with their shapes, one a line.
fn listing(problem: &Problem) -> String {
    let printer = print::Printer::new(problem.quantities.keys().map(|name| &**name));
    let mut lines = Vec::new();
    let width = problem
        .quantities
        .keys()
        .map(|name| unicode_width::UnicodeWidthStr::width(&**name))
        .max()
        .unwrap_or(0);
    let pad = |name: &str| {
        let own = unicode_width::UnicodeWidthStr::width(name);
        format!("{name}{}", " ".repeat(width.saturating_sub(own)))
    };
    for quantity in problem.quantities.values() {
        let what = match &quantity.definition {
            Some(definition) => format!("  = {}", printer.expr(definition)),
            None => String::new(),
        };
        lines.push(format!("{} : {}{what}", pad(&quantity.name), quantity.shape));
    }
    if !problem.sizes.is_empty() {
        let sizes: Vec<String> =
            problem.sizes.iter().map(|(name, size)| format!("{name} = {size}")).collect();
        lines.push(format!("size {}", sizes.join(", ")));
    }
    for (goal, _) in problem.asked() {
        lines.push(format!("derive {}", printer.expr(goal)));
    }
    for claim in &problem.claims {
        let sides: Vec<String> = claim.sides.iter().map(|side| printer.expr(side)).collect();
        lines.push(format!("verify {}", sides.join(" == ")));
    }
    lines.join("\n") + "\n"
}

impl args::Colour {
    fn choice(self) -> ColorChoice {
        match self {
            args::Colour::Auto => ColorChoice::Auto,
            args::Colour::Always => ColorChoice::Always,
            args::Colour::Never => ColorChoice::Never,
        }
    }

    fn allows_stdout(self) -> bool {
        allowed(self.choice(), &std::io::stdout())
    }

    fn allows_stderr(self) -> bool {
        allowed(self.choice(), &std::io::stderr())
    }
}

fn allowed(choice: ColorChoice, stream: &impl anstream::stream::RawStream) -> bool {
    match choice {
        ColorChoice::Auto => !matches!(anstream::AutoStream::choice(stream), ColorChoice::Never),
        ColorChoice::Never => false,
        _ => true,
    }
}
