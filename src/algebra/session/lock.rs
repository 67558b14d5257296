//! The machine-wide turn: restricted mode allows one Symbolica per machine, so processes queue for it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::SessionError;

/// How long a wait stays silent.
const PATIENCE: Duration = Duration::from_secs(1);

/// The turn; it ends when this is dropped or the process ends, whatever way it ends.
#[derive(Debug)]
pub struct Turn {
    _file: File,
}

/// The one place for all users of the machine. Never `TMPDIR`, which differs between users.
pub fn path() -> PathBuf {
    if cfg!(windows) {
        let shared = std::env::var_os("ProgramData").unwrap_or_else(|| r"C:\ProgramData".into());
        PathBuf::from(shared).join("entrywise-symbolica.lock")
    } else {
        PathBuf::from("/tmp/entrywise-symbolica.lock")
    }
}

/// Waits for the turn. After a second of waiting `on_wait` runs once; after `timeout` the answer is
/// [`SessionError::Busy`].
pub fn acquire(path: &Path, timeout: Duration, on_wait: impl FnOnce()) -> Result<Turn, SessionError> {
    let start = Instant::now();
    let mut on_wait = Some(on_wait);
    loop {
        let file = open(path).map_err(|error| unusable(path, &error))?;
        let file = match file.try_lock() {
            Ok(()) => file,
            Err(TryLockError::Error(error)) => return Err(unusable(path, &error)),
            Err(TryLockError::WouldBlock) => wait(file, path, start, timeout, &mut on_wait)?,
        };
        // Someone may have removed the file meanwhile; a lock on what no path leads to excludes nobody.
        if still_there(&file, path) {
            return Ok(Turn { _file: file });
        }
    }
}

/// A helper thread blocks in the kernel, which wakes it the moment the turn is free. When this
/// function gives up, the channel closes and the helper drops whatever lock it gets later.
fn wait(
    file: File,
    path: &Path,
    start: Instant,
    timeout: Duration,
    on_wait: &mut Option<impl FnOnce()>,
) -> Result<File, SessionError> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .name("entrywise-lock".to_owned())
        .spawn(move || {
            let result = loop {
                match file.lock() {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    result => break result,
                }
            };
            // A failed send means that nobody waits any more.
            let _ = sender.send(result.map(|()| file));
        })
        .map_err(|error| unusable(path, &error))?;
    loop {
        let waited = start.elapsed();
        let limit = match on_wait {
            Some(_) => timeout.min(PATIENCE),
            None => timeout,
        };
        match receiver.recv_timeout(limit.saturating_sub(waited)) {
            Ok(result) => return result.map_err(|error| unusable(path, &error)),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(unusable(path, &io::ErrorKind::BrokenPipe.into()));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let waited = start.elapsed();
        if waited >= timeout {
            return Err(SessionError::Busy { waited, path: path.to_owned() });
        }
        if let Some(on_wait) = on_wait.take_if(|_| waited >= PATIENCE) {
            on_wait();
        }
    }
}

fn unusable(path: &Path, error: &io::Error) -> SessionError {
    SessionError::Lock { path: path.to_owned(), reason: error.to_string() }
}

/// Opens the file or makes it; neither changes what it holds. Creation is a step of its own because
/// Linux refuses `O_CREAT` on another user's file in a sticky directory even where opening is allowed.
fn open(path: &Path) -> io::Result<File> {
    loop {
        let opened = match options().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => options().read(true).open(path),
            opened => opened,
        };
        let file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match create(path) {
                    // Another process was faster: open what it made.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                    created => created?,
                }
            }
            opened => opened?,
        };
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        share(&file)?;
        return Ok(file);
    }
}

#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    // The directory is everybody's: no symbolic link is followed, no pipe waited for.
    options.mode(0o666).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    OpenOptions::new()
}

fn create(path: &Path) -> io::Result<File> {
    options().read(true).write(true).create_new(true).open(path)
}

/// Undoes the umask so that other users can lock the file too. Only an empty file with one name is
/// touched: a hard link planted here could lead to a file of ours that must stay private.
#[cfg(unix)]
fn share(file: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let metadata = file.metadata()?;
    let mode = metadata.mode() & 0o777;
    if mode != 0o666 && metadata.len() == 0 && metadata.nlink() == 1 {
        // Refused where the file is another user's; whoever owns it has the say.
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o666));
    }
    Ok(())
}

#[cfg(not(unix))]
fn share(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(held), Ok(named)) => held.dev() == named.dev() && held.ino() == named.ino(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn still_there(_: &File, _: &Path) -> bool {
    // An open file cannot be removed under the name it was opened by.
    true
}
