//! Flags and their help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nUses Symbolica 2.2.0, source-available and not included in this program's licence: without a key it runs\n\
     in restricted mode, for non-commercial use, one core and one instance per machine. Keys:\n\
     https://symbolica.io/license, passed in ENTRYWISE_SYMBOLICA_KEY."
);

/// Derives matrix gradients entry by entry, the way a person does on paper, and checks every line.
#[derive(Debug, Parser)]
#[command(name = "entrywise", version = VERSION, after_help = "\
Exit codes: 0 answered, proved or checked; 1 refuted, or a certificate refused; 2 wrong input or usage; 3 over a
limit, busy, unchecked or an internal failure.

Examples:
  entrywise derive grammar/examples/linear_layer.ew
  entrywise derive -e 'X : N x D; W : D x M; Y = X*W; L = loss(Y); derive dL/dX' --format expr
  entrywise collapse -e '[g[1,1] w[1,1] + g[1,2] w[1,2], g[1,1] w[2,1] + g[1,2] w[2,2]]'")]
pub struct Arguments {
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub color: Colour,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Derive the gradients that a file asks for
    Derive(Derive),
    /// Parse and check shapes only; list variables, shapes and goals
    Check {
        /// The file, or - for standard input
        #[arg(value_name = "FILE", required_unless_present = "source", conflicts_with = "source")]
        input: Option<String>,
        /// The source itself
        #[arg(short = 'e', value_name = "SOURCE")]
        source: Option<String>,
    },
    /// Decide claimed identities: proved, checked, refuted or unchecked
    Verify(Verify),
    /// Find the matrix expression behind a matrix of explicit entries
    Collapse {
        /// The file with the matrix, or - for standard input
        #[arg(value_name = "FILE", required_unless_present = "source", conflicts_with = "source")]
        input: Option<String>,
        /// The matrix itself, as in '[a[1,1] b[1,1], …; …]'
        #[arg(short = 'e', value_name = "MATRIX")]
        source: Option<String>,
    },
    /// Check a certificate again, by its source and the checker alone
    Recheck {
        /// The certificate, as `derive --certificate` writes it, or - for standard input
        #[arg(value_name = "FILE")]
        input: String,
    },
    /// Print a completion script for a shell
    Completions { shell: clap_complete::Shell },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  entrywise derive grammar/examples/linear_layer.ew --format markdown
  entrywise derive grammar/examples/linear_layer.ew --open
  entrywise derive grammar/examples/two_layers.ew --open --steps main --trace
  entrywise derive grammar/examples/linear_layer.ew --size N=3,D=5,M=2 --entries all")]
pub struct Derive {
    /// The file, or - for standard input
    #[arg(value_name = "FILE", required_unless_present = "source", conflicts_with = "source")]
    pub input: Option<String>,
    /// The source itself
    #[arg(short = 'e', value_name = "SOURCE")]
    pub source: Option<String>,
    /// How to write the answer
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Sizes of dimensions, over those of the file
    #[arg(long, value_name = "N=2,…", value_delimiter = ',', value_parser = size)]
    pub size: Vec<(String, usize)>,
    /// For arbitrary dimensions: ignore all sizes
    #[arg(long)]
    pub open: bool,
    /// Answers in declared variables and the derivative of the unknown function only
    #[arg(long)]
    pub inline: bool,
    /// Derivatives by variables of declared structure (symmetric, diagonal, …): over the structured set, or projected on
    /// it [default: entries are independent]
    #[arg(long, value_enum, value_name = "CONVENTION")]
    pub structure: Option<Structure>,
    /// Entries of a gradient derived in full: all, first or a number [default: all up to four, else the first]
    #[arg(long, value_name = "all|first|N", value_parser = entries)]
    pub entries: Option<crate::derive::Entries>,
    /// How much to tell: all steps; the main ones, without the work on single entries; or none, only what is
    /// given and found. Every step is checked, told or not
    #[arg(long, value_enum, default_value = "all", value_name = "HOW MUCH")]
    pub steps: Steps,
    /// List the rules of all steps and the places of the definitions on standard error
    #[arg(long)]
    pub trace: bool,
    /// Leave nothing out of matrices larger than 6 x 6
    #[arg(long)]
    pub full: bool,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write every step as JSON too, for `entrywise recheck`
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 every claim is proved or checked; 1 some claim is refuted; 2 wrong input; 3 some claim is unchecked.

Examples:
  entrywise verify -e \"A : n x m; B : m x p; verify (A*B)' == B'*A'\"
  entrywise verify tests/corpus --format json
  entrywise verify --jsonl < claims.jsonl > verdicts.jsonl")]
pub struct Verify {
    /// Files, folders of .ew files, or - for standard input
    #[arg(value_name = "FILE|DIR", required_unless_present_any = ["source", "jsonl"], conflicts_with = "source")]
    pub inputs: Vec<String>,
    /// The source itself
    #[arg(short = 'e', value_name = "SOURCE")]
    pub source: Option<String>,
    /// How to write the verdicts; json is one object a line [default: text]
    #[arg(long, value_enum)]
    pub format: Option<VerdictFormat>,
    /// The least and the greatest size of a dimension that is tried
    #[arg(long, value_name = "1..5", value_parser = range, default_value = "1..5")]
    pub sizes: (usize, usize),
    /// Random points at each assignment of sizes [default: as many as a small error bound needs]
    #[arg(long, value_name = "K", value_parser = trials)]
    pub trials: Option<u32>,
    /// Of the random points: the same seed gives the same verdicts
    #[arg(long, value_name = "S", value_parser = seed, default_value_t = crate::verify::SEED)]
    pub seed: u64,
    /// Derivatives by variables of declared structure (symmetric, diagonal, …): over the structured set, or projected on
    /// it [default: entries are independent]
    #[arg(long, value_enum, value_name = "CONVENTION", conflicts_with = "jsonl")]
    pub structure: Option<Structure>,
    /// Show both sides of every equality by their entries, brought to one form
    #[arg(long)]
    pub explain: bool,
    /// Only at the point that a file has: the counterexample of a verdict in JSON, or the whole verdict
    #[arg(long, value_name = "FILE", conflicts_with_all = ["explain", "jsonl"])]
    pub at: Option<PathBuf>,
    /// Problems from standard input, one JSON object or string a line; one verdict a line in JSON, in the same order
    #[arg(long, conflicts_with_all = ["inputs", "source"])]
    pub jsonl: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerdictFormat {
    Text,
    Json,
    Markdown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Structure {
    /// By the coordinates of the set
    Set,
    /// The orthogonal projection on it
    Projection,
}

impl From<Structure> for crate::structure::Convention {
    fn from(structure: Structure) -> crate::structure::Convention {
        match structure {
            Structure::Set => crate::structure::Convention::Set,
            Structure::Projection => crate::structure::Convention::Projection,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// Unicode, 80 columns
    Text,
    /// A whole LaTeX document
    Latex,
    /// Its body alone
    LatexFragment,
    /// Displays in $$, as Jekyll and MathJax take them
    Markdown,
    /// One line of the input language per goal
    Expr,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Steps {
    All,
    Main,
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Colour {
    Auto,
    Always,
    Never,
}

fn size(text: &str) -> Result<(String, usize), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=NUMBER")?;
    match value.trim().parse::<usize>() {
        Ok(value) if value > 0 => Ok((name.trim().to_string(), value)),
        _ => Err(format!("a size is a positive integer, not {value:?}")),
    }
}

fn range(text: &str) -> Result<(usize, usize), String> {
    let expected = || "expected two sizes as in 1..5".to_string();
    let (least, most) = text.split_once("..").ok_or_else(expected)?;
    let most = most.strip_prefix('=').unwrap_or(most);
    let number = |text: &str| text.trim().parse::<usize>().map_err(|_| expected());
    let (least, most) = (number(least)?, number(most)?);
    match least {
        0 => Err("a size is at least 1".to_string()),
        _ if most < least => Err(format!("{least} is more than {most}")),
        _ if most > 64 => Err("sizes above 64 are not tried".to_string()),
        _ => Ok((least, most)),
    }
}

fn trials(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=1000).contains(number));
    number.ok_or_else(|| "expected a whole number from 1 to 1000".to_string())
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "expected a whole number below 2^64".to_string())
}

fn entries(text: &str) -> Result<crate::derive::Entries, String> {
    match text {
        "all" => Ok(crate::derive::Entries::All),
        "first" => Ok(crate::derive::Entries::First),
        number => match number.parse() {
            Ok(number) if number > 0 => Ok(crate::derive::Entries::Number(number)),
            _ => Err("expected all, first or a positive number".to_string()),
        },
    }
}

impl From<Steps> for crate::render::Steps {
    fn from(steps: Steps) -> crate::render::Steps {
        match steps {
            Steps::All => crate::render::Steps::All,
            Steps::Main => crate::render::Steps::Main,
            Steps::None => crate::render::Steps::None,
        }
    }
}

impl From<Format> for crate::render::Format {
    fn from(format: Format) -> crate::render::Format {
        match format {
            Format::Text => crate::render::Format::Text,
            Format::Latex => crate::render::Format::Latex,
            Format::LatexFragment => crate::render::Format::LatexFragment,
            Format::Markdown => crate::render::Format::Markdown,
            Format::Expr => crate::render::Format::Expr,
        }
    }
}
