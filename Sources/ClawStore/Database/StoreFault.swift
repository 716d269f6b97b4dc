import ClawCore

/// Why the database's file can't be written to until a person has looked after it.
public struct StoreFault: Error, Sendable, Hashable {
  public enum Kind: String, Sendable, CaseIterable {
    /// SQLite has found that its content is not what it wrote.
    case damaged
    /// It is shorter than it was.
    case truncated
    /// There is no file at its path any more; what is written goes to one that nobody will find again.
    case removed
    /// Another file is at its path.
    case replaced
  }

  public let kind: Kind
  public let path: String
  /// SQLite's own words, where it has said something.
  public let reason: String

  init(kind: Kind, path: String, reason: String = "") {
    self.kind = kind
    self.path = path
    self.reason = reason
  }

  /// What happened, and what to do: for the log, since it names the file.
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

  /// What callers see.
  var claw: ClawError {
    ClawError(
      .internalError,
      "the gateway's database file is \(kind == .damaged || kind == .truncated ? "damaged" : "not there any more"); "
        + "nothing was changed, and its operator has to restore it",
      cause: DatabaseError(kind: .damaged, code: 0, message: advice))
  }
}
