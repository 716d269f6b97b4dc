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
      let listener = try LoopbackListener()
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
}
