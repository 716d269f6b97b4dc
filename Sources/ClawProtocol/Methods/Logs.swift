import ClawJSON

/// `logs.tail`: the latest lines of this node's log that are still in memory.
public enum LogsTail: Method {
  public static let name = "logs.tail"
  public static let role = MethodRole.admin
  public static let summary =
    "Reads the last lines of this node's log, without secrets; ask again after lastSeq to follow."

  /// Filters; by default the last 100 lines.
  public struct Params: Codable, Sendable {
    /// 1 to 1000; 100 if omitted.
    public var limit: Int?
    /// The minimum level: `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`; all if omitted.
    public var level: String?
    /// Only lines with a greater number. A number from before a restart of the gateway is ignored.
    public var afterSeq: Int64?

    /// By default the last 100 lines of any level.
    public init(limit: Int? = nil, level: String? = nil, afterSeq: Int64? = nil) {
      self.limit = limit
      self.level = level
      self.afterSeq = afterSeq
    }
  }

  /// The latest matching lines, oldest first.
  public struct Result: Codable, Sendable {
    /// The lines that the caller may see: all for the gateway token, those of the tenant for its admins.
    public var lines: [Line]
    /// The number of the last logged line, whether included or not.
    public var lastSeq: Int64

    /// The lines with the number to continue from.
    public init(lines: [Line], lastSeq: Int64) {
      self.lines = lines
      self.lastSeq = lastSeq
    }
  }

  /// A log line, with secrets masked.
  public struct Line: Codable, Sendable {
    /// Incremented with each line of a process.
    public var seq: Int64
    /// RFC 3339, UTC.
    public var time: String
    /// `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.
    public var level: String
    /// The component that wrote it.
    public var logger: String
    /// A constant key to search for, such as `run.failed`; variable parts are in ``fields``.
    public var message: String
    /// Names and values; omitted if there are none.
    public var fields: JSONObject?

    /// A logged line whose secrets are already masked.
    public init(
      seq: Int64, time: String, level: String, logger: String, message: String, fields: JSONObject?
    ) {
      self.seq = seq
      self.time = time
      self.level = level
      self.logger = logger
      self.message = message
      self.fields = fields
    }
  }
}

extension MethodCatalog {
  /// `logs.*`
  static let logs: [any Method.Type] = [LogsTail.self]
}
