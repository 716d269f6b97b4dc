import ClawCore
import ClawJSON
import Logging
import Synchronization
import Testing

@testable import ClawCommands

/// Keeps the lines.
final class KeptLines: LogOutput {
  private let kept = Mutex<[String]>([])
  var lines: [String] { kept.withLock { $0 } }
  func write(line: String) { kept.withLock { $0.append(line) } }
}

@Suite("Log")
struct LogTests {
  private static let secret = "planted-secret-1"

  private func settings(
    _ style: LogSettings.Style, _ output: KeptLines, level: Logger.Level = .trace
  ) -> LogSettings {
    LogSettings(
      level: level, style: style, secrets: [Self.secret], output: output,
      time: TimeSource { Timestamp(milliseconds: 0) })
  }

  @Test(
    "S34: A known secret is in no message, metadata, error or label of a line",
    arguments: [LogSettings.Style.json, .text(colours: false), .text(colours: true)])
  func redaction(style: LogSettings.Style) {
    struct Failure: Error, CustomStringConvertible { let description = "sent \(LogTests.secret) to them" }
    let output = KeptLines()
    var logger = settings(style, output).logger("test")
    logger[metadataKey: "kept"] = "x\(Self.secret)y"
    logger.info(
      "token=\(Self.secret)&x",
      metadata: [
        "text": "\(Self.secret)", "convertible": .stringConvertible(Failure()), "list": ["a", "\(Self.secret)"],
        "inner": ["deep": ["\(Self.secret)"]],
      ])
    logger.error("failed", error: Failure())
    #expect(output.lines.count == 2)
    for line in output.lines {
      #expect(!line.contains("planted"))
      #expect(line.contains("***"))
    }
  }

  @Test("A line of JSON holds what was said")
  func json() throws {
    let output = KeptLines()
    settings(.json, output).logger("here").warning("watch \"out\"\n", metadata: ["count": "3"])
    let line = try JSONValue(parsing: try #require(output.lines.first))
    #expect(line["message"] == "watch \"out\"\n")
    #expect(line["level"] == "warning")
    #expect(line["logger"] == "here")
    #expect(line["time"] == "1970-01-01T00:00:00.000Z")
    #expect(line["fields"]?["count"] == "3")
  }

  @Test("A message can't fake a second line or steer the terminal")
  func oneLine() {
    let output = KeptLines()
    settings(.text(colours: false), output).logger("x")
      .info("a\nb\u{1B}[31m\u{9B}c", metadata: ["field": "d\ne\u{1B}"])
    let line = output.lines.first ?? ""
    #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
    #expect(line.contains("a\\nb"))
  }

  @Test("The level can be changed while loggers are in use")
  func level() {
    let output = KeptLines()
    let settings = settings(.json, output, level: .info)
    let logger = settings.logger("x")
    logger.debug("not yet")
    settings.level = .debug
    logger.debug("now")
    #expect(output.lines.count == 1)
  }

  @Test("Metadata of one logger is not another's")
  func values() {
    let output = KeptLines()
    let settings = settings(.json, output)
    var first = settings.logger("x")
    let second = first
    first[metadataKey: "only"] = "first"
    second.info("second")
    #expect(output.lines.first?.contains("only") == false)
  }
}
