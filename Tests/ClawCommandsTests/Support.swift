import Foundation
import Synchronization
import Testing

@testable import ClawCommands

/// A temporary directory for one test.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("swiftclaw-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var directory: DataDirectory { DataDirectory(path) }

  func write(_ text: String, to name: String, mode: Int = 0o600) throws {
    let file = path + "/" + name
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
  }

  func mode(of name: String = "") throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: name.isEmpty ? path : path + "/" + name)
    return try #require(attributes[.posixPermissions] as? Int)
  }
}

/// The output of a command.
final class WrittenText: Sendable {
  private let texts = Mutex((output: "", errors: ""))

  var output: String { texts.withLock { $0.output } }
  var errors: String { texts.withLock { $0.errors } }

  func console(_ environment: [String: String] = [:], isTerminal: Bool = false) -> Console {
    Console(environment: environment, isOutputTerminal: isTerminal, isErrorTerminal: isTerminal) { text, isError in
      self.texts.withLock { texts in
        if isError { texts.errors += text } else { texts.output += text }
      }
    }
  }
}

/// Runs a command line with its own environment.
func command(
  _ arguments: [String], environment: [String: String] = [:], isTerminal: Bool = false
) async -> (status: CommandStatus, output: String, errors: String) {
  let written = WrittenText()
  let console = written.console(environment, isTerminal: isTerminal)
  let status = await Console.$current.withValue(console) { await RootCommand.status(of: arguments) }
  return (status, written.output, written.errors)
}

/// Loads a configuration from a file's text and an environment.
func load(
  _ json: String? = nil, environment: [String: String] = [:], flags: [(String, String)] = []
) throws -> LoadedConfiguration {
  let folder = try TemporaryFolder()
  if let json { try folder.write(json, to: "config.json") }
  var loader = ConfigurationLoader(
    environment: environment.merging(["SWIFTCLAW_HOME": folder.path, "HOME": folder.path]) { $1 },
    workingDirectory: folder.path)
  for (name, text) in flags {
    if name == "--port" { loader.flag(name, Settings.port, text) } else { loader.flag(name, Settings.host, text) }
  }
  return try loader.load()
}

enum FileModes {
  static func set(_ mode: Int, _ path: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }
}
