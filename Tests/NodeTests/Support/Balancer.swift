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
    let script = """
      '\(Self.binary)' -db -f '\(configuration)' 3>&1 >/dev/null 2>&1 </dev/null &
      exec >/dev/null
      cat >/dev/null
      kill -KILL $!
      """
    var environment = ["LISTEN": "fd@3"]
    for (place, node) in nodes.enumerated() { environment["NODE_\(place + 1)"] = node }
    // The socket is ours already, so that nobody else can get its port.
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
