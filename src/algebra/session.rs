//! The one thread that owns Symbolica.
//!
//! Without a licence key Symbolica aborts the process when a second thread, or a second process on
//! the machine, touches it. So one thread runs every job, and before its first job the process waits
//! for its turn on the machine ([`lock`]), which it keeps until it ends.

pub mod lock;

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use symbolica::LicenseManager;

use crate::beside::STACK;
use crate::diagnostic::{self, Diagnostic};

/// The environment variable with a user's Symbolica key.
pub const KEY_VARIABLE: &str = "ENTRYWISE_SYMBOLICA_KEY";
/// The environment variable with the longest wait for the turn, in whole seconds.
pub const TIMEOUT_VARIABLE: &str = "ENTRYWISE_LOCK_TIMEOUT";

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

type Job = Box<dyn FnOnce() + Send>;

/// Why a job has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionError {
    /// Other processes kept the turn for the whole time.
    Busy { waited: Duration, path: PathBuf },
    /// The lock file cannot be used.
    Lock { path: PathBuf, reason: String },
    /// `ENTRYWISE_LOCK_TIMEOUT` is no number of seconds.
    Timeout { value: String },
    /// Symbolica does not accept the key in `ENTRYWISE_SYMBOLICA_KEY`.
    Key { reason: String },
    /// The thread could not be started, or ended.
    Stopped { reason: String },
    /// The job panicked. The session goes on.
    Panicked(String),
}

impl SessionError {
    /// The error as people read it.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Busy { waited, path } => diagnostic::algebra_busy(*waited, path),
            Self::Lock { path, reason } => diagnostic::algebra_lock(path, reason),
            Self::Timeout { value } => diagnostic::algebra_timeout(TIMEOUT_VARIABLE, value),
            Self::Key { reason } => diagnostic::algebra_key(KEY_VARIABLE, reason),
            Self::Stopped { reason } => diagnostic::algebra_stopped(reason),
            Self::Panicked(message) => diagnostic::algebra_panicked(message),
        }
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic().message)
    }
}

impl std::error::Error for SessionError {}

/// Keeps Symbolica's banner off standard output. To be called as the first line of `main`.
pub fn hide_banner() {
    // SAFETY: nothing reads or writes the environment at the same time, because no other thread
    // exists yet: this is the first line of `main`.
    unsafe { std::env::set_var("SYMBOLICA_HIDE_BANNER", "1") }
}

/// Runs a job on the thread that owns Symbolica and waits for its result. Any number of threads may
/// call; jobs run one after the other. The first call starts the session and may wait for the turn.
pub fn run<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T, SessionError> {
    if is_current() {
        // A job that calls `run` is on the thread already; queueing would wait for itself.
        return guarded(job);
    }
    let jobs = jobs()?;
    let (sender, receiver) = mpsc::channel();
    let job: Job = Box::new(move || {
        // The caller waits below, so the receiver is there.
        let _ = sender.send(guarded(job));
    });
    jobs.send(job).map_err(|_| ended())?;
    receiver.recv().map_err(|_| ended())?
}

/// Whether the calling thread is the one that owns Symbolica.
pub fn is_current() -> bool {
    OWNER.get()
}

thread_local! {
    static OWNER: Cell<bool> = const { Cell::new(false) };
}

fn ended() -> SessionError {
    SessionError::Stopped { reason: "its thread ended".to_owned() }
}

fn guarded<T>(job: impl FnOnce() -> T) -> Result<T, SessionError> {
    // Jobs own what they use, so nothing half-changed outlives a panic on our side.
    panic::catch_unwind(AssertUnwindSafe(job))
        .map_err(|payload| SessionError::Panicked(panic_message(payload.as_ref())))
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a message".to_owned()
    }
}

enum State {
    /// No thread has touched Symbolica.
    Idle,
    /// The last start failed before any thread touched Symbolica, so that another may try.
    Failed(SessionError),
    /// A start failed after a thread had touched Symbolica: no other thread may.
    Dead(SessionError),
    Running(Sender<Job>),
}

