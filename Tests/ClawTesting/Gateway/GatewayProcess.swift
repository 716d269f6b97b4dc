import ClawJSON
import Foundation
import Synchronization

/// The real binary as a separate process that can be killed.
public final class GatewayProcess: Sendable {
  public let port: Int
  public let processID: Int32
  private let exit: ProcessExit
  private let log: ProcessLog

  public struct CouldNotStart: Error, CustomStringConvertible {
    public let description: String
  }

  private init(port: Int, processID: Int32, exit: ProcessExit, log: ProcessLog) {
    self.log = log
    self.port = port
    self.processID = processID
    self.exit = exit
  }

  /// The binary built with the tests.
  public static var binary: String {
    let beside = Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent("swiftclaw").path
    if let beside, FileManager.default.isExecutableFile(atPath: beside) { return beside }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return root.appendingPathComponent(".build/debug/swiftclaw").path
  }

  /// Starts `swiftclaw serve` on a free port and returns once it listens.
  /// - Parameters:
  ///   - crashAt: The name of the fault point at which it kills itself.
  ///   - shell: A shell command that starts it; `$0` is the binary.
  ///   - openFiles: Its initial soft limit of open files; by default that of this process.
  public static func start(
    in directory: TemporaryDirectory, models: FakeModelServer? = nil, crashAt: String? = nil,
    openFiles: Int? = nil, shell: String? = nil, environment: [String: String] = [:]
  ) async throws -> GatewayProcess {
    var variables = [
      "HOME": directory.path, "SWIFTCLAW_HOME": directory.path, "SWIFTCLAW_PORT": "0", "SWIFTCLAW_LOG_FORMAT": "json",
      "SWIFTCLAW_GATEWAY_TOKEN": GatewayHarness.token, "PATH": "/usr/bin:/bin",
      // A slow machine must not cause a stop timeout, unless a test sets it.
      "SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT": "300s", "SWIFTCLAW_GATEWAY_STOP_TIMEOUT": "300s",
    ]
    if let models {
      variables["SWIFTCLAW_OPENAI_BASE_URL"] = models.url
      variables["SWIFTCLAW_OPENAI_API_KEY"] = "test-key-of-the-provider-42"
      variables["SWIFTCLAW_MODEL"] = "fake-large"
    }
    variables["SWIFTCLAW_CRASH_AT"] = crashAt
    variables.merge(try await directory.storeVariables()) { $1 }
    variables.merge(environment) { $1 }
    let script = shell ?? openFiles.map { "ulimit -Sn \($0) && exec \"$0\" serve" }
    let child =
      if let script {
        try ChildProcess("/bin/sh", ["-c", script, binary], environment: variables)
      } else {
        try ChildProcess(binary, ["serve"], environment: variables)
      }
    let exit = ProcessExit()
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let log = ProcessLog()
    // Two threads per child, which only wait.
    Thread.detachNewThread {
      child.eachLine { line in
        log.add(line)
        guard let value = try? JSONValue(parsing: line), value["message"] == "listening",
          let address = value["fields"]?["address"]?.stringValue, let port = address.split(separator: ":").last
        else { return }
        if let port = Int(port) { listening.yield(port) }
      }
      listening.finish()
      log.end()
    }
    Thread.detachNewThread { exit.ended(child.wait()) }
    var iterator = ports.makeAsyncIterator()
    guard let port = await iterator.next() else {
      throw CouldNotStart(description: "swiftclaw serve ended before it listened: \(log.text)")
    }
    return GatewayProcess(port: port, processID: child.processID, exit: exit, log: log)
  }

  /// Like `kill -9`.
  public func killNow() async {
    kill(processID, SIGKILL)
    await exit.wait()
  }

  /// Sends a signal without waiting.
  public func signal(_ number: Int32) { kill(processID, number) }

  /// Waits until it has logged a line that contains this; false if it ends without one.
  public func hasLogged(_ text: String) async -> Bool { await log.wait(for: text) }

  /// Stops it gracefully, and waits for its end.
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
