import CSpawn
import Foundation

/// Spawns child processes that inherit only what they are given.
///
/// SwiftNIO 2 opens its sockets without `SOCK_CLOEXEC`, so an ordinary child process holds every socket of concurrent
/// tests: a released port stays taken, and a closed connection does not end for its peer while the child lives.
/// Foundation's `Process` closes the descriptors that it finds, and misses those opened by other threads until the
/// child is created. Here the child itself closes the rest.
public enum Spawning {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Parameters:
  ///   - path: Path of the program; `PATH` is not searched.
  ///   - environment: The complete environment.
  ///   - streams: The child's descriptors 0 to 2, mapped to ours; missing ones are `/dev/null`.
  public static func begin(
    _ path: String, _ arguments: [String], environment: [String: String], streams: [Int32: Int32]
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    for own in Int32(0)...2 {
      if let given = streams[own] {
        posix_spawn_file_actions_adddup2(&actions, given, own)
      } else {
        posix_spawn_file_actions_addopen(&actions, own, "/dev/null", own == 0 ? O_RDONLY : O_WRONLY, 0)
      }
    }
    var argv = ([path] + arguments).map { strdup($0) } + [nil]
    var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer {
      posix_spawn_file_actions_destroy(&actions)
      for text in argv + envp { free(text) }
    }
    var child: pid_t = 0
    #if canImport(Darwin)
      var attributes: posix_spawnattr_t?
      posix_spawnattr_init(&attributes)
      defer { posix_spawnattr_destroy(&attributes) }
      posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_CLOEXEC_DEFAULT))
      let code = posix_spawn(&child, path, &actions, &attributes, &argv, &envp)
    #else
      spawn_close_from(&actions, 3)
      let code = posix_spawn(&child, path, &actions, nil, &argv, &envp)
    #endif
    guard code == 0 else { throw Failure(description: "\(path): \(String(cString: strerror(code)))") }
    return child
  }

  /// The two ends of a new pipe.
  public static func makePipe() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failure(description: "no pipe: \(String(cString: strerror(errno)))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }
}