static STATE: Mutex<State> = Mutex::new(State::Idle);
static ATTEMPTS: AtomicU64 = AtomicU64::new(0);

/// The way to the session's thread, which is started if need be.
fn jobs() -> Result<Sender<Job>, SessionError> {
    let seen = ATTEMPTS.load(Ordering::SeqCst);
    // No code below panics while it holds the state, so a poisoned one is as good as any.
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    match &*state {
        State::Running(jobs) => return Ok(jobs.clone()),
        State::Dead(error) => return Err(error.clone()),
        // Whoever queued here behind the failed attempt has waited its full time too.
        State::Failed(error) if ATTEMPTS.load(Ordering::SeqCst) != seen => {
            return Err(error.clone());
        }
        State::Idle | State::Failed(_) => {}
    }
    let started = start();
    ATTEMPTS.fetch_add(1, Ordering::SeqCst);
    match started {
        Ok(jobs) => {
            *state = State::Running(jobs.clone());
            Ok(jobs)
        }
        Err(error) => {
            *state = match error {
                SessionError::Key { .. } | SessionError::Panicked(_) => State::Dead(error.clone()),
                _ => State::Failed(error.clone()),
            };
            Err(error)
        }
    }
}

fn start() -> Result<Sender<Job>, SessionError> {
    let key = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.is_empty());
    let turn = match key {
        Some(_) => None,
        None => Some(take_turn()?),
    };
    let (jobs, queue) = mpsc::channel::<Job>();
    let (ready, readiness) = mpsc::channel();
    thread::Builder::new()
        .name("entrywise-symbolica".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            OWNER.set(true);
            let ready_or_not = guarded(|| license(key.as_deref())).and_then(|result| result);
            let failed = ready_or_not.is_err();
            // The starter waits for this message.
            let _ = ready.send(ready_or_not);
            if failed {
                return;
            }
            for job in queue {
                job();
            }
            drop(turn);
        })
        .map_err(|error| SessionError::Stopped { reason: error.to_string() })?;
    readiness.recv().map_err(|_| ended())??;
    Ok(jobs)
}

fn take_turn() -> Result<lock::Turn, SessionError> {
    let path = lock::path();
    lock::acquire(&path, timeout()?, || {
        eprintln!("{}", diagnostic::algebra_waiting(&path));
    })
}

fn timeout() -> Result<Duration, SessionError> {
    match std::env::var_os(TIMEOUT_VARIABLE) {
        None => Ok(DEFAULT_TIMEOUT),
        Some(value) => seconds(&value.to_string_lossy()),
    }
}

fn seconds(value: &str) -> Result<Duration, SessionError> {
    match value.trim().parse() {
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => Err(SessionError::Timeout { value: value.to_owned() }),
    }
}

/// The first use of Symbolica. With a key nothing else limits us; without one its terms are said.
fn license(key: Option<&str>) -> Result<(), SessionError> {
    if let Some(key) = key {
        LicenseManager::set_license_key(key)
            .map_err(|reason| SessionError::Key { reason: one_line(&reason) })?;
        if LicenseManager::is_licensed() {
            return Ok(());
        }
        return Err(SessionError::Key { reason: "the key is not valid here".to_owned() });
    }
    if !LicenseManager::is_licensed() {
        eprintln!("{}", diagnostic::algebra_terms());
    }
    Ok(())
}

/// Symbolica frames its messages with box-drawing characters over several lines.
fn one_line(message: &str) -> String {
    message
        .split(|c: char| c.is_whitespace() || ('\u{2500}'..='\u{257f}').contains(&c))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_a_whole_number_of_seconds() {
        assert_eq!(seconds(" 5 "), Ok(Duration::from_secs(5)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for value in ["", "soon", "-1", "1.5", "99999999999999999999"] {
            let error = seconds(value).expect_err("no number of seconds");
            assert!(error.to_string().contains(&format!("`{value}`")));
        }
    }

    #[test]
    fn a_framed_message_becomes_one_line() {
        let framed = "\n┌──────┐\n│ No   │\n│ key. │\n└──────┘\nError: none";
        assert_eq!(one_line(framed), "No key. Error: none");
    }
}
