import ClawJSON

/// The severity of a log line.
public enum LogLevel: String, Sendable, Comparable, CaseIterable {
  case trace, debug, info, notice, warning, error, critical

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// A log line, with secrets redacted.
public struct LogLine: Sendable {
  /// Incremented with each line of a process.
  public let seq: Int64
  public let time: Timestamp
  public let level: LogLevel
  public let logger: String
  public let message: String
  public let fields: JSONObject

  /// The field that names a line's tenant.
  public static let tenantField = "tenant"

  public init(
    seq: Int64, time: Timestamp, level: LogLevel, logger: String, message: String, fields: JSONObject
  ) {
    self.seq = seq
    self.time = time
    self.level = level
    self.logger = logger
    self.message = message
    self.fields = fields
  }
}

/// The latest log lines of this process.
public protocol LogService: Sendable {
  /// The latest lines of at least a level, oldest first, and the number of the last line.
  /// - Parameters:
  ///   - limit: Maximum number of lines.
  ///   - seq: Only lines after this one.
  ///   - tenant: Only lines of this tenant; nil: all of the node.
  func recent(
    limit: Int, atLeast level: LogLevel, after seq: Int64?, of tenant: TenantID?
  ) -> (lines: [LogLine], lastSeq: Int64)
}

/// For gateways that keep no log lines.
public struct NoLog: LogService {
  public init() {}

  public func recent(
    limit: Int, atLeast level: LogLevel, after seq: Int64?, of tenant: TenantID?
  ) -> (lines: [LogLine], lastSeq: Int64) {
    ([], 0)
  }
}
