import Foundation
import PostgresTesting

/// HAProxy with the configuration in `deploy/`; ends with the test process in any case: a shell waits for the end of a
/// pipe that only we hold.
final class Balancer: Sendable {
  let port: Int
  private let hold: Int32

  struct CouldNotStart: Error, CustomStringConvertible {
    let description: String
  }

  static let binary = "/usr/sbin/haproxy"

  /// - Parameter nodes: Three addresses with ports, which need not be listening yet.
  init(to nodes: [String]) throws {
    guard FileManager.default.isExecutableFile(atPath: Self.binary) else {
      throw CouldNotStart(description: "\(Self.binary) is missing; scripts/setup.sh tests installs it")
    }
    let configuration = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("deploy/haproxy.cfg").path
    let script = """
      '\(Self.binary)' -db -f '\(configuration)' 3>&1 >/dev/null 2>&1 </dev/null &
      exec >/dev/null
      cat >/dev/null
      kill -KILL $!
      """
    var environment = ["LISTEN": "fd@3"]
    for (place, node) in nodes.enumerated() { environment["NODE_\(place + 1)"] = node }
    // The socket is already ours, so that no other process can take its port.
    let listener = try LoopbackListener()
    let pipe = try Spawning.makePipe()
    defer {
      close(pipe.reading)
      close(listener.socket)
    }
    do {
      _ = try Spawning.begin(
        "/bin/sh", ["-c", script], environment: environment,
        streams: [0: pipe.reading, 1: listener.socket, 2: STDERR_FILENO])
    } catch {
      close(pipe.writing)
      throw error
    }
    (port, hold) = (listener.port, pipe.writing)
  }

  deinit { close(hold) }
}
