import ClawCore
import Logging
import Synchronization

/// Shared by all loggers of the process: the level, which can be changed at run time, the format, and the secrets to
/// redact.
public final class LogSettings: Sendable {
  /// The format of a line.
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
  ///   - secrets: Replaced by `***` in messages and metadata.
  ///   - keptLines: Lines kept for ``recent(limit:atLeast:after:of:)``.
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

  /// Redacts the secrets of the installation and of its first tenant. Not those of other tenants, since a tenant could
  /// choose secrets that alter everybody's lines.
  var redactor: SecretRedactor {
    get { state.withLock { $0.redactor } }
    set { state.withLock { $0.redactor = newValue } }
  }

  /// A logger with these settings.
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
