import ClawJSON
import Foundation
import PostgresTesting
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
  /// - Parameters:
  ///   - crashAt: The name of the point at which it is to kill itself.
  ///   - openFiles: The soft limit of open files that it begins with; without one, this process's.
  public static func start(
    in directory: TemporaryDirectory, models: FakeModelServer? = nil, crashAt: String? = nil,
    openFiles: Int? = nil, environment: [String: String] = [:]
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
    variables.merge(try await directory.storeVariables()) { $1 }
    variables.merge(environment) { $1 }
    let child =
      if let openFiles {
        try ChildProcess(
          "/bin/sh", ["-c", "ulimit -Sn \(openFiles) && exec \"$0\" serve", binary], environment: variables)
      } else {
        try ChildProcess(binary, ["serve"], environment: variables)
      }
    let exit = ProcessExit()
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let log = Mutex("")
    // Two threads of its own for each child: both do nothing but wait.
    Thread.detachNewThread {
      child.eachLine { line in
        log.withLock { $0 += line + "\n" }
        guard let value = try? JSONValue(parsing: line), value["message"] == "listening",
          let address = value["fields"]?["address"]?.stringValue, let port = address.split(separator: ":").last
        else { return }
        if let port = Int(port) { listening.yield(port) }
      }
      listening.finish()
    }
    Thread.detachNewThread { exit.ended(child.wait()) }
    var iterator = ports.makeAsyncIterator()
    guard let port = await iterator.next() else {
      throw CouldNotStart(description: "swiftclaw serve ended before it listened: \(log.withLock { $0 })")
    }
    return GatewayProcess(port: port, processID: child.processID, exit: exit)
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

/// A child with its standard error on a pipe. Spawned by the system's own call: nothing of the parent is inherited, so
/// that the pipe ends with the child however many are begun at once.
private final class ChildProcess: Sendable {
  let processID: Int32
  private let errors: Int32

  init(_ path: String, _ arguments: [String], environment: [String: String]) throws {
    (processID, errors) = try Spawning.alone { try Self.spawn(path, arguments, environment) }
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String: String]
  ) throws -> (pid_t, errors: Int32) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw GatewayProcess.CouldNotStart(description: "no pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
    var argv = ([path] + arguments).map { strdup($0) } + [nil]
    var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer {
      posix_spawn_file_actions_destroy(&actions)
      for text in argv + envp { free(text) }
      close(ends[1])
    }
    var child: pid_t = 0
    let code = posix_spawn(&child, path, &actions, nil, &argv, &envp)
    guard code == 0 else {
      close(ends[0])
      throw GatewayProcess.CouldNotStart(description: "\(path): \(String(cString: strerror(code)))")
    }
    return (child, ends[0])
  }

  /// Reads until the child has closed its standard error. Blocks.
  func eachLine(_ body: (String) -> Void) {
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(errors, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      pending += buffer[..<count]
      while let end = pending.firstIndex(of: 10) {
        body(String(decoding: pending[..<end], as: UTF8.self))
        pending.removeSubrange(...end)
      }
    }
    close(errors)
  }

  /// Waits for the end of the child. Blocks.
  /// - Returns: its status, or minus the signal that ended it.
  func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(processID, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
  }
}

/// Tells when a process has ended.
private final class ProcessExit: Sendable {
  private struct State {
    var status: Int32?
    var waiting: [CheckedContinuation<Int32, Never>] = []
  }

  private let state = Mutex(State())

  func ended(_ status: Int32) {
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
