import ClawJSON
import Glibc
import NIOPosix

/// `swiftclaw serve` as a process with its own data directory.
struct GatewayProcess: Sendable {
  static let token = "benchmark-token-0123456789abcdefghij"

  let pid: pid_t
  let port: Int
  /// Kept alive as long as the process.
  let directory: DataDirectory
  /// From process start to the first accepted connection, in nanoseconds.
  let untilAccepted: Int64
  /// From process start to the response of `/health`, in nanoseconds.
  let untilAnswered: Int64

  var url: String { "ws://127.0.0.1:\(port)/ws" }

  /// Starts a gateway and returns once it responds.
  /// - Parameters:
  ///   - model: The port of the model server; by default the demo model is used.
  ///   - log: The name of its log, if several share a directory.
  static func start(
    _ binary: String, in directory: DataDirectory, model: Int? = nil, log: String = "bench-gateway.log",
    environment: [String: String] = [:]
  ) async throws -> GatewayProcess {
    var variables = [
      "PATH": "/usr/bin:/bin", "HOME": directory.path, "SWIFTCLAW_HOME": directory.path, "SWIFTCLAW_PORT": "0",
      "SWIFTCLAW_GATEWAY_TOKEN": token, "SWIFTCLAW_LOG_FORMAT": "json",
    ]
    if let model {
      variables["SWIFTCLAW_OPENAI_BASE_URL"] = "http://127.0.0.1:\(model)/v1"
      variables["SWIFTCLAW_OPENAI_API_KEY"] = "benchmark-key-of-the-provider"
      variables["SWIFTCLAW_MODEL"] = "bench-model"
    }
    variables.merge(environment) { $1 }
    let sent = variables
    // Blocks, so not on the cooperative pool.
    return try await NIOThreadPool.singleton.runIfActive {
      try startAndWait(binary, in: directory, log, sent)
    }
  }

  private static func startAndWait(
    _ binary: String, in directory: DataDirectory, _ name: String, _ variables: [String: String]
  ) throws -> GatewayProcess {
    let log = directory.path + "/" + name
    try TextFile.write("", to: log)
    let began = Moment.now
    let pid = try spawn(binary, ["serve"], variables, log: log)
    do {
      let port = try waitForPort(in: log, of: pid)
      try Loopback.connect(to: port)
      let accepted = Moment.now
      try Loopback.get("/health", from: port)
      return GatewayProcess(
        pid: pid, port: port, directory: directory, untilAccepted: accepted - began, untilAnswered: Moment.now - began)
    } catch {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
      throw error
    }
  }

  static func spawn(
    _ binary: String, _ arguments: [String], _ variables: [String: String], log: String
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_APPEND, 0)
    var words: [UnsafeMutablePointer<CChar>?] = ([binary] + arguments).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (words + settings).forEach { free($0) } }
    var pid = pid_t()
    let code = posix_spawn(&pid, binary, &actions, nil, &words, &settings)
    guard code == 0 else { throw BenchFailure("\(binary) can't be started: \(String(cString: strerror(code)))") }
    return pid
  }

  /// Polls the log every 200 µs, which limits the precision of the start times.
  private static func waitForPort(in log: String, of pid: pid_t) throws -> Int {
    let deadline = Moment.now + 20_000_000_000
    while Moment.now < deadline {
      if (TextFile.size(log) ?? 0) > 0, let port = try port(in: TextFile.read(log)) { return port }
      if waitpid(pid, nil, WNOHANG) == pid { break }
      usleep(200)
    }
    throw BenchFailure("the gateway did not start: \(try TextFile.read(log))")
  }

  private static func port(in log: String) -> Int? {
    for line in log.split(separator: "\n") where line.contains("\"listening\"") {
      guard let json = try? JSONValue(parsing: String(line)), json["message"] == "listening" else { continue }
      let address = json["fields"]?["address"]?.stringValue ?? json["address"]?.stringValue
      return address?.split(separator: ":").last.flatMap { Int($0) }
    }
    return nil
  }

  /// Makes a tenant.
  func makeTenant(_ id: String) async throws {
    let port = port
    try await NIOThreadPool.singleton.runIfActive {
      let body = #"{"id":"\#(id)"}"#
      try Loopback.post("/v1/tenants", body, to: port, expecting: "HTTP/1.1 201")
    }
  }

  func memory() throws -> ProcessUsage.Memory { try ProcessUsage.memory(of: pid) }

  func cpuTime() throws -> Int64 { try ProcessUsage.cpuTime(of: pid) }

  /// Ends the process: with `force` at once, otherwise like an operator.
  func stop(force: Bool = false) async throws {
    let pid = pid
    try await NIOThreadPool.singleton.runIfActive {
      kill(pid, force ? SIGKILL : SIGTERM)
      waitpid(pid, nil, 0)
    }
  }
}
