import ClawCore
import Logging
import Synchronization

/// What all loggers of the process share: the level, which can be changed while it runs, how lines are written, and
/// which secrets must not be in them.
public final class LogSettings: Sendable {
  /// How a line is written.
  public enum Style: Sendable, Hashable {
    case text(colours: Bool)
    case json
  }

  let style: Style
  let output: any LogOutput
  let time: TimeSource
  let ring: LogRing
  private let state: Mutex<(level: Logger.Level, redactor: SecretRedactor)>

  /// - Parameters:
  ///   - secrets: What is replaced by `***` wherever it turns up in a message or in metadata.
  ///   - keptLines: How many of the last lines are kept for ``recent(limit:atLeast:after:of:)``.
  public init(
    level: Logger.Level, style: Style, secrets: [String] = [], keptLines: Int = Settings.logKeptLines.standard,
    output: any LogOutput = StandardErrorOutput(), time: TimeSource = .system
  ) {
    ring = LogRing(capacity: keptLines)
    self.style = style
    self.output = output
    self.time = time
    state = Mutex((level, SecretRedactor(secrets: secrets)))
  }

  public var level: Logger.Level {
    get { state.withLock { $0.level } }
    set { state.withLock { $0.level = newValue } }
  }

  /// What keeps secrets out of the log from now on: those of the installation and of its first tenant. Another tenant's
  /// are not among them, for whoever chose them could rewrite everybody's lines.
  var redactor: SecretRedactor {
    get { state.withLock { $0.redactor } }
    set { state.withLock { $0.redactor = newValue } }
  }

  /// A logger that writes here.
  public func logger(_ label: String) -> Logger {
    Logger(label: label) { _ in GatewayLogHandler(label: label, settings: self) }
  }
}

extension LogSettings: LogService {
  public func recent(
    limit: Int, atLeast level: LogLevel, after seq: Int64?, of tenant: TenantID?
  ) -> (lines: [LogLine], lastSeq: Int64) {
    ring.recent(limit: limit, atLeast: level, after: seq, of: tenant)
  }
}
