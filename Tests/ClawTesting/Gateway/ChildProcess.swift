import Foundation
import PostgresTesting
import Synchronization

/// A child on pipes of ours. Spawned by the system's own call: nothing of the parent is inherited, so that a pipe ends
/// with the child however many are begun at once.
public final class ChildProcess: Sendable {
  /// What of a child is on pipes.
  public enum Streams: Sendable {
    /// Its standard error; it reads nothing, and what it says otherwise is dropped.
    case errors
    /// All three; both outputs are one.
    case all
  }

  public let processID: Int32
  private let output: Int32
  /// -1 if there is none, or none any more.
  private let input: Mutex<Int32>

  public init(
    _ path: String, _ arguments: [String], environment: [String: String], _ streams: Streams = .errors
  ) throws {
    let made = try Spawning.alone { try Self.spawn(path, arguments, environment, streams) }
    (processID, output) = (made.child, made.output)
    input = Mutex(made.input)
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String: String], _ streams: Streams
  ) throws -> (child: pid_t, output: Int32, input: Int32) {
    let (output, saying) = try makePipe()
    defer { close(saying) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    var (reading, input) = (Int32(-1), Int32(-1))
    switch streams {
    case .errors:
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    case .all:
      (reading, input) = try makePipe()
      posix_spawn_file_actions_adddup2(&actions, reading, 0)
      posix_spawn_file_actions_adddup2(&actions, saying, 1)
    }
    posix_spawn_file_actions_adddup2(&actions, saying, 2)
    var argv = ([path] + arguments).map { strdup($0) } + [nil]
    var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer {
      posix_spawn_file_actions_destroy(&actions)
      for text in argv + envp { free(text) }
      if reading >= 0 { close(reading) }
    }
    var child: pid_t = 0
    let code = posix_spawn(&child, path, &actions, nil, &argv, &envp)
    guard code == 0 else {
      close(output)
      if input >= 0 { close(input) }
      throw GatewayProcess.CouldNotStart(description: "\(path): \(String(cString: strerror(code)))")
    }
    return (child, output, input)
  }

  private static func makePipe() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw GatewayProcess.CouldNotStart(description: "no pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Reads until the child has closed its output. Blocks; to be called once.
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

  /// The same, line by line; what comes after the last line break is dropped.
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

  /// Says something to it, if it still listens.
  public func write(_ text: String) {
    let bytes = Array(text.utf8)
    input.withLock { input in
      if input >= 0 { _ = Foundation.write(input, bytes, bytes.count) }
    }
  }

  /// As Ctrl-D does.
  public func endInput() {
    input.withLock { input in
      if input >= 0 { close(input) }
      input = -1
    }
  }

  /// Waits for the end of the child. Blocks.
  /// - Returns: its status, or minus the signal that ended it.
  public func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(processID, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
  }

  deinit { endInput() }
}
