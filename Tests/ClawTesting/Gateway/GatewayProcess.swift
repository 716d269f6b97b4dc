import ClawJSON
import Foundation
import Synchronization

/// The real binary as a process of its own, to be killed.
public final class GatewayProcess: Sendable {
  public let port: Int
  public let processID: Int32
  private let exit: ProcessExit

  public struct CouldNotStart: Error, CustomStringConvertible {
    public let description: String
  }

  private init(port: Int, processID: Int32, exit: ProcessExit) {
    self.port = port
    self.processID = processID
    self.exit = exit
  }

  /// The binary that was built with the tests.
  public static var binary: String {
    let beside = Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent("swiftclaw").path
    if let beside, FileManager.default.isExecutableFile(atPath: beside) { return beside }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return root.appendingPathComponent(".build/debug/swiftclaw").path
  }

  /// Starts `swiftclaw serve` on a free port and returns once it listens.
  /// - Parameter crashAt: The name of the point at which it is to kill itself.
  public static func start(
    in directory: TemporaryDirectory, models: FakeModelServer? = nil, crashAt: String? = nil,
    environment: [String: String] = [:]
  ) async throws -> GatewayProcess {
    var variables = [
      "HOME": directory.path, "SWIFTCLAW_HOME": directory.path, "SWIFTCLAW_PORT": "0", "SWIFTCLAW_LOG_FORMAT": "json",
      "SWIFTCLAW_GATEWAY_TOKEN": GatewayHarness.token, "PATH": "/usr/bin:/bin",
    ]
    if let models {
      variables["SWIFTCLAW_OPENAI_BASE_URL"] = models.url
      variables["SWIFTCLAW_OPENAI_API_KEY"] = "test-key-of-the-provider-42"
      variables["SWIFTCLAW_MODEL"] = "fake-large"
    }
    variables["SWIFTCLAW_CRASH_AT"] = crashAt
    variables.merge(environment) { $1 }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: binary)
    process.arguments = ["serve"]
    process.environment = variables
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardError = pipe
    let exit = ProcessExit()
    process.terminationHandler = { exit.ended($0) }
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let log = LineCollector { line in
      guard let value = try? JSONValue(parsing: line), value["message"] == "listening",
        let address = value["fields"]?["address"]?.stringValue, let port = address.split(separator: ":").last
      else { return }
      if let port = Int(port) { listening.yield(port) }
    }
    pipe.fileHandleForReading.readabilityHandler = { handle in
      let data = handle.availableData
      guard !data.isEmpty else {
        handle.readabilityHandler = nil
        return listening.finish()
      }
      log.add(data)
    }
    try process.run()
    var iterator = ports.makeAsyncIterator()
    guard let port = await iterator.next() else {
      throw CouldNotStart(description: "swiftclaw serve ended before it listened: \(log.text)")
    }
    return GatewayProcess(port: port, processID: process.processIdentifier, exit: exit)
  }

  /// As `kill -9` does it.
  public func killNow() async {
    kill(processID, SIGKILL)
    await exit.wait()
  }

  /// Asks it to stop, and waits until it has.
  /// - Returns: its exit status.
  @discardableResult
  public func terminate() async -> Int32 {
    kill(processID, SIGTERM)
    return await exit.wait()
  }

  /// Waits for it to end by itself.
  @discardableResult
  public func ended() async -> Int32 { await exit.wait() }

  public func connect() async throws -> WireConnection {
    try await .connect(port: port, token: GatewayHarness.token)
  }
}

/// Tells when a process has ended.
private final class ProcessExit: Sendable {
  private struct State {
    var status: Int32?
    var waiting: [CheckedContinuation<Int32, Never>] = []
  }

  private let state = Mutex(State())

  func ended(_ process: Process) {
    let status = process.terminationStatus
    let waiting = state.withLock { state in
      state.status = status
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: status) }
  }

  @discardableResult
  func wait() async -> Int32 {
    await withCheckedContinuation { continuation in
      let status = state.withLock { state -> Int32? in
        if state.status == nil { state.waiting.append(continuation) }
        return state.status
      }
      if let status { continuation.resume(returning: status) }
    }
  }
}

/// Cuts what a process writes into lines.
private final class LineCollector: Sendable {
  private let buffer = Mutex((pending: Data(), all: Data()))
  private let onLine: @Sendable (String) -> Void

  init(onLine: @escaping @Sendable (String) -> Void) {
    self.onLine = onLine
  }

  var text: String { buffer.withLock { String(decoding: $0.all, as: UTF8.self) } }

  func add(_ data: Data) {
    let lines = buffer.withLock { buffer -> [String] in
      buffer.all.append(data)
      buffer.pending.append(data)
      var lines: [String] = []
      while let end = buffer.pending.firstIndex(of: 10) {
        lines.append(String(decoding: buffer.pending[..<end], as: UTF8.self))
        buffer.pending = Data(buffer.pending[(end + 1)...])
      }
      return lines
    }
    lines.forEach(onLine)
  }
}
