import ClawCore
import ClawProtocol

extension LogsTail.Line {
  init(_ line: LogLine) {
    self.init(
      seq: line.seq, time: line.time.rfc3339, level: line.level.rawValue, logger: line.logger, message: line.message,
      fields: line.fields.isEmpty ? nil : line.fields)
  }
}
