import ClawCore
import ClawJSON
import Synchronization

/// A ring buffer of the latest log lines. Bounded in number and in bytes; the oldest are evicted.
final class LogRing: Sendable {
  /// Approximate total size of all lines.
  static let maxBytes = 4 * 1024 * 1024

  private struct State {
    var lines: [(line: LogLine, bytes: Int)] = []
    /// Index of the oldest retained line.
    var head = 0
    var bytes = 0
    var lastSeq: Int64 = 0
  }

  private let state = Mutex(State())
  private let capacity: Int

  /// - Parameter capacity: Maximum number of lines; 0 keeps none.
  init(capacity: Int) {
    self.capacity = capacity
  }

  func add(time: Timestamp, level: LogLevel, logger: String, message: String, fields: JSONObject) {
    guard capacity > 0 else { return }
    let bytes = message.utf8.count + fields.reduce(64) { $0 + $1.key.utf8.count + $1.value.serialized().count }
    state.withLock { state in
      state.lastSeq += 1
      state.lines.append(
        (LogLine(seq: state.lastSeq, time: time, level: level, logger: logger, message: message, fields: fields), bytes)
      )
      state.bytes += bytes
      while state.lines.count - state.head > capacity
        || state.bytes > Self.maxBytes && state.lines.count - state.head > 1
      {
        state.bytes -= state.lines[state.head].bytes
        state.head += 1
      }
      // Removed in bulk, for amortized constant time.
      if state.head > capacity {
        state.lines.removeFirst(state.head)
        state.head = 0
      }
    }
  }

  func recent(
    limit: Int, atLeast level: LogLevel, after seq: Int64?, of tenant: TenantID?
  ) -> (lines: [LogLine], lastSeq: Int64) {
    let (kept, last) = state.withLock { ($0.lines[$0.head...].map(\.line), $0.lastSeq) }
    // A number beyond the last one is from an earlier process.
    let start = seq.flatMap { $0 <= last ? $0 : nil } ?? 0
    let wanted = kept.filter { line in
      guard line.seq > start, line.level >= level else { return false }
      return tenant.map { line.fields[LogLine.tenantField]?.stringValue == $0.rawValue } ?? true
    }
    return (Array(wanted.suffix(limit)), last)
  }
}
