import ClawJSON

/// How much a line of the log matters.
public enum LogLevel: String, Sendable, Comparable, CaseIterable {
  case trace, debug, info, notice, warning, error, critical

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// A line of the log, free of secrets.
public struct LogLine: Sendable {
  /// Grows by one with each line of a process.
  public let seq: Int64
  public let time: Timestamp
  public let level: LogLevel
  public let logger: String
  public let message: String
  public let fields: JSONObject

  /// The field by which a line says whose it is.
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

/// The last lines this process has logged.
public protocol LogService: Sendable {
  /// The newest lines of at least a level, oldest first, and the number of the last line of all.
  /// - Parameters:
  ///   - limit: At most so many.
  ///   - seq: Only those after this one.
  ///   - tenant: Only lines that say they are about it; nil: all of the node.
  func recent(
    limit: Int, atLeast level: LogLevel, after seq: Int64?, of tenant: TenantID?
  ) -> (lines: [LogLine], lastSeq: Int64)
}

/// Where no log is kept.
public struct NoLog: LogService {
  public init() {}

  public func recent(
    limit: Int, atLeast level: LogLevel, after seq: Int64?, of tenant: TenantID?
  ) -> (lines: [LogLine], lastSeq: Int64) {
    ([], 0)
  }
}
