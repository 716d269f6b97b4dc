import Glibc
import NIOPosix

/// `smg`, a model gateway in Rust with its history in PostgreSQL. It runs no agents and has no event log, so it has
/// less to do; used for comparison.
struct Yardstick: Sendable {
  let pid: pid_t
  let port: Int

  static func start(_ program: String, model: Int, database: String) async throws -> Yardstick {
    try await NIOThreadPool.singleton.runIfActive {
      let port = try freePort()
      let log = "/tmp/swiftclaw-yardstick.log"
      try TextFile.write("", to: log)
      let pid = try GatewayProcess.spawn(
        program,
        [
          "launch", "--host", "127.0.0.1", "--port", "\(port)", "--backend", "openai", "--worker-urls",
          "http://127.0.0.1:\(model)", "--history-backend", "postgres", "--postgres-db-url", database,
          "--log-level", "error", "--prometheus-port", "\(try freePort())", "--disable-health-check",
        ],
        ["PATH": "/usr/bin:/bin", "HOME": "/tmp", "OPENAI_API_KEY": "bench"], log: log)
      let deadline = Moment.now + 60_000_000_000
      while Moment.now < deadline, waitpid(pid, nil, WNOHANG) != pid {
        if (try? Loopback.get("/readiness", from: port)) != nil { return Yardstick(pid: pid, port: port) }
        usleep(100_000)
      }
      kill(pid, SIGKILL)
      throw BenchFailure("the yardstick did not start: \(try TextFile.read(log))")
    }
  }

  func stop() {
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
  }

  private static func freePort() throws -> Int {
    let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(handle) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, length) == 0 && getsockname(handle, $0, &length) == 0
      }
    }
    guard isBound else { throw BenchFailure("there is no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
