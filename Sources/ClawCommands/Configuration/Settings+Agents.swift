/// Settings of agents and of the log.
extension Settings {
  public static let workspace = Setting(
    "agents.defaults.workspace", .path, "workspace",
    "Folder an agent works in unless it has its own; relative to the data directory.")
  public static let historyMessages = Setting(
    "agents.defaults.history_messages", .integer(1...10_000), 200, "Messages of the past a model is shown at most.")
  public static let logLevel = Setting(
    "log.level", .choice(LogLevelName.self), LogLevelName.info.rawValue, isLive: true,
    "How much is logged, from trace to critical.")
  public static let logFormat = Setting(
    "log.format", .choice(LogFormat.self), LogFormat.auto.rawValue,
    "text for people, json for machines; auto decides by whether stderr is a terminal.")
  public static let logKeptLines = Setting(
    "log.kept_lines", .integer(0...100_000), 1000,
    "How many of the last lines of the log are kept in memory for swiftclaw logs.")

  static let agentsAndLog: [AnySetting] = [
    workspace.erased, historyMessages.erased, logLevel.erased, logFormat.erased, logKeptLines.erased,
  ]
}
