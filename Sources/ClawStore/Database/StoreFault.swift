import ClawCore

/// Why the database file can't be written to until an operator repairs it.
public struct StoreFault: Error, Sendable, Hashable {
  public enum Kind: String, Sendable, CaseIterable {
    /// SQLite has detected corruption.
    case damaged
    /// The file was truncated.
    case truncated
    /// The path no longer exists; writes would go to an unlinked file.
    case removed
    /// Another file is at the path.
    case replaced
  }

  public let kind: Kind
  public let path: String
  /// SQLite's message, if there is one.
  public let reason: String

  init(kind: Kind, path: String, reason: String = "") {
    self.kind = kind
    self.path = path
    self.reason = reason
  }

  /// What happened and what to do. For the log only, since it names the file.
  public var advice: String {
    let said = reason.isEmpty ? "" : " (\(reason))"
    return switch kind {
    case .damaged, .truncated:
      "the database \(path) is \(kind.rawValue)\(said): stop the gateway, restore a backup, and start it again"
    case .removed:
      "the database \(path) was removed while it was in use: put it back, or stop the gateway and restore a backup"
    case .replaced:
      "the database \(path) was replaced while it was in use: stop the gateway, restore the file that is wanted without "
        + "its -wal and -shm files, and start it again"
    }
  }

  /// The error that callers see.
  var claw: ClawError {
    ClawError(
      .internalError,
      "the gateway's database file is \(kind == .damaged || kind == .truncated ? "damaged" : "not there any more"); "
        + "nothing was changed, and its operator has to restore it",
      cause: DatabaseError(kind: .damaged, code: 0, message: advice))
  }
}
