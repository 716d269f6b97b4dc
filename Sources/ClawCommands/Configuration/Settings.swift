import ClawJSON

/// All settings. The table in ``all`` is the single source for reading, checking, showing and documenting the
/// configuration.
public enum Settings {
  /// The whole table, in display order.
  static let all: [AnySetting] =
    gateway + store + pairing + runs + media + cron + models
    + providers.flatMap(usual(of:)) + agentsAndLog

  static let byPath: UTF8Dictionary<AnySetting> = UTF8Dictionary(all.map { ($0.path, $0) })
}

/// Durability of a commit; SQLite's `synchronous`.
public enum StoreSynchronous: String, Sendable, CaseIterable {
  case normal, full
}

/// On or off.
public enum Switch: String, Sendable, CaseIterable {
  case on, off
}

/// The format of the log.
public enum LogFormat: String, Sendable, CaseIterable {
  case auto, text, json
}

/// Log levels, least severe first.
enum LogLevelName: String, Sendable, CaseIterable {
  case trace, debug, info, notice, warning, error, critical
}
