import Foundation
import PostgresTesting

/// HAProxy with the configuration that stands in `deploy/`, gone with the process of tests however that ends: a shell
/// beside it waits for the end of a pipe that we alone hold.
final class Balancer: Sendable {
  let port: Int
  private let hold: Int32

  struct CouldNotStart: Error, CustomStringConvertible {
    let description: String
  }

  static let binary = "/usr/sbin/haproxy"

  /// - Parameter nodes: Three addresses with their ports; nobody need listen there yet.
  init(to nodes: [String]) throws {
    guard FileManager.default.isExecutableFile(atPath: Self.binary) else {
      throw CouldNotStart(description: "\(Self.binary) is missing; scripts/setup.sh tests installs it")
    }
    let configuration = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("deploy/haproxy.cfg").path
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = [
      "-c",
      """
      '\(Self.binary)' -db -f '\(configuration)' 3>&1 >/dev/null 2>&1 </dev/null &
      exec >/dev/null
      cat >/dev/null
      kill -KILL $!
      """,
    ]
    var environment = ["LISTEN": "fd@3"]
    for (place, node) in nodes.enumerated() { environment["NODE_\(place + 1)"] = node }
    shell.environment = environment
    (port, hold) = try Spawning.alone {
      // The socket is ours already, so that nobody else can get its port.
      let listener = try Self.listen()
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else { throw CouldNotStart(description: "no pipe") }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      shell.standardInput = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
      shell.standardOutput = FileHandle(fileDescriptor: listener.socket, closeOnDealloc: true)
      try shell.run()
      return (listener.port, ends[1])
    }
  }

  deinit { close(hold) }

  private static func listen() throws -> (socket: Int32, port: Int) {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { throw CouldNotStart(description: "no socket") }
    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && Glibc.listen(socket, 128) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    guard isBound else { throw CouldNotStart(description: "no port") }
    return (socket, Int(UInt16(bigEndian: address.sin_port)))
  }
}
