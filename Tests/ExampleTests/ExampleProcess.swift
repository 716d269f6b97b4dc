import ClawTesting
import Foundation
import Synchronization

/// An example as a separate process, which a test uses like a user.
final class ExampleProcess: Sendable {
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  private let child: ChildProcess
  private let output: AsyncStream<String>
  private let status: AsyncStream<Int32>
  private let seen = Mutex("")

  /// - Parameters:
  ///   - name: The target.
  ///   - port: Its gateway's port. Use 1 for none; a free port may be taken by another test.
  init(_ name: String, _ arguments: [String] = [], port: Int) throws {
    let path = URL(fileURLWithPath: GatewayProcess.binary).deletingLastPathComponent().appendingPathComponent(name).path
    let child = try ChildProcess(
      path, arguments,
      environment: [
        "SWIFTCLAW_URL": "ws://127.0.0.1:\(port)/ws", "SWIFTCLAW_GATEWAY_TOKEN": GatewayHarness.token,
        "PATH": "/usr/bin:/bin",
      ], .all)
    let (pieces, piece) = AsyncStream.makeStream(of: String.self)
    let (statuses, ended) = AsyncStream.makeStream(of: Int32.self)
    (self.child, output, status) = (child, pieces, statuses)
    // A thread that only waits.
    Thread.detachNewThread {
      child.eachPiece { piece.yield(String(decoding: $0, as: UTF8.self)) }
      piece.finish()
      ended.yield(child.wait())
    }
  }

  deinit { kill(child.processID, SIGKILL) }

  func write(_ text: String) { child.write(text) }

  /// Ctrl-D.
  func endInput() { child.endInput() }

  /// Reads until this text, or to the end.
  /// - Returns: the output up to and including it.
  @discardableResult
  func read(through text: String? = nil) async throws -> String {
    while true {
      let found = seen.withLock { seen -> String? in
        guard let text, let range = seen.range(of: text) else { return nil }
        defer { seen = String(seen[range.upperBound...]) }
        return String(seen[..<range.upperBound])
      }
      if let found { return found }
      guard let piece = await output.first(where: { _ in true }) else { break }
      seen.withLock { $0 += piece }
    }
    let rest = seen.withLock { $0 }
    guard let text else { return rest }
    throw Missing(description: "\(text) was not said, but: \(rest)")
  }

  /// Waits for its end.
  func exitStatus() async -> Int32? { await status.first { _ in true } }
}
