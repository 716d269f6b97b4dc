import ClawJSON

/// `logs.tail`: the last lines that this node logged and still has in memory.
public enum LogsTail: Method {
  public static let name = "logs.tail"
  public static let role = MethodRole.admin
  public static let summary =
    "Reads the last lines of this node's log, without secrets; ask again after lastSeq to follow."

  /// Which lines; without anything the last 100.
  public struct Params: Codable, Sendable {
    /// 1 to 1000; 100 if left out.
    public var limit: Int?
    /// The least level: `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`; all if left out.
    public var level: String?
    /// Only lines with a greater number. A number of an earlier start of the gateway counts as none.
    public var afterSeq: Int64?

    /// The last 100 lines of any level, unless told otherwise.
    public init(limit: Int? = nil, level: String? = nil, afterSeq: Int64? = nil) {
      self.limit = limit
      self.level = level
      self.afterSeq = afterSeq
    }
  }

  /// The newest lines that fit, oldest first.
  public struct Result: Codable, Sendable {
    /// Those that the caller may see: all for the gateway token, those of the tenant for its admins.
    public var lines: [Line]
    /// The number of the last line that was logged, shown or not.
    public var lastSeq: Int64

    /// The lines with the number to follow from.
    public init(lines: [Line], lastSeq: Int64) {
      self.lines = lines
      self.lastSeq = lastSeq
    }
  }

  /// A line of the log, free of secrets.
  public struct Line: Codable, Sendable {
    /// Grows by one with each line of a process.
    public var seq: Int64
    /// RFC 3339, UTC.
    public var time: String
    /// `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.
    public var level: String
    /// The part of the gateway that wrote it.
    public var logger: String
    /// A key to search for, such as `run.failed`; what varies is in ``fields``.
    public var message: String
    /// Names and values; left out where there are none.
    public var fields: JSONObject?

    /// A line as it was logged, with secrets masked already.
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
