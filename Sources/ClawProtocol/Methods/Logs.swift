import ClawJSON

/// Reads the end of the gateway's log.
public enum LogsTail: Method {
  public static let name = "logs.tail"
  public static let role = MethodRole.admin
  public static let summary =
    "Reads the last lines of this node's log, without secrets; ask again after lastSeq to follow."

  public struct Params: Codable, Sendable {
    /// 1 to 1000; 100 if left out.
    public var limit: Int?
    /// The least level: `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`; all if left out.
    public var level: String?
    /// Only lines with a greater number. A number of an earlier start of the gateway counts as none.
    public var afterSeq: Int64?

    public init(limit: Int? = nil, level: String? = nil, afterSeq: Int64? = nil) {
      self.limit = limit
      self.level = level
      self.afterSeq = afterSeq
    }
  }

  /// The newest lines that fit, oldest first.
  public struct Result: Codable, Sendable {
    public var lines: [Line]
    /// The number of the last line that was logged, shown or not.
    public var lastSeq: Int64

    public init(lines: [Line], lastSeq: Int64) {
      self.lines = lines
      self.lastSeq = lastSeq
    }
  }

  public struct Line: Codable, Sendable {
    /// Grows by one with each line of a process.
    public var seq: Int64
    public var time: String
    public var level: String
    public var logger: String
    public var message: String
    public var fields: JSONObject?

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
