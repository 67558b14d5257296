//! The machine-wide turn, on files of its own: nothing here touches the session.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use entrywise::algebra::session::SessionError;
use entrywise::algebra::session::lock::{self, Turn};
use entrywise::diagnostic::Exit;

/// A directory of its own for a test, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(test: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("entrywise-lock-{}-{test}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        Self(directory)
    }

    fn file(&self) -> PathBuf {
        self.0.join("turn.lock")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const LONG: Duration = Duration::from_secs(60);

fn at_once(path: &std::path::Path) -> Turn {
    lock::acquire(path, LONG, || panic!("nobody holds the turn")).expect("the turn is free")
}

#[test]
fn a_free_turn_comes_at_once_and_ends_with_its_value() {
    let place = Place::new("free");
    let first = at_once(&place.file());
    drop(first);
    drop(at_once(&place.file()));
}

#[test]
fn a_wait_without_patience_is_busy_and_silent() {
    let place = Place::new("silent");
    let held = at_once(&place.file());
    for timeout in [Duration::ZERO, Duration::from_millis(50)] {
        let error =
            lock::acquire(&place.file(), timeout, || panic!("too early")).expect_err("the turn is taken");
        let SessionError::Busy { waited, path } = &error else {
            panic!("busy, not {error:?}");
        };
        assert!(*waited >= timeout && *waited < LONG);
        assert_eq!(path, &place.file());
        assert_eq!(error.diagnostic().exit, Exit::Limit);
        assert!(error.to_string().contains("turn.lock"));
    }
    drop(held);
    // Those who gave up leave nothing behind that keeps the turn.
    drop(lock::acquire(&place.file(), LONG, || {}).expect("the turn is free"));
}

#[test]
fn a_long_wait_is_said_once_and_ends_with_the_turn() {
    let place = Place::new("wait");
    let held = at_once(&place.file());
    let holder = thread::spawn(move || {
        thread::sleep(Duration::from_millis(1500));
        drop(held);
    });
    let said = Cell::new(0);
    let start = Instant::now();
    let turn = lock::acquire(&place.file(), LONG, || said.set(said.get() + 1));
    assert!(turn.is_ok());
    assert_eq!(said.get(), 1);
    assert!(start.elapsed() >= Duration::from_millis(1000));
    holder.join().expect("the holder ends");
}

#[test]
fn a_wait_longer_than_the_timeout_is_said_and_then_busy() {
    let place = Place::new("timeout");
    let _held = at_once(&place.file());
    let said = Cell::new(0);
    let error = lock::acquire(&place.file(), Duration::from_millis(1200), || {
        said.set(said.get() + 1);
    });
    assert!(matches!(error, Err(SessionError::Busy { .. })));
    assert_eq!(said.get(), 1);
}

#[test]
fn the_file_keeps_what_it_holds() {
    let place = Place::new("content");
    fs::write(place.file(), "precious").expect("a file");
    drop(at_once(&place.file()));
    let content = fs::read_to_string(place.file()).expect("the file is there");
    assert_eq!(content, "precious");
}

#[test]
fn a_place_that_does_not_exist_is_said() {
    let place = Place::new("nowhere");
    let error = lock::acquire(&place.0.join("no/such/file"), LONG, || {}).expect_err("no place");
    assert!(matches!(error, SessionError::Lock { .. }), "{error:?}");
}

#[test]
fn the_place_is_the_same_for_everyone() {
    assert!(lock::path().is_absolute());
    if cfg!(unix) {
        assert_eq!(lock::path(), PathBuf::from("/tmp/entrywise-symbolica.lock"));
    }
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    fn mode(path: &std::path::Path) -> u32 {
        fs::metadata(path).expect("the file is there").mode() & 0o777
    }

    #[test]
    fn everybody_may_lock_the_file() {
        let place = Place::new("mode");
        drop(at_once(&place.file()));
        assert_eq!(mode(&place.file()), 0o666);
        // What a process that died between creation and sharing left behind is mended.
        fs::set_permissions(place.file(), fs::Permissions::from_mode(0o600)).expect("ours");
        drop(at_once(&place.file()));
        assert_eq!(mode(&place.file()), 0o666);
    }

    #[test]
    fn a_private_file_stays_private() {
        let place = Place::new("private");
        let private = place.0.join("private");
        fs::write(&private, "").expect("a file");
        fs::set_permissions(&private, fs::Permissions::from_mode(0o600)).expect("ours");
        fs::hard_link(&private, place.file()).expect("a second name");
        drop(at_once(&place.file()));
        assert_eq!(mode(&private), 0o600);
    }

    #[test]
    fn a_file_open_for_reading_only_is_enough() {
        let place = Place::new("read");
        fs::write(place.file(), "kept").expect("a file");
        fs::set_permissions(place.file(), fs::Permissions::from_mode(0o444)).expect("ours");
        let _held = at_once(&place.file());
        let second = lock::acquire(&place.file(), Duration::ZERO, || {});
        assert!(matches!(second, Err(SessionError::Busy { .. })));
    }

    #[test]
    fn a_symbolic_link_is_refused() {
        let place = Place::new("symlink");
        let target = place.0.join("target");
        symlink(&target, place.file()).expect("a link");
        for exists in [false, true] {
            if exists {
                fs::write(&target, "").expect("a file");
            }
            let error = lock::acquire(&place.file(), LONG, || {}).expect_err("a link");
            assert!(matches!(error, SessionError::Lock { .. }), "{error:?}");
            assert_eq!(target.exists(), exists);
        }
    }

    #[test]
    fn a_directory_is_refused() {
        let place = Place::new("directory");
        fs::create_dir(place.file()).expect("a directory");
        let error = lock::acquire(&place.file(), LONG, || {}).expect_err("a directory");
        assert!(matches!(error, SessionError::Lock { .. }), "{error:?}");
    }

    #[test]
    fn a_file_removed_during_the_wait_gives_no_turn_of_its_own() {
        let place = Place::new("removed");
        let first = at_once(&place.file());
        let path = place.file();
        let waiter = thread::spawn(move || lock::acquire(&path, LONG, || {}));
        thread::sleep(Duration::from_millis(200));
        fs::remove_file(place.file()).expect("ours");
        let second = at_once(&place.file());
        drop(first);
        thread::sleep(Duration::from_millis(200));
        assert!(!waiter.is_finished());
        drop(second);
        assert!(waiter.join().expect("no panic").is_ok());
    }
}
