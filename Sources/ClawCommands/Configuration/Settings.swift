import ClawJSON

/// Everything that can be set. The table in ``all`` is the single source: reading, checking, showing and documenting
/// the configuration follow from it.
public enum Settings {
  /// The whole table, in the order in which it is shown.
  static let all: [AnySetting] =
    gateway + store + pairing + runs + cron + models
    + providers.flatMap(usual(of:)) + agentsAndLog

  static let byPath: UTF8Dictionary<AnySetting> = UTF8Dictionary(all.map { ($0.path, $0) })
}

/// How sure a commit is; SQLite's `synchronous`.
public enum StoreSynchronous: String, Sendable, CaseIterable {
  case normal, full
}

/// Whether something is done.
public enum Switch: String, Sendable, CaseIterable {
  case on, off
}

/// How the log is written.
public enum LogFormat: String, Sendable, CaseIterable {
  case auto, text, json
}

/// The levels of the log, least important first.
enum LogLevelName: String, Sendable, CaseIterable {
  case trace, debug, info, notice, warning, error, critical
}
