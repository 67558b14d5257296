//! The command `entrywise`.

fn main() -> std::process::ExitCode {
    entrywise::algebra::session::hide_banner();
    entrywise::cli::main()
}
