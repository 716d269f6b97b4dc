import Foundation
import PostgresTesting
import Synchronization

/// A child process with pipes, which inherits nothing else.
public final class ChildProcess: Sendable {
  /// Which streams of a child are pipes.
  public enum Streams: Sendable {
    /// Its standard error; stdin is empty, and stdout is discarded.
    case errors
    /// All three; stdout and stderr share a pipe.
    case all
  }

  public let processID: Int32
  private let output: Int32
  /// -1 if there is none, or if it was closed.
  private let input: Mutex<Int32>

  public init(
    _ path: String, _ arguments: [String], environment: [String: String], _ streams: Streams = .errors
  ) throws {
    let (output, saying) = try Spawning.makePipe()
    defer { close(saying) }
    var given = [Int32(2): saying]
    var input = Int32(-1)
    if case .all = streams {
      let pipe = try Spawning.makePipe()
      input = pipe.writing
      given[0] = pipe.reading
      given[1] = saying
    }
    defer { if let reading = given[0] { close(reading) } }
    do {
      processID = try Spawning.begin(path, arguments, environment: environment, streams: given)
    } catch {
      close(output)
      if input >= 0 { close(input) }
      throw GatewayProcess.CouldNotStart(description: "\(error)")
    }
    self.output = output
    self.input = Mutex(input)
  }

  /// Reads until the child has closed its output. Blocks; call it once.
  public func eachPiece(_ body: (ArraySlice<UInt8>) -> Void) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(output, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      body(buffer[..<count])
    }
    close(output)
  }

  /// The same, line by line; an incomplete last line is dropped.
  public func eachLine(_ body: (String) -> Void) {
    var pending: [UInt8] = []
    eachPiece { piece in
      pending += piece
      while let end = pending.firstIndex(of: 10) {
        body(String(decoding: pending[..<end], as: UTF8.self))
        pending.removeSubrange(...end)
      }
    }
  }

  /// Writes to its stdin, if it is still open.
  public func write(_ text: String) {
    let bytes = Array(text.utf8)
    input.withLock { input in
      if input >= 0 { _ = Foundation.write(input, bytes, bytes.count) }
    }
  }

  /// Closes stdin, like Ctrl-D.
  public func endInput() {
    input.withLock { input in
      if input >= 0 { close(input) }
      input = -1
    }
  }

  /// Waits for the end of the child. Blocks.
  /// - Returns: its exit status, or the negated signal that ended it.
  public func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(processID, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
  }

  deinit { endInput() }
}
