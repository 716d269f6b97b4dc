import CSQLite
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Detects that the database file was replaced, removed or truncated while it is open.
final class SQLiteFile: Sendable {
  private struct Identity: Equatable {
    let device: UInt64
    let inode: UInt64
  }

  private struct State {
    var identity: Identity?
    /// The size last seen: the file only grows, except for a `VACUUM` by another program.
    var size: Int64 = 0
    var fault: StoreFault?
    /// Never reset: the file has to be replaced.
    var isDamaged = false
    var observer: Observer?
  }

  private typealias Observer = @Sendable (StoreFault) -> Void

  let path: String
  private let state = Mutex(State())

  init(path: String) {
    self.path = path
  }

  /// Why the database can't be written to; nil if it can.
  var fault: StoreFault? { state.withLock { $0.fault } }

  /// Calls `observer` once per fault, including one found earlier.
  func observe(_ observer: @escaping @Sendable (StoreFault) -> Void) {
    let known = state.withLock { state in
      state.observer = observer
      return state.fault
    }
    if let known { observer(known) }
  }

  /// Records the identity of the file that was just opened.
  func opened() {
    let found = Self.look(path)
    state.withLock { state in
      state.identity = found?.identity
      state.size = found?.size ?? 0
    }
  }

  /// Compares the file at the path with the one that was opened. Cheap enough for each commit.
  /// - Parameter holder: A connection to the file, used on the caller's thread.
  /// - Returns: the fault, if there is one.
  @discardableResult
  func look(_ holder: SQLiteConnection) -> StoreFault? {
    let found = Self.look(path)
    let (fault, observer) = state.withLock { state -> (StoreFault?, Observer?) in
      guard let opened = state.identity, !state.isDamaged else { return (state.fault, nil) }
      var fault: StoreFault?
      if let found, found.identity == opened {
        if found.size < state.size, holder.isShorterThanItSays {
          state.isDamaged = true
          fault = StoreFault(kind: .truncated, path: path)
        } else {
          state.size = found.size
        }
      } else {
        fault = StoreFault(kind: found == nil ? .removed : .replaced, path: path)
      }
      let isNews = fault != state.fault
      state.fault = fault
      return (fault, isNews ? state.observer : nil)
    }
    if let fault { observer?(fault) }
    return fault
  }

  /// Records a corruption error of SQLite.
  func note(_ error: DatabaseError) {
    guard error.kind == .damaged else { return }
    let fault = StoreFault(kind: .damaged, path: path, reason: error.message)
    let observer = state.withLock { state -> Observer? in
      guard !state.isDamaged else { return nil }
      state.isDamaged = true
      state.fault = fault
      return state.observer
    }
    observer?(fault)
  }

  private static func look(_ path: String) -> (identity: Identity, size: Int64)? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return (
      Identity(device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino)),
      Int64(status.st_size)
    )
  }
}
